"""The converter: reads files that somebody else has made, and writes safetensors. A process of its own.

``python -m eightcut_inference.weights.convert`` takes one line of JSON on its standard input, and writes lines of JSON:
``{"done": bytes, "total": bytes}`` while it works, and at last a ``result`` or an ``error``. It ends when its standard
input does. Only `eightcut_inference.weights.importing` starts it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from eightcut_inference.networks.architecture import Architecture, ArchitectureError, Shape, architecture
from eightcut_inference.networks.spec import NetworkSpec, Published
from eightcut_inference.weights.errors import WeightsError, reason

if TYPE_CHECKING:
    import torch

    from eightcut_inference.weights.checkpoint import Checkpoint, Entry

_CONVERTED = ("F32", "F16", "BF16", "F64")
_ADDRESS_SPACE = 256 * 1024**3
_SLACK = 64 * 1024 * 1024
_INTERVAL = 64 * 1024 * 1024  # bytes between two reports


@dataclass(frozen=True)
class Request:
    """What is to be converted.

    Attributes:
        spec: The network that the weights are for.
        files: Their files.
        kinds: Of the files, see `sources.Kind`.
        config: What config.json says; None without one.
        target: The file that is made.
    """

    spec: NetworkSpec
    files: tuple[Path, ...]
    kinds: tuple[str, ...]
    config: Mapping[str, Any] | None
    target: Path

    @classmethod
    def from_json(cls, line: str) -> Request:
        """Reads what `importing` wrote."""
        values = json.loads(line)
        spec = values["spec"]
        spec = NetworkSpec(**{**spec, "layers": tuple(spec["layers"]), "published": Published(**spec["published"])})
        files = tuple(map(Path, values["files"]))
        return cls(spec, files, tuple(values["kinds"]), values["config"], Path(values["target"]))


def convert(request: Request) -> dict[str, Any]:
    """Checks all tensors and writes them.

    Returns:
        Config, facts, sha256, bytes and tensors of the manifest.

    Raises:
        WeightsError: They are not the weights of the network, or damaged.
        ArchitectureError: They are another network's.
        OSError: The disk is full, say.
    """
    from eightcut_inference.weights.checkpoint import Checkpoint
    from eightcut_inference.weights.tensors import write_tensors

    spec, family = request.spec, architecture(request.spec.family)
    _check_size(request, family.expected(family.read_config(None, spec)))
    checkpoint = Checkpoint()
    for file, kind in zip(request.files, request.kinds, strict=True):
        checkpoint.add(file, kind)  # type: ignore[arg-type] # the kinds came through JSON
    config = family.read_config(checkpoint.config if checkpoint.config is not None else request.config, spec)
    expected = family.expected(config)
    tensors = Tensors(_matched(checkpoint, family, expected, spec))
    facts = dict(family.facts(tensors, config))
    shapes = {name: expected[name] for name in tensors}
    digest, size = write_tensors(request.target, shapes, tensors.__getitem__, Reporter())
    return {"config": dict(config), "facts": facts, "sha256": digest, "bytes": size, "tensors": len(shapes)}


class Tensors(Mapping[str, "torch.Tensor"]):
    """The tensors by our names, float32; each is read, converted and looked at when it is asked for."""

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = entries

    def __getitem__(self, name: str) -> torch.Tensor:
        """One of them; WeightsError when it holds a NaN or an infinity, also one that float32 makes."""
        import torch

        entry = self._entries[name]
        tensor = entry.read().to(torch.float32)
        if not torch.isfinite(tensor).all():
            raise WeightsError(f"{entry.file} holds {name!r} with a value that is not finite (NaN or infinite).")
        return tensor

    def __iter__(self) -> Iterator[str]:
        """Our names."""
        return iter(self._entries)

    def __len__(self) -> int:
        """How many."""
        return len(self._entries)


class Reporter:
    """Writes how far the work is, not too often."""

    def __init__(self) -> None:
        self._said = 0

    def __call__(self, done: int, total: int) -> None:
        """Bytes done, and in all."""
        if done - self._said >= _INTERVAL or done == total:
            self._said = done
            _say({"done": done, "total": total})


def _check_size(request: Request, expected: Mapping[str, Shape]) -> None:
    """Refuses files that cannot be these weights before they are read into memory."""
    wanted = 4 * sum(_count(shape) for shape in expected.values())
    size = sum(file.stat().st_size for file in request.files)
    # Twice for float64, twice for what training leaves beside the weights.
    if size > 4 * wanted + _SLACK:
        raise WeightsError(
            f"{request.files[0]} has {size / 1e9:,.1f} GB, far more than the weights of {request.spec.id} "
            f"({wanted / 1e9:,.2f} GB)."
        )


def _matched(
    checkpoint: Checkpoint, family: Architecture, expected: Mapping[str, Shape], spec: NetworkSpec
) -> dict[str, Entry]:
    """The tensors by our names, when they are those, all those and only those that the network has."""
    found: dict[str, Entry] = {}
    surplus = []
    for published, entry in checkpoint.entries.items():
        name = family.canonical_name(published)
        if name is None:
            continue
        if name in found:
            raise WeightsError(f"{entry.file} holds {published!r}, and the same tensor under another name.")
        found[name] = entry
        if name not in expected:
            surplus.append(published)
    optional = getattr(family, "optional", None)  # few families have any
    missing = [name for name in expected if name not in found and not (optional is not None and optional(name))]
    if missing or surplus:
        raise WeightsError(f"These are not the weights of {spec.id}: {_difference(missing, surplus, len(expected))}.")
    for name, entry in found.items():
        shape = tuple(expected[name])
        if entry.shape != shape:
            raise WeightsError(
                f"These are not the weights of {spec.id}: {name!r} has the shape {list(entry.shape)} instead of "
                f"{list(shape)}."
            )
        if entry.dtype not in _CONVERTED:
            raise WeightsError(f"These are not the weights of {spec.id}: {name!r} holds {entry.dtype}, not floats.")
    return found


def _difference(missing: list[str], surplus: list[str], expected: int) -> str:
    parts = []
    if missing:
        parts.append(f"{len(missing)} of {expected} tensors are missing ({missing[0]!r}, for instance)")
    if surplus:
        parts.append(f"{len(surplus)} tensors are surplus ({surplus[0]!r}, for instance)")
    return ", and ".join(parts)


def _count(shape: Shape) -> int:
    count = 1
    for length in shape:
        count *= length
    return count


def _limit() -> None:
    """Keeps a hostile file from taking the machine down with us: no endless memory, no core dump of gigabytes."""
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or hard > _ADDRESS_SPACE:
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESS_SPACE, hard))


def _end_with(parent: BinaryIO) -> None:
    while parent.read(4096):
        continue
    os._exit(1)


def _say(event: Mapping[str, object]) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Converts what the line on the standard input says; returns the exit code."""
    request = Request.from_json(sys.stdin.buffer.readline().decode())
    threading.Thread(target=_end_with, args=(sys.stdin.buffer,), daemon=True).start()
    _limit()
    try:
        _say({"result": convert(request)})
    except (WeightsError, ArchitectureError) as error:
        _say({"error": str(error)})
    except ImportError as error:
        _say({"error": f'{error}: pip install "eightcut-inference[networks]" brings what networks need.'})
    except MemoryError:
        _say({"error": f"The weights of {request.spec.id} do not fit into memory."})
    except OSError as error:
        _say({"error": f"{error.filename or request.target.parent}: {reason(error)}."})
    return 0


if __name__ == "__main__":
    # At its end torch's threads have nothing to say any more.
    code = main()
    sys.stdout.flush()
    os._exit(code)

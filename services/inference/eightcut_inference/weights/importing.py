"""From files that somebody brought to weights in their folder."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

from eightcut_inference.networks.spec import NetworkSpec
from eightcut_inference.weights.errors import WeightsError, reason
from eightcut_inference.weights.folder import MODEL, OnBytes, WeightsFolder, sha256_of, verify
from eightcut_inference.weights.manifest import Manifest, Source
from eightcut_inference.weights.sources import Brought, look_at

CONVERTER = "eightcut_inference.weights.convert"
_SECRETS = ("EIGHTCUT_TOKEN", "HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")

OnProgress = Callable[[str, int, int], None]
"""Called with what is being done ("download", "check" or "convert"), bytes done, and bytes in all."""


@dataclass(frozen=True)
class Imported:
    """Weights that are in their folder now.

    Attributes:
        manifest: What they are.
        changed: Whether they were not there before.
    """

    manifest: Manifest
    changed: bool


@dataclass(frozen=True)
class Origin:
    """Where files were downloaded from.

    Attributes:
        repo: On the hub.
        revision: 40 hex digits.
        sha256: What the files must hash to, by name; those that are not named may be anything.
    """

    repo: str = ""
    revision: str = ""
    sha256: Mapping[str, str] | None = None


class WrongDigestError(WeightsError):
    """A file is not the published one."""


def import_weights(
    folder: WeightsFolder, spec: NetworkSpec, path: Path, on_progress: OnProgress, origin: Origin | None = None
) -> Imported:
    """Checks, converts and installs weights. Doing it again with the same files changes nothing.

    Args:
        folder: Where to.
        spec: What they are the weights of.
        path: File or folder.
        on_progress: See `OnProgress`.
        origin: Where they were downloaded from; None: somebody brought them.

    Raises:
        WeightsError: They are not what was asked for, or the disk is full; nothing has changed then.
    """
    origin = origin or Origin()
    brought = look_at(path, spec)
    with folder.changing(spec.weights) as new:
        try:
            files = _digests(brought, origin, on_progress)
            result = _convert(brought, spec, new, on_progress)
            manifest = Manifest(
                weights=spec.weights,
                family=spec.family,
                source=Source(origin.repo, origin.revision, files),
                created=datetime.now(UTC).isoformat(timespec="seconds"),
                **result,
            )
            if _is_there(folder, manifest):
                return Imported(folder.find(spec.weights).manifest, changed=False)
            folder.install(new, manifest)
        except OSError as error:
            raise WeightsError(f"{error.filename or folder.root}: {reason(error)}.") from error
    return Imported(manifest, changed=True)


def _digests(brought: Brought, origin: Origin, on_progress: OnProgress) -> dict[str, str]:
    """The SHA-256 of every file, compared with what is known of it."""
    files = {}
    sizes = [file.stat().st_size for file in brought.files]
    for index, file in enumerate(brought.files):
        digest = sha256_of(file, _part_of(sum(sizes[:index]), sum(sizes), on_progress))
        wanted = (origin.sha256 or {}).get(file.name)
        if wanted and digest != wanted:
            raise WrongDigestError(
                f"{file.name} from {origin.repo} is not the published file: its SHA-256 is {digest}, not {wanted}."
            )
        files[file.name] = digest
    return files


def _part_of(before: int, total: int, on_progress: OnProgress) -> OnBytes:
    return lambda done, _: on_progress("check", before + done, total)


def _is_there(folder: WeightsFolder, manifest: Manifest) -> bool:
    """Whether the same weights lie in the folder, undamaged."""
    try:
        found = folder.find(manifest.weights)
        same = (found.manifest.sha256, found.manifest.config, found.manifest.facts) == (
            manifest.sha256,
            manifest.config,
            manifest.facts,
        )
        if not same or found.manifest.family != manifest.family:
            return False
        verify(found)
    except WeightsError:
        return False
    return True


def _convert(brought: Brought, spec: NetworkSpec, new: Path, on_progress: OnProgress) -> dict[str, Any]:
    """Runs the converter: what it returns, or its error."""
    request = {
        "spec": asdict(spec),
        "files": [str(file.absolute()) for file in brought.files],
        "kinds": brought.kinds,
        "config": brought.config,
        "target": str((new / MODEL).absolute()),
    }
    errors = new / "errors"
    with errors.open("wb") as stderr, _running(stderr) as process:
        with contextlib.suppress(BrokenPipeError):
            cast("IO[bytes]", process.stdin).write(json.dumps(request).encode() + b"\n")
            cast("IO[bytes]", process.stdin).flush()
        for line in cast("IO[bytes]", process.stdout):
            event = json.loads(line)
            if "error" in event:
                raise WeightsError(event["error"])
            if "result" in event:
                return cast("dict[str, Any]", event["result"])
            on_progress("convert", event["done"], event["total"])
        status = process.wait()
    said = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    why = f": {said[-1].rstrip('.')}" if said else ""
    raise WeightsError(f"The converter broke down on {brought.files[0]} (exit status {status}){why}.")


@contextlib.contextmanager
def _running(stderr: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """The converter's process; it is gone when the block ends, however that happens."""
    environment = {name: value for name, value in os.environ.items() if name not in _SECRETS}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", CONVERTER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env={**environment, "HF_HUB_OFFLINE": "1"},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            with contextlib.suppress(BrokenPipeError):
                cast("IO[bytes]", pipe).close()

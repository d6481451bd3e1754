"""The tensors of files that somebody else has made. Runs in the converter's process only; imports torch."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from pickle import UnpicklingError  # what torch raises when it refuses; nothing is unpickled here
from typing import Any

import torch

from eightcut_inference.networks.architecture import Shape
from eightcut_inference.weights.errors import WeightsError
from eightcut_inference.weights.sources import Kind

_FLOATS = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64"}
_NESTED = ("model", "state_dict", "model_state_dict")
_SETTINGS = ("cfg", "config")
_REFUSED = re.compile(r"GLOBAL ([\w.]+)")


@dataclass(frozen=True)
class Entry:
    """A tensor, not read yet.

    Attributes:
        shape: Its shape.
        dtype: As safetensors names it: "F32".
        read: Gives it.
        file: Where it is.
    """

    shape: Shape
    dtype: str
    read: Callable[[], torch.Tensor]
    file: Path


@dataclass
class Checkpoint:
    """All tensors of some files, by their published names.

    Attributes:
        entries: The tensors.
        config: Settings that lie in the file itself (``cfg`` of BEATs); None without.
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    config: Mapping[str, Any] | None = None

    def add(self, file: Path, kind: Kind) -> None:
        """Adds the tensors of a file.

        Raises:
            WeightsError: It cannot be read, holds something else, or a tensor that another file holds too.
        """
        found = _safetensors(file) if kind == "safetensors" else self._pickled(file, kind)
        twice = next((name for name in found if name in self.entries), None)
        if twice is not None:
            raise WeightsError(f"{file} holds {twice!r}, which another file holds too.")
        self.entries.update(found)

    def _pickled(self, file: Path, kind: Kind) -> dict[str, Entry]:
        if kind == "zip":
            _check_archive(file)
        loaded = _load(file, mmap=kind == "zip")
        if not isinstance(loaded, Mapping):
            raise WeightsError(f"{file} holds a {type(loaded).__name__}, not tensors by name.")
        for name in _SETTINGS:
            if isinstance(loaded.get(name), Mapping):
                self.config = loaded[name]
        for name in _NESTED:
            if isinstance(loaded.get(name), Mapping):
                loaded = loaded[name]
                break
        return {str(name): _entry(file, name, value) for name, value in loaded.items()}


def _safetensors(file: Path) -> dict[str, Entry]:
    from safetensors import SafetensorError, safe_open

    def reader(name: str) -> Callable[[], torch.Tensor]:
        def read() -> torch.Tensor:
            tensor: torch.Tensor = opened.get_tensor(name)
            return tensor

        return read

    try:
        # Stays open: the tensors are read one by one, later.
        opened: Any = safe_open(file, framework="pt")
        slices = {name: opened.get_slice(name) for name in opened.keys()}  # noqa: SIM118 - it is no mapping
        return {
            name: Entry(tuple(each.get_shape()), each.get_dtype(), reader(name), file) for name, each in slices.items()
        }
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{file} is damaged, or no safetensors file: {_clause(error)}.") from error


def _check_archive(file: Path) -> None:
    """Refuses archives that would unpack to more than they are: PyTorch stores tensors as they are."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise WeightsError(f"{file} is damaged: {_clause(error)}.") from error
    stored = all(member.compress_type == zipfile.ZIP_STORED for member in members)
    if not stored or sum(member.file_size for member in members) > file.stat().st_size:
        raise WeightsError(f"{file} is a compressed archive, which PyTorch never writes: it is not opened.")


def _load(file: Path, *, mmap: bool) -> Any:  # noqa: ANN401 - whatever is in the file
    try:
        with warnings.catch_warnings():
            # About protocols and storages of old files, which is nobody's business here.
            warnings.simplefilter("ignore")
            return torch.load(file, map_location="cpu", weights_only=True, mmap=mmap)
    except UnpicklingError as error:
        refused = _REFUSED.search(str(error))
        what = f" ({refused[1]})" if refused else ""
        raise WeightsError(
            f"{file} holds more than tensors{what}, perhaps code: it was refused, and nothing of it was run."
        ) from error
    except MemoryError as error:
        raise WeightsError(f"{file} does not fit into memory.") from error
    except Exception as error:
        # A damaged file makes torch raise nearly anything.
        raise WeightsError(f"{file} is damaged, or was not written by PyTorch: {_clause(error)}.") from error


def _entry(file: Path, name: object, value: object) -> Entry:
    if not isinstance(value, torch.Tensor):
        raise WeightsError(f"{file} holds {str(name)!r}, which is no tensor but a {type(value).__name__}.")
    if value.layout != torch.strided or value.device.type != "cpu" or value.is_quantized:
        raise WeightsError(f"{file} holds {str(name)!r}, which is no plain tensor.")
    dtype = _FLOATS.get(value.dtype, str(value.dtype).removeprefix("torch."))
    return Entry(tuple(value.shape), dtype, lambda: value, file)


def _clause(error: BaseException) -> str:
    """What a library says, as the end of a sentence."""
    said = str(error).strip().splitlines()
    first = said[0].split(". ")[0].rstrip(".") if said else ""
    return first[:200] or type(error).__name__

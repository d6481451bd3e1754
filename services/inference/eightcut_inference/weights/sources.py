"""Files with weights that somebody brought: which of them count, and what they are, told by their first bytes."""

from __future__ import annotations

import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from eightcut_inference.networks.spec import NetworkSpec
from eightcut_inference.weights.errors import WeightsError, reason

Kind = Literal["safetensors", "zip", "pickle"]

INDEX = ".index.json"
_LONGEST_JSON = 16 * 1024 * 1024
_LONGEST_HEADER = 100_000_000
_PICKLES = (".bin", ".pt", ".pth", ".ckpt")
# What is taken of a folder, in this order: safetensors first, since they cannot hold code.
_PREFERRED = ("model.safetensors", f"model.safetensors{INDEX}", "pytorch_model.bin", f"pytorch_model.bin{INDEX}")


@dataclass(frozen=True)
class Brought:
    """Files with weights.

    Attributes:
        files: Their paths; several when they are sharded.
        kinds: What each is.
        config: What config.json beside them says; None without one.
    """

    files: tuple[Path, ...]
    kinds: tuple[Kind, ...]
    config: Mapping[str, Any] | None


def look_at(path: Path, spec: NetworkSpec) -> Brought:
    """Finds the weights in a file or a folder. Links are followed, as the hub's own cache is made of them.

    Raises:
        WeightsError: There are none, or nothing that can be read.
    """
    try:
        file = _choose(path, spec) if stat.S_ISDIR(_mode(path)) else path
        files = _shards(file) if file.name.endswith(INDEX) else (file,)
        config = file.parent / "config.json"
        return Brought(files, tuple(_kind(each) for each in files), _json(config) if config.is_file() else None)
    except OSError as error:
        raise WeightsError(f"{error.filename or path} cannot be read: {reason(error)}.") from error


def _choose(folder: Path, spec: NetworkSpec) -> Path:
    for name in (*_PREFERRED[:2], spec.published.file, *_PREFERRED[2:]):
        if name and (folder / name).exists():
            return folder / name
    for suffixes in ((".safetensors",), _PICKLES):
        found = sorted(file for file in folder.iterdir() if file.suffix in suffixes)
        if len(found) > 1:
            names = ", ".join(file.name for file in found[:4])
            raise WeightsError(f"{folder} holds several files of weights ({names}): name the one that is meant.")
        if found:
            return found[0]
    raise WeightsError(f"{folder} holds no weights (.safetensors, {', '.join(_PICKLES)}).")


def _shards(index: Path) -> tuple[Path, ...]:
    shards = _json(index).get("weight_map")
    if not isinstance(shards, dict) or not shards:
        raise WeightsError(f"{index} names no files of weights.")
    names = set(shards.values())
    strange = next((name for name in names if not isinstance(name, str) or Path(name).name != name), None)
    if strange is not None:
        raise WeightsError(f"{index} names {strange!r}, which is no file beside it.")
    missing = sorted(name for name in names if not (index.parent / name).exists())
    if missing:
        raise WeightsError(f"{index} names {missing[0]}, which is not there.")
    return tuple(index.parent / name for name in sorted(names))


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except FileNotFoundError as error:
        if path.is_symlink():
            raise WeightsError(f"{path} is a link to {path.readlink()}, which is not there.") from error
        raise WeightsError(f"{path} is not there.") from error


def _kind(file: Path) -> Kind:
    # Asked before it is opened: to open a pipe would wait for somebody to write to it.
    if not stat.S_ISREG(_mode(file)):
        raise WeightsError(f"{file} is no regular file.")
    with file.open("rb") as opened:
        begin = opened.read(64)
    if not begin:
        raise WeightsError(f"{file} is empty.")
    if begin.startswith(b"version https://git-lfs"):
        raise WeightsError(f"{file} is only a pointer of Git LFS: `git lfs pull` brings the file itself.")
    if begin[8:9] == b"{" and int.from_bytes(begin[:8], "little") <= _LONGEST_HEADER:
        return "safetensors"
    if begin.startswith(b"PK\x03\x04"):
        return "zip"
    if begin[:1] == b"\x80":
        return "pickle"
    raise WeightsError(f"{file} is no file of weights: neither safetensors nor written by PyTorch.")


def _json(file: Path) -> dict[str, Any]:
    if file.stat().st_size > _LONGEST_JSON:
        raise WeightsError(f"{file} is far too long for what it should be.")
    try:
        values: Any = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"{file} is not valid JSON.") from error
    if not isinstance(values, dict):
        raise WeightsError(f"{file} is not a JSON object.")
    return values

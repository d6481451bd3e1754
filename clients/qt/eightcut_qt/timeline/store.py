"""Pictures of sounds on disk: by digest, checked, mapped into memory, the least used ones removed."""

from __future__ import annotations

import contextlib
import json
import logging
import mmap
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from eightcut_qt.timeline.peaks import BANDS, PEAK_HOP, RATE, SoundPicture
from eightcut_qt.timeline.pyramid import Pyramid

VERSION = 1
"""Raised when pictures are made in another way: those of other versions are never read."""

SIZE_LIMIT = 2 * 1024**3
"""Bytes of all pictures together."""

_MAGIC = b"8cut sound\n"
_ALIGNMENT = 64
_HEADER_LIMIT = 65_536
_CHECKED_AT_ONCE = 4 * 1024**2

_log = logging.getLogger(__name__)


class DamagedError(Exception):
    """A file is not what was written."""


class PictureStore:
    """A folder of pictures. Used by tasks; several processes may use one folder."""

    def __init__(self, folder: Path, limit: int = SIZE_LIMIT) -> None:
        """Use a folder, which need not exist yet."""
        self._folder = folder
        self._limit = limit

    def file(self, digest: str) -> Path:
        """Return where the picture of a media lies, or would."""
        return self._folder / f"v{VERSION}" / f"{digest}.sound"

    def load(self, digest: str) -> SoundPicture | None:
        """Return a picture; None when there is none or it is damaged, which removes it."""
        file = self.file(digest)
        try:
            picture = _read(file)
            os.utime(file)  # It was used now.
        except FileNotFoundError:
            return None
        except DamagedError as error:
            _log.warning("the picture of a sound is damaged and made anew: %s", error)
            with contextlib.suppress(OSError):
                file.unlink()
            return None
        except OSError as error:
            _log.warning("the picture of a sound cannot be read: %s", error)
            return None
        return picture

    def save(self, digest: str, picture: SoundPicture) -> None:
        """Keep a complete picture; what fails (a full disk, say) is told of in the log only."""
        file = self.file(digest)
        unfinished = file.with_name(f".{file.name}.{os.getpid()}")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            _write(unfinished, picture)
            unfinished.replace(file)
            self._prune(keep=file)
        except OSError as error:
            _log.warning("the picture of a sound cannot be kept: %s", error)
            with contextlib.suppress(OSError):
                unfinished.unlink()

    def _prune(self, keep: Path) -> None:
        found = []
        for file in self._folder.glob("v*/*.sound"):
            with contextlib.suppress(OSError):
                status = file.stat()
                found.append((file == keep, status.st_mtime_ns, status.st_size, file))
        total = sum(size for _, _, size, _ in found)
        for kept, _, size, file in sorted(found):
            if total <= self._limit or kept:
                return
            with contextlib.suppress(OSError):  # Windows keeps a file that a window has mapped.
                file.unlink()
                total -= size


def _write(file: Path, picture: SoundPicture) -> None:
    arrays = [*picture.peaks.levels, *picture.spectrum.levels]
    check = 0
    for array in arrays:
        check = zlib.crc32(np.ascontiguousarray(array).data, check)
    header = {
        "rate": RATE,
        "samples": picture.samples,
        "peak_hop": PEAK_HOP,
        "spectrum_hop": picture.spectrum_hop,
        "bands": BANDS,
        "peaks": [len(level) for level in picture.peaks.levels],
        "spectrum": [len(level) for level in picture.spectrum.levels],
        "crc32": check,
    }
    with file.open("wb") as out:
        out.write(_MAGIC + json.dumps(header).encode() + b"\n")
        for array in arrays:
            out.write(bytes(-out.tell() % _ALIGNMENT))
            out.write(np.ascontiguousarray(array).data)


def _read(file: Path) -> SoundPicture:
    with file.open("rb") as source:
        if source.read(len(_MAGIC)) != _MAGIC:
            raise DamagedError("it begins with something else")
        line = source.readline(_HEADER_LIMIT)
        offset = source.tell()
        try:
            content = mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ)
        except ValueError as error:
            raise DamagedError("it is empty") from error
    try:
        header = json.loads(line)
        if (header["rate"], header["peak_hop"], header["bands"]) != (RATE, PEAK_HOP, BANDS):
            raise DamagedError("it is of another kind")
        peaks, offset = _levels(content, offset, header["peaks"], 2, np.dtype("<i2"))
        spectrum, offset = _levels(content, offset, header["spectrum"], BANDS, np.dtype("u1"))
        samples, hop, check = int(header["samples"]), int(header["spectrum_hop"]), int(header["crc32"])
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise DamagedError(str(error)) from error
    if offset != len(content):
        raise DamagedError("its length is wrong")
    found = 0
    for array in (*peaks, *spectrum):
        flat = array.reshape(-1).view(np.uint8)
        for start in range(0, len(flat), _CHECKED_AT_ONCE):  # In pieces: zlib.crc32 lets other threads in between.
            found = zlib.crc32(flat[start : start + _CHECKED_AT_ONCE].data, found)
    if found != check:
        raise DamagedError("its checksum is wrong")
    return SoundPicture(Pyramid.of(peaks), Pyramid.of(spectrum), hop, samples, complete=True)


def _levels(
    content: mmap.mmap, offset: int, counts: list[int], values: int, dtype: np.dtype[Any]
) -> tuple[list[npt.NDArray[Any]], int]:
    levels = []
    for count in counts:
        offset += -offset % _ALIGNMENT
        level = np.frombuffer(content, dtype, count * values, offset).reshape(count, values)
        levels.append(level)
        offset += level.nbytes
    if not levels:
        raise DamagedError("it has no levels")
    return levels, offset

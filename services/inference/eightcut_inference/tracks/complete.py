"""A complete track: a header, then all rows, memory-mapped for reading.

The header carries a CRC-32 for every block of about 1 MiB of rows, so that a reader verifies what it reads and
nothing more.
"""

from __future__ import annotations

import mmap
import os
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from eightcut_inference.tracks.files import (
    CorruptTrackError,
    disk_full_is_clear,
    encode_header,
    read_header,
    sync_folder,
    write_all,
)
from eightcut_inference.tracks.key import TrackKey

FloatRows = npt.NDArray[np.float32]

_MAGIC = b"8CUTTRK1"
_BLOCK_BYTES = 1 << 20
_CRC_DIGITS = 8
# Blocks whose pages are held while a long stretch is verified.
_RESIDENT_BLOCKS = 4


class CompleteTrack:
    """All vectors of a track, read-only and memory-mapped; the mapping lives as long as the arrays taken from it.

    Attributes:
        window_count: Number of windows.
        sample_count: Samples of the audio at the card's sample rate.
    """

    def __init__(
        self, mapped: mmap.mmap, rows: FloatRows, sample_count: int, checksums: list[int], block_rows: int
    ) -> None:
        self._mapped = mapped
        self._rows = rows
        self._checksums = checksums
        self._block_rows = block_rows
        self.window_count = len(rows)
        self.sample_count = sample_count

    @classmethod
    def open(cls, path: Path, key: TrackKey) -> Self:
        """Maps the file; its rows are not verified yet.

        Raises:
            FileNotFoundError: There is none.
            CorruptTrackError: Its header or size is wrong.
        """
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            header, offset = read_header(fd, _MAGIC)
            count, block_rows, checksums = _shape(header, key)
            if os.fstat(fd).st_size != offset + count * key.dim * 4:
                raise CorruptTrackError("the file has not the size that its header tells")
            mapped = mmap.mmap(fd, 0, access=mmap.ACCESS_READ)
        finally:
            os.close(fd)
        rows = np.frombuffer(mapped, dtype="<f4", count=count * key.dim, offset=offset).reshape(count, key.dim)
        return cls(mapped, rows, int(header["sample_count"]), checksums, block_rows)

    def rows(self, first: int = 0, count: int | None = None) -> FloatRows:
        """Verified vectors ``[n, dim]``, a view of the mapping.

        Args:
            first: First window.
            count: How many at most; None takes all that follow.

        Raises:
            CorruptTrackError: They do not match their checksum.
        """
        last = self.window_count if count is None else min(first + count, self.window_count)
        self._forget()
        for block in range(first // self._block_rows, -(-last // self._block_rows)):
            begin = block * self._block_rows
            if block % _RESIDENT_BLOCKS == 0:
                self._forget()
            if zlib.crc32(self._rows[begin : begin + self._block_rows].reshape(-1).data) != self._checksums[block]:
                raise CorruptTrackError(f"the vectors from window {begin} on do not match their checksum")
        return self._rows[first:last]

    def _forget(self) -> None:
        """Lets go of the pages that were read; whoever still uses them reads them again, from the system's cache.

        Without it a process that scans a long file seems to hold all of its track.
        """
        if hasattr(mmap, "MADV_DONTNEED"):
            self._mapped.madvise(mmap.MADV_DONTNEED)


def write_complete(path: Path, key: TrackKey, sample_count: int, count: int, blocks: Iterable[FloatRows]) -> None:
    """Writes a track beside its place and renames it there, durably; only for the holder of the track's lock.

    Args:
        path: Its place.
        key: Of the track.
        sample_count: Samples of the audio.
        count: Number of windows.
        blocks: All rows in order, in pieces of any size.

    Raises:
        OutOfSpace: The disk is full; nothing is left behind.
    """
    beside = path.with_suffix(".new")
    fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        with disk_full_is_clear():
            try:
                _write(fd, key, (sample_count, count), blocks)
                os.fsync(fd)
            finally:
                os.close(fd)
            beside.replace(path)
            sync_folder(path.parent)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _write(fd: int, key: TrackKey, counts: tuple[int, int], blocks: Iterable[FloatRows]) -> None:
    sample_count, count = counts
    block_rows = max(1, _BLOCK_BYTES // (key.dim * 4))
    checksums = _Checksums(block_rows)
    header = {**key.description, "block_rows": block_rows, "sample_count": sample_count, "shape": [count, key.dim]}
    # The checksums have a fixed width, so the header's length is known before they are.
    blank = "0" * _CRC_DIGITS * -(-count // block_rows)
    offset = len(encode_header(_MAGIC, {**header, "crc32": blank}))
    written = 0
    for block in blocks:
        rows = np.ascontiguousarray(block, dtype="<f4")
        checksums.push(rows)
        offset = write_all(fd, [rows.reshape(-1).data], offset)
        written += len(rows)
    if written != count:
        raise CorruptTrackError(f"the unfinished track holds {written} windows, not {count}")
    write_all(fd, [encode_header(_MAGIC, {**header, "crc32": checksums.finish()})], 0)


class _Checksums:
    """CRC-32 of every block of rows that come in pieces of any size, in hex."""

    def __init__(self, block_rows: int) -> None:
        self._block_rows = block_rows
        self._done: list[int] = []
        self._current = 0
        self._filled = 0

    def push(self, rows: FloatRows) -> None:
        while len(rows):
            piece = rows[: self._block_rows - self._filled]
            self._current = zlib.crc32(piece.reshape(-1).data, self._current)
            self._filled += len(piece)
            rows = rows[len(piece) :]
            if self._filled == self._block_rows:
                self._close()

    def _close(self) -> None:
        self._done.append(self._current)
        self._current = self._filled = 0

    def finish(self) -> str:
        if self._filled:
            self._close()
        return "".join(f"{checksum:0{_CRC_DIGITS}x}" for checksum in self._done)


def _shape(header: dict[str, Any], key: TrackKey) -> tuple[int, int, list[int]]:
    try:
        described = {name: header[name] for name in key.description}
        count, dim = header["shape"]
        block_rows = int(header["block_rows"])
        text = str(header["crc32"])
        checksums = [int(text[at : at + _CRC_DIGITS], 16) for at in range(0, len(text), _CRC_DIGITS)]
    except (KeyError, TypeError, ValueError) as error:
        raise CorruptTrackError("the header lacks a field") from error
    if described != key.description or dim != key.dim or block_rows < 1:
        raise CorruptTrackError("the file holds another track")
    if count < 1 or len(checksums) != -(-count // block_rows):
        raise CorruptTrackError("the header does not fit the track's shape")
    return int(count), block_rows, checksums

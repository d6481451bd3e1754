"""A track that is being made: an append-only file of records that survives the death of its writer.

A record is a header (mark, number of rows, first window, CRC-32 of all three and of the rows) and its rows. After
``kill -9`` or a power loss the records up to the first that does not match its checksum hold; the next writer cuts
the rest off. The writer holds an operating-system lock on the file, which goes with its process.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
import zlib
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from eightcut_inference.tracks.complete import write_complete
from eightcut_inference.tracks.files import (
    CorruptTrackError,
    disk_full_is_clear,
    encode_header,
    make_folder,
    read_header,
    sync_folder,
    write_all,
)
from eightcut_inference.tracks.key import TrackKey

FloatRows = npt.NDArray[np.float32]

_MAGIC = b"8CUTPRT1"
_MARK = 0x53574F52  # "ROWS"
_HEAD = struct.Struct("<IIQ")
_CHECKSUM = struct.Struct("<I")
_RECORD_BYTES = _HEAD.size + _CHECKSUM.size
_MAX_RECORD_ROWS = 1 << 16


class PartialReader:
    """Reads the rows of an unfinished track in order, as far as they are there; beside a writer, in any process.

    Attributes:
        position: Windows read so far.
    """

    def __init__(self, fd: int, key: TrackKey) -> None:
        self._fd = fd
        self._dim = key.dim
        self.position = 0
        try:
            header, self._offset = read_header(fd, _MAGIC)
            _require_same(header, key.description)
        except BaseException:
            os.close(fd)
            raise

    @classmethod
    def open(cls, path: Path, key: TrackKey) -> Self:
        """Opens the file.

        Raises:
            FileNotFoundError: There is none.
            CorruptTrackError: Its header is not (yet) whole: nothing can be read from it.
        """
        return cls(os.open(path, os.O_RDONLY | os.O_CLOEXEC), key)

    @property
    def offset(self) -> int:
        """Where the next record begins, in bytes."""
        return self._offset

    @property
    def removed(self) -> bool:
        """The file has no name any more: its track became complete, or was given up."""
        return os.fstat(self._fd).st_nlink == 0

    def read(self) -> FloatRows | None:
        """The rows of the next whole record ``[n, dim]``; None when there is none (yet)."""
        head = os.pread(self._fd, _RECORD_BYTES, self._offset)
        if len(head) < _RECORD_BYTES:
            return None
        mark, count, first = _HEAD.unpack_from(head)
        if mark != _MARK or first != self.position or not 0 < count <= _MAX_RECORD_ROWS:
            return None
        rows = os.pread(self._fd, count * self._dim * 4, self._offset + _RECORD_BYTES)
        (checksum,) = _CHECKSUM.unpack_from(head, _HEAD.size)
        if len(rows) < count * self._dim * 4 or _checksum(head[: _HEAD.size], rows) != checksum:
            return None
        self._offset += _RECORD_BYTES + len(rows)
        self.position += count
        return np.frombuffer(rows, dtype="<f4").reshape(count, self._dim)

    def close(self) -> None:
        """Closes the file; closing again does no harm."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


class PartialWriter:
    """Appends rows to an unfinished track and makes it complete. Any thread may call; one at a time gets in.

    Attributes:
        count: Windows in the file.
    """

    def __init__(self, fd: int, path: Path, key: TrackKey) -> None:
        self._fd = fd
        self._path = path
        self._key = key
        self._unsynced = False
        # A caller that was cancelled leaves its call running in a thread while another one closes the file.
        self._mutex = threading.Lock()
        self.count = 0
        self._offset = 0

    @classmethod
    def claim(cls, path: Path, key: TrackKey) -> Self | None:
        """Takes the lock and continues after the last whole record; None when somebody else is writing.

        Raises:
            OutOfSpace: The disk is full.
        """
        with disk_full_is_clear():
            make_folder(path.parent)
            fd = _open_locked(path)
            if fd is None:
                return None
            writer = cls(fd, path, key)
            try:
                writer._recover()
            except BaseException:
                os.close(fd)
                raise
            return writer

    def append(self, rows: FloatRows) -> None:
        """Adds the next vectors ``[n, dim]``; readers see them at once.

        Raises:
            OutOfSpace: The disk is full; the rows before are kept.
        """
        with self._mutex:
            for begin in range(0, len(rows), _MAX_RECORD_ROWS):
                piece = np.ascontiguousarray(rows[begin : begin + _MAX_RECORD_ROWS], dtype="<f4")
                self._append(piece.reshape(-1).data.cast("B"), len(piece))

    def sync(self) -> None:
        """Makes what was appended survive a power loss."""
        with self._mutex:
            if self._unsynced and self._fd >= 0:
                with disk_full_is_clear():
                    os.fsync(self._fd)
                self._unsynced = False

    def complete(self, path: Path, sample_count: int) -> None:
        """Writes the complete track to ``path`` and removes this file; the lock stays until `close`.

        Raises:
            OutOfSpace: The disk is full; this file is kept.
            CorruptTrackError: This file can no longer be read as it was written.
        """
        # Closed for certain: its duplicate of the descriptor would hold the lock on.
        with self._mutex, closing(self._blocks()) as blocks:
            write_complete(path, self._key, sample_count, self.count, blocks)
            self._path.unlink(missing_ok=True)

    def discard(self) -> None:
        """Removes the file with all that is in it. The lock stays until `close`."""
        with self._mutex:
            self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Lets the lock go; closing again does no harm. What was appended stays."""
        with self._mutex:
            if self._fd >= 0:
                os.close(self._fd)
                self._fd = -1

    def _blocks(self) -> Generator[FloatRows, None, None]:
        reader = PartialReader(os.dup(self._fd), self._key)
        try:
            while (rows := reader.read()) is not None:
                yield rows
        finally:
            reader.close()

    def _append(self, rows: memoryview, count: int) -> None:
        head = _HEAD.pack(_MARK, count, self.count)
        record: list[bytes | memoryview] = [head + _CHECKSUM.pack(_checksum(head, rows)), rows]
        with disk_full_is_clear():
            try:
                self._offset = write_all(self._fd, record, self._offset)
            except OSError:
                os.ftruncate(self._fd, self._offset)
                raise
        self.count += count
        self._unsynced = True

    def _recover(self) -> None:
        """Finds the end of the valid records and cuts the rest off; begins a new file where there is none."""
        try:
            reader = PartialReader(os.dup(self._fd), self._key)
        except (CorruptTrackError, ValueError):
            # Empty (just made), or its writer died before the header was whole: nothing to keep.
            os.ftruncate(self._fd, 0)
            self._offset = write_all(self._fd, [encode_header(_MAGIC, self._key.description)], 0)
            os.fsync(self._fd)
            sync_folder(self._path.parent)
            return
        try:
            while reader.read() is not None:
                continue
            self.count, self._offset = reader.position, reader.offset
        finally:
            reader.close()
        os.ftruncate(self._fd, self._offset)


def _open_locked(path: Path) -> int | None:
    while True:
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The writer before may have finished and removed the file between the two lines above.
            if path.exists() and os.path.samestat(os.fstat(fd), path.stat()):
                return fd
        except BlockingIOError:
            os.close(fd)
            return None
        except FileNotFoundError:
            os.close(fd)
            continue
        except BaseException:
            os.close(fd)
            raise
        os.close(fd)


def _require_same(header: object, description: object) -> None:
    if header != description:
        raise CorruptTrackError("the file holds another track")


def _checksum(head: bytes, rows: bytes | memoryview) -> int:
    return zlib.crc32(rows, zlib.crc32(head))

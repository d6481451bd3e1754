"""What both kinds of track file share: the header, durability, and a full disk."""

from __future__ import annotations

import errno
import json
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eightcut_runtime import OutOfSpace

# EFBIG is a limit on file sizes (ulimit -f), which for the user is a full disk too.
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_PREFIX = struct.Struct("<8sII")
_ALIGNMENT = 64
_MAX_HEADER = 64 << 20


class CorruptTrackError(Exception):
    """A track file does not match its checksums, or is none; the text is for the log."""


@contextmanager
def disk_full_is_clear() -> Iterator[None]:
    """Turns a full disk into the error that the client gets.

    Raises:
        OutOfSpace: In place of the OSError that says so.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise OutOfSpace(
                "The disk of the server is full: free some space and try again; what was embedded is kept."
            ) from error
        raise


def encode_header(magic: bytes, header: dict[str, Any]) -> bytes:
    """The header with its length and CRC-32 before it, padded so that rows after it are aligned to 64 bytes."""
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-(_PREFIX.size + len(text)) % _ALIGNMENT)
    return _PREFIX.pack(magic, len(text), zlib.crc32(text)) + text


def read_header(fd: int, magic: bytes) -> tuple[dict[str, Any], int]:
    """Returns the header of an open file and the offset of what follows it.

    Raises:
        CorruptTrackError: It is damaged, cut off or of another kind.
    """
    prefix = os.pread(fd, _PREFIX.size, 0)
    if len(prefix) < _PREFIX.size:
        raise CorruptTrackError("the header is cut off")
    found, length, checksum = _PREFIX.unpack(prefix)
    if found != magic or length > _MAX_HEADER:
        raise CorruptTrackError("this is no track file")
    text = os.pread(fd, length, _PREFIX.size)
    if len(text) < length or zlib.crc32(text) != checksum:
        raise CorruptTrackError("the header does not match its checksum")
    header = json.loads(text)
    if not isinstance(header, dict):
        raise CorruptTrackError("the header is no table of fields")
    return header, _PREFIX.size + length


def write_all(fd: int, parts: Sequence[bytes | memoryview], offset: int) -> int:
    """Writes parts one after another at an offset, whole; returns the offset after them."""
    for part in parts:
        rest = memoryview(part).cast("B")
        while rest:
            written = os.pwrite(fd, rest, offset)
            offset += written
            rest = rest[written:]
    return offset


def sync_folder(folder: Path) -> None:
    """Makes renames and new names in a folder survive a power loss."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def make_folder(folder: Path) -> None:
    """Makes a folder and its parents, durably."""
    if folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    sync_folder(folder.parent)

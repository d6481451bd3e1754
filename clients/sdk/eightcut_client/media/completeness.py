"""Telling from the container's own lengths whether a file is all there."""

from __future__ import annotations

from typing import BinaryIO

# A recorder that cannot seek back writes one of these for "to the end".
_UNKNOWN_SIZES = {0, 0xFFFFFFFF, 0x7FFFFFFF}


def missing_bytes(file: BinaryIO, size: int) -> int:
    """Return how many bytes a RIFF (WAV, AVI) or AIFF file says it has beyond its end; 0 for others.

    Args:
        file: The open file; its position is lost.
        size: Its size in bytes.
    """
    file.seek(0)
    head = file.read(12)
    if head[:4] == b"RIFF":
        declared = int.from_bytes(head[4:8], "little")
    elif head[:4] == b"FORM":
        declared = int.from_bytes(head[4:8], "big")
    else:
        return 0
    if len(head) < 12 or declared in _UNKNOWN_SIZES:
        return 0
    # Some writers forget the padding byte of an odd chunk, or count it twice.
    missing = declared + 8 - size
    return missing if missing > 1 else 0


def is_mp4_without_index(file: BinaryIO) -> bool:
    """Tell whether this is an MP4 or MOV that ends before its ``moov`` box.

    Walks the top-level boxes (ISO/IEC 14496-12, 4.2): ``ftyp`` first and no ``moov``.

    Args:
        file: The open file; its position is lost.
    """
    position, first = 0, True
    for _ in range(1000):
        file.seek(position)
        header = file.read(16)
        if len(header) < 8:
            return not first
        length, kind = int.from_bytes(header[:4], "big"), header[4:8]
        if (first and kind != b"ftyp") or kind == b"moov":
            return False
        if length == 1 and len(header) == 16:
            length = int.from_bytes(header[8:16], "big")
        if length < 8:
            return True
        position, first = position + length, False
    return False

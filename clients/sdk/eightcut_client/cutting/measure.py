"""Counting the pictures and samples in a file that ffmpeg wrote, from its headers: what was not written is no clip."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from eightcut_client.cutting.options import Format

_BOXES = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"})
_HEAD = 64 * 1024
_LARGEST_HEADER = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Measured:
    """What is in a file.

    Attributes:
        frames: Pictures.
        samples: Of sound, per channel, as a decoder gives them out.
    """

    frames: int
    samples: int


def measure(path: Path, format: Format, rate: int) -> Measured:  # noqa: A002  what it is called everywhere else
    """Count what is in a file that ffmpeg has just written.

    Args:
        path: Not of a "webp": its images are counted by `count_images`, and its sound is a "wav".
        format: Of the file.
        rate: Of its sound, Hz.

    Raises:
        ValueError: It is not complete.
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        if format in ("mp4", "m4a"):
            return _mp4(file, rate)
        count = {"wav": _wav, "webp": _wav, "flac": _flac, "mp3": _mp3, "ogg": _ogg, "opus": _ogg}[format]
        try:
            return Measured(0, count(file))
        except (struct.error, IndexError) as error:
            raise ValueError("the header is cut off") from error


def count_images(folder: Path) -> int:
    """Return how many images there are, all with bytes in them.

    Raises:
        ValueError: One is empty.
    """
    sizes = [image.stat().st_size for image in folder.glob("frame_*.webp")]
    if not all(sizes):
        raise ValueError("an image is empty")
    return len(sizes)


def _wav(file: BinaryIO) -> int:
    if file.read(4) not in (b"RIFF", b"RF64"):
        raise ValueError("no WAV")
    file.seek(12)
    width = 0
    while len(head := file.read(8)) == 8:
        name, size = head[:4], int.from_bytes(head[4:], "little")
        if name == b"fmt ":
            width = struct.unpack_from("<H", file.read(size), 12)[0]
        elif name == b"data" and width:
            begin = file.tell()
            there = file.seek(0, 2) - begin
            if size != 0xFFFFFFFF and there < size:
                raise ValueError("the end is missing")
            return min(size, there) // int(width)
        else:
            file.seek(size + size % 2, 1)
    raise ValueError("no samples")


def _flac(file: BinaryIO) -> int:
    head = file.read(42)
    if head[:4] != b"fLaC":
        raise ValueError("no FLAC")
    # STREAMINFO is always the first block; the count is the lower 36 bits of its bytes 10 to 17.
    return int(struct.unpack_from(">Q", head, 18)[0]) & ((1 << 36) - 1)


def _mp3(file: BinaryIO) -> int:
    head = file.read(_HEAD)
    at = max(head.find(b"Xing"), head.find(b"Info"))
    sync = head.rfind(b"\xff", 0, max(at, 0))
    if at < 0 or sync < 0:
        raise ValueError("no count of frames")
    flags, frames = struct.unpack_from(">II", head, at + 4)
    if not flags & 1:
        raise ValueError("no count of frames")
    lame = at + 8 + sum(size for bit, size in ((1, 4), (2, 4), (4, 100), (8, 4)) if flags & bit)
    padding = int.from_bytes(head[lame + 21 : lame + 24], "big")
    per_frame = 1152 if head[sync + 1] & 0x08 else 576
    return int(frames) * per_frame - (padding >> 12) - (padding & 0xFFF)


def _ogg(file: BinaryIO) -> int:
    head = file.read(4096)
    opus = head.find(b"OpusHead")
    skip = struct.unpack_from("<H", head, opus + 10)[0] if opus >= 0 else 0
    end = file.seek(0, 2)
    file.seek(max(end - 2 * _HEAD, 0))
    tail = file.read()
    page = tail.rfind(b"OggS")
    if page < 0 or not tail[page + 5] & 4:
        raise ValueError("the end is missing")
    return int(struct.unpack_from("<q", tail, page + 6)[0]) - int(skip)


@dataclass(slots=True)
class _Track:
    kind: bytes = b""
    timescale: int = 1
    count: int = 0
    length: int = 0
    shown: int = 0


def _mp4(file: BinaryIO, rate: int) -> Measured:
    end = file.seek(0, 2)
    tracks: list[_Track] = []
    movie = 1
    for name, body in _boxes(file, 0, end):
        if name == b"trak":
            tracks.append(_Track())
        elif name == b"mvhd":
            movie = _timescale(body)
        elif tracks:
            _note(tracks[-1], name, body)
    frames = sum(track.count for track in tracks if track.kind == b"vide")
    sounds = [track for track in tracks if track.kind == b"soun"]
    if not sounds:
        return Measured(frames, 0)
    sound = sounds[0]
    length = sound.length / sound.timescale
    seconds = min(sound.shown / movie, length) if sound.shown else length
    return Measured(frames, round(seconds * rate))


def _boxes(file: BinaryIO, begin: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of the boxes in the header, outer ones first; the content of outer ones is empty."""
    at = begin
    while at + 8 <= end:
        file.seek(at)
        size, name = struct.unpack(">I4s", file.read(8))
        content = at + 8
        if size == 1:
            size = int(struct.unpack(">Q", file.read(8))[0])
            content += 8
        if size < content - at or at + size > end:
            raise ValueError("a box is cut off")
        if name in _BOXES:
            yield name, b""
            yield from _boxes(file, content, at + size)
        elif name in (b"mvhd", b"mdhd", b"hdlr", b"stts", b"elst"):
            if size > _LARGEST_HEADER:
                raise ValueError("a box is too large")
            yield name, file.read(at + size - content)
        at += size


def _note(track: _Track, name: bytes, body: bytes) -> None:
    if name == b"hdlr" and not track.kind:
        track.kind = body[8:12]
    elif name == b"mdhd":
        track.timescale = _timescale(body)
    elif name == b"stts":
        for count, delta in struct.iter_unpack(">II", body[8:]):
            track.count += count
            track.length += count * delta
    elif name == b"elst":
        entry = struct.Struct(">QqI" if body[0] else ">IiI")
        track.shown = sum(length for length, start, _ in entry.iter_unpack(body[8:]) if start >= 0)


def _timescale(body: bytes) -> int:
    return int(struct.unpack_from(">I", body, 20 if body[0] else 12)[0]) or 1

"""Labels of other programs, read; in which format they are is seen from their text."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from eightcut_client.formats.documents import read_json
from eightcut_client.formats.edl import read_edl
from eightcut_client.formats.entries import LabelEntry, LabelError
from eightcut_client.formats.subtitles import read_srt, read_webvtt
from eightcut_client.formats.tables import (
    column_name,
    has_start,
    is_time,
    read_audacity,
    read_csv,
    read_losslesscut,
    read_raven,
    timed_delimiter,
)
from eightcut_client.formats.text import lines_of, read_text
from eightcut_client.media.errors import display_name

_READERS: dict[str, Callable[[str], list[LabelEntry]]] = {
    "csv": read_csv,
    "json": read_json,
    "audacity": read_audacity,
    "raven": read_raven,
    "losslesscut": read_losslesscut,
    "webvtt": read_webvtt,
    "srt": read_srt,
}

READABLE: tuple[str, ...] = (*_READERS, "edl")
"""Formats that can be read."""

_SUFFIXES = {".json": "json", ".vtt": "webvtt", ".srt": "srt", ".edl": "edl"}
_TITLE = re.compile(r"\s*(TITLE|FCM)\s*:")
_TIMES = re.compile(r"\s*[\d:]+[.,]\d+\s*-->\s*[\d:]+[.,]\d+")
_EVENT = re.compile(r"\d+\s+\S+\s+\S+\s+[CDWK].*\d\d:\d\d:\d\d[:;.,]\d\d")


@dataclass(frozen=True, slots=True)
class LabelFile:
    """A file of labels that was read.

    Attributes:
        labels: In the order of the file.
        format: The format that it has.
        note: What had to be guessed, in sentences; else empty.
    """

    labels: tuple[LabelEntry, ...]
    format: str
    note: str = ""


def read_labels(source: str | Path, format: str = "auto", *, fps: str | None = None) -> list[LabelEntry]:  # noqa: A002
    """Read labels.

    Args:
        source: A file (a path), or its text (a string).
        format: One of `READABLE`, or "auto".
        fps: For EDL, see `eightcut_client.formats.timecode.FRAME_RATES`; None: as the list says, else guessed.

    Raises:
        LabelError: It cannot be read; one sentence that names the line.
    """
    if isinstance(source, Path):
        return list(load_labels(source, format, fps=fps).labels)
    return list(parse_labels(source, format, fps).labels)


def load_labels(path: Path, format: str = "auto", *, fps: str | None = None) -> LabelFile:  # noqa: A002
    """Read a file of labels, and say what had to be guessed.

    Args:
        path: The file.
        format: See `read_labels`.
        fps: See `read_labels`.

    Raises:
        LabelError: It cannot be read; one sentence that names file and line.
    """
    text, guessed = read_text(path)
    try:
        found = parse_labels(text, format_of(text, path.suffix) if format == "auto" else format, fps)
    except LabelError as error:
        raise LabelError(f"{display_name(path)} {error}") from None
    return LabelFile(found.labels, found.format, " ".join(note for note in (guessed, found.note) if note))


def format_of(text: str, suffix: str = "") -> str:
    """Return the format that a text has, by what it begins with; where that says nothing, by the suffix of its file."""
    lines = [line for line in lines_of(text[:65536]) if line.strip()][:2] or [""]
    first = lines[0]
    names = [column_name(cell) for cell in first.split("\t")]
    signs = {
        "webvtt": first.split()[:1] == ["WEBVTT"],
        "json": first.lstrip()[:1] in ("{", "["),
        "edl": _TITLE.match(first) or _EVENT.match(first.strip()),
        "srt": any(_TIMES.match(line) for line in lines),
        "raven": "begin time" in names and "end time" in names,
        "csv": has_start(first),
        "audacity": "\t" in first and (first.startswith("\\") or is_time(first.split("\t")[0])),
        "losslesscut": timed_delimiter(first),
    }
    return next((name for name, holds in signs.items() if holds), _SUFFIXES.get(suffix.lower(), "csv"))


def parse_labels(text: str, name: str, fps: str | None) -> LabelFile:
    """Read labels from text, and say what had to be guessed; see `read_labels`.

    Raises:
        LabelError: They are malformed; one sentence that begins with the line.
    """
    text = text.removeprefix("\ufeff")
    if name == "auto":
        name = format_of(text)
    if name == "edl":
        labels, note = read_edl(text, fps)
        return LabelFile(tuple(labels), name, note)
    if name not in _READERS:
        raise LabelError(f"“{name}” is no format of labels: choose one of {', '.join(READABLE)}.")
    return LabelFile(tuple(_READERS[name](text)), name)

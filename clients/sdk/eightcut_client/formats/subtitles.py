"""Subtitles, read: WebVTT and SubRip."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator

from eightcut_client.formats.entries import LabelEntry, LabelError
from eightcut_client.formats.text import in_order, lines_of

_TIME = r"(?:(\d{1,4}):)?([0-5]?\d):([0-5]\d)[.,](\d{1,3})"
_TIMES = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?", re.ASCII)
_TAG = re.compile(r"<[^<>]*>")
# Blocks of WebVTT that are no cues. A cue may be called "NOTE7": only the bare words begin another block.
_NO_CUE = re.compile(r"NOTE(\s.*)?|(STYLE|REGION)\s*|X-TIMESTAMP-MAP.*")

# Start, end, text, line.
_Cue = tuple[float, float, str, int]


def read_webvtt(text: str) -> list[LabelEntry]:
    """Read the cues of a WebVTT file; notes and styles are left out, and so are tags in the text.

    Raises:
        LabelError: A cue is malformed.
    """
    lines = lines_of(text)
    if lines[0].split()[:1] != ["WEBVTT"]:
        raise LabelError("line 1: a WebVTT file begins with WEBVTT.")
    return [
        LabelEntry(start, end, html.unescape(_TAG.sub("", content)), line=line)
        for start, end, content, line in _cues_of_webvtt(lines)
    ]


def read_srt(text: str) -> list[LabelEntry]:
    """Read SubRip subtitles.

    Raises:
        LabelError: A subtitle is malformed.
    """
    return [LabelEntry(start, end, content, line=line) for start, end, content, line in _cues_of_srt(lines_of(text))]


def _cues_of_webvtt(lines: list[str]) -> Iterator[_Cue]:
    at = 1
    # What stands on the line of the header, and on those up to the first empty one, belongs to the header.
    while at < len(lines) and lines[at].strip() and "-->" not in lines[at]:
        at += 1
    # A line of blanks ends no cue: in captions made by machines many begin with one.
    for block, line in _blocks(lines, at, blank=lambda content: not content):
        first = next((place for place, content in enumerate(block) if content.strip()), len(block))
        shown = block[first:]
        if shown and (_NO_CUE.fullmatch(shown[0]) is None or "-->" in shown[0]):
            yield from _cues(shown, line + first, numbered=False)


def _cues_of_srt(lines: list[str]) -> Iterator[_Cue]:
    for block, line in _blocks(lines, 0, blank=lambda content: not content.strip()):
        yield from _cues(block, line, numbered=True)


def _blocks(lines: list[str], at: int, *, blank: Callable[[str], bool]) -> Iterator[tuple[list[str], int]]:
    """The lines between empty ones, with the number of the first."""
    block: list[str] = []
    for number, content in enumerate(lines[at:], start=at + 1):
        if not blank(content):
            block.append(content)
        elif block:
            yield block, number - len(block)
            block = []
    if block:
        yield block, len(lines) - len(block) + 1


def _cues(block: list[str], line: int, *, numbered: bool) -> Iterator[_Cue]:
    """The cue of a block, or several between which empty lines are missing: times begin another, with their number."""
    first, times = 0, 0 if _TIMES.fullmatch(block[0]) else 1
    for at in range(times + 1, len(block)):
        if _TIMES.fullmatch(block[at]) is None:
            continue
        begin = at - 1 if block[at - 1].strip().isdecimal() else at
        # In SubRip, whose text has no escapes, times without a number before them may be a text.
        if begin > times and (begin < at or not numbered):
            yield _cue(block[first:begin], line + first)
            first, times = begin, at
    yield _cue(block[first:], line + first)


def _cue(block: list[str], number: int) -> _Cue:
    # A number or a name may stand before the times.
    for skip in (0, 1):
        times = _TIMES.fullmatch(block[skip]) if skip < len(block) else None
        if times is not None:
            line = number + skip
            start, end = _seconds(times, 1), _seconds(times, 5)
            in_order(start, end, f"line {line}")
            return start, end, " ".join(" ".join(block[skip + 1 :]).split()), line
    raise LabelError(f"line {number}: here should be times such as 00:01:02.500 --> 00:01:04.000.")


def _seconds(times: re.Match[str], first: int) -> float:
    hours, minutes, whole = (int(times[first + n] or 0) for n in range(3))
    fraction = times[first + 3]
    return ((hours * 60 + minutes) * 60 + whole) + int(fraction.ljust(3, "0")) / 1000

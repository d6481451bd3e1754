"""Subtitles, read: WebVTT and SubRip."""

from __future__ import annotations

import html
import re

from eightcut_client.formats.entries import LabelEntry, LabelError
from eightcut_client.formats.text import in_order, lines_of

_TIME = r"(?:(\d{1,4}):)?([0-5]?\d):([0-5]\d)[.,](\d{1,3})"
_TIMES = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?", re.ASCII)
_TAG = re.compile(r"<[^>]*>")


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
        for start, end, content, line in _cues(lines, first=1, skipped=("NOTE", "STYLE", "REGION", "X-TIMESTAMP-MAP"))
    ]


def read_srt(text: str) -> list[LabelEntry]:
    """Read SubRip subtitles.

    Raises:
        LabelError: A subtitle is malformed.
    """
    return [LabelEntry(start, end, content, line=line) for start, end, content, line in _cues(lines_of(text))]


def _cues(lines: list[str], *, first: int = 0, skipped: tuple[str, ...] = ()) -> list[tuple[float, float, str, int]]:
    found = []
    at = first
    # What stands on the line of the header, and on those up to the first empty one, belongs to the header.
    while first and at < len(lines) and lines[at].strip() and "-->" not in lines[at]:
        at += 1
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        begin = at
        while at < len(lines) and lines[at].strip():
            at += 1
        block = lines[begin:at]
        if skipped and block[0].strip().startswith(skipped) and "-->" not in block[0]:
            continue
        found.append(_cue(block, begin + 1))
    return found


def _cue(block: list[str], number: int) -> tuple[float, float, str, int]:
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

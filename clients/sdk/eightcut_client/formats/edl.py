"""Lists of cuts (CMX 3600), read."""

from __future__ import annotations

import re
from dataclasses import replace

from eightcut_client.formats.entries import LabelEntry, LabelError
from eightcut_client.formats.text import lines_of
from eightcut_client.formats.timecode import FRAME_RATES, FrameRate, frame_rate

_TIMECODE = re.compile(r"\d{1,4}:[0-5]\d:[0-5]\d[:;.,]\d{2,3}", re.ASCII)
_COMMENT = re.compile(r"\*\s*(FROM CLIP NAME|TO CLIP NAME|COMMENT|LOC|FRAME RATE)\s*:\s?(.*)", re.IGNORECASE)
# Avid's locators: a timecode and a colour before the text.
_LOCATOR = re.compile(r"\S+\s+\S+\s*(.*)")
# Markers of DaVinci Resolve, a note first where there is one: "two knocks |C:ResolveColorBlue |M:knock |D:25".
_MARKER = re.compile(r"\|M:(?P<name>.*)")
_FRAMES = re.compile(r"\s*\d{1,9}\s*", re.ASCII)
_MODE = re.compile(r"FCM\s*:\s*(DROP|NON)", re.IGNORECASE)
# Black and no reel at all.
_EMPTY_REELS = {"BL", "BLACK"}


def read_edl(text: str, fps: str | None = None) -> tuple[list[LabelEntry], str]:
    """Read the events of a list of cuts: their times in the source, their comments as labels.

    Args:
        text: The list.
        fps: Frame rate; None: as a comment of the list says, else guessed.

    Returns:
        The labels, and a note where the frame rate was guessed.

    Raises:
        InvalidError: There is no such frame rate.
        LabelError: An event is malformed.
    """
    lines = lines_of(text)
    rate, note = _rate(lines, fps)
    found: list[LabelEntry] = []
    known = False
    skipped = False
    for line, content in enumerate(lines, start=1):
        stripped = content.strip()
        if re.match(r"\d+\s", stripped):
            known = True
            event = _event(stripped, line, rate)
            skipped = event is None
            found += [event] if event is not None else []
        elif re.match(r"(TITLE|FCM)\s*:", stripped, re.IGNORECASE):
            known = True
        elif found and not skipped:
            found[-1] = _described(found[-1], stripped, rate)
    if not known and text.strip():
        raise LabelError("line 1: this is no list of cuts (EDL): it has neither a title nor an event.")
    return found, note


def _rate(lines: list[str], fps: str | None) -> tuple[FrameRate, str]:
    modes = [found[1].upper() for line in lines if (found := _MODE.match(line.strip()))]
    drop, plain = "DROP" in modes, "NON" in modes
    said = fps
    if said is None:
        comments = (_COMMENT.fullmatch(line.strip()) for line in lines)
        said = next((one[2].strip() for one in comments if one and one[1].upper() == "FRAME RATE"), None)
        if said is not None and said not in FRAME_RATES:
            said = None
    if said is not None:
        base = frame_rate(said).name.removesuffix("df")
        wanted = f"{base}df" if drop or (said.endswith("df") and not plain) else base
        return FRAME_RATES.get(wanted, FRAME_RATES[base]), ""
    if drop:
        return FRAME_RATES["29.97df"], ""
    largest = max((int(code[-2:]) for line in lines for code in _TIMECODE.findall(line)), default=0)
    guess = "25" if largest < 25 else "30" if largest < 30 else "60"
    return FRAME_RATES[guess], f"The list of cuts does not say its frame rate; it was read at {guess} frames a second."


def _event(content: str, line: int, rate: FrameRate) -> LabelEntry | None:
    words = content.split()
    codes = [word for word in words if _TIMECODE.fullmatch(word)]
    if len(codes) != 4:
        raise LabelError(f"line {line}: an event has four timecodes such as 01:00:00:00, and this has {len(codes)}.")
    try:
        start, end = rate.parse(codes[0]), rate.parse(codes[1])
    except ValueError as error:
        raise LabelError(f"line {line}: {error} is no timecode at {rate.name} frames a second.") from None
    if end < start:
        raise LabelError(f"line {line}: it ends at {codes[1]}, before it starts at {codes[0]}.")
    # The outgoing half of a transition has no length.
    if words[1].upper() in _EMPTY_REELS or end == start:
        return None
    return LabelEntry(round(rate.seconds(start), 6), round(rate.seconds(end), 6), "", line=line)


def _described(event: LabelEntry, content: str, rate: FrameRate) -> LabelEntry:
    marker = None if content.startswith("*") else _MARKER.search(content)
    comment = _COMMENT.fullmatch(content)
    if marker is not None:
        return _marked(event, marker["name"], rate)
    if comment is None:
        return event
    kind, value = comment[1].upper(), comment[2].strip()
    # Of a transition the first name is what goes, the second what comes: only that has a length here.
    if kind in {"FROM CLIP NAME", "TO CLIP NAME"}:
        return replace(event, file=value)
    if kind == "COMMENT":
        return replace(event, label=value)
    if kind == "LOC" and not event.label:
        located = _LOCATOR.fullmatch(value)
        return replace(event, label=located[1].strip() if located else "")
    return event


def _marked(event: LabelEntry, marker: str, rate: FrameRate) -> LabelEntry:
    name, found, frames = marker.rpartition("|D:")
    if not found or _FRAMES.fullmatch(frames) is None:
        return replace(event, label=marker.strip())
    end = round(event.start + rate.seconds(int(frames)), 6)
    return replace(event, label=name.strip(), end=max(event.end, end))

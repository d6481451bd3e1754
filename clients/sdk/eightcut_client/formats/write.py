"""One function for each format, and a table of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from eightcut_client.formats.entries import RegionList
from eightcut_client.formats.timecode import FrameRate, frame_rate

# What 16 kHz audio holds at most, Hz; Raven draws its boxes up to there.
_NYQUIST = 8000.0
_DEFAULT_RATE = "25"
# Where a list of cuts puts its first one, by custom.
_FIRST_HOUR = "01:00:00:00"


def write(regions: RegionList, name: str, *, fps: str = _DEFAULT_RATE) -> str:
    """The regions as the text of a file.

    Args:
        regions: What to write.
        name: One of `FORMATS`.
        fps: For EDL, whose times are frames: a name in `eightcut_client.formats.timecode.FRAME_RATES`.

    Raises:
        InvalidError: There is no such frame rate.
        KeyError: There is no such format.
    """
    rate = frame_rate(fps)
    return _edl(regions, rate) if name == "edl" else FORMATS[name](regions)


def _csv(regions: RegionList) -> str:
    """Comma-separated values with a header (RFC 4180, but with plain newlines, which its readers take too)."""
    rows = [
        (regions.file, f"{e.start:.6f}", f"{e.end:.6f}", _score(e.score, 6), regions.model, e.id, int(e.disabled))
        for e in regions.regions
    ]
    return delimited([("file", "start", "end", "score", "model", "id", "disabled"), *rows])


def _json(regions: RegionList) -> str:
    document = {
        "scan": regions.scan,
        "file": regions.file,
        "media": regions.media,
        "model": regions.model,
        "regions": [
            {"id": e.id, "start": e.start, "end": e.end, "score": e.score, "disabled": e.disabled}
            for e in regions.regions
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _audacity(regions: RegionList) -> str:
    """A label track: start, end, label, tab-separated (manual.audacityteam.org, "Importing and Exporting Labels")."""
    return "".join(f"{e.start:.6f}\t{e.end:.6f}\t{plain(regions.caption(e))}\n" for e in regions.regions)


def _raven(regions: RegionList) -> str:
    """A selection table: Raven's seven columns, then three more (Raven Pro User's Guide, "Selection tables")."""
    head = ["Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)", "High Freq (Hz)"]
    rows: list[Sequence[object]] = [[*head, "Begin File", "Annotation", "Score"]]
    for number, e in enumerate(regions.regions, start=1):
        place = [number, "Spectrogram 1", 1, f"{e.start:.6f}", f"{e.end:.6f}", "0.0", f"{_NYQUIST:.1f}"]
        name = regions.model if e.label is None else e.label
        rows.append([*place, plain(regions.file), plain(name), _score(e.score, 4)])
    return "".join("\t".join(str(cell) for cell in row) + "\n" for row in rows)


def _losslesscut(regions: RegionList) -> str:
    """LosslessCut's CSV of segments: start, end, name, without a header."""
    return delimited([(f"{e.start:.3f}", f"{e.end:.3f}", regions.caption(e)) for e in regions.regions])


def _webvtt(regions: RegionList) -> str:
    """WebVTT (W3C): cues with a number; "&" and angle brackets are escaped in their text."""
    cues = [
        f"\n{number}\n{_stamp(e.start, '.')} --> {_stamp(e.end, '.')}\n{_escaped(regions.caption(e))}\n"
        for number, e in enumerate(regions.regions, start=1)
    ]
    return "WEBVTT\n" + "".join(cues)


def _srt(regions: RegionList) -> str:
    """SubRip subtitles: number, times with a comma, text, an empty line."""
    return "".join(
        f"{number}\n{_stamp(e.start, ',')} --> {_stamp(e.end, ',')}\n{plain(regions.caption(e))}\n\n"
        for number, e in enumerate(regions.regions, start=1)
    )


def _edl(regions: RegionList, rate: FrameRate) -> str:
    """A list of cuts (CMX 3600): every region is an event, one after the other in the new sequence.

    A comment says the frame rate, which the format has no place for, and another what the region is called.
    """
    lines = [
        f"TITLE: {plain(f'{regions.file} {regions.model}')}",
        f"FCM: {'DROP FRAME' if rate.drop else 'NON-DROP FRAME'}",
        f"* FRAME RATE: {rate.name}",
    ]
    placed = rate.parse(_FIRST_HOUR)
    for number, e in enumerate(regions.regions, start=1):
        start = rate.frames(e.start)
        end = max(start + 1, rate.frames(e.end))
        times = (start, end, placed, placed + end - start)
        placed = times[-1]
        lines.append(f"\n{number:03}  AX       AA/V  C        {' '.join(rate.timecode(one) for one in times)}")
        lines.append(f"* FROM CLIP NAME: {plain(regions.file)}")
        if caption := plain(regions.caption(e)):
            lines.append(f"* COMMENT: {caption}")
    return "\n".join(lines) + "\n"


def delimited(rows: Sequence[Sequence[object]]) -> str:
    """Comma-separated values: every field that could be misread is in quotes."""
    return "".join(",".join(_field(str(cell)) for cell in row) + "\n" for row in rows)


def _field(text: str) -> str:
    # Carriage returns too, which Python's own writer leaves bare, and a blank at an end, which spreadsheets drop.
    if re.search(r'[,"\r\n]', text) or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def _score(score: float | None, digits: int) -> str:
    return "" if score is None else f"{score:.{digits}f}"


def _stamp(seconds: float, point: str) -> str:
    """Hours, minutes, seconds and milliseconds: "01:02:03.004"; hours may have more digits."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{thousandths:03}"


def plain(text: str) -> str:
    """The text without the tabs and line breaks that delimit fields and records."""
    return " ".join(text.split())


def _escaped(text: str) -> str:
    return plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


#: The formats by name.
FORMATS: dict[str, Callable[[RegionList], str]] = {
    "csv": _csv,
    "json": _json,
    "audacity": _audacity,
    "raven": _raven,
    "losslesscut": _losslesscut,
    "webvtt": _webvtt,
    "srt": _srt,
    "edl": lambda regions: _edl(regions, frame_rate(_DEFAULT_RATE)),
}

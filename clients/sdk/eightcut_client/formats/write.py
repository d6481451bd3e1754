"""One function for each format, and a table of them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence

from eightcut_client.formats.entries import RegionList

# What 16 kHz audio holds at most, Hz; Raven draws its boxes up to there.
_NYQUIST = 8000.0


def write(regions: RegionList, name: str) -> str:
    """The regions as the text of a file.

    Args:
        regions: What to write.
        name: One of `FORMATS`.

    Raises:
        KeyError: There is no such format.
    """
    return FORMATS[name](regions)


def _csv(regions: RegionList) -> str:
    """Comma-separated values with a header (RFC 4180, but with plain newlines, which its readers take too)."""
    rows = [
        (regions.file, f"{e.start:.6f}", f"{e.end:.6f}", f"{e.score:.6f}", regions.model, e.id, int(e.disabled))
        for e in regions.regions
    ]
    return _delimited([("file", "start", "end", "score", "model", "id", "disabled"), *rows], ",")


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
    return "".join(f"{e.start:.6f}\t{e.end:.6f}\t{_plain(regions.caption(e))}\n" for e in regions.regions)


def _raven(regions: RegionList) -> str:
    """A selection table: Raven's seven columns, then three more (Raven Pro User's Guide, "Selection tables")."""
    head = ["Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)", "High Freq (Hz)"]
    rows: list[Sequence[object]] = [[*head, "Begin File", "Annotation", "Score"]]
    for number, e in enumerate(regions.regions, start=1):
        place = [number, "Spectrogram 1", 1, f"{e.start:.6f}", f"{e.end:.6f}", "0.0", f"{_NYQUIST:.1f}"]
        rows.append([*place, _plain(regions.file), _plain(regions.model), f"{e.score:.4f}"])
    return "".join("\t".join(str(cell) for cell in row) + "\n" for row in rows)


def _losslesscut(regions: RegionList) -> str:
    """LosslessCut's CSV of segments: start, end, name, without a header."""
    return _delimited([(f"{e.start:.3f}", f"{e.end:.3f}", regions.caption(e)) for e in regions.regions], ",")


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
        f"{number}\n{_stamp(e.start, ',')} --> {_stamp(e.end, ',')}\n{_plain(regions.caption(e))}\n\n"
        for number, e in enumerate(regions.regions, start=1)
    )


def _delimited(rows: Sequence[Sequence[object]], delimiter: str) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _stamp(seconds: float, point: str) -> str:
    """Hours, minutes, seconds and milliseconds: "01:02:03.004"; hours may have more digits."""
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{point}{thousandths:03}"


def _plain(text: str) -> str:
    """The text without the tabs and line breaks that delimit fields and records."""
    return " ".join(text.split())


def _escaped(text: str) -> str:
    return _plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


#: The formats by name.
FORMATS: dict[str, Callable[[RegionList], str]] = {
    "csv": _csv,
    "json": _json,
    "audacity": _audacity,
    "raven": _raven,
    "losslesscut": _losslesscut,
    "webvtt": _webvtt,
    "srt": _srt,
}

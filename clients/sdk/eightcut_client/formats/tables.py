"""Tables of labels, read: CSV with and without a header, Audacity's label tracks, Raven's selection tables."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

from eightcut_client.formats.entries import LabelEntry, LabelError
from eightcut_client.formats.text import in_order, lines_of, number, seconds

DELIMITERS = (",", ";", "\t")
# What columns are called, in the order in which they are taken; of units in parentheses and of "_" see `column_name`.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "start": ("start", "start time", "begin", "begin time", "onset", "from", "start seconds"),
    "end": ("end", "end time", "stop", "stop time", "offset", "to", "end seconds"),
    "duration": ("duration", "length"),
    "label": ("label", "name", "text", "annotation", "event label", "class", "title", "description", "model"),
    "score": ("score", "confidence", "probability"),
    "file": ("file", "filename", "file name", "path", "file path", "media", "source"),
    "folder": ("folder",),
    "category": ("category",),
    "disabled": ("disabled",),
    "origin": ("origin",),
}
_RAVEN: Mapping[str, tuple[str, ...]] = {
    "start": ("begin time",),
    "end": ("end time",),
    "label": ("annotation", "label", "common name", "species", "species code", "class", "name"),
    "score": ("score", "confidence"),
    "file": ("begin path", "begin file"),
    "offset": ("file offset",),
    "selection": ("selection",),
}


def read_csv(text: str) -> list[LabelEntry]:
    """Read a table with a header: start and end or duration; label, score and file where there are such columns.

    Commas, semicolons or tabs delimit, columns come in any order, and others are left out.

    Raises:
        LabelError: A column is missing or a row malformed.
    """
    delimiter = delimiter_of(text)
    rows = _rows(text, delimiter)
    if not rows:
        return []
    columns = _columns([column_name(cell) for cell in rows[0][1]], _NAMES)
    if "start" not in columns:
        raise LabelError("line 1: there is no column “start”.")
    if "end" not in columns and "duration" not in columns:
        raise LabelError("line 1: there is no column “end” and none “duration”.")
    found = []
    for line, cells in rows[1:]:
        row = {name: cells[at] if at < len(cells) else "" for name, at in columns.items()}
        found.append(_label(row, line))
    return found


def read_losslesscut(text: str) -> list[LabelEntry]:
    """Read LosslessCut's segments: start, end, name, without a header; a segment without an end is a point.

    Raises:
        LabelError: A row is malformed.
    """
    found = []
    first = text.lstrip("\r\n").split("\n", 1)[0]
    for line, cells in _rows(text, timed_delimiter(first) or delimiter_of(text)):
        start = seconds(cells[0], f"line {line}, start") if cells[0].strip() else 0.0
        end = seconds(cells[1], f"line {line}, end") if len(cells) > 1 and cells[1].strip() else start
        in_order(start, end, f"line {line}")
        found.append(LabelEntry(start, end, cells[2] if len(cells) > 2 else "", line=line))
    return found


def read_audacity(text: str) -> list[LabelEntry]:
    r"""Read a label track; lines that begin with a backslash tell the frequencies of the label before them.

    Raises:
        LabelError: A line is malformed.
    """
    found = []
    for line, content in enumerate(lines_of(text), start=1):
        if not content.strip() or content.startswith("\\"):
            continue
        cells = content.split("\t")
        start = seconds(cells[0], f"line {line}, start")
        # A label of a point may have no end.
        timed = len(cells) > 2 or (len(cells) == 2 and number(cells[1]) is not None)
        end = seconds(cells[1], f"line {line}, end") if timed else start
        in_order(start, end, f"line {line}")
        found.append(LabelEntry(start, end, " ".join(" ".join(cells[2 if timed else 1 :]).split()), line=line))
    return found


def read_raven(text: str) -> list[LabelEntry]:
    """Read a selection table. Columns come in any order; a selection that stands there for two views is one label.

    Raises:
        LabelError: A column is missing or a row malformed.
    """
    lines = lines_of(text)
    columns = _columns([column_name(cell) for cell in lines[0].split("\t")], _RAVEN)
    for needed, title in (("start", "Begin Time (s)"), ("end", "End Time (s)")):
        if text.strip() and needed not in columns:
            raise LabelError(f"line 1: there is no column “{title}”.")
    found = []
    seen: set[tuple[str, str, str]] = set()
    for line, content in enumerate(lines[1:], start=2):
        if not content.strip():
            continue
        cells = content.split("\t")
        row = {name: cells[at].strip() if at < len(cells) else "" for name, at in columns.items()}
        start, end = (seconds(row[name], f"line {line}, column {name}") for name in ("start", "end"))
        in_order(start, end, f"line {line}")
        if number(row.get("offset", "")) is not None:
            # Times count from the beginning of the first of several files; the offset from that of this one.
            offset = seconds(row["offset"], f"line {line}, column file offset")
            start, end = offset, round(offset + end - start, 6)
        key = (row.get("selection", ""), row["start"], row["end"])
        if key[0] and key in seen:
            continue
        seen.add(key)
        label = " ".join(row.get("label", "").split())
        found.append(LabelEntry(start, end, label, number(row.get("score", "")), row.get("file", ""), line=line))
    return found


def delimiter_of(text: str) -> str:
    """Return what delimits the fields: what is most frequent in the first line."""
    first = text.lstrip("\r\n").split("\n", 1)[0]
    return max(DELIMITERS, key=first.count)


def has_start(header: str) -> bool:
    """Whether a line has the title of a column of starts."""
    return any(column_name(cell.strip('"')) in _NAMES["start"] for cell in header.split(delimiter_of(header)))


def timed_delimiter(line: str) -> str | None:
    """Return what delimits a line that begins with two times, of which one may be left out; None where it does not."""
    for delimiter in DELIMITERS:
        given = [cell.strip().strip('"') for cell in line.split(delimiter)[:2]]
        if len(given) == 2 and any(given) and all(not cell or is_time(cell) for cell in given):
            return delimiter
    return None


def is_time(cell: str) -> bool:
    """Whether a cell holds seconds, or a clock time."""
    return number(cell) is not None or re.fullmatch(r"\d+:\d\d(:\d\d)?([.,]\d+)?", cell.strip(), re.ASCII) is not None


def column_name(title: str) -> str:
    """Return the name of a column in small letters without its unit: "Begin Time (s)" is "begin time"."""
    name = re.sub(r"[\s_-]+", " ", title.lower()).strip()
    return re.sub(r" ?[(\[] ?(s|sec|seconds) ?[)\]]$", "", name)


def _columns(header: Sequence[str], names: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    found = {}
    for column, known in names.items():
        at = next((header.index(name) for name in known if name in header), None)
        if at is not None:
            found[column] = at
    return found


def _rows(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    found = []
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise LabelError(f"line {line}: this is no CSV: {error}.") from None
    return found


def _label(row: Mapping[str, str], line: int) -> LabelEntry:
    start = seconds(row["start"], f"line {line}, column start")
    if row.get("end", "").strip():
        end = seconds(row["end"], f"line {line}, column end")
        in_order(start, end, f"line {line}")
    elif row.get("duration", "").strip():
        end = round(start + seconds(row["duration"], f"line {line}, column duration"), 6)
    else:
        end = start
    return LabelEntry(
        start,
        end,
        row.get("label", ""),
        number(row.get("score", "")),
        row.get("file", ""),
        row.get("folder", ""),
        row.get("category", ""),
        disabled=row.get("disabled", "").strip().lower() in {"1", "true", "yes"},
        scan_export=row.get("origin", "").strip() == "scan_export",
        line=line,
    )

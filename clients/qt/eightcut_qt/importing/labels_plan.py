"""Which clips a file of labels becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eightcut_client.formats import file_name, folder_of

from eightcut_qt.core.clock import format_time
from eightcut_qt.core.folders import MAX_CATEGORY, MAX_LABEL, folder_problem
from eightcut_qt.gateway import NewClip

if TYPE_CHECKING:
    from eightcut_client.formats.entries import LabelEntry

MAX_DURATION = 3600.0
"""Seconds; the API's limit."""


@dataclass(frozen=True, slots=True)
class LabelChoice:
    """What the person chose.

    Attributes:
        folder: Of all clips; empty: as the file says, else the label's text.
        category: Of clips for which the file names none.
        point_duration: Length of labels that are only a moment, seconds.
    """

    folder: str = ""
    category: str = ""
    point_duration: float = 8.0


@dataclass(frozen=True, slots=True)
class LabelMedia:
    """A media that labels may belong to."""

    digest: str
    name: str
    duration: float | None


@dataclass(frozen=True, slots=True)
class LabelRow:
    """A label and what becomes of it.

    Attributes:
        clip: The clip; None: none.
        cells: Start, end, length, remark, label, folder, file.
    """

    clip: NewClip | None
    cells: tuple[str, ...]


def names_of(entries: Sequence[LabelEntry]) -> list[str]:
    """Return the names of the files that labels speak of, without folders, each once."""
    return list(dict.fromkeys(file_name(entry.file) for entry in entries if entry.file))


def plan_labels(
    entries: Sequence[LabelEntry], choice: LabelChoice, here: LabelMedia | None, known: Mapping[str, LabelMedia | None]
) -> list[LabelRow]:
    """Decide which clips labels become.

    Args:
        entries: What was read.
        choice: What the person chose.
        here: The open file: what labels belong to that name no file.
        known: Media of the Store by name; None: there are several of this name.
    """
    rows: list[LabelRow] = []
    seen: set[tuple[str, float, float, str]] = set()
    for entry in entries:
        row = _row(entry, choice, here, known)
        if row.clip is not None:
            place = (row.clip.media, row.clip.start, row.clip.duration, row.clip.folder)
            if place in seen:
                row = LabelRow(None, (*row.cells[:3], "The same as one above.", *row.cells[4:]))
            seen.add(place)
        rows.append(row)
    return rows


def _row(
    entry: LabelEntry, choice: LabelChoice, here: LabelMedia | None, known: Mapping[str, LabelMedia | None]
) -> LabelRow:
    name = file_name(entry.file)
    media = here if not name or (here is not None and here.name == name) else known.get(name)
    point = entry.end <= entry.start
    duration = round(choice.point_duration if point else entry.end - entry.start, 6)
    folder = choice.folder.strip() or entry.folder.strip() or folder_of(entry.label)
    clip, remark = None, ""
    if media is None:
        remark = _unknown(name, known)
    elif media.duration is not None and entry.start >= media.duration:
        remark = "Begins after the end of the file."
    elif duration > MAX_DURATION:
        remark = "Longer than an hour."
    elif not folder:
        remark = "Without a label; name a folder."
    elif problem := folder_problem(folder):
        remark = problem
    elif entry.disabled:
        remark = "Switched off in the file."
    else:
        category = (entry.category or choice.category).strip()[:MAX_CATEGORY]
        label = entry.label.strip()[:MAX_LABEL]
        clip = NewClip(media.digest, entry.start, duration, folder, label, category, entry.scan_export)
    end = entry.start + duration
    shown = name or ("" if here is None else here.name)
    times = (format_time(entry.start, 2), format_time(end, 2), f"{duration:.2f} s")
    return LabelRow(clip, (*times, remark or ("A moment." if point else ""), entry.label, folder, shown))


def _unknown(name: str, known: Mapping[str, LabelMedia | None]) -> str:
    if not name:
        return "Open the file that the labels belong to."
    return "Several files have this name; open the right one." if name in known else "This file is not known; open it."

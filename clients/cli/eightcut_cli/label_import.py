"""Clips from labels of other programs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.formats.entries import LabelError, folder_of
from eightcut_client.formats.read import format_of, parse_labels
from eightcut_client.formats.tables import column_name
from eightcut_client.formats.text import read_text
from eightcut_client.media.errors import display_name

from eightcut_cli.clip_import import Row, check_rows, for_media, locate, read_rows, table_header
from eightcut_cli.failures import CommandError, UsageMistake
from eightcut_cli.ids import check_folder
from eightcut_cli.output import plural

if TYPE_CHECKING:
    from eightcut_client.formats.entries import LabelEntry


@dataclass(frozen=True, slots=True)
class Options:
    """How labels become clips.

    Attributes:
        format: Of the file; None: as it looks.
        media: The file that the labels are about; None: as each of them says.
        folder: Of labels that name none; None: the text of the label.
        duration: Length of clips of labels without one.
        fps: Of a list of cuts; None: as it says.
    """

    format: str | None = None
    media: Path | None = None
    folder: str | None = None
    duration: float = 8.0
    fps: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What a file holds.

    Attributes:
        rows: What becomes clips.
        notes: What the person should know, in sentences.
    """

    rows: list[Row]
    notes: list[str]


def read_any(path: Path, options: Options) -> Found:
    """Reads a table of clips or a file of labels, and checks all of it.

    Raises:
        CommandError: A row or label is wrong; names it.
        InvalidError: The file cannot be read; names the line.
    """
    text, guessed = read_text(path)
    notes = [guessed] if guessed else []
    name = options.format or format_of(text, path.suffix)
    if _is_table_of_clips(text, name, options):
        rows, disabled = read_rows(path, text, options.folder)
    else:
        rows, disabled = _label_rows(path, text, name, options, notes)
    if options.media is not None:
        wanted = for_media(rows, path, options.media)
        if len(wanted) < len(rows):
            left = len(rows) - len(wanted)
            notes.append(f"{plural(left, 'label')} of other files {'was' if left == 1 else 'were'} left out.")
        rows = wanted
    if disabled:
        notes.append(f"{disabled:,} disabled {'region was' if disabled == 1 else 'regions were'} left out.")
    check_rows(rows)
    return Found(rows, notes)


def _is_table_of_clips(text: str, name: str, options: Options) -> bool:
    """Whether it has the columns of `clips import`, or ought to have them."""
    if name != "csv":
        return False
    header = table_header(text)
    if "file" in header:
        return "start" in header or not _names_times(header)
    return options.media is None and not any("file" in name or "path" in name for name in header)


def _names_times(header: list[str]) -> bool:
    """Whether columns are named as other programs do."""
    return any(column_name(name).startswith(("begin", "onset", "start", "from")) for name in header)


def _label_rows(path: Path, text: str, name: str, options: Options, notes: list[str]) -> tuple[list[Row], int]:
    try:
        found = parse_labels(text, name, options.fps)
    except LabelError as error:
        raise LabelError(f"{display_name(path)} {error}") from None
    if found.note:
        notes.append(found.note)
    rows = []
    disabled = 0
    for place, label in enumerate(found.labels, start=1):
        if label.disabled:
            disabled += 1
            continue
        rows.append(
            _row(path, f"{path.name} {f'line {label.line}' if label.line else f'label {place}'}", label, options)
        )
    return rows, disabled


def _row(path: Path, where: str, label: LabelEntry, options: Options) -> Row:
    if not label.file and options.media is None:
        raise CommandError(f"{where} names no media file: say which one these labels are about, with --media.")
    text = label.label.strip()
    given = label.folder or options.folder or None
    folder = given or folder_of(text)
    if not folder:
        raise CommandError(f"{where}: the label is empty, so it names no folder, and --folder is not given.")
    try:
        check_folder(folder)
    except UsageMistake as error:
        raise CommandError(f"{where}: {error}") from None
    return Row(
        where,
        locate(path.parent, Path(label.file)) if label.file else options.media or Path(),
        label.start,
        round(label.end - label.start, 6) or options.duration,
        folder,
        "" if given is None and text == folder else text,
        label.category,
        scan_export=label.scan_export,
        titled=False,
    )

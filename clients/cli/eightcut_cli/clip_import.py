"""Clips from a table with the columns file, start, duration, folder, label, category; and how rows become clips."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.formats.entries import file_name
from eightcut_client.formats.tables import delimiter_of

from eightcut_cli import files
from eightcut_cli.failures import CommandError, UsageMistake
from eightcut_cli.ids import check_folder, chunks
from eightcut_cli.times import parse_seconds

if TYPE_CHECKING:
    from eightcut_cli.session import Session

_DEFAULT_DURATION = "8"
_LONGEST = 3600.0


@dataclass(frozen=True, slots=True)
class Row:
    """What becomes a clip: where it stands ("marks.csv line 7"), and what it marks (seconds)."""

    where: str
    file: Path
    start: float
    duration: float
    folder: str
    label: str
    category: str
    scan_export: bool = False
    """Whether it was exported from a scan, and not marked by a person."""
    titled: bool = True
    """Whether the columns have names that a person would look for."""

    def at(self, column: str) -> str:
        """Where a mistake is."""
        return f"{self.where}, column {column}" if self.titled else self.where


def table_header(text: str) -> list[str]:
    """The names of the columns."""
    first = text.split("\n", 1)[0]
    try:
        cells = next(csv.reader(io.StringIO(first), delimiter=delimiter_of(first)), [])
    except csv.Error:
        return []
    return [name.strip().lower() for name in cells]


def read_rows(path: Path, text: str, default_folder: str | None) -> tuple[list[Row], int]:
    """Reads and checks all rows.

    Args:
        path: The CSV, delimited by comma, semicolon or tab.
        text: What is in it.
        default_folder: Folder of rows without one.

    Returns:
        The rows, and how many more were left out because they are marked as disabled.

    Raises:
        CommandError: A row is wrong; names line and column.
    """
    try:
        found = list(_rows(path, text, default_folder))
    except csv.Error as error:
        raise CommandError(f"{path.name} is no CSV: {error}.") from None
    rows = [row for row in found if row is not None]
    return rows, len(found) - len(rows)


def for_media(rows: Sequence[Row], path: Path, media: Path) -> list[Row]:
    """The rows with this file in place of the one that they name.

    Raises:
        CommandError: They name several.
    """
    named = {file_name(str(row.file)) for row in rows}
    if len(named) > 1:
        rows = [row for row in rows if file_name(str(row.file)) in (media.name, "")]
        if not rows:
            raise CommandError(
                f"{path.name} names {len(named)} files and none of them is {media.name}: leave --media out."
            )
    return [replace(row, file=media) for row in rows]


def _rows(path: Path, text: str, default_folder: str | None) -> Iterator[Row | None]:
    delimiter = delimiter_of(text.split("\n", 1)[0])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header = [name.strip().lower() for name in next(reader, [])]
    if "start" not in header:
        raise CommandError(
            f"{path.name} line 1: there is no column “start” (file,start,duration,folder), and these are no labels of a"
            " known format."
        )
    if "file" not in header:
        raise CommandError(
            f"{path.name} line 1: there is no column “file”: add one, or say with --media what the rows are about."
        )
    if len(set(header)) < len(header):
        raise CommandError(f"{path.name} line 1: a column is named twice.")
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            raise CommandError(
                f"{path.name} line {reader.line_num}: {len(cells)} fields, but there are {len(header)} columns."
            )
        fields = dict(zip(header, (cell.strip() for cell in cells), strict=False))
        if fields.get("disabled", "").lower() in {"1", "true"}:
            yield None  # A region that a person switched off: `regions export --all` writes them too.
            continue
        yield _row(path, reader.line_num, fields, default_folder, decimal_comma=delimiter != ",")


def _row(path: Path, line: int, fields: dict[str, str], default_folder: str | None, *, decimal_comma: bool) -> Row:
    def seconds(column: str, text: str) -> float:
        try:
            return parse_seconds(text.replace(",", ".") if decimal_comma else text)
        except UsageMistake as error:
            raise CommandError(f"{path.name} line {line}, column {column}: {error}") from None

    folder = fields.get("folder") or default_folder
    if not folder:
        what = "column folder: it is empty" if "folder" in fields else "there is no column folder"
        raise CommandError(f"{path.name} line {line}, {what}, and --folder is not given.")
    try:
        check_folder(folder)
    except UsageMistake as error:
        raise CommandError(f"{path.name} line {line}, column folder: {error}") from None
    if not fields.get("file"):
        raise CommandError(f"{path.name} line {line}, column file: it is empty.")
    start = seconds("start", fields.get("start", ""))
    if fields.get("end") and not fields.get("duration"):
        column, duration = "end", round(seconds("end", fields["end"]) - start, 6)
    else:
        column, duration = "duration", seconds("duration", fields.get("duration") or _DEFAULT_DURATION)
    if duration <= 0:
        raise CommandError(f"{path.name} line {line}, column {column}: a clip must be longer than nothing.")
    return Row(
        f"{path.name} line {line}",
        locate(path.parent, Path(fields["file"])),
        start,
        duration,
        folder,
        fields.get("label", ""),
        fields.get("category", ""),
        scan_export=fields.get("origin") == "scan_export",
    )


def locate(folder: Path, file: Path) -> Path:
    """Relative paths lie beside the table, or else below the working folder."""
    beside = folder / file.expanduser()
    return beside if beside.exists() else file.expanduser()


def check_rows(rows: Sequence[Row]) -> None:
    """Checks what can be checked without looking at files.

    Raises:
        CommandError: A row cannot become a clip; names it.
    """
    for row in rows:
        for column, text, longest in (("label", row.label, 1000), ("category", row.category, 200)):
            if len(text) > longest:
                raise CommandError(f"{row.at(column)}: it is longer than {longest:,} characters.")
            if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
                raise CommandError(f"{row.at(column)}: it is no valid text.")
        if round(row.duration * 1_000_000) < 1:
            raise CommandError(f"{row.at('duration')}: a clip must be longer than nothing.")
        if row.duration > _LONGEST:
            raise CommandError(f"{row.at('duration')}: {row.duration:g} s is longer than a clip can be, an hour.")


def inspect_all(session: Session, rows: Sequence[Row]) -> dict[Path, files.Inspected]:
    """Looks at all files, and checks all rows against them. Writes nothing.

    Raises:
        CommandError: A file is bad or a clip starts beyond its end; names the row.
    """
    from eightcut_client.media.errors import MediaError

    media: dict[Path, files.Inspected] = {}
    for row in rows:
        if row.file not in media:
            try:
                media[row.file] = files.inspect(session, row.file)
            except MediaError as error:
                raise CommandError(f"{row.at('file')}: {error}") from error
        end = media[row.file].duration
        if row.start >= end:
            raise CommandError(f"{row.at('start')}: {row.start:g} s is beyond the end of {row.file.name} ({end:g} s).")
    return media


def import_rows(session: Session, rows: Sequence[Row], media: dict[Path, files.Inspected]) -> tuple[int, int]:
    """Marks the clips of all rows, which were checked.

    Returns:
        How many clips are new, and how many were there already.
    """
    from eightcut.store.v1.clip_pb2 import CLIP_ORIGIN_MARKED, CLIP_ORIGIN_SCAN_EXPORT
    from eightcut.store.v1.clip_service_pb2 import BatchCreateClipsRequest, NewClip
    from eightcut_client.times import to_duration

    for found in {found.local.digest: found for found in media.values()}.values():
        files.register(session, found)
    clips = [
        NewClip(
            media=media[row.file].local.digest,
            start=to_duration(row.start),
            duration=to_duration(row.duration),
            folder=row.folder,
            label=row.label,
            category=row.category,
            origin=CLIP_ORIGIN_SCAN_EXPORT if row.scan_export else CLIP_ORIGIN_MARKED,
        )
        for row in rows
    ]
    added = skipped = 0
    for part in chunks(clips, 1000):
        answer = session.connection.clips.BatchCreateClips(BatchCreateClipsRequest(profile=session.profile, clips=part))
        added += len(answer.clips)
        skipped += answer.skipped
    return added, skipped

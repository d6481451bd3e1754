"""Clips from a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_cli import files
from eightcut_cli.failures import CommandError, UsageMistake
from eightcut_cli.ids import check_folder, chunks
from eightcut_cli.times import parse_seconds

if TYPE_CHECKING:
    from eightcut_cli.session import Session

_DELIMITERS = (",", ";", "\t")
_DEFAULT_DURATION = "8"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the CSV: where it stands, and what it marks (seconds)."""

    line: int
    file: Path
    start: float
    duration: float
    folder: str
    label: str
    category: str


def read_rows(path: Path, default_folder: str | None) -> list[Row]:
    """Reads and checks all rows.

    Args:
        path: The CSV, UTF-8 (a byte order mark is allowed), delimited by comma, semicolon or tab.
        default_folder: Folder of rows without one.

    Raises:
        CommandError: It cannot be read, or a row is wrong; names line and column.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise CommandError(f"{path.name} is not UTF-8 text.") from None
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {(error.strerror or 'unreadable').lower()}.") from None
    try:
        return list(_rows(path, text, default_folder))
    except csv.Error as error:
        raise CommandError(f"{path.name} is no CSV: {error}.") from None


def _rows(path: Path, text: str, default_folder: str | None) -> Iterator[Row]:
    first = text.split("\n", 1)[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
    header = [name.strip().lower() for name in next(reader, [])]
    for needed in ("file", "start"):
        if needed not in header:
            raise CommandError(f"{path.name} line 1: there is no column “{needed}” (file,start,duration,folder).")
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
    duration = seconds("duration", fields.get("duration") or _DEFAULT_DURATION)
    if duration == 0:
        raise CommandError(f"{path.name} line {line}, column duration: a clip must be longer than nothing.")
    return Row(
        line,
        _locate(path.parent, Path(fields["file"])),
        seconds("start", fields.get("start", "")),
        duration,
        folder,
        fields.get("label", ""),
        fields.get("category", ""),
    )


def _locate(folder: Path, file: Path) -> Path:
    """Relative paths lie beside the CSV, or else below the working folder."""
    beside = folder / file.expanduser()
    return beside if beside.exists() else file.expanduser()


def import_rows(session: Session, path: Path, rows: list[Row]) -> tuple[int, int]:
    """Marks the clips of all rows, after all files and times were checked.

    Returns:
        How many clips are new, and how many were there already.

    Raises:
        CommandError: A file is bad or a clip starts beyond its end; names the line. Nothing was written.
    """
    from eightcut.store.v1.clip_service_pb2 import BatchCreateClipsRequest, NewClip
    from eightcut_client.times import to_duration

    media = _inspect_all(session, path, rows)
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
        )
        for row in rows
    ]
    added = skipped = 0
    for part in chunks(clips, 1000):
        answer = session.connection.clips.BatchCreateClips(BatchCreateClipsRequest(profile=session.profile, clips=part))
        added += len(answer.clips)
        skipped += answer.skipped
    return added, skipped


def _inspect_all(session: Session, path: Path, rows: list[Row]) -> dict[Path, files.Inspected]:
    from eightcut_client.media.errors import MediaError

    media: dict[Path, files.Inspected] = {}
    for row in rows:
        where = f"{path.name} line {row.line}"
        if row.file not in media:
            try:
                media[row.file] = files.inspect(session, row.file)
            except MediaError as error:
                raise CommandError(f"{where}, column file: {error}") from error
        end = media[row.file].duration
        if row.start >= end:
            raise CommandError(
                f"{where}, column start: {row.start:g} s is beyond the end of {row.file.name} ({end:g} s)."
            )
    return media

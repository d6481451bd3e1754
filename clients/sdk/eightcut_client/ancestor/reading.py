"""Reading an old library: every row is understood, or named with what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import TypeVar

from eightcut_client.ancestor.opening import PATIENCE, opened
from eightcut_client.ancestor.rows import DamagedRow, OldClipFile, OldHidden, OldNegative, OldRegion
from eightcut_client.ancestor.schema import (
    HARD_NEGATIVES,
    HIDDEN_FILES,
    PROCESSED,
    SCAN_RESULTS,
    SHAPES,
    TABLES,
    FoundTable,
    find_tables,
)
from eightcut_client.ancestor.understanding import Cells, RowError, Understanding
from eightcut_client.cancellation import Cancellation
from eightcut_client.media import display_name

_REPORT_EVERY = 5000

OnRows = Callable[[str, int], None]
"""Told the name of a table, and how many of its rows were read."""

RowT = TypeVar("RowT", OldClipFile, OldRegion, OldNegative, OldHidden)


@dataclass(slots=True)
class OldLibrary:
    """What an old library holds.

    Attributes:
        path: The database.
        files: Rows of ``processed``.
        regions: Rows of ``scan_results``.
        negatives: Rows of ``hard_negatives``.
        hidden: Rows of ``hidden_files``.
        rows: How many rows each table has in all.
        duplicates: How many of them say what another row says, or were replaced by a newer one. They are in none of the
            lists.
        damaged: Rows that could not be understood; likewise.
        notes: Sentences about what was understood in a way that the person should know of.
    """

    path: Path
    files: list[OldClipFile] = field(default_factory=list)
    regions: list[OldRegion] = field(default_factory=list)
    negatives: list[OldNegative] = field(default_factory=list)
    hidden: list[OldHidden] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    duplicates: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TABLES, 0))
    damaged: list[DamagedRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def profiles(self) -> list[str]:
        """Names of all profiles, in the order of the alphabet."""
        tables: tuple[Sequence[OldClipFile | OldRegion | OldNegative | OldHidden], ...]
        tables = (self.files, self.regions, self.negatives, self.hidden)
        return sorted({row.profile for table in tables for row in table})


def read_library(
    path: str | os.PathLike[str],
    *,
    zone: tzinfo | None = None,
    patience: float = PATIENCE,
    on_rows: OnRows | None = None,
    cancel: Cancellation | None = None,
) -> OldLibrary:
    """Read an old library. Its files are not changed in any way.

    Args:
        path: The database, usually ~/.8cut.db.
        zone: Time zone in which it was written; None: that of this machine.
        patience: Seconds to wait while the old program is writing.
        on_rows: Told how far it is.
        cancel: Ends it from another thread.

    Raises:
        CancelledError: ``cancel`` was used.
        LibraryError: It is no library, is damaged, or cannot be read.
    """
    cancel = cancel or Cancellation()
    check = cancel.check
    library = OldLibrary(Path(path).absolute())
    mind = Understanding(zone)

    def tell(table: str, count: int) -> None:
        check()
        (on_rows or _nothing)(table, count)

    with opened(path, patience=patience, cancel=cancel) as connection:
        tables = find_tables(connection, display_name(library.path))

        def read(name: str, understand: Callable[[int, Cells], RowT]) -> Iterator[RowT]:
            if name in tables:
                yield from _understood(library, tables[name], tables[name].rows(connection), understand, tell)

        library.files = _newest_of_each_path(library, read(PROCESSED, mind.clip_file))
        library.regions = _told_apart(library, read(SCAN_RESULTS, mind.region))
        library.negatives = _newest(library, HARD_NEGATIVES, read(HARD_NEGATIVES, mind.negative))
        library.hidden = _newest(library, HIDDEN_FILES, read(HIDDEN_FILES, mind.hidden))
    _note(library, mind)
    return library


def _understood(
    library: OldLibrary,
    table: FoundTable,
    rows: Iterator[tuple[object, ...]],
    understand: Callable[[int, Cells], RowT],
    tell: OnRows,
) -> Iterator[RowT]:
    names = SHAPES[table.name].columns
    count = 0
    for count, values in enumerate(rows, start=1):
        if count % _REPORT_EVERY == 0:
            tell(table.name, count)
        row = values[0] if isinstance(values[0], int) else count
        try:
            yield understand(row, Cells(names, values[1:]))
        except RowError as problem:
            library.damaged.append(DamagedRow(table.name, row, str(problem)))
    library.rows[table.name] = count
    tell(table.name, count)


def _newest_of_each_path(library: OldLibrary, rows: Iterator[OldClipFile]) -> list[OldClipFile]:
    """Keep one row for each file: a clip that was exported anew to the same path is the newer one."""
    newest: dict[tuple[str, str, str], OldClipFile] = {}
    for row in rows:
        place = (row.profile, row.export_folder, row.path)
        # Taken out first, so that the order stays that of the rows.
        library.duplicates[PROCESSED] += newest.pop(place, None) is not None
        newest[place] = row
    return list(newest.values())


def _told_apart(library: OldLibrary, rows: Iterator[OldRegion]) -> list[OldRegion]:
    """Drop regions that are the same in every respect; number those that only the person has made different."""
    seen: dict[tuple[object, ...], list[tuple[object, ...]]] = {}
    kept: list[OldRegion] = []
    for row in rows:
        now = (row.start_us, row.end_us, row.disabled)
        others = seen.setdefault(row.identity, [])
        if now in others:
            library.duplicates[SCAN_RESULTS] += 1
            continue
        kept.append(row._replace(again=len(others)) if others else row)
        others.append(now)
    return kept


def _newest(library: OldLibrary, table: str, rows: Iterator[RowT]) -> list[RowT]:
    newest: dict[bytes, RowT] = {}
    for row in rows:
        library.duplicates[table] += newest.pop(row.key, None) is not None
        newest[row.key] = row
    return list(newest.values())


def _note(library: OldLibrary, mind: Understanding) -> None:
    if mind.undated:
        library.notes.append(
            f"A moment in processed_at could not be read in {mind.undated:,} "
            f"{'row; it is' if mind.undated == 1 else 'rows; they are'} kept without one."
        )
    if mind.relative:
        library.notes.append(
            f"The path of {mind.relative:,} clip {'file' if mind.relative == 1 else 'files'} is relative; "
            f"it is taken as one below {Path.home()}."
        )
    if mind.renamed:
        names = ", ".join(sorted(mind.renamed)[:5])
        library.notes.append(f"Names of folders cannot hold / \\ and control characters; “_” stands for them: {names}.")


def _nothing(_table: str, _count: int) -> None:
    return None

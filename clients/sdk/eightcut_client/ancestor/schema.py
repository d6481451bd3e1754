"""The tables of an old library: which of their columns are there, and that they are tables at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from eightcut_client.ancestor.errors import NotALibraryError, damaged
from eightcut_client.ancestor.values import decode

PROCESSED, SCAN_RESULTS, HARD_NEGATIVES, HIDDEN_FILES = TABLES = (
    "processed",
    "scan_results",
    "hard_negatives",
    "hidden_files",
)


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table as the newest old program had it; older ones had fewer columns.

    Attributes:
        needed: Columns without which a row says nothing.
        added: Columns that came over time; where they are missing they are NULL, but for `_MISSING`.
    """

    needed: tuple[str, ...]
    added: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """All, in the order in which rows are read."""
        return self.needed + self.added


SHAPES: Mapping[str, TableShape] = {
    PROCESSED: TableShape(
        ("filename", "start_time", "output_path"),
        (
            "label",
            "category",
            "short_side",
            "portrait_ratio",
            "crop_center",
            "format",
            "clip_count",
            "clip_duration",
            "spread",
            "profile",
            "source_path",
            "scan_export",
            "processed_at",
        ),
    ),
    SCAN_RESULTS: TableShape(
        ("filename", "model", "start_time", "end_time", "score"),
        ("profile", "disabled", "orig_start_time", "orig_end_time", "scan_timestamp"),
    ),
    HARD_NEGATIVES: TableShape(("filename", "start_time"), ("profile", "source_path", "source_model")),
    HIDDEN_FILES: TableShape(("filename",), ("profile",)),
}

# NULL is what the source has; before there was a choice it was this.
_MISSING = {"short_side": "512"}

_READING = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ}


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table that is there.

    Attributes:
        name: Of it.
        columns: Those that it has, in lower case.
        has_rowid: Rows have numbers.
    """

    name: str
    columns: frozenset[str]
    has_rowid: bool

    def rows(self, connection: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
        """Return all rows in the order in which they were written: id, then the columns of its shape."""
        number = "id" if "id" in self.columns else "rowid" if self.has_rowid else "NULL"
        chosen = [name if name in self.columns else _MISSING.get(name, "NULL") for name in SHAPES[self.name].columns]
        order = " ORDER BY rowid" if self.has_rowid else ""
        # NOT INDEXED: an index that is damaged must not decide which rows there are.
        return connection.execute(f"SELECT {number}, {', '.join(chosen)} FROM {self.name} NOT INDEXED{order}")  # noqa: S608  names of ours


def find_tables(connection: sqlite3.Connection, name: str) -> dict[str, FoundTable]:
    """Look at the tables, check that they are whole, and let the connection do nothing but read from then on.

    Args:
        connection: From `eightcut_client.ancestor.opening.opened`.
        name: Of the library, for sentences.

    Raises:
        LibraryDamagedError: A table is damaged.
        NotALibraryError: The tables are not those of a library.
        sqlite3.Error: The database is damaged.
    """
    connection.text_factory = decode
    _require_tables(connection, name)
    found: dict[str, FoundTable] = {}
    for table, shape in SHAPES.items():
        columns = _columns(connection, table)
        if not columns:
            continue
        missing = [column for column in shape.needed if column not in columns]
        if missing:
            raise NotALibraryError(
                f"{name} is no library of the old 8-cut: its table {table} has no column {missing[0]}."
            )
        _require_whole(connection, table, name)
        found[table] = FoundTable(table, columns, _has_rowid(connection, table))
    if PROCESSED not in found:
        raise NotALibraryError(f"{name} is no library of the old 8-cut: it has no table {PROCESSED}.")
    connection.set_authorizer(_authorize)
    return found


def _require_tables(connection: sqlite3.Connection, name: str) -> None:
    for kind, entry, sql in connection.execute("SELECT type, name, sql FROM sqlite_master"):
        if not isinstance(entry, str) or entry.lower() not in SHAPES:
            continue
        virtual = isinstance(sql, str) and sql.lstrip().lower().startswith("create virtual")
        if kind != "table" or virtual:
            what = "a virtual table" if virtual else "an index" if kind == "index" else f"a {kind}"
            raise NotALibraryError(
                f"{name} is no library of the old 8-cut: its {entry.lower()} is {what}, not a table."
            )


def _columns(connection: sqlite3.Connection, table: str) -> frozenset[str]:
    # Generated columns are not among them: nothing in the file is computed.
    found = connection.execute(f"PRAGMA table_info({table})").fetchall()
    return frozenset(str(column[1]).lower() for column in found)


def _has_rowid(connection: sqlite3.Connection, table: str) -> bool:
    try:
        connection.execute(f"SELECT rowid FROM {table} LIMIT 1")  # noqa: S608  names of ours
    except sqlite3.OperationalError as error:
        if "no such column" not in str(error):
            raise
        return False
    return True


def _require_whole(connection: sqlite3.Connection, table: str, name: str) -> None:
    """Check the pages of a table. Damage to an index or to a constraint alone takes nothing away from the rows."""
    found = [row[0] for row in connection.execute(f"PRAGMA quick_check({table})")]
    harmless = ("missing from index", "wrong # of entries", "value in", "non-unique", "constraint failed")
    bad = [line for line in found if line != "ok" and not (isinstance(line, str) and any(w in line for w in harmless))]
    if bad:
        raise damaged(name, f" in its table {table}")


def _authorize(action: int, *_what: str | None) -> int:
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY

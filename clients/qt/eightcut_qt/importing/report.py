"""What the pages of the import show, as plain data: the old library's tables, and what is to be known of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that the person may want to look through.

    Attributes:
        title: A few words, such as "Media not found".
        remark: A sentence on what it means.
        columns: Headers.
        rows: Cells.
        total: How many there are, where not all are listed; 0: as many as there are rows.
        warns: It is something to see before the import, not just news.
        wide: Column that gets the room; negative: counted from the last.
        copies: Column that is copied; None: all.
    """

    title: str
    remark: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int = 0
    warns: bool = False
    wide: int = -1
    copies: int | None = None

    @property
    def count(self) -> int:
        """How many there are."""
        return self.total or len(self.rows)


@dataclass(frozen=True, slots=True)
class TableLine:
    """What would happen to the rows of one table of the old library.

    Attributes:
        name: What the person calls them.
        rows: In the old library.
        new: Would be added.
        known: Were imported before.
        changed: Were imported before, and changed or deleted here since.
        merged: The same as another one.
        damaged: Cannot be understood.
    """

    name: str
    rows: int
    new: int
    known: int = 0
    changed: int = 0
    merged: int = 0
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class LibraryReport:
    """What an import would do.

    Attributes:
        database: The old library.
        tables: Its tables.
        findings: What is to be known; those that are empty are left out.
        missing_media: How many media were not found.
    """

    database: Path
    tables: tuple[TableLine, ...]
    findings: tuple[Finding, ...] = ()
    missing_media: int = 0

    @property
    def new(self) -> int:
        """How many rows would be added."""
        return sum(table.new for table in self.tables)

    @property
    def damaged(self) -> int:
        """How many rows cannot be understood."""
        return sum(table.damaged for table in self.tables)


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One table of the old library compared with what the Store read back.

    Attributes:
        name: What the person calls them.
        sent: Rows that came from the old library.
        found: Rows that the Store has of them.
        sent_hash: SHA-256 of their content …
        found_hash: … and of what the Store has.
        apart: Rows that were left as they are here, or joined with others: they are not compared.
    """

    name: str
    sent: int
    found: int
    sent_hash: str
    found_hash: str
    apart: int = 0

    @property
    def equal(self) -> bool:
        """Whether both are the same."""
        return self.sent == self.found and self.sent_hash == self.found_hash


@dataclass(frozen=True, slots=True)
class LibraryResult:
    """What an import did.

    Attributes:
        tables: Every table, compared.
        added: Rows that were added.
        profiles: Profiles that were made.
        findings: What is to be known afterwards.
        missing_media: How many media still have to be located.
        left_out: Rows that could not be understood.
    """

    tables: tuple[CheckLine, ...]
    added: int
    profiles: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    missing_media: int = 0
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class LocateReport:
    """What a search for unlocated media found.

    Attributes:
        found: Name in the old library, and the file, of each that was found.
        left: How many are still not found.
        moved: Clips, hard negatives and scans that belong to files now.
        notes: What is to be known, such as two files of one name.
    """

    found: tuple[tuple[str, Path], ...]
    left: int
    moved: int = 0
    notes: tuple[str, ...] = ()

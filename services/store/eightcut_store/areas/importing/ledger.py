"""What becomes of the rows of a table: which are new, and whether those that were imported before are as they were."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from eightcut_runtime import DataLoss
from sqlalchemy import delete
from sqlalchemy.orm import InstrumentedAttribute, Session

from eightcut_store.areas.importing.bulk import find_rows, insert_rows
from eightcut_store.areas.importing.rows import Table
from eightcut_store.areas.importing.sums import LineSum, Sum, Tally
from eightcut_store.tables import ImportedRow

MOST_CONFLICTS = 1000
_MOST_CHARACTERS = 200_000


class KnownRow(Protocol):
    """What all kinds of rows have."""

    @property
    def key(self) -> str: ...  # noqa: D102

    @property
    def line(self) -> str: ...  # noqa: D102


Row = TypeVar("Row", bound=KnownRow)
IsThere = Callable[[Sequence[tuple[int, Row]]], set[str]]
"""Returns the keys of those rows of which what they became is there yet."""


class Conflicts:
    """Sentences about what did not fit, as many as an answer can hold."""

    def __init__(self) -> None:
        self.sentences: list[str] = []
        self._left_out = 0
        self._characters = 0

    def add(self, sentence: str) -> None:
        """Takes a sentence."""
        self._characters += len(sentence)
        if len(self.sentences) < MOST_CONFLICTS - 1 and self._characters <= _MOST_CHARACTERS:
            self.sentences.append(sentence)
        else:
            self._left_out += 1

    def all(self) -> list[str]:
        """Returns them, and how many are left out."""
        return [*self.sentences, *([f"There are {self._left_out} more of these."] if self._left_out else [])]


class Ledger(Generic[Row]):
    """Counts the rows of one table, remembers them, and compares what came with what the tables hold.

    A row that was joined with another thing is remembered by its number below zero.

    Args:
        session: The import's.
        table: Which.
        first_new: Ids from here on are of this import; None where ids do not tell.
        is_there: Rows of which nothing is there any more are new; None: they stay deleted.
    """

    def __init__(
        self, session: Session, table: Table, first_new: int | None, is_there: IsThere[Row] | None = None
    ) -> None:
        self._session = session
        self._is_there = is_there
        self._first_new = first_new
        self._seen: set[str] = set()
        self._expected, self._read = Tally(), Tally()
        self._found = LineSum()
        self.table = table
        self.received = self.added = self.known = self.changed = self.merged = 0

    def sort_out(self, rows: Sequence[Row], read: Callable[[list[tuple[int, Row]]], list[str | None]]) -> list[Row]:
        """Returns the rows that are new.

        Args:
            rows: Some.
            read: Returns the lines of what rows became, None for what is gone.
        """
        self.received += len(rows)
        targets = find_targets(self._session, self.table.value, [row.key for row in rows])
        if self._is_there is not None and targets:
            there = self._is_there([(abs(targets[row.key]), row) for row in rows if row.key in targets])
            forget(self._session, self.table.value, targets.keys() - there)
            targets = {key: target for key, target in targets.items() if key in there}
        fresh: list[Row] = []
        before: list[tuple[int, Row]] = []
        if self._first_new is not None:
            self._seen.clear()
        for row in rows:
            target = targets.get(row.key)
            repeated = row.key in self._seen
            self._seen.add(row.key)
            if repeated or (target is not None and self._is_joined(target)):
                self.merged += 1
            elif target is None:
                fresh.append(row)
            else:
                before.append((target, row))
        for (_, row), line in zip(before, read(before) if before else (), strict=True):
            if line == row.line:
                self.known += 1
                self._expected.add(row.line)
                self.read_back(line)
            else:
                self.changed += 1
        return fresh

    def add(self, row: Row) -> None:
        """Notes that a row was written and must be read back."""
        self.added += 1
        self._expected.add(row.line)

    def read_back(self, line: str) -> None:
        """Notes the line of a row that was read back."""
        self._read.add(line)
        self._found.add(line)

    def remember(self, rows: Iterable[tuple[str, int]]) -> None:
        """Remembers what rows became."""
        remember(self._session, self.table.value, rows)

    def finish(self, announced: Sum) -> Sum:
        """Returns what was read back.

        Raises:
            DataLoss: IMPORT_MISMATCH: it is not what came.
        """
        found = self._found.result()
        whole = not self.changed and not self.merged
        if self._expected.value != self._read.value or (whole and found != announced):
            raise mismatch(self.table, announced, found)
        return found

    def _is_joined(self, target: int) -> bool:
        return target < 0 or (self._first_new is not None and target >= self._first_new)


def mismatch(table: Table, expected: Sum, found: Sum) -> DataLoss:
    """Returns the error IMPORT_MISMATCH."""
    return DataLoss(
        f"What the Store read back of the table {table.title} is not what was sent; nothing was imported: try again.",
        reason="IMPORT_MISMATCH",
        metadata={
            "table": table.title,
            "expected": f"{expected.rows} rows, {expected.sha256}",
            "found": f"{found.rows} rows, {found.sha256}",
        },
    )


def find_targets(session: Session, kind: int, keys: Sequence[str]) -> dict[str, int]:
    """Returns what rows that were imported before became."""
    wanted = [(kind, bytes.fromhex(key)) for key in keys]
    columns = (ImportedRow.source_key, ImportedRow.target_id)
    found = find_rows(session, columns, (ImportedRow.kind, ImportedRow.source_key), wanted)
    return {bytes(key).hex(): target for key, target in found}


def by_number(session: Session, number: InstrumentedAttribute[int]) -> IsThere[KnownRow]:
    """Returns what looks for the numbers that rows became."""

    def is_there(rows: Sequence[tuple[int, KnownRow]]) -> set[str]:
        found = {row[0] for row in find_rows(session, (number,), (number,), {(target,) for target, _ in rows})}
        return {row.key for target, row in rows if target in found}

    return is_there


def forget(session: Session, kind: int, keys: Iterable[str]) -> None:
    """Forgets that rows were imported."""
    gone = [bytes.fromhex(key) for key in keys]
    if gone:
        session.execute(delete(ImportedRow).where(ImportedRow.kind == kind, ImportedRow.source_key.in_(gone)))


def remember(session: Session, kind: int, rows: Iterable[tuple[str, int]]) -> None:
    """Remembers what rows became."""
    values = [{"kind": kind, "source_key": bytes.fromhex(key), "target_id": target} for key, target in rows]
    insert_rows(session, ImportedRow, values)

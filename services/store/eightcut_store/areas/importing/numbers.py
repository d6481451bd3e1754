"""Ids given out beforehand, so that rows that refer to each other can be written many at once."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import DeclarativeBase, Session


class Numbers:
    """Gives out ids of one table, one after the other, in a writing transaction: nobody else takes any meanwhile."""

    def __init__(self, session: Session, table: type[DeclarativeBase]) -> None:
        self._session = session
        self._table = table.__tablename__
        self._postgresql = session.get_bind().dialect.name == "postgresql"
        self.first = self._last() + 1
        self.next = self.first

    def take(self) -> int:
        """Returns the next."""
        self.next += 1
        return self.next - 1

    def settle(self) -> None:
        """Tells the database which ids are taken; at the end, after the last row was written."""
        # SQLite has seen the rows.
        if self._postgresql and self.next > self.first:
            statement = text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)")
            self._session.execute(statement, {"name": self._table, "last": self.next - 1})

    def _last(self) -> int:
        if self._postgresql:
            # A number that nobody uses, where the import is not kept, does no harm.
            statement = text("SELECT nextval(pg_get_serial_sequence(:name, 'id'))")
        else:
            statement = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
        return self._session.scalar(statement, {"name": self._table}) or 0

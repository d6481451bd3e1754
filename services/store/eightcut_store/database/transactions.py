"""The two kinds of transactions that the Store has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import URL, exc
from sqlalchemy.orm import Session, sessionmaker

from eightcut_store.database.engine import READ_ONLY, make_engine
from eightcut_store.database.errors import meaning_of

T = TypeVar("T")


class Database:
    """The Store's database; safe to use from many threads, and by many processes at once.

    Args:
        url: From `eightcut_store.database.engine.parse_url`.
        lock_timeout: Seconds that a writing transaction waits for its turn.
        connections: How many may be open at once.
    """

    def __init__(self, url: URL, *, lock_timeout: float = 15.0, connections: int = 16) -> None:
        self.engine = make_engine(url, lock_timeout=lock_timeout, connections=connections)
        self._writers = sessionmaker(self.engine, expire_on_commit=False)
        self._readers = sessionmaker(self.engine.execution_options(**{READ_ONLY: True}), autoflush=False)

    def read(self, work: Callable[[Session], T]) -> T:
        """Returns what ``work`` finds in one snapshot of the database.

        Raises:
            Unavailable: The database does not answer.
        """
        with _told(), self._readers.begin() as session:
            return work(session)

    def write(self, work: Callable[[Session], T]) -> T:
        """Returns what ``work`` returns, once all that it wrote is on the disk; nothing is kept if it raises.

        No other writing transaction runs between its beginning and its end.

        Raises:
            OutOfSpace: The disk is full.
            Unavailable: Other writers kept the database busy, or it does not answer.
        """
        with _told(), self._writers.begin() as session:
            return work(session)

    def close(self) -> None:
        """Closes all connections."""
        self.engine.dispose()


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (exc.DBAPIError, exc.TimeoutError) as error:
        meaning = meaning_of(error)
        if meaning is None:
            raise
        raise meaning from error

"""What a database's refusal means to a client."""

from __future__ import annotations

import sqlite3

from eightcut_runtime import DataLoss, OutOfSpace, ServiceError, Unavailable
from sqlalchemy import exc

_RETRY_SECONDS = 1.0

_SQLITE_WRITE_FAILED = {
    # SQLite says FULL for ENOSPC only; a quota or a limit of the file's size fails as a plain write error.
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_TRUNCATE,
}
_SQLITE_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL_FULL = {"53100"}
_POSTGRESQL_BUSY = {"55P03", "40001", "40P01", "57P01", "57P02", "57P03", "53300"}
_POSTGRESQL_DAMAGED = {"XX001", "XX002"}


def meaning_of(error: exc.DBAPIError | exc.TimeoutError) -> ServiceError | None:
    """Returns what the client is to be told, None for what it cannot know about (INTERNAL)."""
    if isinstance(error, exc.TimeoutError):
        return _busy()
    original = error.orig
    if isinstance(original, sqlite3.Error):
        return _sqlite(getattr(original, "sqlite_errorcode", 0))
    state = getattr(original, "sqlstate", None)
    # The server did not speak: it is down, or the connection broke.
    silent = state is None and isinstance(error, exc.OperationalError)
    return _postgresql(state, lost=silent or error.connection_invalidated)


def _sqlite(code: int) -> ServiceError | None:
    if code in _SQLITE_WRITE_FAILED:
        return OutOfSpace()
    # Extended codes carry more in their upper bits.
    primary = code & 0xFF
    if primary in _SQLITE_BUSY:
        return _busy()
    return _damaged() if primary in _SQLITE_DAMAGED else None


def _postgresql(state: str | None, *, lost: bool) -> ServiceError | None:
    if state in _POSTGRESQL_FULL:
        return OutOfSpace()
    if state in _POSTGRESQL_BUSY or lost:
        return _busy()
    return _damaged() if state in _POSTGRESQL_DAMAGED else None


def _damaged() -> DataLoss:
    return DataLoss("The Store's database is damaged: restore it from a backup.")


def _busy() -> Unavailable:
    return Unavailable("The Store's database is busy or does not answer: try again.", retry_after=_RETRY_SECONDS)

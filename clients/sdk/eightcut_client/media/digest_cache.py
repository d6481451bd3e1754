"""Digests of files already read, kept between runs and shared by processes."""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

_log = logging.getLogger(__name__)

#: Newest entries kept.
MAX_ENTRIES = 100_000

_SCHEMA = """
CREATE TABLE IF NOT EXISTS digests (
    path   BLOB PRIMARY KEY,
    state  TEXT NOT NULL,
    sha256 TEXT NOT NULL
)
"""


class DigestCache:
    """A small SQLite file: absolute path and state of a file → SHA-256.

    A cache can only save time. Whatever goes wrong with it (no room, no permission, garbage in the file,
    another process holding it) is logged, and the digest is computed; garbage is thrown away and the file
    begun anew.
    """

    def __init__(self, folder: Path) -> None:
        """Use ``folder``/digests.sqlite3, made when first needed."""
        self._file = folder / "digests.sqlite3"

    def get(self, path: str, state: str) -> str | None:
        """Return the digest of the file at the absolute ``path`` in ``state``, or None."""
        for _ in range(2):
            try:
                with self._connection() as connection:
                    row = connection.execute(
                        "SELECT sha256 FROM digests WHERE path = ? AND state = ?", (os.fsencode(path), state)
                    ).fetchone()
            except (sqlite3.Error, OSError) as error:
                if not self._recover(error):
                    break
            else:
                value = row[0] if row else None
                return value if isinstance(value, str) and _is_sha256(value) else None
        return None

    def put(self, path: str, state: str, sha256: str) -> None:
        """Remember a digest; an older state of the same path is forgotten."""
        for _ in range(2):
            try:
                with self._connection() as connection:
                    # REPLACE gives a new rowid, so that rowids order entries by age.
                    connection.execute(
                        "INSERT OR REPLACE INTO digests VALUES (?, ?, ?)", (os.fsencode(path), state, sha256)
                    )
                    connection.execute(
                        "DELETE FROM digests WHERE rowid <= (SELECT max(rowid) FROM digests) - ?",
                        (MAX_ENTRIES,),
                    )
            except (sqlite3.Error, OSError) as error:
                if not self._recover(error):
                    break
            else:
                break

    def paths(self, sha256: str) -> list[str]:
        """Return the paths at which a file of this digest was once seen, the latest first."""
        try:
            with self._connection() as connection:
                rows = connection.execute(
                    "SELECT path FROM digests WHERE sha256 = ? ORDER BY rowid DESC", (sha256,)
                ).fetchall()
        except (sqlite3.Error, OSError) as error:
            self._recover(error)
            return []
        return [os.fsdecode(row[0]) for row in rows if isinstance(row[0], bytes)]

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._file, timeout=5.0)
        try:
            with connection:
                connection.execute(_SCHEMA)
                yield connection
        finally:
            connection.close()

    def _recover(self, error: Exception) -> bool:
        """Throw a corrupt file away; tell whether to try again."""
        _log.warning("digest cache %s: %s", self._file, error)
        # Locked, read-only or full is an OperationalError and no reason to delete; "malformed" and
        # "not a database" are plain DatabaseErrors, a foreign table of our name an OperationalError.
        if not isinstance(error, sqlite3.DatabaseError) or (
            isinstance(error, sqlite3.OperationalError) and "column" not in str(error)
        ):
            return False
        try:
            for suffix in ("", "-journal", "-wal", "-shm"):
                Path(f"{self._file}{suffix}").unlink(missing_ok=True)
        except OSError as unlink_error:
            _log.warning("digest cache %s cannot be removed: %s", self._file, unlink_error)
            return False
        return True


def _is_sha256(value: str) -> bool:
    return len(value) == 64 and all(char in "0123456789abcdef" for char in value)

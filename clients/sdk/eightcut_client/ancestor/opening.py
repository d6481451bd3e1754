"""Opening an old library without leaving a trace: SQLite reads a private copy of it.

The copy is made through SQLite's backup API wherever that leaves no trace. A database in WAL mode that nobody has open
would get a ``-wal`` and a ``-shm`` file beside it, and one that was left in mid-transaction cannot be read without
being repaired first: of such ones the files are copied as they are, and SQLite works on the copies.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from eightcut_client.ancestor.errors import (
    LibraryUnreadableError,
    NotALibraryError,
    busy,
    from_sqlite,
    no_room,
)
from eightcut_client.cancellation import Cancellation
from eightcut_client.media import display_name

PATIENCE = 5.0
"""Seconds that are waited for the old program to finish what it is writing."""

LONGEST_TEXT = 64 * 1024 * 1024
"""Bytes of a value that are read at all; what is longer than its column takes is a damaged row."""

_HEADER = b"SQLite format 3\x00"
_WAL_MODE = 2
_PAUSE = 0.02
_TRIES = 0.5  # Seconds for which SQLite itself tries, before it is asked whether to go on.
_BLOCK = 1024 * 1024
# Where SQLite puts its locks (see its file format: the lock-byte page).
_SHARED_FIRST, _SHARED_SIZE = 0x40000002, 510


@contextlib.contextmanager
def opened(
    path: str | os.PathLike[str], *, patience: float = PATIENCE, cancel: Cancellation | None = None
) -> Iterator[sqlite3.Connection]:
    """Give a connection to a private copy of a library; its files stay as they are, to the byte and to their times.

    Args:
        path: The database.
        patience: Seconds to wait while the old program is writing.
        cancel: Ends it.

    Raises:
        CancelledError: ``cancel`` was used.
        LibraryError: It is no library, or cannot be read.
    """
    cancel = cancel or Cancellation()
    source = Path(path).absolute()
    name = display_name(source)
    mode = _look(source, name)
    # The files beside it lie where a link leads to.
    source = source.resolve()
    _look_beside(source)
    with tempfile.TemporaryDirectory(prefix="8cut-library-", ignore_cleanup_errors=True) as folder:
        copy = Path(folder) / "library.sqlite3"
        try:
            _take_copy(source, copy, mode, time.monotonic() + patience, cancel)
            connection = sqlite3.connect(_uri(copy, "mode=rw"), uri=True, isolation_level=None)
        except (sqlite3.Error, MemoryError) as error:
            raise from_sqlite(name, error) from error
        except OSError as error:
            if error.errno == errno.ENOSPC:
                raise no_room(name) from error
            why = (error.strerror or "unreadable").lower()
            raise LibraryUnreadableError(f"{name} cannot be read: {why}.") from error
        try:
            _harden(connection, cancel)
            yield connection
        except (sqlite3.Error, MemoryError) as error:
            cancel.check()
            if getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
                # sqlite3 swallows a Ctrl+C that comes while it asks whether to go on.
                raise KeyboardInterrupt from error
            raise from_sqlite(name, error) from error
        finally:
            connection.close()


def _look(source: Path, name: str) -> int:
    """Return the read version in the header: 1 with a rollback journal, 2 with a WAL."""
    try:
        status = source.stat()
        if stat.S_ISDIR(status.st_mode):
            raise NotALibraryError(f"{name} is a folder; name the database in it.")
        if not stat.S_ISREG(status.st_mode):
            raise NotALibraryError(f"{name} is a pipe or a device, not a database.")
        if status.st_size == 0:
            raise NotALibraryError(f"{name} is empty.")
        with source.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        raise NotALibraryError(f"There is no file {source}.") from None
    except (OSError, ValueError) as error:
        why = error.strerror.lower() if isinstance(error, OSError) and error.strerror else "the name is not valid"
        raise LibraryUnreadableError(f"{name} cannot be read: {why}.") from error
    if len(header) < 100 or not header.startswith(_HEADER):
        raise NotALibraryError(f"{name} is no SQLite database, so it is no library of the old 8-cut.")
    return header[19]


def _look_beside(source: Path) -> None:
    for end in ("-wal", "-shm", "-journal"):
        beside = Path(f"{source}{end}")
        if beside.exists() and not beside.is_file():
            raise LibraryUnreadableError(f"{display_name(beside)} is no file, so nobody knows what it holds.")


def _take_copy(source: Path, copy: Path, mode: int, deadline: float, cancel: Cancellation) -> None:
    beside = [Path(f"{source}{end}").exists() for end in ("-wal", "-shm")]
    if mode != _WAL_MODE or all(beside):
        try:
            _back_up(source, copy, deadline, cancel)
        except sqlite3.OperationalError as error:
            # Left in mid-transaction (it would have to be repaired first), or the -shm file went away.
            if not str(getattr(error, "sqlite_errorname", "")).startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
                raise
            copy.unlink(missing_ok=True)
        else:
            return
    _copy_files(source, copy, deadline, cancel)


def _back_up(source: Path, copy: Path, deadline: float, cancel: Cancellation) -> None:
    def check(status: int, _remaining: int, _total: int) -> None:
        cancel.check()
        # sqlite3 itself would try for ever.
        if status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED} and time.monotonic() > deadline:
            raise busy(display_name(source))

    # readonly_shm: without it SQLite would write its read marks into the -shm file.
    reading = sqlite3.connect(_uri(source, "mode=ro&readonly_shm=1"), uri=True, timeout=_TRIES)
    try:
        writing = sqlite3.connect(copy, isolation_level=None)
        try:
            writing.execute("PRAGMA synchronous = OFF")
            reading.backup(writing, progress=check, sleep=_PAUSE)
        finally:
            writing.close()
    finally:
        reading.close()


def _copy_files(source: Path, copy: Path, deadline: float, cancel: Cancellation) -> None:
    """Copy the files byte by byte, at a moment at which nobody changes them."""
    while True:
        with source.open("rb") as file:
            if _shared_lock(file):
                before = _stamps(source)
                _copy_bytes(file, copy, cancel)
                for end in ("-wal", "-journal"):
                    Path(f"{copy}{end}").unlink(missing_ok=True)
                    with contextlib.suppress(FileNotFoundError), Path(f"{source}{end}").open("rb") as more:
                        _copy_bytes(more, Path(f"{copy}{end}"), cancel)
                if _stamps(source) == before:
                    return
        if time.monotonic() > deadline:
            raise busy(display_name(source))
        cancel.sleep(_PAUSE)


def _copy_bytes(file: BinaryIO, target: Path, cancel: Cancellation) -> None:
    with target.open("wb") as out:
        while block := file.read(_BLOCK):
            cancel.check()
            out.write(block)


def _shared_lock(file: BinaryIO) -> bool:
    """Lock the database as a reader does, until the file is closed; False while somebody is writing to it."""
    try:
        import fcntl
    except ImportError:
        return True  # Windows: a lock of a writer makes reading fail by itself.
    try:
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB, _SHARED_SIZE, _SHARED_FIRST)
    except BlockingIOError:
        return False
    except OSError:
        return True  # A file system without locks: the stamps tell.
    return True


def _stamps(source: Path) -> list[tuple[int, int, int] | None]:
    found: list[tuple[int, int, int] | None] = []
    for end in ("", "-wal", "-journal"):
        try:
            status = Path(f"{source}{end}").stat()
            found.append((status.st_size, status.st_mtime_ns, status.st_ino))
        except FileNotFoundError:
            found.append(None)
    return found


def _uri(path: Path, options: str) -> str:
    """Return the URI of a file; whatever its name holds is percent-encoded, bytes that are no text too."""
    if sys.platform == "win32":
        # An empty authority, then the path from its root: file:///C:/…, file:////server/share/…
        plain = str(path).replace("\\", "/")
        return f"file://{'' if plain.startswith('/') else '/'}{quote(plain, safe='/:')}?{options}"
    return f"file://{quote(os.fsencode(path))}?{options}"


def _harden(connection: sqlite3.Connection, cancel: Cancellation) -> None:
    """Let nothing that stands in the file be executed, and nothing in it grow without bounds."""
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_TEXT)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.set_progress_handler(lambda: cancel.cancelled, 10_000)
    for setting in ("trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0", "temp_store = MEMORY"):
        connection.execute(f"PRAGMA {setting}")
    connection.execute("SELECT count(*) FROM sqlite_master")  # A journal or a WAL is worked in now.
    connection.execute("PRAGMA query_only = ON")

"""What can be wrong with an old library, one exception class and one sentence each."""

from __future__ import annotations

import sqlite3

from eightcut_client.errors import EightcutError

_UNREADABLE = {"SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_AUTH", "SQLITE_READONLY"}


class LibraryError(EightcutError):
    """Base of what reading an old library raises; ``str()`` is one sentence for the person."""


class NotALibraryError(LibraryError):
    """The file is something else: no database, or one of another program."""


class LibraryBusyError(LibraryError):
    """The old program is writing, and does not stop."""


class LibraryDamagedError(LibraryError):
    """The database is damaged, so that nobody can say what was in it."""


class LibraryUnreadableError(LibraryError):
    """The file cannot be read: a permission, a failing disk."""


class DamagedRowsError(LibraryError):
    """Rows cannot be understood, and nobody has said that they may be left out."""


def busy(name: str) -> LibraryBusyError:
    """Return the error of a library that the old program does not let go."""
    return LibraryBusyError(f"The old program is writing to {name}; close it and try again.")


def damaged(name: str, where: str = "") -> LibraryDamagedError:
    """Return the error of a library that is damaged; ``where`` as in " in its table processed"."""
    return LibraryDamagedError(
        f"{name} is damaged{where}, and nothing was imported; "
        "import an older copy of it, or what the command sqlite3 with .recover makes of it."
    )


def no_room(name: str) -> LibraryUnreadableError:
    """Return the error of a disk that has no room for the private copy."""
    return LibraryUnreadableError(f"There is no room for a copy of {name} in the folder of temporary files.")


def from_sqlite(name: str, error: sqlite3.Error | MemoryError | ValueError) -> LibraryError:
    """Turn what SQLite said about a library into one of our sentences."""
    said = str(getattr(error, "sqlite_errorname", ""))
    kind = "_".join(said.split("_")[:2])
    if kind in {"SQLITE_BUSY", "SQLITE_LOCKED"}:
        return busy(name)
    if kind == "SQLITE_NOTADB":
        return NotALibraryError(f"{name} is no SQLite database, so it is no library of the old 8-cut.")
    if kind == "SQLITE_FULL":
        return no_room(name)
    if kind in _UNREADABLE:
        return LibraryUnreadableError(f"{name} cannot be read.")
    return damaged(name)

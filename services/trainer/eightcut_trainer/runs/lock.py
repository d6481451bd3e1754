"""Who runs a run: one process at a time, whatever happens to it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self


class RunLock:
    """The lock of one run on one data folder; the system releases it when its process dies.

    Args:
        path: ``<data-dir>/runs/<id>.lock``. Its folder is made where it is missing.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = -1

    def acquire(self) -> bool:
        """Takes the lock, without waiting; False when another process (or another lock in this one) has it.

        Raises:
            OSError: The file cannot be made.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        while True:
            file = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
            if not _lock(file):
                os.close(file)
                return False
            # The former holder may have removed the file between the two calls: then this is a lock on nothing.
            if self._is_at_path(file):
                self._file = file
                return True
            os.close(file)

    def _is_at_path(self, file: int) -> bool:
        try:
            return os.path.samestat(os.fstat(file), self._path.stat())
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Gives it back and removes the file; does nothing when it was not taken."""
        if self._file < 0:
            return
        if sys.platform != "win32":  # There an open file cannot be removed; it stays, empty.
            self._path.unlink(missing_ok=True)
        os.close(self._file)
        self._file = -1

    def __enter__(self) -> Self:
        """Returns the lock as it is."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """See `release`."""
        self.release()


def _lock(file: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        return False
    return True

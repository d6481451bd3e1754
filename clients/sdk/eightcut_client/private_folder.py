"""A short private place for sockets."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

from eightcut_client.errors import ServicesError
from eightcut_client.locks import drop_lock, take_lock

_PREFIX = "8cut-"
_LOCK = "lock"
_LONGEST_TEMP = 60


class PrivateFolder:
    """A temporary folder, mode 0700, with a short path (a Unix socket's has at most 103 bytes).

    Its owner holds a lock in it. Folders whose owner was killed before it could remove them are removed when the
    next one is made.

    Attributes:
        path: Where it is.
    """

    def __init__(self) -> None:
        """Make it.

        Raises:
            ServicesError: It cannot be made.
        """
        try:
            self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_short_temp()))
            self._lock = take_lock(self.path / _LOCK)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise ServicesError(f"No temporary folder can be made: {why}.") from error
        self._open = True
        _sweep(self.path)

    def remove(self) -> None:
        """Remove it and what is in it. Idempotent."""
        if not self._open:
            return
        self._open = False
        if sys.platform == "win32":  # An open file cannot be removed there.
            drop_lock(self._lock)
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            shutil.rmtree(self.path, ignore_errors=True)
            drop_lock(self._lock)


def _short_temp() -> str | None:
    """Return where to make it: the default, unless that would make paths too long."""
    if sys.platform == "win32" or len(os.fsencode(tempfile.gettempdir())) <= _LONGEST_TEMP:
        return None
    return "/tmp"  # noqa: S108  mkdtemp makes a folder of our own in it


def _sweep(mine: Path) -> None:
    """Remove folders like ours that nobody holds any more."""
    for folder in mine.parent.glob(f"{_PREFIX}*"):
        lock = folder / _LOCK
        with contextlib.suppress(OSError):  # Held, or another user's.
            # Without a lock somebody is just making it, or it is none of ours.
            if folder == mine or not lock.is_file() or not _is_ours(folder):
                continue
            descriptor = take_lock(lock)
            if sys.platform != "win32":
                shutil.rmtree(folder, ignore_errors=True)
            drop_lock(descriptor)


def _is_ours(folder: Path) -> bool:
    return sys.platform != "win32" and folder.lstat().st_uid == os.getuid()

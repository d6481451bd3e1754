"""Locks between processes, given back by the system when their holder dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def take_lock(file: Path, *, shared: bool = False) -> int:
    """Lock a file, making it if it is not there.

    Args:
        file: To lock.
        shared: It lies where other users of the machine lock it as well.

    Returns:
        The descriptor that holds the lock, for `drop_lock`. Child processes do not inherit it.

    Raises:
        BlockingIOError: Somebody else holds it.
        OSError: The file cannot be made.
    """
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
    try:
        descriptor = os.open(file, flags, 0o666 if shared else 0o600)
    except PermissionError:
        if not (shared and file.exists()):
            raise
        # It is another user's; a lock needs no right to write.
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    try:
        _lock(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def drop_lock(descriptor: int) -> None:
    """Give a lock back; the file stays."""
    os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError as error:
            raise BlockingIOError(str(error)) from error

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

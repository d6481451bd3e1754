"""What every change of a disk here is made of: writing through, and sentences for what a disk refuses."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from eightcut_client.errors import EightcutError

_FULL = {errno.ENOSPC, errno.EDQUOT} if hasattr(errno, "EDQUOT") else {errno.ENOSPC}
_GONE = {errno.EIO, errno.ENXIO, errno.ENODEV, errno.ESTALE} if hasattr(errno, "ESTALE") else {errno.EIO}


class DiskError(EightcutError):
    """A disk does not take what is to be written, or does not let go of what is to be moved; nothing was lost."""


class FolderGoneError(DiskError):
    """An export folder is not there although files were put into it."""


class DiskFullError(DiskError):
    """There is no room on it."""


def _nothing(_step: str) -> None:
    return None


reached: Callable[[str], None] = _nothing
"""Called with the name of every step that a kill may follow; tests put a kill here."""


def step(name: str) -> None:
    """Say that a step is over."""
    reached(name)


def token() -> str:
    """Return a short random text for names that nobody else has."""
    return secrets.token_hex(4)


def sync_file(path: Path) -> None:
    """Bring a file's content to the disk.

    Raises:
        OSError: The disk does not take it.
    """
    descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(path: Path) -> None:
    """Bring the names in a folder to the disk, where the system lets one.

    Raises:
        OSError: The disk does not take them.
    """
    if sys.platform == "win32":
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    except OSError as error:
        # Some network file systems know no such thing.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(descriptor)


def make_folder(path: Path, *, parents: bool = False) -> None:
    """Make a folder, unless it is there; its name is on the disk when this returns.

    Args:
        path: Of the folder.
        parents: Also make the folders above it that are missing.

    Raises:
        OSError: The disk does not take it.
    """
    if path.is_dir():
        return
    if parents:
        make_folder(path.parent, parents=True)
    path.mkdir(exist_ok=True)
    sync_folder(path.parent)


def sync_tree(path: Path) -> None:
    """Bring a file, or a folder with all that is in it, to the disk.

    Raises:
        OSError: The disk does not take it.
    """
    if not path.is_dir():
        sync_file(path)
        return
    for inside in path.iterdir():
        sync_tree(inside)
    sync_folder(path)


def write_atomically(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Write a whole file: after a kill either the old or the new one is there, complete.

    Raises:
        OSError: The disk does not take it; the old file is as it was.
    """
    temporary = path.with_name(f".{path.name}.{token()}.part")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        step("write: complete")
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sweep_writes(path: Path) -> None:
    """Remove what dead processes left that were killed in `write_atomically`; nobody may be writing now.

    Raises:
        OSError: The disk does not do it.
    """
    for left in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        left.unlink(missing_ok=True)


@contextlib.contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what the system says about the disk of a folder into one sentence.

    Raises:
        DiskError: It refused something in the block.
    """
    try:
        yield
    except OSError as error:
        raise explain(error, folder) from error


def gone(place: Path | str) -> DiskError:
    """Return the sentence for a folder, or a file, that was there a moment ago."""
    return DiskError(f"{place} is not there any more: see whether its disk is still connected.")


def explain(error: OSError, folder: Path) -> DiskError:
    """Return the sentence for what a disk refused."""
    if error.errno in _FULL:
        return DiskFullError(f"There is no room left on the disk of {folder}: make room, and do it again.")
    if error.errno == errno.EROFS:
        return DiskError(f"{folder} is on a disk that can only be read.")
    if isinstance(error, PermissionError):
        return DiskError(f"{error.filename or folder} cannot be changed: permission denied.")
    if isinstance(error, FileNotFoundError) or error.errno in _GONE:
        return gone(error.filename or folder)
    if error.errno == errno.ENAMETOOLONG:
        return DiskError(f"A name is too long for the disk of {folder}: choose a shorter one.")
    reason = (error.strerror or "the disk refuses it").lower()
    return DiskError(f"{error.filename or folder} cannot be changed: {reason}.")

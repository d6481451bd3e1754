"""Opening a regular file safely, and telling whether it is still the same one."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias

from eightcut_client.media.errors import (
    EmptyFileError,
    FileChangedError,
    MediaNotFoundError,
    MediaUnreadableError,
    NotRegularFileError,
    display_name,
)

AnyPath: TypeAlias = "str | bytes | os.PathLike[str] | os.PathLike[bytes]"

# O_NONBLOCK: opening a FIFO without a writer returns at once instead of hanging. It has no effect on
# regular files. O_BINARY and the lack of the others are Windows.
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass(frozen=True, slots=True)
class FileStamp:
    """What identifies a state of a file without reading it.

    Attributes:
        size: Bytes.
        mtime_ns: Time of the last change of its content, nanoseconds since 1970.
        inode: File number in its file system; another one after a replacing rename.
    """

    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of_stat(cls, status: os.stat_result) -> FileStamp:
        """Take the stamp from an ``os.stat`` result."""
        return cls(size=status.st_size, mtime_ns=status.st_mtime_ns, inode=status.st_ino)

    @classmethod
    def of(cls, path: AnyPath) -> FileStamp:
        """Take the stamp of the file at ``path``.

        Raises:
            MediaNotFoundError: There is no file.
            MediaUnreadableError: It cannot be looked at, or is no regular file.
        """
        try:
            status = Path(os.fsdecode(path)).stat()
        except (OSError, ValueError) as error:
            raise open_error(path, error) from error
        require_regular(path, status)
        return cls.of_stat(status)


def open_error(path: AnyPath, error: OSError | ValueError) -> MediaNotFoundError | MediaUnreadableError:
    """Turn what the operating system said about ``path`` into one of our sentences."""
    name = display_name(path)
    if isinstance(error, (FileNotFoundError, NotADirectoryError)):
        return MediaNotFoundError(f"There is no file {name}.")
    if isinstance(error, IsADirectoryError):
        return MediaUnreadableError(f"{name} is a folder, not a media file.")
    if isinstance(error, PermissionError):
        return MediaUnreadableError(f"{name} cannot be read: permission denied.")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "the name is not valid"
    return MediaUnreadableError(f"{name} cannot be read: {reason}.")


def require_regular(path: AnyPath, status: os.stat_result) -> None:
    """Refuse everything but a regular file.

    Raises:
        MediaUnreadableError: A folder.
        NotRegularFileError: A pipe, a socket or a device.
    """
    if stat.S_ISDIR(status.st_mode):
        raise MediaUnreadableError(f"{display_name(path)} is a folder, not a media file.")
    if not stat.S_ISREG(status.st_mode):
        raise NotRegularFileError(f"{display_name(path)} is a pipe or a device, not a regular file.")


def open_regular(path: AnyPath, *, expect: FileStamp | None = None) -> tuple[BinaryIO, FileStamp]:
    """Open a regular, non-empty file for reading; never hangs on a FIFO.

    Args:
        path: The file. Any name, also one that looks like a URL or an option.
        expect: The state the file must still be in.

    Returns:
        The open file (unbuffered) and its stamp at that moment.

    Raises:
        MediaNotFoundError: There is no file.
        MediaUnreadableError: It may not be read, or is a folder.
        NotRegularFileError: It is a pipe, a socket or a device.
        EmptyFileError: It has no bytes.
        FileChangedError: It is not in the state ``expect``.
    """
    name = os.fsdecode(path)
    try:
        # Look before opening: opening some devices (a tape, a serial line) already does something.
        require_regular(path, Path(name).stat())
        descriptor = os.open(name, _OPEN_FLAGS)
    except (OSError, ValueError) as error:
        raise open_error(path, error) from error
    file: BinaryIO = os.fdopen(descriptor, "rb", buffering=0)
    try:
        return file, _stamp_of_opened(path, os.fstat(descriptor), expect)
    except BaseException:
        file.close()
        raise


def _stamp_of_opened(path: AnyPath, status: os.stat_result, expect: FileStamp | None) -> FileStamp:
    require_regular(path, status)
    stamp = FileStamp.of_stat(status)
    if expect is not None and stamp != expect:
        raise changed(path)
    if stamp.size == 0:
        raise EmptyFileError(f"{display_name(path)} is empty (0 bytes).")
    return stamp


def absolute(path: AnyPath) -> str:
    """Return the absolute path, links left as they are."""
    return str(Path(os.fsdecode(path)).absolute())


def changed(path: AnyPath) -> FileChangedError:
    """Return the error that says so."""
    return FileChangedError(f"{display_name(path)} changed while it was read; try again when it is complete.")


def require_unchanged(path: AnyPath, file: BinaryIO, stamp: FileStamp) -> None:
    """Check that both the open file and the file at ``path`` are still in the state ``stamp``.

    Raises:
        FileChangedError: Written to, replaced or removed meanwhile.
    """
    try:
        at_path = Path(os.fsdecode(path)).stat()
    except OSError as error:
        raise changed(path) from error
    if FileStamp.of_stat(os.fstat(file.fileno())) != stamp or FileStamp.of_stat(at_path) != stamp:
        raise changed(path)

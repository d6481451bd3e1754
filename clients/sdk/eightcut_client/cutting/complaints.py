"""What ffmpeg's words mean for the person."""

from __future__ import annotations

import errno
import re
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.cutting.errors import CutError, DiskFullError, TargetUnwritableError, TooShortError
from eightcut_client.media.errors import display_name

if TYPE_CHECKING:
    from eightcut_client.cutting.command import CutJob

_NO_ROOM = ("no space left on device", "disk quota exceeded", "file too large")
_VANISHED = (
    "input/output error",
    "stale file handle",
    "no such device",
    "transport endpoint",
    "host is down",
    "network is unreachable",
)
_LAST_BYTES = 64 * 1024


def complaint(words: Sequence[str], status: int, job: CutJob) -> CutError:
    """Return the error for an ffmpeg that failed.

    Args:
        words: What it wrote.
        status: Its exit status.
        job: What it should do.
    """
    said = "\n".join(words).lower()
    folder = job.target.parent
    for error in (_room(said, status, folder), _place(said, folder)):
        if error is not None:
            return error
    return _of_source(said, words, status, job)


def _of_source(said: str, words: Sequence[str], status: int, job: CutJob) -> CutError:
    name = display_name(job.source)
    sentence = f"{name} could not be cut here; it may be damaged{_reason(words)}."
    if not job.source.exists():
        sentence = f"There is no file {name} any more."
    elif "permission denied" in said:
        sentence = f"{name} cannot be read: permission denied."
    elif any(word in said for word in _VANISHED):
        sentence = f"{name} cannot be read: its disk does not answer."
    elif "could not open encoder before eof" in said or "cannot determine format of input stream" in said:
        return TooShortError(f"{name} has nothing that could be cut at {job.start:.1f} s.")
    elif any(word in said for word in ("unknown encoder", "encoder not found", "error while opening encoder")):
        sentence = f"ffmpeg could not begin to encode the clip of {name}{_reason(words)}."
    elif status < 0:
        sentence = f"ffmpeg broke down on {name} (signal {-status})."
    return CutError(sentence)


def unwritable(error: OSError, target: Path) -> CutError:
    """Return the error for what the operating system said about the target."""
    folder = target.parent
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return _full(folder)
    if error.errno == errno.EROFS:
        return _read_only(folder)
    if error.errno in (errno.EACCES, errno.EPERM):
        return _forbidden(folder)
    if not folder.is_dir():
        return _gone(folder)
    return TargetUnwritableError(f"Nothing can be written to {shown(folder)}: {error.strerror or 'an I/O error'}.")


def shown(folder: Path) -> str:
    """Return a folder's path for a message: one line, always encodable as UTF-8."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(folder))


def _room(said: str, status: int, folder: Path) -> CutError | None:
    if any(word in said for word in _NO_ROOM) or status == -getattr(signal, "SIGXFSZ", 10_000):
        return _full(folder)
    try:
        full = shutil.disk_usage(folder).free < _LAST_BYTES
    except OSError:
        return None
    return _full(folder) if full else None


def _place(said: str, folder: Path) -> CutError | None:
    if not folder.is_dir():
        return _gone(folder)
    if "read-only file system" in said:
        return _read_only(folder)
    if "error opening output" not in said:
        return None
    if "permission denied" in said or "operation not permitted" in said:
        return _forbidden(folder)
    if any(word in said for word in _VANISHED):
        return TargetUnwritableError(f"The disk of {shown(folder)} does not answer.")
    reason = re.search(r"error opening output files: (.+)", said)
    return CutError(f"No file can be made in {shown(folder)}{f' (ffmpeg: {reason[1]})' if reason else ''}.")


def _full(folder: Path) -> DiskFullError:
    return DiskFullError(f"The disk of {shown(folder)} is full; make room and cut again.")


def _read_only(folder: Path) -> TargetUnwritableError:
    return TargetUnwritableError(f"The disk of {shown(folder)} is read-only; choose another export folder.")


def _forbidden(folder: Path) -> TargetUnwritableError:
    return TargetUnwritableError(f"Nothing can be written to {shown(folder)}: permission denied.")


def _gone(folder: Path) -> TargetUnwritableError:
    return TargetUnwritableError(f"There is no folder {shown(folder)} any more; connect its disk or choose another.")


def _reason(words: Sequence[str]) -> str:
    """Return the first thing that ffmpeg called an error, in brackets: the others follow from it."""
    for line in words:
        found = re.search(r"\[(?:error|fatal)\]\s*(.+)", line)
        if found:
            text = found[1].rstrip(". ")
            text = "".join(char if char.isprintable() else "?" for char in text)
            return f" (ffmpeg: {text[:160]})"
    return ""

"""Files as the playlist knows them."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

# What the table of file types does not know on every platform.
_MORE_SUFFIXES = frozenset(
    (".mkv", ".mka", ".flac", ".opus", ".m4a", ".mts", ".m2ts", ".ts", ".w64", ".caf", ".webm", ".ogg", ".aac")
)


@dataclass(slots=True, eq=False)
class PlaylistFile:
    """A file in a tab; changed in the UI thread only.

    Attributes:
        path: Absolute.
        key: What tells whether two paths are the same file's.
        name: Without folders.
        searched: The name as filters compare it.
        done: The person is through with it.
        missing: It is not there.
        size: Bytes, None while it is not known.
        digest: SHA-256; empty until it is taken or read.
    """

    path: Path
    key: str
    name: str
    searched: str
    done: bool = False
    missing: bool = False
    size: int | None = None
    digest: str = ""

    @classmethod
    def at(cls, path: str | os.PathLike[str], *, size: int | None = None) -> PlaylistFile:
        """Make one for a path."""
        full = os.path.abspath(path)  # noqa: PTH100  ten thousand at once; links keep the name that the person knows
        name = os.path.basename(full)  # noqa: PTH119
        return cls(Path(full), key_of(full), name, name.casefold(), size=size)


def key_of(path: str | os.PathLike[str]) -> str:
    """Return what is the same for two names of a path; the path is absolute."""
    return os.path.normcase(path)


def looks_like_media(name: str) -> bool:
    """Tell by its name whether a file in a folder may be media."""
    if name.startswith("."):
        return False
    kind = mimetypes.guess_type(name)[0] or ""
    return kind.startswith(("audio/", "video/")) or os.path.splitext(name)[1].lower() in _MORE_SUFFIXES  # noqa: PTH122


def walk(paths: Iterable[str | os.PathLike[str]], check: Callable[[], None]) -> Iterator[PlaylistFile]:
    """Return files, with folders replaced by the media files in them; folders that cannot be read are passed over.

    What is named itself is taken as it is: only in folders does the name decide what is a media file.

    Args:
        paths: Files and folders.
        check: Called for each; what it raises ends the walk.
    """
    for path in paths:
        check()
        if not Path(path).is_dir():
            yield _sized(path)
            continue
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                check()
                if looks_like_media(name):
                    yield _sized(os.path.join(folder, name))  # noqa: PTH118


def size_of(path: str | os.PathLike[str]) -> int | None:
    """Return the size of a file, None when it is not there."""
    try:
        return os.stat(path).st_size  # noqa: PTH116
    except (OSError, ValueError):
        return None


def _sized(path: str | os.PathLike[str]) -> PlaylistFile:
    made = PlaylistFile.at(path)
    made.size = size_of(made.path)
    made.missing = made.size is None
    return made


class PlaylistFiles(QObject):
    """The files of the current tab, for others.

    Attributes:
        changed: Other files, or another tab.
    """

    changed = pyqtSignal()

    def __init__(self, read: Callable[[], list[Path]], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._read = read

    def paths(self) -> list[Path]:
        """Return the files of the current tab that are neither hidden nor missing, in their order."""
        return self._read()

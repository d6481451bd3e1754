"""Finding media in a folder that the person names: by size and name first, then by digest."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from eightcut_client.cancellation import Cancellation
from eightcut_client.media import MediaError, display_name
from eightcut_client.register import LocalMedia, identify_file

_REPORT_EVERY = 200  # Files that are only looked at, between two reports.


@dataclass(frozen=True, slots=True)
class WantedMedia:
    """A media that is looked for.

    Attributes:
        digest: Its SHA-256.
        size: Bytes; 0: not known, then only files of its name are hashed.
        filename: Its name as it was registered; files of this name are tried first.
    """

    digest: str
    size: int
    filename: str


@dataclass(frozen=True, slots=True)
class SearchProgress:
    """A moment of a search.

    Attributes:
        seen: Files looked at.
        found: Media found.
        hashing: Name of the file that is being hashed; empty: the folder is being listed.
    """

    seen: int
    found: int
    hashing: str = ""


OnSearch = Callable[[SearchProgress], None]


def search_folder(
    wanted: Iterable[WantedMedia],
    folder: str | os.PathLike[str],
    *,
    on_progress: OnSearch | None = None,
    cancel: Cancellation | None = None,
) -> dict[str, LocalMedia]:
    """Look for media in a folder and all below it.

    A file is hashed only if its size is that of a media that is wanted, and counts only if the digest is right.
    Folders and files that cannot be read are passed over; links to folders are not followed.

    Args:
        wanted: What is looked for.
        folder: Where.
        on_progress: Told how far it is.
        cancel: Ends it from another thread.

    Returns:
        The files that were found, by digest.

    Raises:
        CancelledError: ``cancel`` was used.
    """
    search = _Search(wanted, on_progress or _nothing, cancel or Cancellation())
    search.look_through(Path(folder))
    return search.found


class _Search:
    """One search, and what it has found."""

    def __init__(self, wanted: Iterable[WantedMedia], tell: OnSearch, cancel: Cancellation) -> None:
        self.found: dict[str, LocalMedia] = {}
        self._left = {media.digest: media for media in wanted}
        self._tell = tell
        self._cancel = cancel
        self._seen = 0

    def look_through(self, folder: Path) -> None:
        """Try files as they are listed if their name fits, too; those of which only the size fits come last."""
        later: list[tuple[str, int]] = []
        for path, size in self._files(folder):
            if not self._left:
                return
            fitting = self._fitting(size, path)
            if any(media.filename == display_name(path) for media in fitting):
                self._try(path)
            elif fitting:
                later.append((path, size))
        for path, size in later:
            if not self._left:
                return
            if self._fitting(size, path):  # What was found meanwhile is wanted no more.
                self._try(path)

    def _files(self, folder: Path) -> Iterator[tuple[str, int]]:
        for place, _folders, names in os.walk(folder):
            for name in names:
                self._cancel.check()
                self._seen += 1
                if self._seen % _REPORT_EVERY == 0:
                    self._tell(SearchProgress(self._seen, len(self.found)))
                path = os.path.join(place, name)  # noqa: PTH118  a Path for each of many thousands costs more than all else
                try:
                    status = os.stat(path)  # noqa: PTH116
                except (OSError, ValueError):
                    continue
                if stat.S_ISREG(status.st_mode):
                    yield path, status.st_size

    def _fitting(self, size: int, path: str) -> list[WantedMedia]:
        if size == 0:
            return []
        return [
            media
            for media in self._left.values()
            if media.size == size or (not media.size and media.filename == display_name(path))
        ]

    def _try(self, path: str) -> None:
        self._tell(SearchProgress(self._seen, len(self.found), display_name(path)))
        try:
            local = identify_file(path, cancel=self._cancel)
        except MediaError:
            return
        if self._left.pop(local.digest, None) is not None:
            self.found[local.digest] = local
            self._tell(SearchProgress(self._seen, len(self.found)))


def _nothing(_progress: SearchProgress) -> None:
    return None

"""Finding files by name in folders: all that the old program knew of a file was its name, and perhaps where it was."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from eightcut_client.cancellation import Cancellation
from eightcut_client.media import MediaError, display_name, probe
from eightcut_client.progress import Progress
from eightcut_client.register import LocalMedia, identify_file

_REPORT_EVERY = 500
_MOST_TRIED = 20  # Files of one name that are hashed to see whether they are the same.


@dataclass(frozen=True, slots=True)
class FindProgress:
    """A moment of the search for media.

    Attributes:
        seen: Files looked at in folders.
        done: Media that were looked for.
        total: Media that are looked for in all; 0: not known yet.
        name: File that is being read; empty: none.
        fraction: How far that is, 0 to 1.
    """

    seen: int = 0
    done: int = 0
    total: int = 0
    name: str = ""
    fraction: float = 0.0


OnFind = Callable[[FindProgress], None]


@dataclass(frozen=True, slots=True)
class NamedFile:
    """What was found under a name.

    Attributes:
        file: The file; None: there is none, or nobody can say which of several it is.
        others: Where the several are.
    """

    file: LocalMedia | None
    others: tuple[Path, ...] = ()


class NameIndex:
    """Where files of certain names lie in some folders."""

    def __init__(
        self,
        names: Iterable[str],
        folders: Sequence[str | os.PathLike[str]],
        *,
        on_progress: OnFind | None = None,
        cancel: Cancellation | None = None,
    ) -> None:
        """Look through folders and all below. What cannot be read is passed over; links to folders are not followed.

        Raises:
            CancelledError: ``cancel`` was used.
        """
        self._cancel = cancel or Cancellation()
        self._paths: dict[str, list[str]] = {_plain(name): [] for name in names}
        self._identified: dict[str, LocalMedia | None] = {}
        seen = 0
        for folder in folders if self._paths else ():
            for place, _below, files in os.walk(folder):
                for name in files:
                    seen += 1
                    if seen % _REPORT_EVERY == 0:
                        self._cancel.check()
                        if on_progress is not None:
                            on_progress(FindProgress(seen))
                    known = self._paths.get(_plain(name))
                    if known is None and not name.isprintable():
                        known = self._paths.get(_plain(display_name(name)))
                    if known is not None:
                        known.append(os.path.join(place, name))  # noqa: PTH118  a Path for each costs more than all else

    def find(self, name: str, hint: str, size: int = 0, on_progress: OnFind | None = None) -> NamedFile:
        """Return the file of this name.

        Args:
            name: One of those that were looked for.
            hint: Where it once was; of several files the one in folders of the same names is meant.
            size: Bytes; only files of this size are meant. 0: not known.
            on_progress: Told while files are hashed.

        Raises:
            CancelledError: The search was ended.
        """
        fitting = [path for path in dict.fromkeys(self._paths.get(_plain(name), ())) if not size or _size(path) == size]
        if not fitting:
            return NamedFile(None)
        alike = [_alike(path, hint) for path in fitting]
        best = [path for path, likeness in zip(fitting, alike, strict=True) if likeness == max(alike)]
        others = tuple(Path(path) for path in best)
        if len(best) > _MOST_TRIED:
            return NamedFile(None, others)
        found = [local for path in best if (local := self._identify(path, on_progress)) is not None]
        if len({local.digest for local in found}) == 1:
            return NamedFile(found[0])
        return NamedFile(None, others if found else ())

    def _identify(self, path: str, on_progress: OnFind | None) -> LocalMedia | None:
        if path not in self._identified:
            self._identified[path] = identify(path, on_progress, self._cancel)
        return self._identified[path]


def identify(path: str, on_progress: OnFind | None, cancel: Cancellation) -> LocalMedia | None:
    """Return a file with its digest; None where there is none, or it cannot be read.

    Raises:
        CancelledError: ``cancel`` was used.
    """

    def tell(progress: Progress) -> None:
        if on_progress is not None:
            on_progress(FindProgress(name=display_name(path), fraction=progress.fraction))

    try:
        return identify_file(path, on_progress=tell, cancel=cancel)
    except MediaError:
        return None


def too_short(file: LocalMedia, name: str, latest: float) -> str:
    """Say why a file of the right name is another one: what is marked lies beyond its end. Empty: it can be the one.

    Args:
        file: It.
        name: Of the media.
        latest: Seconds, where the last thing in the media begins.
    """
    try:
        duration = probe(file.path, expect=file.stamp).duration or 0.0
    except MediaError:
        return ""
    if not duration or latest <= duration:
        return ""
    return (
        f"The file {display_name(name)} in {file.path.parent} was not taken: it is {duration:.1f} s long, and what is "
        f"known of this name goes up to {latest:.1f} s."
    )


def hint_of(file: LocalMedia) -> str:
    """Return the path of a file as the Store keeps it; empty where it cannot travel."""
    text = str(file.path)
    try:
        text.encode()
    except UnicodeEncodeError:
        return ""
    return text if len(text) <= 8192 else ""


def _alike(path: str, hint: str) -> int:
    """How many names at the end of two paths are the same; one of them may be of another system."""
    count = 0
    pairs = zip(_parts(path), _parts(hint), strict=False)
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count


def _parts(path: str) -> list[str]:
    return [part.casefold() for part in re.split(r"[/\\]+", path)][::-1]


def _plain(name: str) -> str:
    """Return a name with its letters and accents in one form: macOS wrote them in two."""
    return name if name.isascii() else unicodedata.normalize("NFC", name)


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:
        return -1

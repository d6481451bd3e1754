"""Looking for missing files in a folder that the person names."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eightcut_client.cancellation import Cancellation
from eightcut_client.search_folder import WantedMedia, search_folder

from eightcut_qt.playlist.files import PlaylistFile, key_of, size_of


@dataclass(frozen=True, slots=True)
class Lost:
    """A file that is looked for, as a task may know it."""

    file: PlaylistFile
    name: str
    size: int | None
    digest: str


@dataclass(slots=True)
class Located:
    """What was found.

    Attributes:
        places: Where the files are now.
        unsure: Those of them that were never hashed: only name and size tell that they are the same.
    """

    places: dict[PlaylistFile, Path] = field(default_factory=dict)
    unsure: int = 0


def look(lost: Sequence[Lost], folder: Path, cancel: Cancellation) -> Located:
    """Look for files in a folder and all below it: by digest where it is known, else by name and size.

    Raises:
        CancelledError: ``cancel`` was used.
    """
    found = Located()
    hashed = [item for item in lost if item.digest]
    wanted = {item.digest: WantedMedia(item.digest, item.size or 0, item.name) for item in hashed}
    if wanted:
        places = search_folder(wanted.values(), folder, cancel=cancel)
        for item in hashed:
            if item.digest in places:
                found.places[item.file] = places[item.digest].path
    _look_by_name([item for item in lost if not item.digest], folder, cancel, found)
    return found


def _look_by_name(lost: Sequence[Lost], folder: Path, cancel: Cancellation, found: Located) -> None:
    left = {key_of(item.name): item for item in lost}
    for place, _folders, names in os.walk(folder) if left else ():
        for name in names:
            cancel.check()
            item = left.get(key_of(name))
            path = os.path.join(place, name)  # noqa: PTH118  many thousands
            if item is None or (size := size_of(path)) is None or item.size not in (None, size):
                continue
            del left[key_of(name)]
            found.places[item.file] = Path(path)
            found.unsure += 1
            if not left:
                return

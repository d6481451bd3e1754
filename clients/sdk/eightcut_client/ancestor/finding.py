"""Which media the rows of an old library belong to, and where their files are.

The old program knew a file by its name, and newer rows also by its path. Rows that say where their file was go to the
file that is there, or to media that wait for it under this name and place; rows that do not say so go to the one that
the others of their name use most.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eightcut.store.v1 import media_pb2

from eightcut_client.ancestor.by_name import FindProgress, NameIndex, OnFind, hint_of, identify, too_short
from eightcut_client.ancestor.reading import OldLibrary
from eightcut_client.cancellation import Cancellation
from eightcut_client.media import MediaError, display_name, probe
from eightcut_client.register import LocalMedia

Place = tuple[str, str]
"""Name of a file, and where the old program used it (empty: it did not say)."""

_MAX_NAME = 1024


@dataclass(slots=True)
class OldMedia:
    """Media that rows belong to.

    Attributes:
        key: Number by which rows refer to it.
        filename: Its name.
        path_hint: Where it is, or was; may be empty.
        file: The file; None: it was not found.
        duration: Of the audio, seconds; 0: not known.
        places: Under which names and places the old library knows it.
        adopted: What the Store knows it to be, where its file was found once and is not found now.
    """

    key: int
    filename: str
    path_hint: str
    file: LocalMedia | None = None
    duration: float = 0.0
    places: list[Place] = field(default_factory=list)
    adopted: media_pb2.Media | None = None

    @property
    def stand_in(self) -> str:
        """The digest that stands for it in the Store while its file is not found."""
        return hashlib.sha256(f"8-cut unlocated media\n{self.filename}\n{self.path_hint}".encode()).hexdigest()

    @property
    def line_text(self) -> str:
        """What stands for it in the lines that are hashed: see eightcut.store.v1.TableSum."""
        return self.file.digest if self.file is not None else f"{self.filename}\0{self.path_hint}"


@dataclass(slots=True)
class MediaBook:
    """All media of an old library.

    Attributes:
        media: By key.
        ambiguous: Sentences about names that several files have, or another file.
    """

    media: list[OldMedia] = field(default_factory=list)
    ambiguous: list[str] = field(default_factory=list)
    _of: dict[Place, OldMedia] = field(default_factory=dict)

    def of(self, filename: str, source_path: str = "") -> OldMedia:
        """Return the media of a row."""
        return self._of[filename, source_path]

    @property
    def located(self) -> list[OldMedia]:
        """Those whose file was found."""
        return [media for media in self.media if media.file is not None]

    @property
    def unlocated(self) -> list[OldMedia]:
        """Those whose file was not found, neither now nor before."""
        return [media for media in self.media if media.file is None and media.adopted is None]

    @property
    def adopted(self) -> list[OldMedia]:
        """Those whose file was found before, and is not found now."""
        return [media for media in self.media if media.adopted is not None]


def find_media(
    library: OldLibrary,
    *,
    folders: Sequence[str | os.PathLike[str]] = (),
    look: bool = True,
    known_durations: Callable[[list[str]], Mapping[str, float]] | None = None,
    on_progress: OnFind | None = None,
    cancel: Cancellation | None = None,
) -> MediaBook:
    """Find the files of an old library's media; each is read once to take its digest.

    Args:
        library: It.
        folders: Where files that are not at their place are looked for by name.
        look: False: look for no file at all; all media wait to be located later.
        known_durations: Asked for the durations of digests that are known already, so that these are not measured.
        on_progress: Told how far it is.
        cancel: Ends it from another thread.

    Raises:
        CancelledError: ``cancel`` was used.
    """
    return _Search(library, on_progress, cancel or Cancellation()).run(folders if look else (), look, known_durations)


@dataclass(slots=True)
class _Use:
    rows: int = 0
    last: int = 0
    latest_us: int = 0


class _Search:
    """One search."""

    def __init__(self, library: OldLibrary, tell: OnFind | None, cancel: Cancellation) -> None:
        self._uses = _uses(library)
        self._tell = tell
        self._cancel = cancel
        self._book = MediaBook()
        self._by_digest: dict[str, OldMedia] = {}
        self._done = 0

    def run(
        self,
        folders: Sequence[str | os.PathLike[str]],
        look: bool,
        known_durations: Callable[[list[str]], Mapping[str, float]] | None,
    ) -> MediaBook:
        files = self._find_at_places() if look else {}
        named = self._find_by_name(folders, files)
        files |= named
        self._tell_shared(named, files)
        names: dict[str, list[Place]] = {}
        for place in self._uses:
            names.setdefault(place[0], []).append(place)
        for places in names.values():
            self._assign(places, files)
        self._measure(known_durations)
        return self._book

    def _find_at_places(self) -> dict[Place, LocalMedia]:
        found: dict[Place, LocalMedia] = {}
        places = [place for place in self._uses if _is_here(place[1])]
        for number, place in enumerate(places):
            self._cancel.check()
            self._report(FindProgress(done=number, total=len(places)))

            def tell(progress: FindProgress, number: int = number) -> None:
                self._report(FindProgress(0, number, len(places), progress.name, progress.fraction))

            local = identify(place[1], tell, self._cancel)
            if local is not None:
                found[place] = local
        return found

    def _find_by_name(
        self, folders: Sequence[str | os.PathLike[str]], files: Mapping[Place, LocalMedia]
    ) -> dict[Place, LocalMedia]:
        placed = {name for name, path in self._uses if path}
        # Rows that say no place go with those of their name that do.
        wanted = [place for place in self._uses if place not in files and (place[1] or place[0] not in placed)]
        if not folders or not wanted:
            return {}
        index = NameIndex((name for name, _ in wanted), folders, on_progress=self._tell, cancel=self._cancel)
        found: dict[Place, LocalMedia] = {}
        for name, path in wanted:
            named = index.find(name, path, on_progress=self._tell)
            if named.file is not None:
                why = too_short(named.file, name, self._uses[name, path].latest_us / 1e6)
                if why:
                    self._book.ambiguous.append(why)
                else:
                    found[name, path] = named.file
            elif named.others:
                places = ", ".join(str(other.parent) for other in named.others[:3])
                self._book.ambiguous.append(f"Several files are named {name}, so none was taken: in {places}.")
        return found

    def _tell_shared(self, named: Mapping[Place, LocalMedia], files: Mapping[Place, LocalMedia]) -> None:
        """Say which files go by their name for more than one place: they may have been different ones."""
        shared: dict[tuple[str, str], list[Place]] = {}
        for place, local in files.items():
            if place[1]:
                shared.setdefault((place[0], local.digest), []).append(place)
        for (name, _), places in shared.items():
            taken = next((named[place] for place in places if place in named), None)
            if taken is not None and len(places) > 1:
                where = ", ".join(path for _, path in places[:3]) + (", …" if len(places) > 3 else "")
                self._book.ambiguous.append(
                    f"The file {display_name(name)} in {taken.path.parent} is taken for all that were at {where}."
                )

    def _assign(self, places: Iterable[Place], files: Mapping[Place, LocalMedia]) -> None:
        """Say which media the places of one name are."""
        unplaced = None
        choice: list[tuple[bool, int, int, OldMedia]] = []
        for place in places:
            if not place[1] and place not in files:
                unplaced = place
                continue
            use, local = self._uses[place], files.get(place)
            media = self._located(local) if local is not None else self._waiting(place)
            media.places.append(place)
            self._book._of[place] = media
            choice.append((local is not None, use.rows, use.last, media))
        if unplaced is None:
            return
        if not choice:
            media = self._waiting(unplaced)
        else:
            media = max(choice, key=lambda one: one[:3])[3]
            if len({id(one[3]) for one in choice}) > 1:
                self._book.ambiguous.append(
                    f"Several files were named {unplaced[0]}; what does not say which it belongs to goes to "
                    f"{media.path_hint or media.filename}."
                )
        media.places.append(unplaced)
        self._book._of[unplaced] = media

    def _located(self, local: LocalMedia) -> OldMedia:
        media = self._by_digest.get(local.digest)
        if media is None:
            media = OldMedia(len(self._book.media), local.filename[:_MAX_NAME], hint_of(local), local)
            self._by_digest[local.digest] = media
            self._book.media.append(media)
        return media

    def _waiting(self, place: Place) -> OldMedia:
        media = OldMedia(len(self._book.media), *place)
        self._book.media.append(media)
        return media

    def _measure(self, known_durations: Callable[[list[str]], Mapping[str, float]] | None) -> None:
        located = self._book.located
        known = known_durations(list(self._by_digest)) if known_durations is not None and located else {}
        for number, media in enumerate(located):
            assert media.file is not None
            self._cancel.check()
            media.duration = known.get(media.file.digest, 0.0)
            if not media.duration:
                self._report(FindProgress(done=number, total=len(located), name=media.filename))
                try:
                    media.duration = probe(media.file.path, expect=media.file.stamp).duration or 0.0
                except MediaError:
                    continue  # What is marked in it is kept, whatever it is.

    def _report(self, progress: FindProgress) -> None:
        if self._tell is not None:
            self._tell(progress)


def _uses(library: OldLibrary) -> dict[Place, _Use]:
    uses: dict[Place, _Use] = {}
    for file in library.files:
        use = uses.setdefault((file.filename, file.source_path), _Use())
        use.rows += 1
        use.last = max(use.last, file.row)
        use.latest_us = max(use.latest_us, file.start_us)
    for negative in library.negatives:
        use = uses.setdefault((negative.filename, negative.source_path), _Use())
        use.latest_us = max(use.latest_us, negative.start_us)
    for region in library.regions:
        use = uses.setdefault((region.filename, ""), _Use())
        use.latest_us = max(use.latest_us, region.start_us)
    for hidden in library.hidden:
        uses.setdefault((hidden.filename, ""), _Use())
    return uses


def _is_here(path: str) -> bool:
    try:
        return bool(path) and Path(path).is_absolute() and stat.S_ISREG(Path(path).stat().st_mode)
    except (OSError, ValueError):
        return False

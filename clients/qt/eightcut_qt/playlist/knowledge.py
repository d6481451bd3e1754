"""What the services know about files: read in tasks, looked up for the rows that are painted."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Generic, TypeVar

from PyQt6.QtCore import QObject, pyqtSignal

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.core.records import MediaRecord, ScanRecord
from eightcut_qt.core.tasks import Task
from eightcut_qt.gateway import Gateway
from eightcut_qt.playlist.files import PlaylistFile, key_of

FoundT = TypeVar("FoundT")

_FEW = 8  # Media that are read one by one rather than with all others.
_NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about a file.

    Attributes:
        digest: SHA-256, as far as it is known; where it comes from the path alone it may be out of date.
        hidden: The profile hides it.
        duration: Seconds; None: not known.
        clips: Numbers of clips by folder.
        scan: The newest version of its results.
    """

    digest: str = ""
    hidden: bool = False
    duration: float | None = None
    clips: Mapping[str, int] = field(default_factory=lambda: _NOTHING)
    scan: ScanRecord | None = None


class Knowledge(QObject):
    """Media, hidden files, numbers of clips and newest versions of the profile."""

    changed = pyqtSignal()

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._by_path: dict[str, MediaRecord] = {}
        self._by_digest: dict[str, MediaRecord] = {}
        self._sizes: frozenset[int] = frozenset()
        self._hidden: set[str] = set()
        self._clips: dict[str, dict[str, int]] = {}
        self._scans: dict[str, ScanRecord] = {}
        self._said: dict[str, bool] = {}
        gateway = context.gateway
        self._media_part = _Part(context, lambda some: _read_media(gateway, some), self._take_media, self)
        self._clips_part = _Part(context, lambda some: _read_clips(gateway, some), self._take_clips, self)
        self._scans_part = _Part(context, lambda some: _read_scans(gateway, some), self._take_scans, self)
        context.bus.changed.connect(self._bus_changed)
        for part in (self._media_part, self._clips_part, self._scans_part):
            part.want(frozenset())

    def facts(self, file: PlaylistFile) -> Facts:
        """Return what is known about a file; quick."""
        digest = self.digest_of(file)
        said = self._said.get(file.key)
        if not digest:
            return Facts(hidden=bool(said))
        media = self._by_digest.get(digest)
        return Facts(
            digest,
            digest in self._hidden if said is None else said,
            media.duration if media is not None else None,
            self._clips.get(digest, _NOTHING),
            self._scans.get(digest),
        )

    def digest_of(self, file: PlaylistFile) -> str:
        """Return the digest of a file: its own, else that of the media that was last seen there with its size."""
        if file.digest:
            return file.digest
        media = self._by_path.get(file.key)
        fits = media is not None and (file.size is None or media.size in (0, file.size))
        return media.digest if media is not None and fits else ""

    def is_hidden(self, file: PlaylistFile) -> bool:
        """Tell whether the profile hides a file, or is just being told to."""
        said = self._said.get(file.key)
        return self.digest_of(file) in self._hidden if said is None else said

    def is_registered(self, digest: str) -> bool:
        """Tell whether the Store is known to know a media."""
        return digest in self._by_digest

    def may_be_known(self, file: PlaylistFile) -> bool:
        """Tell whether a file of which no digest is known may be one that the Store knows: one has its size."""
        return file.size in self._sizes and not file.missing and not self.digest_of(file)

    def count(self, files: Iterable[PlaylistFile]) -> dict[str, int]:
        """Return the numbers of clips by folder in files, each media once."""
        counts: dict[str, int] = {}
        for digest in {self.digest_of(file) for file in files}:
            for folder, number in self._clips.get(digest, _NOTHING).items():
                counts[folder] = counts.get(folder, 0) + number
        return counts

    def say_hidden(self, files: Collection[PlaylistFile], hidden: bool | None) -> None:
        """Show files as hidden or not, whatever the Store says; None: as the Store says."""
        for file in files:
            if hidden is None:
                self._said.pop(file.key, None)
            else:
                self._said[file.key] = hidden
        self.changed.emit()

    def hidden_saved(self, digests: Collection[str], hidden: bool) -> None:
        """Take note of what the Store has just been told."""
        if hidden:
            self._hidden.update(digests)
        else:
            self._hidden.difference_update(digests)

    def _bus_changed(self, change: Change) -> None:
        if change.topics & Topic.PROFILE:
            self._hidden, self._clips, self._scans, self._said = set(), {}, {}, {}
            self.changed.emit()
        if change.concerns(Topic.MEDIA):
            self._media_part.want(change.media)
        if change.concerns(Topic.CLIPS):
            self._clips_part.want(change.media)
        if change.concerns(Topic.SCANS | Topic.REGIONS):
            self._scans_part.want(change.media)

    def _take_media(self, some: frozenset[str] | None, found: _FoundMedia) -> None:
        if some is None:
            self._by_path, self._by_digest = found.by_path, found.by_digest
        else:
            self._by_path.update(found.by_path)
            self._by_digest.update(found.by_digest)
        self._sizes = found.sizes if some is None else self._sizes | found.sizes
        self._hidden = set(found.hidden)
        self.changed.emit()

    def _take_clips(self, some: frozenset[str] | None, found: dict[str, dict[str, int]]) -> None:
        self._clips = found if some is None else _merged(self._clips, some, found)
        self.changed.emit()

    def _take_scans(self, some: frozenset[str] | None, found: dict[str, ScanRecord]) -> None:
        self._scans = found if some is None else _merged(self._scans, some, found)
        self.changed.emit()


class _Part(Generic[FoundT]):
    """One kind of facts: read again when it changed, one reading at a time, so that no answer is older than another."""

    def __init__(
        self,
        context: Context,
        read: Callable[[frozenset[str] | None], FoundT],
        take: Callable[[frozenset[str] | None, FoundT], None],
        owner: QObject,
    ) -> None:
        self._context = context
        self._read = read
        self._take = take
        self._owner = owner
        self._all = False
        self._some: set[str] = set()
        self._task: Task[Any] | None = None

    def want(self, media: frozenset[str]) -> None:
        """Read the facts of these media again; of all, when none is named."""
        self._all = self._all or not media or len(self._some | media) > _FEW
        self._some |= media
        if self._task is None:
            self._start()

    def _start(self) -> None:
        some = None if self._all else frozenset(self._some)
        self._all, self._some = False, set()
        self._task = self._context.tasks.run(
            lambda _task: self._read(some),
            done=lambda found: self._take(some, found),
            failed=lambda _error: None,  # What is shown stays; everything is read again when the services are back.
            ended=self._ended,
            owner=self._owner,
        )

    def _ended(self) -> None:
        self._task = None
        if self._all or self._some:
            self._start()


@dataclass(frozen=True, slots=True)
class _FoundMedia:
    by_path: dict[str, MediaRecord]
    by_digest: dict[str, MediaRecord]
    sizes: frozenset[int]
    hidden: frozenset[str]


def _read_media(gateway: Gateway, some: frozenset[str] | None) -> _FoundMedia:
    hidden = gateway.media.hidden()
    if some is None:
        found = {media.digest: media for media in gateway.media.list()}
        found.update(gateway.media.get_many(hidden - found.keys()))
    else:
        found = gateway.media.get_many(some)
    # What stands for media that were not found is the digest of no file, wherever it was.
    by_path = {key_of(media.path_hint): media for media in found.values() if media.path_hint and not media.unlocated}
    sizes = frozenset(media.size for media in found.values() if media.size)
    return _FoundMedia(by_path, found, sizes, hidden)


def _read_clips(gateway: Gateway, some: frozenset[str] | None) -> dict[str, dict[str, int]]:
    lists = [gateway.clips.list()] if some is None else [gateway.clips.list(media=digest) for digest in some]
    counts: dict[str, dict[str, int]] = {}
    for clips in lists:
        for clip in clips:
            folders = counts.setdefault(clip.media, {})
            folders[clip.folder] = folders.get(clip.folder, 0) + 1
    return counts


def _read_scans(gateway: Gateway, some: frozenset[str] | None) -> dict[str, ScanRecord]:
    lists = [gateway.scans.versions()] if some is None else [gateway.scans.versions(media=digest) for digest in some]
    newest: dict[str, ScanRecord] = {}
    for scans in lists:
        for scan in scans:
            if scan.media not in newest or scan.sequence > newest[scan.media].sequence:
                newest[scan.media] = scan
    return newest


def _merged(old: dict[str, FoundT], some: frozenset[str], found: dict[str, FoundT]) -> dict[str, FoundT]:
    return {**{digest: value for digest, value in old.items() if digest not in some}, **found}

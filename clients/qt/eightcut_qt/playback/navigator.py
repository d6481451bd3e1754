"""Brings a file, or a place in any media, before the person."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.errors import UnavailableError
from eightcut_client.media import FileStamp, MediaError, display_name
from eightcut_client.register import LocalMedia, identify_file
from PyQt6.QtCore import QObject, pyqtSignal

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.state import OpenMedia
from eightcut_qt.core.tasks import Lane, Task
from eightcut_qt.playback.places import find_media

if TYPE_CHECKING:
    from eightcut_client.progress import Progress

    from eightcut_qt.core.context import Context
    from eightcut_qt.core.records import MediaRecord

_SLOW = 1.5  # Seconds of hashing after which the person is told what it is for.


@dataclass(frozen=True, slots=True)
class _Wish:
    """A place in a media that is to be shown as soon as it can be."""

    digest: str
    at: float | None
    play: tuple[float, float] | None
    then: Callable[[], None] | None


class Navigator(QObject):
    """Opens files, finds media, and makes what is open known to the Store."""

    not_found = pyqtSignal(str)
    """Digest of a media that is nowhere on this machine."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self._places: dict[str, Path] = {}
        self._wish: _Wish | None = None
        self._trusted: _Wish | None = None  # Shown in a file that is believed to be the media until it is hashed.
        self._searched = False  # Whether the wish has been looked for everywhere.
        self._search: Task[tuple[str, LocalMedia | None]] | None = None
        self._identifying: Task[LocalMedia] | None = None
        self._registering: Task[MediaRecord] | None = None
        self._told = False  # Whether the person knows already that something is wrong with the file.
        context.player.opened.connect(self._player_opened)
        context.player.failed.connect(self._player_failed)
        context.player.duration_changed.connect(self._take_duration)
        context.bus.changed.connect(self._take_change)

    def open(self, path: Path) -> None:
        """Show a file: the window has it at once, its picture, its digest and the Store follow."""
        self._forget_wish()
        self._trusted = None
        self._open(path.absolute())

    def show(
        self,
        digest: str,
        *,
        at: float | None = None,
        play: tuple[float, float] | None = None,
        then: Callable[[], None] | None = None,
    ) -> None:
        """Show a place in a media, wherever its file lies.

        Args:
            digest: The media's SHA-256.
            at: Where to go, seconds.
            play: What to play, start and end in seconds; it stops there.
            then: Called when it is shown; not called when the media is nowhere or another file is wanted meanwhile.
        """
        self._forget_wish()
        self._wish = self._trusted = _Wish(digest, at, play, then)
        media = self._context.state.media
        if media is not None and media.digest == digest:
            if self._context.player.is_open:
                self._fulfil()
            elif self._told:
                self._open_place(media.path)
        elif (place := self._places.get(digest)) is not None:
            self._open_place(place)
        else:
            self._find(digest)

    def add_place(self, digest: str, path: Path) -> None:
        """Remember where a media lies, from somebody who has hashed it."""
        self._places[digest] = path.absolute()

    # Opening

    def _open(self, path: Path) -> None:
        state, player = self._context.state, self._context.player
        if state.media is not None and state.media.path == path and player.path == path and not self._told:
            if state.media.local is not None:
                self._look_again(state.media.local)
            return
        for task in (self._identifying, self._registering):
            if task is not None:
                task.stop()
        self._told = False
        state.set_media(OpenMedia(path))
        player.open(path)
        self._identify(path)

    def _look_again(self, local: LocalMedia) -> None:
        """Open a file anew if another one has taken its name since."""

        def done(changed: bool) -> None:
            media = self._context.state.media
            if changed and media is not None and media.local == local:
                self._told = True  # What is open is not what is there.
                self._open(local.path)

        self._context.tasks.run(
            lambda _task: FileStamp.of(local.path) != local.stamp,
            done=done,
            failed=lambda _error: None,  # That it is gone, the playlist tells.
            lane=Lane.LONG,
            owner=self,
        )

    def _open_place(self, path: Path) -> None:
        """Open where the wish should be."""
        self._open(path)
        if self._context.player.is_open and self._context.player.path == path:
            self._fulfil()

    def _identify(self, path: Path) -> None:
        def work(task: Task[LocalMedia]) -> LocalMedia:
            began = time.monotonic()
            told = False

            def report(progress: Progress) -> None:
                nonlocal told
                if not told and time.monotonic() - began > _SLOW:
                    told = True
                    task.report(progress.fraction)

            return identify_file(path, on_progress=report, cancel=task.cancel)

        def slow(_fractions: list[float]) -> None:
            self._context.notices.info(f"{display_name(path)} is read once, so that it is known again anywhere.")

        self._identifying = self._context.tasks.run(
            work,
            done=self._identified,
            failed=lambda error: self._complain(path, error),
            progress=slow,
            lane=Lane.LONG,
            owner=self,
        )

    def _identified(self, local: LocalMedia) -> None:
        media = self._context.state.media
        if media is None or media.path != local.path:
            return
        self._context.state.set_media(replace(media, local=local))
        trusted, self._trusted = self._trusted, None
        if trusted is not None and trusted.digest != local.digest and self._places.get(trusted.digest) == local.path:
            self._wish = replace(trusted, then=None if self._wish is None else trusted.then)
            self._find(trusted.digest)  # The file there is another one by now.
        self._places[local.digest] = local.path
        self._register(local)

    def _register(self, local: LocalMedia) -> None:
        if self._registering is not None:
            self._registering.stop()

        def done(record: MediaRecord) -> None:
            media = self._context.state.media
            if media is not None and media.local == local:
                duration = media.duration if media.duration is not None else record.duration
                self._context.state.set_media(replace(media, registered=True, duration=duration))
            self._context.bus.publish(Change(Topic.MEDIA, media=frozenset({local.digest}), source=self))

        def failed(error: BaseException) -> None:
            if not isinstance(error, UnavailableError):  # Else it is done when they are back, see `_take_change`.
                self._complain(local.path, error)

        self._registering = self._context.tasks.run(
            lambda task: self._context.gateway.media.register(local, cancel=task.cancel),
            done=done,
            failed=failed,
            lane=Lane.LONG,
            owner=self,
        )

    def _take_change(self, change: Change) -> None:
        media = self._context.state.media
        if Topic.CONNECTION in change.topics and media is not None and media.local is not None:
            self._register(media.local)

    def _take_duration(self, seconds: float) -> None:
        media = self._context.state.media
        if media is not None and media.path == self._context.player.path and seconds > 0:
            self._context.state.set_media(replace(media, duration=seconds))

    # What is wrong with a file

    def _player_failed(self, path: Path, sentence: str) -> None:
        media = self._context.state.media
        if media is None or media.path != path:
            return
        wish = self._wish
        if wish is not None and not self._searched and self._places.get(wish.digest) == path:  # It lay there once.
            self._find(wish.digest, failure=(path, sentence))
            return
        self._wish = None
        self._tell(sentence)

    def _complain(self, path: Path, error: BaseException) -> None:
        media = self._context.state.media
        if media is None or media.path != path or self._wish is not None:
            return
        if isinstance(error, MediaError):
            self._tell(str(error))
        else:
            self._context.notices.error(error)

    def _tell(self, sentence: str) -> None:
        if not self._told:
            self._told = True
            self._context.notices.error(sentence)

    # Places in media

    def _player_opened(self, path: Path) -> None:
        media = self._context.state.media
        wish = self._wish
        if wish is None or media is None or media.path != path:
            return
        if wish.digest in (media.digest, "") or self._places.get(wish.digest) == path:
            self._fulfil()

    def _fulfil(self) -> None:
        wish, self._wish = self._wish, None
        if wish is None:
            return
        player = self._context.player
        if wish.play is not None:
            player.play_range(*wish.play)
        elif wish.at is not None:
            player.seek(wish.at)
        if wish.then is not None:
            wish.then()

    def _find(self, digest: str, *, failure: tuple[Path, str] | None = None) -> None:
        """Look for a media; `failure` is a file that cannot be played though it may be the media, and why."""

        def done(found: tuple[str, LocalMedia | None]) -> None:
            if self._wish is None or self._wish.digest != digest:
                return
            name, local = found
            if local is None:
                self._wish = None
                self._context.notices.warning(
                    f"{name} was not found on this machine. Add its folder to the playlist and try again, or, if it"
                    " came with an old library, use Locate Media in the File menu."
                )
                self.not_found.emit(digest)
                return
            self._places[digest] = local.path
            if failure is not None and failure[0] == local.path:
                self._wish = None
                self._tell(failure[1])
                return
            self._open_place(local.path)

        def failed(error: BaseException) -> None:
            if self._wish is not None and self._wish.digest == digest:
                self._wish = None
                self._context.notices.error(error)

        if self._search is not None:
            self._search.stop()
        self._searched = True
        place = self._places.pop(digest, None)
        gateway = self._context.gateway
        self._search = self._context.tasks.run(
            lambda task: find_media(gateway, digest, place, task.cancel),
            done=done,
            failed=failed,
            lane=Lane.LONG,
            owner=self,
        )

    def _forget_wish(self) -> None:
        self._wish = None
        self._searched = False
        if self._search is not None:
            self._search.stop()
            self._search = None

"""What the playback actions do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QSignalBlocker

from eightcut_qt.playback.player import RATES

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.core.records import RegionRecord
    from eightcut_qt.regions.documents import ScanDocument


class PlaybackCommands(QObject):
    """Binds the actions, and lets a region that plays follow its edges while they are moved."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._region: tuple[ScanDocument, str] | None = None
        self._watched: ScanDocument | None = None
        player, actions = context.player, context.actions
        actions.bind("playback.play", player.toggle)
        actions.bind("playback.return_to_cursor", player.return_to_cursor)
        actions.bind("playback.play_region", self._play_region)
        actions.bind("playback.previous_frame", lambda: player.step(-1))
        actions.bind("playback.next_frame", lambda: player.step(1))
        actions.bind("playback.back", lambda: player.seek(player.position - 1.0))
        actions.bind("playback.forward", lambda: player.seek(player.position + 1.0))
        actions.bind("playback.start", lambda: player.seek(0.0))
        actions.bind("playback.end", lambda: player.seek(player.duration))
        actions.bind("playback.slower", lambda: self._change_rate(-1))
        actions.bind("playback.faster", lambda: self._change_rate(1))
        self._loop = actions.bind_toggle("playback.loop_region", self._loop_region)
        self._lock = actions.bind_toggle("playback.lock_cursor", self._lock_cursor)
        self._mute = actions.bind_toggle("playback.mute", self._set_muted)
        player.looping_changed.connect(self._loop.setChecked)
        player.playing_changed.connect(self._playing_changed)
        context.settings.changed.connect(self._settings_changed)
        context.state.document_changed.connect(self._watch)
        self._watch(context.state.document)
        self._settings_changed("playback")

    def current_region(self) -> RegionRecord | None:
        """Return the selected region, else the one at the playhead; None if there is neither."""
        state = self._context.state
        document = state.document
        if document is None:
            return None
        for id_ in state.selection[:1]:
            if (found := document.region(id_)) is not None:
                return found
        here = self._context.player.position
        there = [region for region in document.regions if region.start <= here < region.end]
        shown = [region for region in there if region.score >= state.threshold and not region.disabled]
        return next(iter(shown or there), None)

    def _play_region(self) -> None:
        self._start(loop=False)

    def _loop_region(self, on: bool) -> None:
        if not on:
            self._context.player.stop_loop()
        elif not self._context.player.looping and not self._start(loop=True):
            with QSignalBlocker(self._loop):
                self._loop.setChecked(False)

    def _start(self, *, loop: bool) -> bool:
        document, region = self._context.state.document, self.current_region()
        if document is None or region is None:
            self._context.notices.info("Select a region first, or put the playhead on one.")
            return False
        self._context.player.play_range(region.start, region.end, loop=loop)
        self._region = (document, region.id)
        return True

    def _playing_changed(self, playing: bool) -> None:
        if not playing:
            self._region = None

    def _watch(self, document: ScanDocument | None) -> None:
        if self._watched is not None:
            self._watched.regions_changed.disconnect(self._follow)
        self._watched = document
        if document is not None:
            document.regions_changed.connect(self._follow)

    def _follow(self, ids: frozenset[str]) -> None:
        """Some regions have other bounds: the one that plays, perhaps."""
        if self._region is None:
            return
        document, id_ = self._region
        if document is not self._watched or (ids and id_ not in ids):
            return
        region = document.region(id_)
        if region is None:  # Deleted.
            self._region = None
            self._context.player.stop_loop()
        else:
            self._context.player.change_range(region.start, region.end)

    def _change_rate(self, by: int) -> None:
        player = self._context.player
        place = RATES.index(player.rate) if player.rate in RATES else 0
        player.set_rate(RATES[min(max(place + by, 0), len(RATES) - 1)])

    def _lock_cursor(self, on: bool) -> None:
        self._context.settings.update("playback", cursor_locked=on)

    def _set_muted(self, on: bool) -> None:
        self._context.settings.update("playback", muted=on)

    def _settings_changed(self, section: str) -> None:
        if section == "playback":
            wanted = self._context.settings.value.playback
            self._lock.setChecked(wanted.cursor_locked)
            self._mute.setChecked(wanted.muted)

"""The panel with the picture and the transport bar."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.media import display_name
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from eightcut_qt.core.state import OpenMedia
from eightcut_qt.playback.commands import PlaybackCommands
from eightcut_qt.playback.transport import TransportBar
from eightcut_qt.playback.view import VideoView

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context


class PlaybackPanel(QWidget):
    """Shows what the player plays, and lets it be played."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._commands = PlaybackCommands(context, self)
        self.view = VideoView(context.theme.colors, self)
        self.transport = TransportBar(context.actions, context.theme.colors, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.view, 1)
        column.addWidget(self.transport)
        self.setFocusProxy(self.view)
        self.setAccessibleName("Playback")

        player, state = context.player, context.state
        player.picture_changed.connect(self._show_picture)
        player.playing_changed.connect(self.transport.set_playing)
        player.duration_changed.connect(self.transport.set_duration)
        player.rate_changed.connect(self.transport.set_rate)
        player.opened.connect(self._show_opened)
        player.failed.connect(self._show_failure)
        state.media_changed.connect(self._show_media)
        state.position_changed.connect(self.transport.time.set_time)
        context.theme.changed.connect(self._use_theme)
        context.settings.changed.connect(self._use_settings)
        self.view.clicked.connect(player.toggle)
        self.transport.time.entered.connect(player.seek)
        self.transport.time.left.connect(self._focus_view)
        self.transport.rate_chosen.connect(player.set_rate)
        self.transport.volume_chosen.connect(self._set_volume)
        self._use_settings("playback")
        self._show_media(state.media)
        self.transport.set_playing(player.playing)
        self.transport.set_duration(player.duration)
        self.transport.set_rate(player.rate)
        self.transport.time.set_time(state.position)

    def _show_picture(self, image: QImage | None) -> None:
        self.view.set_picture(image)
        if image is None:
            self.transport.set_duration(0.0)

    def _show_media(self, media: OpenMedia | None) -> None:
        if media is None:
            self.view.set_words("No file is open.", "Open one in the playlist, or drop files there.")
        elif self._context.player.path != media.path:
            self.view.set_words(display_name(media.path))

    def _show_opened(self, path: Path) -> None:
        words = "" if self._context.player.has_video else "Sound only"
        self.view.set_words(display_name(path), words)

    def _show_failure(self, path: Path, sentence: str) -> None:
        self.view.set_words(display_name(path), sentence)

    def _focus_view(self) -> None:
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _use_theme(self) -> None:
        self.view.set_colors(self._context.theme.colors)
        self.transport.set_colors(self._context.theme.colors)

    def _use_settings(self, section: str) -> None:
        if section == "playback":
            self.transport.set_volume(self._context.settings.value.playback.volume)

    def _set_volume(self, volume: float) -> None:
        self._context.settings.update("playback", volume=volume, muted=False)

"""The bar below the picture: play, steps, speed, time, sound."""

from __future__ import annotations

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from eightcut_qt.core.actions import Actions
from eightcut_qt.core.clock import format_time
from eightcut_qt.core.theme import Colors
from eightcut_qt.playback.icons import icon
from eightcut_qt.playback.player import RATES
from eightcut_qt.playback.time_field import TimeField

_VOLUMES = 100


class TransportBar(QWidget):
    """Buttons of the playback actions, and what is playing in figures."""

    rate_chosen = pyqtSignal(float)
    volume_chosen = pyqtSignal(float)
    """0 to 1."""

    def __init__(self, actions: Actions, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors = colors
        self._playing = False
        self._buttons: dict[str, QToolButton] = {}
        self._actions = actions
        self.time = TimeField(self)
        self._duration = QLabel("/ " + format_time(0.0, 3), self)
        self._duration.setFont(self.time.font())
        self._duration.setAccessibleName("Duration of the file")
        self._rates = QComboBox(self)
        self._rates.setAccessibleName("Speed")
        self._rates.setToolTip(f"{_tip(actions, 'playback.slower')}\n{_tip(actions, 'playback.faster')}")
        self._rates.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for rate in RATES:
            self._rates.addItem(f"\N{MULTIPLICATION SIGN}{rate:g}", rate)
        self._volume = QSlider(Qt.Orientation.Horizontal, self)
        self._volume.setRange(0, _VOLUMES)
        self._volume.setAccessibleName("Volume")
        self._volume.setToolTip("Volume")
        self._volume.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._volume.setFixedWidth(self.fontMetrics().height() * 5)
        self._rates.activated.connect(self._choose_rate)
        self._volume.valueChanged.connect(self._choose_volume)
        self._lay_out()
        self.set_colors(colors)

    def set_colors(self, colors: Colors) -> None:
        """Use another look."""
        self._colors = colors
        self._show_icons()

    def set_playing(self, playing: bool) -> None:
        """Show whether it plays."""
        self._playing = playing
        self._show_icons()

    def set_duration(self, seconds: float) -> None:
        """Show how long the file is."""
        self._duration.setText("/ " + format_time(seconds, 3))

    def set_rate(self, rate: float) -> None:
        """Show the speed."""
        self._rates.setCurrentIndex(max(self._rates.findData(rate), 0))

    def set_volume(self, volume: float) -> None:
        """Show the volume, 0 to 1."""
        with QSignalBlocker(self._volume):
            self._volume.setValue(round(volume * _VOLUMES))

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        gap = self.fontMetrics().height() // 3
        row.setContentsMargins(gap, gap // 2, gap, gap // 2)
        row.setSpacing(gap // 2)
        for name in ("previous_frame", "play", "next_frame"):
            row.addWidget(self._button(f"playback.{name}"))
        row.addSpacing(gap)
        row.addWidget(self._button("playback.play_region"))
        row.addWidget(self._button("playback.loop_region"))
        row.addWidget(self._rates)
        row.addStretch(1)
        row.addWidget(self.time)
        row.addWidget(self._duration)
        row.addStretch(1)
        row.addWidget(self._button("playback.lock_cursor"))
        row.addSpacing(gap)
        row.addWidget(self._button("playback.mute"))
        row.addWidget(self._volume)

    def _button(self, id_: str) -> QToolButton:
        action = self._actions.action(id_)
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        button.setAutoRaise(True)
        button.setAutoRepeat(action.autoRepeat())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(action.text())
        action.toggled.connect(self._show_icons)
        self._buttons[id_] = button
        return button

    def _show_icons(self, _checked: bool = False) -> None:
        for id_, button in self._buttons.items():
            action = button.defaultAction()
            if action is not None:
                action.setIcon(icon(self._sign(id_, action), self._colors))
                action.setIconVisibleInMenu(False)

    def _sign(self, id_: str, action: QAction) -> str:
        if id_ == "playback.play":
            return "pause" if self._playing else "play"
        if id_ == "playback.mute":
            return "muted" if action.isChecked() else "sound"
        if id_ == "playback.lock_cursor":
            return "lock" if action.isChecked() else "unlocked"
        return {"playback.play_region": "region", "playback.loop_region": "loop"}.get(id_, id_.partition(".")[2])

    def _choose_rate(self, index: int) -> None:
        self.rate_chosen.emit(float(self._rates.itemData(index)))

    def _choose_volume(self, value: int) -> None:
        self.volume_chosen.emit(value / _VOLUMES)


def _tip(actions: Actions, id_: str) -> str:
    return actions.action(id_).toolTip()

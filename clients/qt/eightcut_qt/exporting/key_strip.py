"""Crop keyframes as diamonds along the length of the file."""

from __future__ import annotations

from collections.abc import Sequence

from eightcut_client.cutting.options import CropKeyframe
from PyQt6.QtCore import QEvent, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QToolTip, QWidget

from eightcut_qt.core.clock import format_time
from eightcut_qt.core.theme import Colors, color
from eightcut_qt.exporting.guide import KeyTrack, paint_keys

_BACK = (Qt.Key.Key_Left, Qt.Key.Key_Up)
_ON = (Qt.Key.Key_Right, Qt.Key.Key_Down)


class KeyStrip(QWidget):
    """Shows keyframes; a click or an arrow key goes to one."""

    chosen = pyqtSignal(float)
    """Time of a keyframe, seconds."""

    def __init__(self, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._colors = colors
        self._keys: Sequence[CropKeyframe] = ()
        self._duration = self._position = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Crop keyframes")

    def set_colors(self, colors: Colors) -> None:
        """Use another look."""
        self._colors = colors
        self.update()

    def show_keys(self, keys: Sequence[CropKeyframe], duration: float, position: float) -> None:
        """Show these, of a file of a length, with the playhead; seconds."""
        self._keys, self._duration, self._position = keys, duration, position
        times = ", ".join(format_time(key.time) for key in keys)
        self.setAccessibleDescription(f"Keyframes at {times}." if keys else "No keyframes.")
        self.update()

    def sizeHint(self) -> QSize:
        """See QWidget."""
        line = self.fontMetrics().height()
        return QSize(line * 8, line)

    def paintEvent(self, _event: QPaintEvent | None) -> None:
        """See QWidget."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if self.isEnabled() else 0.4)
        painter.fillRect(self.rect(), color("#000000", 0.75))
        if self._duration > 0:
            track = KeyTrack(self._keys, self._duration, self._position)
            paint_keys(painter, self._strip(), track, self._colors)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(color(self._colors.accent))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """See QWidget."""
        if event is not None and event.button() == Qt.MouseButton.LeftButton:
            near = self._near(event.position().x())
            if near is not None:
                self.chosen.emit(near.time)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """See QWidget."""
        if event is None or event.key() not in (*_BACK, *_ON):
            super().keyPressEvent(event)
            return
        if event.key() in _BACK:
            found = [key for key in self._keys if key.time < self._position - 0.02][-1:]
        else:
            found = [key for key in self._keys if key.time > self._position + 0.02][:1]
        for key in found:
            self.chosen.emit(key.time)

    def event(self, event: QEvent | None) -> bool:
        """Say what is under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            near = self._near(event.pos().x())
            text = "" if near is None else f"The crop at {format_time(near.time)}: {near.center:.0%} of the way."
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def _strip(self) -> QRectF:
        line = self.height() / 2
        return QRectF(self.rect()).adjusted(line, 0, -line, 0)

    def _near(self, x: float) -> CropKeyframe | None:
        strip = self._strip()
        if self._duration <= 0 or strip.width() <= 0:
            return None

        def away(key: CropKeyframe) -> float:
            return abs(strip.left() + key.time / self._duration * strip.width() - x)

        near = min(self._keys, key=away, default=None)
        return near if near is not None and away(near) <= self.height() else None

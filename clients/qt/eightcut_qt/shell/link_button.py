"""Whether the services answer, as a symbol and a few words; a click opens the connection dialog."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QIcon, QPainter, QPainterPath, QPen, QPixmap
from PyQt6.QtWidgets import QToolButton, QWidget

from eightcut_qt.core.theme import Theme, color
from eightcut_qt.link.states import CONNECTING, Kind, LinkState


class LinkButton(QToolButton):
    """Shows a `LinkState`."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._state = CONNECTING
        self.setAutoRaise(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        theme.changed.connect(self._draw)
        self._draw()

    def show_state(self, state: LinkState) -> None:
        """Show another state."""
        self._state = state
        self._draw()

    def _draw(self) -> None:
        state = self._state
        self.setText(state.title)
        self.setToolTip(state.sentence)
        self.setAccessibleName(f"Services: {state.title}")
        self.setAccessibleDescription(state.sentence)
        size = self.fontMetrics().ascent()
        self.setIconSize(QSize(size, size))
        self.setIcon(QIcon(self._symbol(size)))

    def _symbol(self, size: int) -> QPixmap:
        """Draw it: full, half, empty, dotted or crossed, so that the colour is not the only sign."""
        colors = self._theme.colors
        shades = {
            Kind.ONLINE: colors.good,
            Kind.DEGRADED: colors.warning,
            Kind.CONNECTING: colors.muted,
            Kind.OFFLINE: colors.error,
            Kind.REFUSED: colors.error,
        }
        ratio = self.devicePixelRatioF()
        picture = QPixmap(QSize(size, size) * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade = color(shades[self._state.kind])
        line = max(size / 9, 1.2)
        circle = QRectF(line, line, size - 2 * line, size - 2 * line)
        pen = QPen(shade, line)
        if self._state.kind is Kind.CONNECTING:
            pen.setStyle(Qt.PenStyle.DotLine)
        painter.setPen(pen)
        if self._state.kind is Kind.ONLINE:
            painter.setBrush(shade)
        painter.drawEllipse(circle)
        if self._state.kind is Kind.DEGRADED:
            half = QPainterPath()
            half.moveTo(circle.center())
            half.arcTo(circle, 90, 180)
            painter.fillPath(half, shade)
        elif self._state.kind is Kind.REFUSED:
            inset = size * 0.33
            painter.drawLine(QPointF(inset, inset), QPointF(size - inset, size - inset))
            painter.drawLine(QPointF(inset, size - inset), QPointF(size - inset, inset))
        painter.end()
        return picture

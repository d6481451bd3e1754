"""The signs on the transport's buttons, painted in the colours of the theme."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QPointF, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from eightcut_qt.core.theme import Colors

_UNITS = 24.0  # Signs are painted in a square of this size.
_SIZES = (16, 24, 32, 48)


def icon(name: str, colors: Colors) -> QIcon:
    """Return a sign; its name is one of those in `SIGNS`."""
    made = QIcon()
    for size in _SIZES:
        for mode, wanted in ((QIcon.Mode.Normal, colors.text), (QIcon.Mode.Disabled, colors.disabled)):
            made.addPixmap(_paint(SIGNS[name], size, QColor(wanted)), mode)
    return made


def _paint(sign: Callable[[QPainter], None], size: int, shade: QColor) -> QPixmap:
    pixmap = QPixmap(QSize(size, size))
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / _UNITS, size / _UNITS)
    pen = QPen(shade, 2.0)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(shade)
    sign(painter)
    painter.end()
    return pixmap


def _triangle(painter: QPainter, left: float, right: float) -> None:
    points = (QPointF(left, 6), QPointF(right, 12), QPointF(left, 18))
    painter.drawPolygon(QPolygonF(points))


def _play(painter: QPainter) -> None:
    painter.drawPolygon(QPolygonF((QPointF(8, 5), QPointF(19, 12), QPointF(8, 19))))


def _pause(painter: QPainter) -> None:
    painter.drawRect(QRectF(7, 5, 3, 14))
    painter.drawRect(QRectF(14, 5, 3, 14))


def _next_frame(painter: QPainter) -> None:
    _triangle(painter, 7, 15)
    painter.drawLine(QPointF(19, 6), QPointF(19, 18))


def _previous_frame(painter: QPainter) -> None:
    _triangle(painter, 17, 9)
    painter.drawLine(QPointF(5, 6), QPointF(5, 18))


def _region(painter: QPainter) -> None:
    painter.drawPolygon(QPolygonF((QPointF(9, 7), QPointF(16, 12), QPointF(9, 17))))
    painter.drawLine(QPointF(4, 5), QPointF(4, 19))
    painter.drawLine(QPointF(20, 5), QPointF(20, 19))


def _loop(painter: QPainter) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(5, 5, 14, 14), 60 * 16, 280 * 16)
    painter.setBrush(painter.pen().color())
    painter.drawPolygon(QPolygonF((QPointF(13, 3), QPointF(18.5, 6.5), QPointF(13, 9.5))))


def _speaker(painter: QPainter) -> None:
    body = ((4, 10), (7, 10), (12, 6), (12, 18), (7, 14), (4, 14))
    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in body]))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _sound(painter: QPainter) -> None:
    _speaker(painter)
    painter.drawArc(QRectF(10, 8, 8, 8), -50 * 16, 100 * 16)
    painter.drawArc(QRectF(8, 5, 14, 14), -50 * 16, 100 * 16)


def _muted(painter: QPainter) -> None:
    _speaker(painter)
    painter.drawLine(QPointF(16, 9), QPointF(21, 15))
    painter.drawLine(QPointF(21, 9), QPointF(16, 15))


def _lock(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(6, 11, 12, 8), 1.5, 1.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    path = QPainterPath(QPointF(8, 11))
    path.lineTo(8, 8)
    path.arcTo(QRectF(8, 4, 8, 8), 180, -180)
    path.lineTo(16, 11)
    painter.drawPath(path)


def _unlocked(painter: QPainter) -> None:
    painter.drawRoundedRect(QRectF(6, 11, 12, 8), 1.5, 1.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    path = QPainterPath(QPointF(8, 11))
    path.lineTo(8, 8)
    path.arcTo(QRectF(8, 4, 8, 8), 180, -150)
    painter.drawPath(path)


SIGNS: dict[str, Callable[[QPainter], None]] = {
    "play": _play,
    "pause": _pause,
    "next_frame": _next_frame,
    "previous_frame": _previous_frame,
    "region": _region,
    "loop": _loop,
    "sound": _sound,
    "muted": _muted,
    "lock": _lock,
    "unlocked": _unlocked,
}
"""All signs, by name."""

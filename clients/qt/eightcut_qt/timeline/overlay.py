"""Draws what moves over the picture: playhead, cursor, threshold line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QPolygonF

from eightcut_qt.core.theme import color

if TYPE_CHECKING:
    from eightcut_qt.timeline.display import TimelineDisplay

STRIPE = 7
"""Pixels to each side of a line that are drawn anew when it moves."""

_HEAD = 5  # Half the width of the playhead's triangle.


def draw_overlay(painter: QPainter, canvas: TimelineDisplay, part: QRect) -> None:
    """Draw what lies in a part of the canvas."""
    if canvas.hasFocus():
        painter.fillRect(0, 0, canvas.width(), 2, color(canvas.scene.colors.accent))
    if canvas.view.duration <= 0:
        return
    colors = canvas.scene.colors
    lanes, view, height = canvas.lanes, canvas.view, canvas.height()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if part.bottom() >= lanes.scores.top and (canvas.scene.score is not None or len(canvas.scene.regions)):
        _draw_threshold(painter, canvas)
    x = view.x(canvas.cursor_time)
    if part.left() - STRIPE <= x <= part.right() + STRIPE:
        ink = color(colors.cursor)
        painter.setPen(QPen(ink, 1.0, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(x, lanes.clips.top, x, height))
        _triangle(painter, x, lanes.clips.top + _HEAD, ink, down=False)
    x = view.x(canvas.position)
    if part.left() - STRIPE <= x <= part.right() + STRIPE:
        ink = color(colors.playhead)
        painter.setPen(QPen(ink, 1.5))
        painter.drawLine(QLineF(x, lanes.ruler.bottom - 2, x, height))
        _triangle(painter, x, lanes.ruler.bottom - _HEAD - 3, ink, down=True)


def _triangle(painter: QPainter, x: float, y: float, ink: QColor, *, down: bool) -> None:
    tip = y + _HEAD + 2 if down else y - _HEAD
    base = y - 1 if down else y + 1
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawPolygon(QPolygonF([QPointF(x - _HEAD, base), QPointF(x + _HEAD, base), QPointF(x, tip)]))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _draw_threshold(painter: QPainter, canvas: TimelineDisplay) -> None:
    colors, lanes = canvas.scene.colors, canvas.lanes
    y = int(lanes.score_y(canvas.scene.threshold)) + 0.5  # In the middle of a row of pixels: sharp.
    ink = color(colors.threshold)
    painter.setPen(QPen(ink, 1.0, Qt.PenStyle.DashLine))
    painter.drawLine(QLineF(0, y, canvas.width(), y))
    metrics = painter.fontMetrics()
    if lanes.scores.height < 2.5 * metrics.height():
        return  # The text would hide what the line is for.
    text = f"threshold {canvas.scene.threshold:.2f}"
    width = metrics.horizontalAdvance(text) + 10
    below = y + metrics.height() <= lanes.scores.bottom
    box = QRectF(canvas.width() - width, y + 1 if below else y - metrics.height() - 1, width, metrics.height())
    painter.fillRect(box, color(colors.background, 0.8))
    painter.setPen(ink)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)

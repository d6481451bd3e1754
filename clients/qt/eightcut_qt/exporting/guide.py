"""The crop over the picture: what is cut away is dim, and the rest is dragged to where it should lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eightcut_client.cutting.options import CropKeyframe, CropRatio
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QPolygonF

from eightcut_qt.core.theme import Colors, color
from eightcut_qt.exporting.crop import center_under, crop_area

_DIM = QColor(0, 0, 0, 150)  # The same in both themes: it lies over a picture, not over the window.


@dataclass(frozen=True, slots=True)
class KeyTrack:
    """Keyframes along the length of a file, and the playhead; seconds."""

    keys: Sequence[CropKeyframe]
    duration: float
    position: float


class CropGuide:
    """Paints and drags a crop; an overlay of `eightcut_qt.playback.view.VideoView`, which knows plain data only."""

    def __init__(self, colors: Colors, moved: Callable[[float], None]) -> None:
        """Show nothing yet.

        Args:
            colors: The look.
            moved: Called with the centre that the person drags it to.
        """
        self.colors = colors
        self.ratio: CropRatio | None = None
        self.center = 0.5
        self.keys: Sequence[CropKeyframe] = ()
        self.duration = 0.0
        self.position = 0.0
        self._moved = moved
        self._grip: QPointF | None = None
        self._dragging = False

    @property
    def visible(self) -> bool:
        """Whether there is a crop."""
        return self.ratio is not None

    def press(self, picture: QRectF, point: QPointF) -> bool:
        """Take hold of the crop, or put it under the pointer; False: the click is not for it."""
        if self.ratio is None or not picture.contains(point):
            return False
        area = crop_area(picture, self.ratio, self.center)
        inside = area.contains(point)
        self._grip = point - area.center() if inside else None
        self._dragging = True
        if not inside:
            self._moved(center_under(picture, self.ratio, point))
        return True

    def move(self, picture: QRectF, point: QPointF) -> None:
        """Drag it."""
        if self._dragging and self.ratio is not None:
            self._moved(center_under(picture, self.ratio, point, self._grip))

    def release(self) -> None:
        """Let it go."""
        self._dragging = False

    def paint(self, painter: QPainter, picture: QRectF) -> None:
        """Dim what is cut away, and mark the keyframes below."""
        if self.ratio is None:
            return
        area = crop_area(picture, self.ratio, self.center)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for part in _around(picture, area):
            painter.fillRect(part, _DIM)
        painter.setPen(QPen(color("#000000", 0.6), 3))
        painter.drawRect(area)
        painter.setPen(QPen(color("#ffffff"), 1))
        painter.drawRect(area)
        self._paint_keys(painter, picture)
        painter.restore()

    def _paint_keys(self, painter: QPainter, picture: QRectF) -> None:
        track = KeyTrack(self.keys, self.duration, self.position)
        if not self.keys or self.duration <= 0:
            return
        line = painter.fontMetrics().height()
        strip = QRectF(picture.left(), picture.bottom() - line * 0.8, picture.width(), line * 0.8)
        painter.fillRect(strip, color("#000000", 0.55))
        paint_keys(painter, strip, track, self.colors)


def paint_keys(painter: QPainter, strip: QRectF, track: KeyTrack, colors: Colors) -> None:
    """Paint keyframes as diamonds along a strip that is as long as the file, and the playhead."""
    middle, size = strip.center().y(), strip.height() * 0.36
    painter.setPen(QPen(color("#ffffff", 0.6), 1))
    painter.drawLine(QPointF(strip.left(), middle), QPointF(strip.right(), middle))
    at = strip.left() + min(max(track.position / track.duration, 0.0), 1.0) * strip.width()
    painter.setPen(QPen(color("#ffffff"), 1.5))
    painter.drawLine(QPointF(at, strip.top()), QPointF(at, strip.bottom()))
    painter.setPen(QPen(color("#000000"), 1))
    painter.setBrush(color(colors.accent))
    for key in track.keys:
        x = strip.left() + min(max(key.time / track.duration, 0.0), 1.0) * strip.width()
        corners = [(x, middle - size), (x + size, middle), (x, middle + size), (x - size, middle)]
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _around(picture: QRectF, area: QRectF) -> list[QRectF]:
    """Return what of a picture lies outside an area."""
    left = QRectF(picture.left(), picture.top(), area.left() - picture.left(), picture.height())
    right = QRectF(area.right(), picture.top(), picture.right() - area.right(), picture.height())
    above = QRectF(area.left(), picture.top(), area.width(), area.top() - picture.top())
    below = QRectF(area.left(), area.bottom(), area.width(), picture.bottom() - area.bottom())
    return [part for part in (left, right, above, below) if part.width() > 0 and part.height() > 0]

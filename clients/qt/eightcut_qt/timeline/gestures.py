"""What a pressed mouse button does until it is released or Esc is pressed. Each shows at once what would come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from PyQt6.QtCore import QPointF

    from eightcut_qt.core.records import ClipRecord
    from eightcut_qt.timeline.canvas import TimelineView

MIN_LENGTH = 0.5
"""Seconds of a region at least: the Store's own limit."""

_SLOP = 3  # Pixels: a shaking hand drags nothing.


class Gesture(Protocol):
    """A drag."""

    def move(self, at: QPointF) -> None:
        """The mouse is there."""

    def finish(self) -> None:
        """The button was released."""

    def cancel(self) -> None:
        """Everything is as it was before."""


class Scrub:
    """The playhead follows the mouse: a plain drag edits nothing."""

    def __init__(self, canvas: TimelineView, at: QPointF) -> None:
        self._canvas = canvas
        self._before = canvas.position
        self.move(at)

    def move(self, at: QPointF) -> None:
        """See Gesture."""
        self._canvas.seek(self._canvas.view.time_within(at.x()))

    def finish(self) -> None:
        """See Gesture."""

    def cancel(self) -> None:
        """See Gesture."""
        self._canvas.seek(self._before)


class Pan:
    """The view follows the mouse."""

    def __init__(self, canvas: TimelineView, at: QPointF) -> None:
        self._canvas = canvas
        self._before = canvas.view
        self._from = at.x()

    def move(self, at: QPointF) -> None:
        """See Gesture."""
        self._canvas.set_view(self._before.panned((self._from - at.x()) * self._before.seconds_per_pixel))

    def finish(self) -> None:
        """See Gesture."""

    def cancel(self) -> None:
        """See Gesture."""
        self._canvas.set_view(self._before)


class ResizeEdge:
    """One edge of a region follows the mouse. Without a move it is a click with Shift: a range is selected."""

    def __init__(self, canvas: TimelineView, at: QPointF, row: int, *, is_end: bool) -> None:
        regions = canvas.scene.regions
        self._canvas = canvas
        self._row = row
        self._is_end = is_end
        self._from = at.x()
        self._id = regions.ids[row]
        self._start, self._end = float(regions.start[row]), float(regions.end[row])
        self._new = (self._start, self._end)
        self._moved = False

    def move(self, at: QPointF) -> None:
        """See Gesture."""
        if not self._moved and abs(at.x() - self._from) < _SLOP:
            return
        self._moved = True
        by = (at.x() - self._from) * self._canvas.view.seconds_per_pixel
        self._new = moved_edge(self._start, self._end, by, self._canvas.view.duration, is_end=self._is_end)
        self._canvas.preview_region(self._id, *self._new)

    def finish(self) -> None:
        """See Gesture."""
        if not self._moved:
            self._canvas.select_range(self._row)
        elif self._new != (self._start, self._end):
            self._canvas.end_preview(keep=True)
            self._canvas.region_resized.emit(self._id, *self._new)
        else:
            self.cancel()

    def cancel(self) -> None:
        """See Gesture."""
        self._canvas.end_preview(keep=False)


class MoveClip:
    """A clip follows the mouse."""

    def __init__(self, canvas: TimelineView, at: QPointF, clip: ClipRecord) -> None:
        self._canvas = canvas
        self._clip = clip
        self._from = at.x()
        self._new = clip.start

    def move(self, at: QPointF) -> None:
        """See Gesture."""
        if self._new == self._clip.start and abs(at.x() - self._from) < _SLOP:
            return
        view = self._canvas.view
        latest = max(view.duration - self._clip.duration, 0.0)
        wanted = self._clip.start + (at.x() - self._from) * view.seconds_per_pixel
        self._new = min(max(wanted, 0.0), max(latest, self._clip.start))
        self._canvas.preview_clip(self._clip.id, self._new)

    def finish(self) -> None:
        """See Gesture."""
        if self._new == self._clip.start:
            self.cancel()
            return
        self._canvas.end_preview(keep=True)
        self._canvas.clip_moved.emit(self._clip.id, self._new)

    def cancel(self) -> None:
        """See Gesture."""
        self._canvas.end_preview(keep=False)


class MoveThreshold:
    """The threshold line follows the mouse, and the regions with it."""

    def __init__(self, canvas: TimelineView) -> None:
        self._canvas = canvas
        self._before = canvas.scene.threshold

    def move(self, at: QPointF) -> None:
        """See Gesture."""
        self._canvas.set_threshold(round(self._canvas.lanes.score_at(at.y()), 2))

    def finish(self) -> None:
        """See Gesture."""
        if self._canvas.scene.threshold != self._before:
            self._canvas.threshold_set.emit(self._canvas.scene.threshold)

    def cancel(self) -> None:
        """See Gesture."""
        self._canvas.set_threshold(self._before)


def moved_edge(start: float, end: float, by: float, duration: float, *, is_end: bool) -> tuple[float, float]:
    """Return bounds with one edge so many seconds later, within the media and not too near to the other edge."""
    if is_end:
        return start, max(min(end + by, duration), min(start + MIN_LENGTH, max(duration, end)))
    return min(max(start + by, 0.0), max(end - MIN_LENGTH, 0.0)), end

"""The timeline's canvas: what the person does with it becomes signals. Knows nothing of the services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PyQt6.QtCore import QEvent, QPointF, QRect, Qt, pyqtSignal
from PyQt6.QtGui import QHelpEvent, QNativeGestureEvent
from PyQt6.QtWidgets import QToolTip, QWidget

from eightcut_qt.timeline import gestures
from eightcut_qt.timeline.display import TimelineDisplay
from eightcut_qt.timeline.hits import Hit, Target, find
from eightcut_qt.timeline.scene import Part
from eightcut_qt.timeline.tips import tip_of

if TYPE_CHECKING:
    from PyQt6.QtCore import QPoint
    from PyQt6.QtGui import QContextMenuEvent, QHideEvent, QKeyEvent, QMouseEvent, QWheelEvent

    from eightcut_qt.timeline.gestures import Gesture
    from eightcut_qt.timeline.marks import ClipMarks, RegionMarks

_WHEEL_PAN = 0.1  # Of what is seen, for each notch.
_WHEEL_ZOOM = 1.25

_Modifier = Qt.KeyboardModifier


class TimelineView(TimelineDisplay):
    """Lanes over time. What is shown is set; what the person wants is told by signals."""

    seek_requested = pyqtSignal(float)
    """Seconds; often while the mouse is dragged."""
    selection_requested = pyqtSignal(object)
    """tuple of region ids."""
    region_activated = pyqtSignal(str)
    """Double-click: play it."""
    region_resized = pyqtSignal(str, float, float)
    """Id, start, end."""
    clip_moved = pyqtSignal(str, float)
    """Id, start."""
    threshold_set = pyqtSignal(float)
    """The line was dragged and let go."""
    menu_requested = pyqtSignal(object, object)
    """`Hit`, QPoint of the screen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show nothing yet."""
        super().__init__(parent)
        self._gesture: Gesture | None = None
        # What was there before a drag shows what would be; None: no drag.
        self._regions_before: RegionMarks | None = None
        self._clips_before: ClipMarks | None = None
        self._range_from: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Timeline")

    @property
    def held(self) -> bool:
        """See TimelineDisplay."""
        return self._gesture is not None

    @property
    def scrubbing(self) -> bool:
        """Whether the playhead follows the mouse."""
        return isinstance(self._gesture, gestures.Scrub)

    def set_duration(self, seconds: float, *, anew: bool) -> None:
        """See TimelineDisplay."""
        if anew:
            self.cancel()
        super().set_duration(seconds, anew=anew)

    def set_regions(self, regions: RegionMarks) -> None:
        """See TimelineDisplay."""
        if isinstance(self._gesture, gestures.ResizeEdge):
            self.cancel()  # What is dragged is not what is there any more.
        self._range_from = None
        super().set_regions(regions)

    def set_clips(self, clips: ClipMarks) -> None:
        """See TimelineDisplay."""
        if isinstance(self._gesture, gestures.MoveClip):
            self.cancel()
        super().set_clips(clips)

    # Used by gestures.

    def seek(self, seconds: float) -> None:
        """Put the playhead somewhere at once, and ask for it."""
        before, self.position = self.position, seconds
        self.update_stripe(before)
        self.update_stripe(seconds)
        self.seek_requested.emit(seconds)

    def select_range(self, row: int) -> None:
        """Select from the region that was last clicked to this one."""
        first = row if self._range_from is None else self._range_from
        self.selection_requested.emit(tuple(self.scene.regions.between(first, row, self.scene.threshold)))

    def preview_region(self, id_: str, start: float, end: float) -> None:
        """Show other bounds of a region."""
        if self._regions_before is None:
            self._regions_before = self.scene.regions
        self.scene.regions = self._regions_before.with_bounds(id_, start, end)
        self.touch(Part.REGIONS)

    def preview_clip(self, id_: str, start: float) -> None:
        """Show a clip at another place."""
        if self._clips_before is None:
            self._clips_before = self.scene.clips
        self.scene.clips = self._clips_before.moved(id_, start)
        self.touch(Part.CLIPS | Part.SOUND)

    def end_preview(self, *, keep: bool) -> None:
        """Keep what a drag shows until it is set, or show what was there before."""
        if not keep and self._regions_before is not None:
            self.scene.regions = self._regions_before
        if not keep and self._clips_before is not None:
            self.scene.clips = self._clips_before
        self._regions_before = self._clips_before = None
        self.touch(Part.REGIONS | Part.CLIPS | Part.SOUND)

    def cancel(self) -> bool:
        """End a drag as if it had never begun; tells whether there was one."""
        gesture, self._gesture = self._gesture, None
        if gesture is None:
            return False
        gesture.cancel()
        self.unsetCursor()
        return True

    # Mouse and keys.

    def mousePressEvent(self, event: QMouseEvent | None) -> None:
        """See QWidget."""
        if event is None or self.view.duration <= 0 or self._gesture is not None:
            return
        at = event.position()
        if event.button() == Qt.MouseButton.MiddleButton:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self._gesture = gestures.Pan(self, at)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._gesture = self._left_gesture(at, event.modifiers())

    def _left_gesture(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> Gesture | None:
        hit = self.hit(at)
        if hit.target is Target.THRESHOLD:
            return gestures.MoveThreshold(self)
        if hit.clip is not None and modifiers & (_Modifier.AltModifier | _Modifier.ShiftModifier):
            return gestures.MoveClip(self, at, hit.clip)
        if hit.region is not None:
            return self._region_gesture(at, modifiers, hit, hit.region)
        return gestures.Scrub(self, at)

    def _region_gesture(self, at: QPointF, modifiers: Qt.KeyboardModifier, hit: Hit, row: int) -> Gesture | None:
        regions = self.scene.regions
        if modifiers & _Modifier.ShiftModifier:
            if hit.is_edge:
                return gestures.ResizeEdge(self, at, row, is_end=hit.target is Target.END_EDGE)
            self.select_range(row)
            return None
        inside = regions.at(self.view.time(at.x()), 0.0, self.scene.threshold)
        self._range_from = row if inside is None else inside
        id_ = regions.ids[self._range_from]
        if modifiers & _Modifier.ControlModifier:
            chosen = self.scene.selection ^ {id_}
            self.selection_requested.emit(tuple(each for each in regions.ids if each in chosen))
            return None
        self.selection_requested.emit((id_,))
        return gestures.Scrub(self, at)

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:
        """See QWidget."""
        if event is None:
            return
        if self._gesture is not None:
            self._gesture.move(event.position())
        else:
            self._show_shape(event.position(), event.modifiers())

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """See QWidget."""
        gesture, self._gesture = self._gesture, None
        if gesture is not None and event is not None:
            gesture.finish()
            self._show_shape(event.position(), event.modifiers())

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        """See QWidget."""
        if event is None or event.button() != Qt.MouseButton.LeftButton:
            return
        hit = self.hit(event.position())
        if hit.region is not None:
            self.region_activated.emit(self.scene.regions.ids[hit.region])

    def wheelEvent(self, event: QWheelEvent | None) -> None:
        """See QWidget."""
        if event is None:
            return
        turned, moved = event.angleDelta(), event.pixelDelta()
        event.accept()
        if event.modifiers() & _Modifier.ControlModifier:
            self.zoom(_WHEEL_ZOOM ** (turned.y() / 120), event.position().x())
        elif not moved.isNull():
            pixels = moved.x() if abs(moved.x()) > abs(moved.y()) else moved.y()
            self.set_view(self.view.panned(-pixels * self.view.seconds_per_pixel))
        else:
            notches = (turned.x() if abs(turned.x()) > abs(turned.y()) else turned.y()) / 120
            self.set_view(self.view.panned(-notches * _WHEEL_PAN * self.view.span))

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """See QWidget."""
        if event is not None and event.key() == Qt.Key.Key_Escape and self.cancel():
            event.accept()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent | None) -> None:
        """See QWidget."""
        if event is None or self.view.duration <= 0 or self.cancel():
            return
        hit = self.hit(QPointF(event.pos()))
        if event.reason() == event.Reason.Keyboard:
            rows = np.flatnonzero(self.scene.chosen)
            row = int(rows[0]) if len(rows) else None
            hit = Hit(Target.TIME if row is None else Target.REGION, self.position, row)
        if hit.region is not None and self.scene.regions.ids[hit.region] not in self.scene.selection:
            self.selection_requested.emit((self.scene.regions.ids[hit.region],))
        self.menu_requested.emit(hit, event.globalPos())

    def hit(self, at: QPointF) -> Hit:
        """Return what lies at a place."""
        return find(self.scene, self.view, self.lanes, at.x(), at.y())

    def _show_shape(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        """Let the mouse's shape tell what a drag would do."""
        hit = self.hit(at)
        shape = Qt.CursorShape.ArrowCursor
        if hit.target is Target.THRESHOLD:
            shape = Qt.CursorShape.SizeVerCursor
        elif (hit.is_edge and modifiers & _Modifier.ShiftModifier) or (
            hit.clip is not None and modifiers & (_Modifier.ShiftModifier | _Modifier.AltModifier)
        ):
            shape = Qt.CursorShape.SizeHorCursor
        if self.cursor().shape() != shape:
            self.setCursor(shape)

    # Events.

    def event(self, event: QEvent | None) -> bool:
        """See QWidget."""
        if isinstance(event, QNativeGestureEvent) and event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
            self.zoom(max(1.0 + event.value(), 0.1), event.position().x())
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            self._show_tip(event.pos(), event.globalPos())
            return True
        return super().event(event)

    def _show_tip(self, at: QPoint, place: QPoint) -> None:
        text = tip_of(self.scene, self.hit(QPointF(at))) if self.view.duration > 0 else ""
        QToolTip.showText(place, text, self, QRect(at.x() - 4, at.y() - 4, 8, 8))

    def hideEvent(self, event: QHideEvent | None) -> None:
        """See QWidget."""
        self.cancel()
        super().hideEvent(event)

"""The timeline as it is seen: keeps a scene and a view of it, and paints them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QEvent, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QImage, QPainter
from PyQt6.QtWidgets import QSizePolicy, QWidget

from eightcut_qt.timeline.lanes import Lanes
from eightcut_qt.timeline.layers import Layers
from eightcut_qt.timeline.overlay import STRIPE, draw_overlay
from eightcut_qt.timeline.scene import Part, Scene
from eightcut_qt.timeline.viewport import Viewport

if TYPE_CHECKING:
    from PyQt6.QtGui import QFocusEvent, QPaintEvent, QResizeEvent

    from eightcut_qt.core.theme import Colors
    from eightcut_qt.timeline.marks import ClipMarks, Curve, RegionMarks
    from eightcut_qt.timeline.peaks import SoundPicture

_JUMP = 1.0  # Seconds: a position that changes by more was sought, not played.


class TimelineDisplay(QWidget):
    """Lanes over time; paints only what changed.

    Attributes:
        scene: What is shown; changed by the setters only.
        view: Which stretch.
        position: Playhead, seconds.
        cursor_time: Where clips are marked, seconds.
    """

    view_changed = pyqtSignal(object)
    """`Viewport`."""

    def __init__(self, parent: QWidget | None = None) -> None:
        """Show nothing yet."""
        super().__init__(parent)
        self.scene = Scene()
        self.view = Viewport.whole(0.0, 1.0)
        self.position = 0.0
        self.cursor_time = 0.0
        self._layers = Layers()
        self._image = QImage()
        self._dirty = Part.ALL
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(Lanes.least_height(self.fontMetrics().height()))

    @property
    def held(self) -> bool:
        """Whether the person drags something, so that the view must stay."""
        return False

    @property
    def lanes(self) -> Lanes:
        """Where the lanes lie now."""
        return Lanes.of(self.height(), self.fontMetrics().height(), spectrogram=self.scene.spectrogram)

    def sizeHint(self) -> QSize:
        """See QWidget."""
        line = self.fontMetrics().height()
        return QSize(50 * line, 20 * line)

    # What is shown.

    def set_duration(self, seconds: float, *, anew: bool) -> None:
        """Show a media of this length; ``anew``: another one than before, from edge to edge."""
        if anew:
            self.set_view(Viewport.whole(seconds, self.width()))
        elif seconds != self.view.duration:
            self.set_view(self.view.with_duration(seconds))

    def set_sound(self, sound: SoundPicture | None, note: str) -> None:
        """Show waveform and spectrogram, and a sentence about them."""
        self.scene.sound, self.scene.sound_note = sound, note
        self.touch(Part.SOUND)

    def set_regions(self, regions: RegionMarks) -> None:
        """Show the regions of a version."""
        self.scene.regions = regions
        self.touch(Part.REGIONS)

    def set_selection(self, ids: frozenset[str]) -> None:
        """Outline regions."""
        if ids != self.scene.selection:
            self.scene.selection = ids
            self.touch(Part.REGIONS)

    def set_threshold(self, threshold: float) -> None:
        """Move the line, and make what is below it faint."""
        if threshold != self.scene.threshold:
            self.scene.threshold = threshold
            self.touch(Part.REGIONS)

    def set_clips(self, clips: ClipMarks) -> None:
        """Show clips."""
        self.scene.clips = clips
        self.touch(Part.CLIPS | Part.SOUND)

    def set_curves(self, score: Curve | None, comparison: Curve | None) -> None:
        """Show score curves."""
        self.scene.score, self.scene.comparison = score, comparison
        self.touch(Part.SCORES)

    def set_colors(self, colors: Colors) -> None:
        """Use the colours of a theme."""
        self.scene.colors = colors
        self.touch(Part.ALL)

    def set_spectrogram(self, *, shown: bool) -> None:
        """Show the spectrogram, or leave its room to the others."""
        if shown != self.scene.spectrogram:
            self.scene.spectrogram = shown
            self.touch(Part.ALL)

    def set_position(self, seconds: float, *, playing: bool) -> None:
        """Move the playhead; the view follows it unless the person looks somewhere else."""
        before, self.position = self.position, seconds
        if not self.view.shows(seconds) and not self.held:
            if abs(seconds - before) > _JUMP:
                self.set_view(self.view.revealing(seconds, seconds))
            elif playing and self.view.shows(before):
                self.set_view(self.view.paged(seconds))
        self.update_stripe(before)
        self.update_stripe(seconds)

    def set_cursor(self, seconds: float) -> None:
        """Move the cursor."""
        before, self.cursor_time = self.cursor_time, seconds
        self.update_stripe(before)
        self.update_stripe(seconds)

    # Where one looks.

    def set_view(self, view: Viewport) -> None:
        """Show another stretch."""
        view = view.resized(self.width())
        if view != self.view:
            self.view = view
            self.touch(Part.ALL)
            self.view_changed.emit(view)

    def zoom(self, factor: float, x: float | None = None) -> None:
        """Show more or less; the time at ``x`` stays there (default: the playhead's if it is seen, else the middle)."""
        if x is None:
            x = self.view.x(self.position) if self.view.shows(self.position) else self.view.width / 2
        self.set_view(self.view.zoomed(factor, x))

    def reveal(self, start: float, end: float) -> None:
        """Bring a stretch into view, if it is not."""
        self.set_view(self.view.revealing(start, end))

    # Events and painting.

    def changeEvent(self, event: QEvent | None) -> None:
        """See QWidget."""
        super().changeEvent(event)
        if event is not None and event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.setMinimumHeight(Lanes.least_height(self.fontMetrics().height()))
            self.touch(Part.ALL)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """See QWidget."""
        super().resizeEvent(event)
        self.set_view(self.view.resized(self.width()))
        self.touch(Part.ALL)

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """See QWidget."""
        super().focusInEvent(event)
        self.update(0, 0, self.width(), 3)

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """See QWidget."""
        super().focusOutEvent(event)
        self.update(0, 0, self.width(), 3)

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """See QWidget."""
        if event is None:
            return
        ratio = self.devicePixelRatioF()
        if self._dirty:
            parts, self._dirty = self._dirty, Part.NOTHING
            self._image = self._layers.render(self.scene, self.view, self.lanes, self.font(), ratio=ratio, parts=parts)
        painter = QPainter(self)
        rect = event.rect()  # Qt clips to the parts of it that are wanted.
        source = QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
        painter.drawImage(QRectF(rect), self._image, source)
        draw_overlay(painter, self, event.rect())
        painter.end()

    def touch(self, parts: Part) -> None:
        """Paint parts anew, soon."""
        self._dirty |= parts
        if parts == Part.REGIONS:  # With the threshold line, which lies in the lane below.
            lanes = self.lanes
            self.update(0, lanes.regions.top, self.width(), self.height() - lanes.regions.top)
        else:
            self.update()

    def update_stripe(self, seconds: float) -> None:
        """Paint what moves at a time anew, soon."""
        x = self.view.x(seconds)
        if -STRIPE <= x <= self.width() + STRIPE:
            self.update(int(x) - STRIPE, 0, 2 * STRIPE + 1, self.height())

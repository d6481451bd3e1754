"""The timeline in the window: follows what is shown, and turns what the person does into edits and seeks."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QScrollBar, QVBoxLayout, QWidget

from eightcut_qt.core import paths
from eightcut_qt.core.records import DEFAULT_HOP, DEFAULT_WINDOW
from eightcut_qt.timeline.actions import PANEL
from eightcut_qt.timeline.canvas import TimelineView
from eightcut_qt.timeline.editing import RegionEditing
from eightcut_qt.timeline.marks import ClipMarks, Curve, RegionMarks
from eightcut_qt.timeline.menu import TimelineMenu
from eightcut_qt.timeline.sound import SoundLoader, SoundState
from eightcut_qt.timeline.store import PictureStore
from eightcut_qt.timeline.tips import description

if TYPE_CHECKING:
    from PyQt6.QtCore import QPoint

    from eightcut_qt.clips.board import ClipBoard
    from eightcut_qt.core.context import Context
    from eightcut_qt.core.state import OpenMedia
    from eightcut_qt.regions.documents import ScanDocument
    from eightcut_qt.timeline.hits import Hit
    from eightcut_qt.timeline.viewport import Viewport

_SEEK_EVERY = 40  # Milliseconds, while the mouse is dragged.
_LIVE_EVERY = 50  # Milliseconds
_DESCRIBE_AFTER = 300  # Milliseconds
_FEW = 500  # Regions that are changed one by one in what is drawn.
_TICKS = 1000.0  # Of the scroll bar, a second.
_KEY_ZOOM = 1.5
_PAGE = 0.8  # Of what is seen.


class TimelinePanel(QWidget):
    """Canvas and scroll bar.

    Attributes:
        canvas: What is seen.
        sound: Where waveform and spectrogram come from.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        """Show what the state says, from now on."""
        super().__init__(parent)
        self.canvas = TimelineView(self)
        self.sound = SoundLoader(context.tasks, PictureStore(paths.cache_folder() / "sounds"), self)
        self._context = context
        self._editing = RegionEditing(context, self.canvas)
        self._clips: ClipBoard | None = None
        self._document: ScanDocument | None = None
        self._comparison: ScanDocument | None = None
        self._marks = RegionMarks.none()
        self._shown_path: object = None
        self._selecting = False
        self._seek_to: float | None = None
        self._scroll = QScrollBar(Qt.Orientation.Horizontal, self)
        self._scroll.setAccessibleName("Position of the timeline")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(self._scroll)
        self.setFocusProxy(self.canvas)
        self._seeks = self._timer(_SEEK_EVERY, self._seek_now)
        self._live = self._timer(_LIVE_EVERY, self._show_curves)
        self._words = self._timer(_DESCRIBE_AFTER, self._describe)
        self._watch_canvas()
        self._watch_context()
        self._bind_actions()
        self._show_theme()
        self._show_sound()
        self._show_media(context.state.media)
        self._show_document(context.state.document)
        self._show_comparison(context.state.comparison)
        self.canvas.set_threshold(context.state.threshold)
        self.canvas.set_cursor(context.state.cursor)
        self.canvas.set_position(context.state.position, playing=False)
        context.keys.watch(self, PANEL)

    def set_clips(self, board: ClipBoard) -> None:
        """Show the clips of a board, and move them through it."""
        self._clips = board
        board.changed.connect(self._show_clips)
        self._show_clips()

    def _timer(self, milliseconds: int, slot: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(slot)  # type: ignore[arg-type]
        return timer

    def _watch_canvas(self) -> None:
        canvas = self.canvas
        canvas.seek_requested.connect(self._seek)
        canvas.selection_requested.connect(self._select)
        canvas.region_activated.connect(self._editing.play)
        canvas.region_resized.connect(self._editing.resize)
        canvas.clip_moved.connect(self._move_clip)
        canvas.threshold_set.connect(self._context.state.set_threshold)
        canvas.menu_requested.connect(self._show_menu)
        canvas.view_changed.connect(self._show_scroll)
        self._scroll.valueChanged.connect(self._scrolled)

    def _watch_context(self) -> None:
        context, state = self._context, self._context.state
        state.media_changed.connect(self._show_media)
        state.document_changed.connect(self._show_document)
        state.comparison_changed.connect(self._show_comparison)
        state.position_changed.connect(self._show_position)
        state.cursor_changed.connect(self.canvas.set_cursor)
        state.threshold_changed.connect(self._show_threshold)
        state.selection_changed.connect(self._show_selection)
        context.theme.changed.connect(self._show_theme)
        context.player.duration_changed.connect(self._show_duration)
        context.scans.scores.connect(self._live_scores)
        context.scans.changed.connect(self._live_changed)
        self.sound.changed.connect(self._show_sound)

    def _bind_actions(self) -> None:
        actions, canvas = self._context.actions, self.canvas
        actions.bind("timeline.zoom_in", partial(canvas.zoom, _KEY_ZOOM))
        actions.bind("timeline.zoom_out", partial(canvas.zoom, 1 / _KEY_ZOOM))
        actions.bind("timeline.zoom_all", lambda: canvas.zoom(1e-9))
        actions.bind("timeline.earlier", lambda: canvas.set_view(canvas.view.panned(-_PAGE * canvas.view.span)))
        actions.bind("timeline.later", lambda: canvas.set_view(canvas.view.panned(_PAGE * canvas.view.span)))
        actions.bind_toggle("timeline.spectrogram", self._show_spectrogram)
        actions.action("timeline.spectrogram").setChecked(self._context.settings.value.timeline.spectrogram)
        self._show_spectrogram(actions.action("timeline.spectrogram").isChecked())

    # What is shown.

    def _show_spectrogram(self, shown: bool) -> None:
        self.canvas.set_spectrogram(shown=shown)
        self._context.settings.update("timeline", spectrogram=shown)

    def _show_media(self, media: OpenMedia | None) -> None:
        path = None if media is None else media.path
        anew = path != self._shown_path
        self._shown_path = path
        if anew:
            self.canvas.set_duration(0.0, anew=True)
        self.sound.show(path, None if media is None else media.local)
        self._show_duration()
        if anew:
            self._show_curves()

    def _show_duration(self, _seconds: float = 0.0) -> None:
        media, player, picture = self._context.state.media, self._context.player, self.sound.picture
        known = None if media is None else media.duration
        if media is not None and known is None:
            played = player.duration if player.path == media.path else 0.0
            known = max(played, picture.duration if picture is not None else 0.0)
        self.canvas.set_duration(known or 0.0, anew=self.canvas.view.duration <= 0)

    def _show_sound(self) -> None:
        sound = self.sound
        notes = {
            SoundState.NONE: "Open a file to see its sound here.",
            SoundState.COMPUTING: "Computing the waveform …",
            SoundState.READY: "",
            SoundState.SILENT: "This file has no audio.",
            SoundState.FAILED: sound.sentence,
        }
        note = notes[sound.state]
        if sound.state is SoundState.COMPUTING and sound.share is not None:
            note += f" {sound.share:.0%}".replace("%", " %")
        self.canvas.set_sound(sound.picture, note)
        self._show_duration()
        self._words.start()

    def _show_document(self, document: ScanDocument | None) -> None:
        if self._document is not None:
            self._document.loaded.disconnect(self._show_all_of_document)
            self._document.regions_changed.disconnect(self._show_regions)
            self._document.negatives_changed.disconnect(self._show_negatives)
            self._document.scores_changed.disconnect(self._show_curves)
        self._document = document
        if document is not None:
            document.loaded.connect(self._show_all_of_document)
            document.regions_changed.connect(self._show_regions)
            document.negatives_changed.connect(self._show_negatives)
            document.scores_changed.connect(self._show_curves)
        self._show_all_of_document()

    def _show_all_of_document(self) -> None:
        self._show_regions()
        self._show_curves()

    def _show_regions(self, ids: frozenset[str] | None = None) -> None:
        """Show the regions; ``ids``: only these have changed, or their marks."""
        document, marks = self._document, None
        if document is None or not document.is_loaded:
            marks = RegionMarks.none()
        elif ids is not None and len(ids) < _FEW and len(self._marks) == len(document.regions):
            changed = [region for id_ in ids if (region := document.region(id_)) is not None]
            if len(changed) == len(ids):
                marks = self._marks.with_regions(changed, document.negative_regions)
        if marks is None and document is not None:
            marks = RegionMarks.of(document.regions, document.negative_regions)
        self._marks = marks or RegionMarks.none()
        self.canvas.set_regions(self._marks)
        self._words.start()

    def _show_negatives(self) -> None:
        self._show_regions(frozenset())

    def _show_comparison(self, document: ScanDocument | None) -> None:
        if self._comparison is not None:
            self._comparison.scores_changed.disconnect(self._show_curves)
            self._comparison.loaded.disconnect(self._show_curves)
        self._comparison = document
        if document is not None:
            document.scores_changed.connect(self._show_curves)
            document.loaded.connect(self._show_curves)
        self._show_curves()

    def _show_curves(self) -> None:
        media = self._context.state.media
        live = self._context.scans.live_scores(media.digest) if media is not None and media.digest else None
        score = Curve.of(live, DEFAULT_WINDOW, DEFAULT_HOP) or _curve(self._document)
        self.canvas.set_curves(score, _curve(self._comparison))

    def _live_scores(self, digest: str, _first: int, _scores: object, _provisional: bool) -> None:
        media = self._context.state.media
        if media is not None and media.digest == digest and not self._live.isActive():
            self._live.start()

    def _live_changed(self) -> None:
        if not self._live.isActive():
            self._live.start()

    def _show_clips(self) -> None:
        self.canvas.set_clips(ClipMarks.of(() if self._clips is None else self._clips.clips))

    def _show_position(self, seconds: float) -> None:
        if not self.canvas.scrubbing:  # The mouse knows better than a player that comes after it.
            self.canvas.set_position(seconds, playing=self._context.player.playing)
            if not self._words.isActive():
                self._words.start()

    def _show_threshold(self, threshold: float) -> None:
        self.canvas.set_threshold(threshold)
        self._words.start()

    def _show_selection(self, ids: tuple[str, ...]) -> None:
        self.canvas.set_selection(frozenset(ids))
        regions = self.canvas.scene.regions
        row = regions.rows.get(ids[0]) if ids else None
        if row is not None and not self._selecting:
            self.canvas.reveal(float(regions.start[row]), float(regions.end[row]))
        self._words.start()

    def _show_theme(self) -> None:
        self.canvas.set_colors(self._context.theme.colors)

    def _show_scroll(self, view: Viewport) -> None:
        self._scroll.blockSignals(True)
        self._scroll.setRange(0, round(max(view.duration - view.span, 0.0) * _TICKS))
        self._scroll.setPageStep(max(round(view.span * _TICKS), 1))
        self._scroll.setSingleStep(max(round(view.span * _TICKS / 20), 1))
        self._scroll.setValue(round(view.start * _TICKS))
        self._scroll.blockSignals(False)

    def _describe(self) -> None:
        self.canvas.setAccessibleDescription(description(self.canvas.scene, self.canvas.position))

    # What the person does.

    def _scrolled(self, value: int) -> None:
        self.canvas.set_view(self.canvas.view.at(value / _TICKS))

    def _seek(self, seconds: float) -> None:
        self._seek_to = seconds
        if not self._seeks.isActive():
            self._seek_now()

    def _seek_now(self) -> None:
        if self._seek_to is not None:
            self._context.player.seek(self._seek_to)
            self._seek_to = None
            self._seeks.start()

    def _select(self, ids: tuple[str, ...]) -> None:
        self._selecting = True
        self._context.state.set_selection(ids)
        self._selecting = False

    def _move_clip(self, id_: str, start: float) -> None:
        if self._clips is not None:
            self._clips.move(id_, round(start, 6))

    def _show_menu(self, hit: Hit, place: QPoint) -> None:
        menu = TimelineMenu(self._context, self._editing, self._clips, self)
        menu.fill(self.canvas.scene, hit)
        menu.show_at(place)


def _curve(document: ScanDocument | None) -> Curve | None:
    if document is None:
        return None
    return Curve.of(document.scores, document.scan.window, document.scan.hop)

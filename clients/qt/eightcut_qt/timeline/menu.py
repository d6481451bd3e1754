"""The timeline's context menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QMenu

if TYPE_CHECKING:
    from PyQt6.QtCore import QPoint
    from PyQt6.QtWidgets import QWidget

    from eightcut_qt.clips.board import ClipBoard
    from eightcut_qt.core.context import Context
    from eightcut_qt.core.records import ClipRecord
    from eightcut_qt.timeline.editing import RegionEditing
    from eightcut_qt.timeline.hits import Hit
    from eightcut_qt.timeline.scene import Scene


class TimelineMenu(QMenu):
    """What can be done at a place; deletes itself when it is closed."""

    def __init__(
        self,
        context: Context,
        editing: RegionEditing,
        clips: ClipBoard | None,
        parent: QWidget,
    ) -> None:
        """Make an empty one; see `fill`."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._context = context
        self._editing = editing
        self._clips = clips

    def fill(self, scene: Scene, hit: Hit) -> None:
        """Offer what fits a place."""
        if hit.region is not None:
            self._region(scene, hit.region)
        elif hit.clip is not None and self._clips is not None:
            self._clip(hit.clip, self._clips)
        for id_ in ("timeline.zoom_in", "timeline.zoom_out", "timeline.zoom_all", "timeline.spectrogram"):
            self.addAction(self._context.actions.action(id_))

    def show_at(self, place: QPoint) -> None:
        """Open it."""
        self.popup(place)

    def _region(self, scene: Scene, row: int) -> None:
        id_, several = scene.regions.ids[row], len(scene.selection) > 1
        off, wrong = bool(scene.regions.disabled[row]), bool(scene.regions.negative[row])
        what = "regions" if several else "region"
        self._offer("Play region", lambda: self._editing.play(id_))
        self.addAction(self._context.actions.action("timeline.zoom_region"))
        self.addSeparator()
        self._offer(f"Enable {what}" if off else f"Disable {what}", self._editing.toggle_disabled)
        self._offer("Not a hard negative" if wrong else "Mark as hard negative", self._editing.toggle_negative)
        self._offer(f"Delete {what}", self._editing.delete)
        self.addSeparator()

    def _clip(self, clip: ClipRecord, board: ClipBoard) -> None:
        player = self._context.player
        self._offer("Go to clip", lambda: player.seek(clip.start))
        self._offer("Play clip", lambda: player.play_range(clip.start, clip.end))
        self.addSeparator()
        self._offer("Delete clip", lambda: board.delete([clip.id]))
        self.addSeparator()

    def _offer(self, text: str, handler: Callable[[], object]) -> None:
        action = self.addAction(text)
        if action is not None:
            action.triggered.connect(lambda _checked=False: handler())

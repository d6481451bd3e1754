"""What keys, drags and menus of the timeline do with regions: one place for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eightcut_qt.timeline.actions import NUDGE
from eightcut_qt.timeline.gestures import moved_edge

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.timeline.canvas import TimelineView


class RegionEditing:
    """Edits and visits regions of the version that is shown."""

    def __init__(self, context: Context, canvas: TimelineView) -> None:
        """Bind the timeline's actions."""
        self._context = context
        self._canvas = canvas
        bind = context.actions.bind
        bind("timeline.next_region", lambda: self.visit(backwards=False))
        bind("timeline.previous_region", lambda: self.visit(backwards=True))
        bind("timeline.start_earlier", lambda: self.nudge(-NUDGE, is_end=False))
        bind("timeline.start_later", lambda: self.nudge(NUDGE, is_end=False))
        bind("timeline.end_earlier", lambda: self.nudge(-NUDGE, is_end=True))
        bind("timeline.end_later", lambda: self.nudge(NUDGE, is_end=True))
        bind("timeline.disable", self.toggle_disabled)
        bind("timeline.zoom_region", self.zoom_to_region)

    def visit(self, *, backwards: bool) -> None:
        """Select the next region that is shown, and go there."""
        regions = self._canvas.scene.regions
        selected = [row for id_ in self._context.state.selection if (row := regions.rows.get(id_)) is not None]
        current = (min(selected) if backwards else max(selected)) if selected else None
        state = self._context.state
        row = regions.next_to(state.position, state.threshold, current, backwards=backwards)
        if row is None:
            self._context.notices.info("There are no more regions." if len(regions) else "There are no regions.")
            return
        start, end = float(regions.start[row]), float(regions.end[row])
        state.set_selection((regions.ids[row],))
        self._canvas.reveal(start, end)
        self._canvas.seek(start)

    def nudge(self, by: float, *, is_end: bool) -> None:
        """Move an edge of the selected region."""
        document, selection = self._context.state.document, self._context.state.selection
        region = document.region(selection[0]) if document is not None and len(selection) == 1 else None
        if document is None or region is None:
            self._context.notices.info("Select one region to change its start or end.")
            return
        start, end = moved_edge(region.start, region.end, by, self._canvas.view.duration, is_end=is_end)
        start, end = round(start, 6), round(end, 6)
        if (start, end) != (region.start, region.end):
            document.resize(region.id, start, end)
            edge = end if is_end else start
            self._canvas.reveal(edge, edge)

    def resize(self, id_: str, start: float, end: float) -> None:
        """Give a region other bounds."""
        document = self._context.state.document
        if document is not None and document.region(id_) is not None:
            document.resize(id_, round(start, 6), round(end, 6))

    def toggle_disabled(self) -> None:
        """Disable or enable the selected regions."""
        document, selection = self._context.state.document, self._context.state.selection
        if document is not None and selection:
            document.toggle_disabled(selection)

    def toggle_negative(self) -> None:
        """Mark or unmark the selected regions as hard negatives."""
        document, selection = self._context.state.document, self._context.state.selection
        if document is not None and selection:
            document.toggle_negative(selection)

    def delete(self) -> None:
        """Delete the selected regions."""
        document, selection = self._context.state.document, self._context.state.selection
        if document is not None and selection:
            document.delete(selection)

    def play(self, id_: str) -> None:
        """Play a region, and stop at its end."""
        regions = self._canvas.scene.regions
        row = regions.rows.get(id_)
        if row is not None:
            self._context.player.play_range(float(regions.start[row]), float(regions.end[row]))

    def zoom_to_region(self) -> None:
        """Let the selected regions fill the view; without any, the one at the playhead."""
        canvas, state = self._canvas, self._context.state
        regions = canvas.scene.regions
        rows = np.flatnonzero(regions.chosen(state.selection))
        if not len(rows) and (row := regions.at(state.position, 0.0, state.threshold)) is not None:
            rows = np.array([row])
        if not len(rows):
            self._context.notices.info("Select a region to zoom to it.")
            return
        canvas.set_view(canvas.view.fitted(float(regions.start[rows].min()), float(regions.end[rows].max())))

"""What the actions of the panel do to the version that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6 import sip
from PyQt6.QtCore import QObject

from eightcut_qt.results.region_table import RegionTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from eightcut_qt.core.context import Context
    from eightcut_qt.regions.documents import ScanDocument


class Editing(QObject):
    """Binds the actions, and lets them be available when they make sense."""

    def __init__(self, context: Context, table: RegionTable) -> None:
        super().__init__(table)
        self._context = context
        self._table = table
        actions = context.actions
        actions.bind("results.disable", lambda: self._edit(lambda document, ids: document.toggle_disabled(ids)))
        actions.bind("results.negative", lambda: self._edit(lambda document, ids: document.toggle_negative(ids)))
        actions.bind("results.merge", lambda: self._edit(self._merge))
        actions.bind("results.delete", lambda: self._edit(lambda document, ids: document.delete(ids)))
        actions.bind("results.play", self._play)
        actions.bind("results.undo", context.undo.undo)
        actions.bind("results.redo", context.undo.redo)
        context.undo.canUndoChanged.connect(self._show_undo)
        context.undo.canRedoChanged.connect(self._show_undo)
        context.undo.undoTextChanged.connect(self._show_undo)
        context.undo.redoTextChanged.connect(self._show_undo)
        context.state.selection_changed.connect(self._show_available)
        context.state.document_changed.connect(self._show_available)
        self._show_undo()
        self._show_available()

    def resize(self, id_: str, start: float, end: float) -> None:
        """Set the bounds of a region, seconds."""
        document = self._context.state.document
        if document is not None:
            document.resize(id_, start, end)

    def _edit(self, change: Callable[[ScanDocument, tuple[str, ...]], object]) -> None:
        document, ids = self._context.state.document, self._context.state.selection
        if document is not None and ids:
            change(document, ids)

    def _merge(self, document: ScanDocument, ids: tuple[str, ...]) -> None:
        before = {region.id for region in document.regions}
        document.merge(ids)
        made = tuple(region.id for region in document.regions if region.id not in before)
        if made:
            self._context.state.set_selection(made)

    def _play(self) -> None:
        document = self._context.state.document
        region = None if document is None else document.region(self._table.current_id())
        if region is not None:
            self._context.player.play_range(region.start, region.end)

    def _show_undo(self) -> None:
        undo, actions = self._context.undo, self._context.actions
        if sip.isdeleted(actions):  # The window is being closed.
            return
        for id_, word, can, text in (
            ("results.undo", "Undo", undo.canUndo(), undo.undoText()),
            ("results.redo", "Redo", undo.canRedo(), undo.redoText()),
        ):
            action = actions.action(id_)
            action.setText(f"{word} {text}" if can and text else word)
            action.setEnabled(can)

    def _show_available(self) -> None:
        state, actions = self._context.state, self._context.actions
        count = len(state.selection)
        for id_ in ("results.disable", "results.delete"):
            actions.action(id_).setEnabled(count > 0)
        actions.action("results.merge").setEnabled(count > 1)
        # Also with nothing selected: else its key would suddenly open the next file.
        actions.action("results.negative").setEnabled(state.document is not None)

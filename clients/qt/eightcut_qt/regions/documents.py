"""The versions that are open."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from PyQt6.QtCore import QObject

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.records import ScanRecord
from eightcut_qt.regions.document import ScanDocument

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context

__all__ = ["ScanDocument", "ScanDocuments"]

_KEPT = 32  # Versions that stay open though nobody shows them and nothing in them can be undone.


class ScanDocuments(QObject):
    """Opens versions, each once. The undo stack of the one that is shown is the active one."""

    def __init__(self, context: Context) -> None:
        """Open none."""
        super().__init__()
        self._context = context
        self._open: WeakValueDictionary[str, ScanDocument] = WeakValueDictionary()
        self._kept: OrderedDict[str, ScanDocument] = OrderedDict()
        context.bus.changed.connect(self._on_change)
        context.state.document_changed.connect(self._on_shown)

    def get(self, scan: ScanRecord) -> ScanDocument:
        """Return a version as it is shown, the same object as long as anybody has it; it may still be loading."""
        document = self._open.get(scan.id)
        if document is None or _identity(document.scan) != _identity(scan):
            document = ScanDocument(self._context, scan)
            self._context.undo.addStack(document.undo)
            self._open[scan.id] = document
        else:
            document.scan = scan
            document.refresh()
        self._kept[scan.id] = document
        self._kept.move_to_end(scan.id)
        self._forget_some()
        return document

    def find(self, scan_id: str) -> ScanDocument | None:
        """Return a version if it is open."""
        return self._open.get(scan_id)

    def _forget_some(self) -> None:
        """Let go of what was used longest ago; who still has it keeps it alive."""
        spare = [id_ for id_, document in self._kept.items() if not document.undo.count()]
        for id_ in spare[: max(len(spare) - _KEPT, 0)]:
            del self._kept[id_]

    def _on_change(self, change: Change) -> None:
        if change.topics & Topic.PROFILE:
            for document in self._open.values():
                self._context.undo.removeStack(document.undo)
            self._open.clear()
            self._kept.clear()

    def _on_shown(self, document: ScanDocument | None) -> None:
        self._context.undo.setActiveStack(None if document is None else document.undo)


def _identity(scan: ScanRecord) -> tuple[object, ...]:
    """Return what makes it the same version: after a change of servers an id may mean another one."""
    return scan.id, scan.media, scan.model, scan.sequence, scan.created

"""Which regions of the file that is shown were exported as clips already."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from eightcut_client.exports.regions import exported_ids, exported_marks
from PyQt6.QtCore import QObject, pyqtSignal

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.records import RegionRecord

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.core.tasks import Task

Stretch: TypeAlias = tuple[float, float]
"""Start and end, seconds."""


class Exported(QObject):
    """Keeps the scan exports of one media true, whatever version they came from.

    Attributes:
        stretches: Start and end of its clips that were exported from scans.
    """

    changed = pyqtSignal()

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stretches: tuple[Stretch, ...] = ()
        self._context = context
        self._media = ""
        self._reading: Task[tuple[Stretch, ...]] | None = None
        context.bus.changed.connect(self._on_change)

    def set_media(self, digest: str) -> None:
        """Look at another file."""
        if digest != self._media:
            self._media = digest
            self._take(())
            self._read()

    def ids(self, regions: Sequence[RegionRecord]) -> frozenset[str]:
        """Return the ids of those regions that were exported."""
        return exported_ids(regions, self.stretches)

    def _on_change(self, change: Change) -> None:
        if change.topics & Topic.PROFILE:
            self._take(())
        if change.concerns(Topic.CLIPS, self._media):
            self._read()

    def _read(self) -> None:
        if self._reading is not None:
            self._reading.stop()
            self._reading = None
        if not self._media:
            return
        gateway, media = self._context.gateway, self._media

        def read(_task: Task[tuple[Stretch, ...]]) -> tuple[Stretch, ...]:
            return exported_marks(gateway.connection(), gateway.profile, media)

        # What is shown stays when it cannot be read: the link tells, and the bus says when the services are back.
        self._reading = self._context.tasks.run(read, done=self._take, failed=lambda _error: None, owner=self)

    def _take(self, stretches: tuple[Stretch, ...]) -> None:
        if stretches != self.stretches:
            self.stretches = stretches
            self.changed.emit()

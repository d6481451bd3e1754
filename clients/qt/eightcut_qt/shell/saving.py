"""Says that changes are on their way, when the services take a while to answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context

_A_WHILE = 400  # Milliseconds: what is answered sooner is not worth a word.


class Saving(QObject):
    """Tells `Notices.going_on` how many changes the services have not answered yet."""

    def __init__(self, context: Context, parent: QObject) -> None:
        super().__init__(parent)
        self._notices = context.notices
        self._count = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_A_WHILE)
        self._timer.timeout.connect(self._tell)
        self._told = False
        context.tasks.edits_changed.connect(self._take)

    def _take(self, count: int) -> None:
        self._count = count
        if self._told:
            self._tell()
        elif count and not self._timer.isActive():
            self._timer.start()
        elif not count:
            self._timer.stop()

    def _tell(self) -> None:
        self._told = self._count > 0
        words = "Saving a change" if self._count == 1 else f"Saving {self._count:,} changes"
        self._notices.going_on.emit("edits", f"{words} …" if self._told else "")

"""Notices when a file is opened under whose name imported clips wait."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.core.records import MediaRecord
    from eightcut_qt.core.state import OpenMedia


class Noticing(QObject):
    """Tells once for each file: without it, clips of the old library would seem to be lost."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._asked: set[str] = set()
        context.state.media_changed.connect(self._opened)

    def _opened(self, media: OpenMedia | None) -> None:
        if media is None or media.local is None or not media.registered or media.digest in self._asked:
            return
        self._asked.add(media.digest)
        gateway, name = self._context.gateway, media.local.filename
        self._context.tasks.run(
            lambda _task: gateway.media.unlocated(name),
            done=partial(self._tell, name),
            failed=lambda _error: None,  # It is no loss.
            owner=self,
        )

    def _tell(self, name: str, waiting: Sequence[MediaRecord]) -> None:
        if waiting:
            self._context.notices.warning(
                f"Clips of the old library wait for a file named {name}: Locate Media in the File menu brings them"
                " together, if this is the file."
            )

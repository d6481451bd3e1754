"""Reads the playlists at the start, and writes them soon after a change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from eightcut_qt.core.context import Context
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.tasks import Lane, Task
from eightcut_qt.playlist.saved import SavedLists, read_lists, write_lists

_AFTER = 1000  # Milliseconds.


class Autosave(QObject):
    """One file, read once; one writing at a time."""

    loaded = pyqtSignal(object)
    """`SavedLists`."""

    def __init__(
        self, context: Context, file: Path, snapshot: Callable[[], dict[str, Any]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._context = context
        self._file = file
        self._snapshot = snapshot
        self._ready = False
        self._dirty = False
        self._said = False
        self._writing: Task[None] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AFTER)
        self._timer.timeout.connect(self._write)
        # Not among the reads: those may all be waiting for services that are just being started.
        context.tasks.run(lambda _task: read_lists(file), done=self._loaded, lane=Lane.LONG, owner=self)

    def touch(self) -> None:
        """Something changed."""
        self._dirty = True
        if self._ready and not self._timer.isActive():
            self._timer.start()

    def save_now(self) -> None:
        """Write what has changed, at once: the window is closing."""
        self._timer.stop()
        if not self._dirty or not self._ready:
            return
        self._dirty = False
        try:
            write_lists(self._file, self._snapshot())
        except OSError as error:
            self._refused(error)

    def _loaded(self, lists: SavedLists) -> None:
        self._ready = lists.writable
        if lists.problem:
            self._context.notices.warning(lists.problem)
        self.loaded.emit(lists)
        self._dirty = False

    def _write(self) -> None:
        if self._writing is not None:
            self._timer.start()
            return
        if not self._dirty:
            return
        if self._context.tasks.closed:  # The window is closing.
            self.save_now()
            return
        self._dirty = False
        file, values = self._file, self._snapshot()
        self._writing = self._context.tasks.run(
            lambda _task: write_lists(file, values),
            failed=self._refused,
            ended=self._written,
            lane=Lane.LONG,
            owner=self,
        )

    def _written(self) -> None:
        self._writing = None

    def _refused(self, error: BaseException) -> None:
        self._dirty = True
        if not self._said:
            self._said = True
            self._context.notices.warning(f"The playlists cannot be saved. {sentence_of(error)}")

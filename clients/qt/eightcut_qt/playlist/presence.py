"""Which files are there: looked at in a task, again and again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeAlias

from PyQt6.QtCore import QObject, pyqtSignal

from eightcut_qt.core.context import Context
from eightcut_qt.core.tasks import Lane, Task
from eightcut_qt.playlist.files import PlaylistFile, size_of

_Found: TypeAlias = list[tuple[PlaylistFile, int | None]]


class Presence(QObject):
    """Looks whether files are there, one round at a time: a network share may take its time."""

    changed = pyqtSignal()
    """Some files are missing, there again, or of another size."""
    gone = pyqtSignal(object)
    """Path of the open file, once, when it is not there any more."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._task: Task[_Found] | None = None
        self._next: dict[PlaylistFile, None] = {}
        self._said: Path | None = None

    def check(self, files: Iterable[PlaylistFile]) -> None:
        """Look at these files soon."""
        self._next.update(dict.fromkeys(files))
        if self._task is None:
            self._start()

    def check_open(self) -> None:
        """Look whether the open file is still there."""
        media = self._context.state.media
        if media is not None:
            path = media.path
            self._context.tasks.run(
                lambda _task: size_of(path),
                done=lambda size: self._open_looked_at(path, size),
                lane=Lane.LONG,
                owner=self,
            )

    def _start(self) -> None:
        files, self._next = list(self._next), {}
        if not files:
            return

        def look(task: Task[_Found]) -> _Found:
            found: _Found = []
            for file in files:
                task.cancel.check()
                size = size_of(file.path)
                if (size is None) != file.missing or (size is not None and size != file.size):
                    found.append((file, size))
            return found

        self._task = self._context.tasks.run(look, done=self._take, ended=self._ended, lane=Lane.LONG, owner=self)

    def _take(self, found: _Found) -> None:
        for file, size in found:
            file.missing = size is None
            if size is not None:
                if file.size is not None and size != file.size:
                    file.digest = ""  # Another file has its name now.
                file.size = size
        if found:
            self.changed.emit()

    def _ended(self) -> None:
        self._task = None
        self._start()

    def _open_looked_at(self, path: Path, size: int | None) -> None:
        media = self._context.state.media
        if media is None or media.path != path:
            return
        if size is not None:
            self._said = None
        elif self._said != path:
            self._said = path
            self.gone.emit(path)

"""Digests of files that the Store may know from another place: taken one after the other, without haste."""

from __future__ import annotations

from collections.abc import Iterable

from eightcut_client.media import MediaError
from eightcut_client.register import identify_file
from PyQt6.QtCore import QObject, pyqtSignal

from eightcut_qt.core.context import Context
from eightcut_qt.core.tasks import Lane, Task
from eightcut_qt.playlist.files import PlaylistFile


class Hashing(QObject):
    """A queue of files; one that cannot be read is passed over, and tried again only when it has another size."""

    known = pyqtSignal(object)
    """`PlaylistFile` that has its digest now."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._waiting: dict[PlaylistFile, None] = {}
        self._tried: dict[PlaylistFile, int | None] = {}  # With the size that it had.
        self._task: Task[str] | None = None

    def want(self, files: Iterable[PlaylistFile]) -> None:
        """Take the digests of these files."""
        self._waiting.update((file, None) for file in files if self._tried.get(file, -1) != file.size)
        self._start()

    def _start(self) -> None:
        if self._task is not None or not self._waiting:
            return
        file = next(iter(self._waiting))
        del self._waiting[file]
        self._tried[file] = file.size

        def identify(task: Task[str]) -> str:
            try:
                return identify_file(file.path, cancel=task.cancel).digest
            except MediaError:
                return ""

        def done(digest: str) -> None:
            if digest:
                file.digest = digest
                self.known.emit(file)

        self._task = self._context.tasks.run(identify, done=done, ended=self._ended, lane=Lane.LONG, owner=self)

    def _ended(self) -> None:
        self._task = None
        self._start()

"""Adding files and folders: walked in a thread, shown as they are found, a few at a time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PyQt6 import sip
from PyQt6.QtCore import QObject, pyqtSignal

from eightcut_qt.core.context import Context
from eightcut_qt.core.tasks import Lane, Task
from eightcut_qt.playlist.files import PlaylistFile, walk
from eightcut_qt.playlist.model import PlaylistModel
from eightcut_qt.playlist.texts import count_text

_REST = 25  # Files after which the thread lets others run.
_SLICE = 250  # Files that are added in one turn of the event loop.


class Adding(QObject):
    """Adds files to lists."""

    changed = pyqtSignal()
    """It is busy, or no longer."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._tasks: dict[Task[None], int] = {}

    @property
    def busy(self) -> bool:
        """Whether folders are being walked."""
        return bool(self._tasks)

    def add(self, model: PlaylistModel, paths: Sequence[Path], before: PlaylistFile | None = None) -> None:
        """Add files, and the media files in folders, before a file or at the end."""
        wanted = list(paths)

        def work(task: Task[None]) -> None:
            batch: list[PlaylistFile] = []
            for number, file in enumerate(walk(wanted, task.cancel.check)):
                batch.append(file)
                if number % _REST == 0:  # Else the window would wait for the interpreter, a little for each cell.
                    time.sleep(0.002)
                if len(batch) == _SLICE:
                    task.report(batch)
                    batch = []
            task.report(batch)

        def found(batches: list[list[PlaylistFile]]) -> None:
            for batch in batches:  # `Tasks` hands over many reports at once; each gets a turn of its own.
                self._context.tasks.post(partial(self._add_slice, task, model, batch, before))

        task = self._context.tasks.run(
            work,
            progress=found,
            ended=lambda: self._context.tasks.post(partial(self._ended, task)),
            lane=Lane.LONG,
            owner=self,
        )
        self._tasks[task] = 0
        self.changed.emit()

    def _add_slice(
        self, task: Task[None], model: PlaylistModel, files: list[PlaylistFile], before: PlaylistFile | None
    ) -> None:
        if sip.isdeleted(self) or sip.isdeleted(model):  # The tab was closed.
            task.stop()
            return
        self._tasks[task] += len(model.add(files, before))

    def _ended(self, task: Task[None]) -> None:
        if sip.isdeleted(self):
            return
        number = self._tasks.pop(task)
        self.changed.emit()
        if number:
            text = f"{count_text(number)} {'was' if number == 1 else 'were'} added."
        else:
            text = "No files were added: there are none, or the list has them already."
        self._context.notices.info(text)

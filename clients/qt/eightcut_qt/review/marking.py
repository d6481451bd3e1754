"""What the verdict "wrong" does to a region, and how it is taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, pyqtSignal

from eightcut_qt.regions.commands import StepCommand

if TYPE_CHECKING:
    from PyQt6.QtGui import QUndoCommand

    from eightcut_qt.regions.commands import Step
    from eightcut_qt.regions.documents import ScanDocument


class Marking(QObject):
    """Disables a region and makes it a hard negative: at once, or as soon as its version is there."""

    failed = pyqtSignal()
    """It could not be saved, or not all of it."""

    def __init__(self, document: ScanDocument, region_id: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._id = region_id
        self._was_disabled = self._was_negative = True  # Nothing was done yet.
        self._commands: list[QUndoCommand | None] = []
        self._waits = not document.is_loaded
        document.taken_back.connect(self._on_taken_back)
        if self._waits:
            document.loaded.connect(self._apply)
        else:
            self._apply()

    def take_back(self) -> None:
        """Let the region be as it was: by undo where nothing was done since, else by changing it back."""
        document = self._document
        if self._waits:
            self._stop_waiting()
            return
        if self._commands and _last(document, len(self._commands)) == self._commands:
            for _ in self._commands:
                document.undo.undo()
            return
        if not self._was_disabled:
            document.set_disabled([self._id], False)
        if not self._was_negative:
            document.set_negative([self._id], False)

    def _apply(self) -> None:
        self._stop_waiting()
        document = self._document
        region = document.region(self._id)
        if region is None:
            return
        self._was_disabled, self._was_negative = region.disabled, document.is_negative(self._id)
        before = document.undo.index()
        document.set_negative([self._id], True)
        document.set_disabled([self._id], True)
        self._commands = _last(document, document.undo.index() - before)

    def _on_taken_back(self, steps: frozenset[Step]) -> None:
        if any(isinstance(command, StepCommand) and command.step in steps for command in self._commands):
            self._commands = []
            self.failed.emit()

    def _stop_waiting(self) -> None:
        if self._waits:
            self._waits = False
            self._document.loaded.disconnect(self._apply)


def _last(document: ScanDocument, count: int) -> list[QUndoCommand | None]:
    """Return the last commands that are done."""
    end = document.undo.index()
    return [_command(document, place) for place in range(max(end - count, 0), end)]


def _command(document: ScanDocument, place: int) -> QUndoCommand | None:
    # PyQt's stubs promise a const command, which is the same Python object every time.
    return document.undo.command(place)

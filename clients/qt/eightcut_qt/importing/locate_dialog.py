"""The dialog that finds the files of imported media that were not where the old program had them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.cancellation import Cancellation
from eightcut_client.errors import CancelledError
from eightcut_client.media import display_name
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QCloseEvent, QShowEvent
from PyQt6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.tasks import Lane
from eightcut_qt.gateway.imports import Step
from eightcut_qt.importing.describe import located_of
from eightcut_qt.importing.report import LocateReport
from eightcut_qt.importing.text_table import TextTable
from eightcut_qt.importing.words import count_of

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.core.records import MediaRecord
    from eightcut_qt.core.tasks import Task

_MOVED = Topic.MEDIA | Topic.CLIPS | Topic.CLIP_FILES | Topic.NEGATIVES | Topic.SCANS | Topic.REGIONS
_DOING = "locate"  # Key of what goes on.
_PARTS = 1000


class LocateDialog(QDialog):
    """Lists media that were not found, and looks for them in a folder; the window stays usable meanwhile."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._media: list[MediaRecord] = []
        self._reading: Task[Sequence[MediaRecord]] | None = None
        self._cancel: Cancellation | None = None
        self._folder = ""
        self.about = _text()
        self.table = TextTable("Media that were not found")
        self.status = _text()
        self.bar = QProgressBar()
        self.search_button = _button("&Search Folder…", self.ask)
        self.file_button = _button("&This Is the File…", self.ask_for_file)
        self.close_button = _button("Close", self.reject)
        self.setWindowTitle("Locate Media")
        self._lay_out()
        selection = self.table.selectionModel()
        if selection is not None:
            selection.selectionChanged.connect(self._show_buttons)
        self.table.texts.modelReset.connect(self._show_buttons)
        context.bus.changed.connect(self._on_change)
        self._show()

    @property
    def busy(self) -> bool:
        """Whether it searches."""
        return self._cancel is not None

    def ask(self) -> QFileDialog:
        """Let the person name a folder; the dialog is open when this returns."""
        dialog = QFileDialog(self, "Where Are the Media?", self._folder or str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.finished.connect(dialog.deleteLater)
        dialog.fileSelected.connect(self._chosen)
        dialog.open()
        return dialog

    def ask_for_file(self) -> QFileDialog | None:
        """Let the person name the file of the selected media: it may have another name now."""
        media = self._selected()
        if media is None:
            return None
        dialog = QFileDialog(self, f"Which File Is {media.filename}?", self._folder or str(Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.finished.connect(dialog.deleteLater)
        dialog.fileSelected.connect(partial(self._chosen_file, media))
        dialog.open()
        return dialog

    def search(self, folder: Path) -> None:
        """Look for the media in a folder and all below it; what is found is taken at once."""
        gateway = self._context.gateway
        self._run(
            f"Looking through {display_name(folder)}…",
            lambda tell, cancel: located_of(gateway.imports.locate(folder, tell=tell, cancel=cancel)),
        )

    def take(self, media: MediaRecord, file: Path) -> None:
        """Take a file for a media, whatever its name."""
        gateway = self._context.gateway
        self._run(
            f"Reading {display_name(file)}…",
            lambda tell, cancel: located_of(gateway.imports.adopt(media.digest, file, tell=tell, cancel=cancel)),
        )

    def refresh(self) -> None:
        """Read which media are not located."""
        if not self.isVisible():
            return
        if self._reading is not None:
            self._reading.stop()
        gateway = self._context.gateway
        self._reading = self._context.tasks.run(
            lambda _task: gateway.media.unlocated(), done=self._take, failed=self._unread, owner=self
        )

    def reject(self) -> None:
        """Stop the search; with none going on, close."""
        if self._cancel is None:
            super().reject()
        else:
            self._cancel.cancel()
            self.status.setText("Stopping…")

    def showEvent(self, event: QShowEvent | None) -> None:
        """See QWidget."""
        super().showEvent(event)
        self.refresh()

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Hide it while it searches: the search goes on, and its end is told in the window."""
        if self.busy and event is not None:
            event.ignore()
            self.hide()
        else:
            super().closeEvent(event)

    def _run(self, words: str, work: Callable[[Callable[[Step], None], Cancellation], LocateReport]) -> None:
        if self.busy:
            return
        cancel = self._cancel = Cancellation()
        self._show_steps([Step(words)])
        self._context.notices.doing(_DOING, words)

        def follow(task: Task[LocateReport]) -> LocateReport:
            with task.cancel.calling(cancel.cancel):  # The window is closed.
                return work(task.report, cancel)

        self._context.tasks.run(
            follow,
            done=self._found,
            failed=self._failed,
            progress=self._show_steps,
            ended=self._ended,
            lane=Lane.LONG,
            owner=self,
        )

    def _show_steps(self, steps: list[Step]) -> None:
        if self._cancel is None or self._cancel.cancelled:
            return
        step = steps[-1]
        self.status.setText(step.words)
        self.bar.setRange(0, 0 if step.fraction is None else _PARTS)
        if step.fraction is not None:
            self.bar.setValue(round(min(max(step.fraction, 0.0), 1.0) * _PARTS))
        self._show_buttons()

    def _found(self, report: LocateReport) -> None:
        if not report.found:
            sentence = "None of them was found there."
        else:
            left = f"; {count_of(report.left, 'is', 'are')} still missing" if report.left else "; none is missing now"
            sentence = f"{count_of(len(report.found), 'media file')} found{left}."
        self.status.setText("\n".join([sentence, *report.notes[:5]]))
        if report.found:
            self._context.bus.publish(Change(_MOVED, source=self))
        if not self.isVisible():
            self._context.notices.info(sentence)
        self.refresh()

    def _failed(self, error: BaseException) -> None:
        stopped = isinstance(error, CancelledError)
        self.status.setText("Stopped; what was found before stays." if stopped else sentence_of(error))
        if not stopped and not self.isVisible():
            self._context.notices.error(error)
        self._context.bus.publish(Change(_MOVED, source=self))  # Some may have been found before.
        self.refresh()

    def _ended(self) -> None:
        self._cancel = None
        self._context.notices.doing(_DOING, "")
        self._show()

    def _take(self, media: Sequence[MediaRecord]) -> None:
        self._reading = None
        self._media = sorted(media, key=lambda one: (one.filename.casefold(), one.path_hint))
        self._show()

    def _unread(self, error: BaseException) -> None:
        self._reading = None
        self.about.setText(sentence_of(error))

    def _show(self) -> None:
        count = len(self._media)
        if count:
            one = count == 1
            which = "1 media file of the old library was" if one else f"{count:,} media files of the old library were"
            self.about.setText(
                f"{which} not where the old program had {'it' if one else 'them'}. Name a folder that"
                f" {'it lies' if one else 'they lie'} in or below; clips and results wait."
            )
        else:
            self.about.setText("No media are missing: the files of all imported media are known.")
        self.table.show_rows(("Name", "Where it was"), [(one.filename, one.path_hint) for one in self._media])
        self._show_buttons()

    def _show_buttons(self) -> None:
        self.bar.setVisible(self.busy)
        self.search_button.setEnabled(bool(self._media) and not self.busy)
        self.file_button.setEnabled(self._selected() is not None and not self.busy)
        self.close_button.setText("Stop" if self.busy else "Close")

    def _selected(self) -> MediaRecord | None:
        selection = self.table.selectionModel()
        rows = [] if selection is None else selection.selectedRows()
        return self._media[rows[0].row()] if len(rows) == 1 and rows[0].row() < len(self._media) else None

    def _chosen(self, folder: str) -> None:
        self._folder = folder
        self.search(Path(folder))

    def _chosen_file(self, media: MediaRecord, name: str) -> None:
        self._folder = str(Path(name).parent)
        self.take(media, Path(name))

    def _on_change(self, change: Change) -> None:
        if change.source is not self and change.concerns(Topic.MEDIA):
            self.refresh()

    def _lay_out(self) -> None:
        self.bar.setAccessibleName("Progress of the search")
        self.bar.setTextVisible(False)
        self.bar.hide()
        self.file_button.setToolTip("Take a file for the selected one, whatever its name is now.")
        buttons = QHBoxLayout()
        for button in (self.search_button, self.file_button):
            buttons.addWidget(button)
        buttons.addStretch()
        buttons.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.about)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.status)
        layout.addWidget(self.bar)
        layout.addLayout(buttons)
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * 110, metrics.height() * 26)


def _text() -> QLabel:
    made = QLabel()
    made.setWordWrap(True)
    made.setTextFormat(Qt.TextFormat.PlainText)
    return made


def _button(text: str, handler: Callable[[], object]) -> QPushButton:
    made = QPushButton(text)
    made.setAutoDefault(False)
    made.clicked.connect(lambda _checked=False: handler())
    return made

"""The dialog that marks clips from a file of labels."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.media import display_name
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.folders import MAX_CATEGORY, MAX_FOLDER
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.operations import Outcome
from eightcut_qt.core.tasks import Lane
from eightcut_qt.importing.labels_plan import LabelChoice, LabelMedia, LabelRow, names_of, plan_labels
from eightcut_qt.importing.text_table import TextTable
from eightcut_qt.importing.words import count_of

if TYPE_CHECKING:
    from eightcut_client.formats.entries import LabelEntry

    from eightcut_qt.core.context import Context
    from eightcut_qt.core.records import ClipRecord, FolderRecord
    from eightcut_qt.core.tasks import Task
    from eightcut_qt.gateway import Gateway

_COLUMNS = ("Start", "End", "Length", "Remark", "Label", "Folder", "File")
_BY_LABEL = "As the label says"


class LabelsDialog(QDialog):
    """Shows what a file of labels holds, and marks clips from it."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._entries: list[LabelEntry] = []
        self._known: dict[str, LabelMedia | None] = {}
        self._note = ""
        self._file: Path | None = None
        self._reading: Task[_Read] | None = None
        self._planning: Task[list[LabelRow]] | None = None
        self._made: list[ClipRecord] = []
        self.rows: list[LabelRow] = []
        self.path = QLineEdit()
        self.browse = _button("&Browse…", self.ask)
        self.folder = QComboBox()
        self.category = QLineEdit()
        self.point = QDoubleSpinBox()
        self.table = TextTable("Labels in the file")
        self.summary = QLabel()
        self.mark_button = _button("&Mark Clips", self.mark)
        self.back_button = _button("&Take Back", self.take_back)
        self.close_button = _button("Close", self.reject)
        self.setWindowTitle("Import Labels")
        self._lay_out()
        self._connect()
        self.table.show_rows(_COLUMNS, ())
        self._say("")

    def ask(self) -> QFileDialog:
        """Let the person choose a file; the dialog is open when this returns."""
        media = self._context.state.media
        begin = self._file.parent if self._file is not None else None
        begin = begin or (Path.home() if media is None else media.path.parent)
        dialog = QFileDialog(self, "Choose a File of Labels", str(begin))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(["Labels (*.txt *.csv *.tsv *.json *.vtt *.srt *.edl *.selections.txt)", "All files (*)"])
        dialog.finished.connect(dialog.deleteLater)
        dialog.fileSelected.connect(self._chosen)
        dialog.open()
        return dialog

    def read(self, file: Path) -> None:
        """Read a file of labels and show what it holds; nothing is marked yet."""
        if self._reading is not None:
            self._reading.stop()
        if self._planning is not None:
            self._planning.stop()
        self._file, self._entries, self._made, self.rows = file, [], [], []
        if self.path.text() != str(file):
            self.path.setText(str(file))
        self.table.show_rows(_COLUMNS, ())
        self._say(f"Reading {display_name(file)}…")
        gateway = self._context.gateway
        self._reading = self._context.tasks.run(
            lambda _task: _read(gateway, file), done=self._take, failed=self._refused, lane=Lane.LONG, owner=self
        )

    def mark(self) -> None:
        """Mark the clips."""
        clips = [row.clip for row in self.rows if row.clip is not None]
        if not clips:
            return
        gateway, media = self._context.gateway, frozenset(clip.media for clip in clips)
        self.mark_button.setEnabled(False)

        def work() -> Outcome[list[ClipRecord]]:
            return Outcome(gateway.clips.create(clips), Change(Topic.CLIPS, media))

        self._context.operations.run(work, done=partial(self._marked, len(clips)), failed=self._not_marked, owner=self)

    def take_back(self) -> None:
        """Delete the clips that were marked."""
        made, self._made = self._made, []
        gateway, media = self._context.gateway, frozenset(clip.media for clip in made)

        def work() -> Outcome[None]:
            gateway.clips.delete([clip.id for clip in made])
            return Outcome(None, Change(Topic.CLIPS, media))

        def done(_none: None) -> None:
            self._say(f"{count_of(len(made), 'clip')} taken back.")

        def failed(error: BaseException) -> None:
            self._made = made
            self._not_marked(error)

        self.back_button.setEnabled(False)
        self._context.operations.run(work, done=done, failed=failed, owner=self)

    def choice(self) -> LabelChoice:
        """Return what is chosen."""
        text = self.folder.currentText().strip()
        return LabelChoice("" if text == _BY_LABEL else text, self.category.text().strip(), self.point.value())

    def _chosen(self, name: str) -> None:
        self.read(Path(name))

    def _typed(self) -> None:
        text = self.path.text().strip()
        if text and Path(text).expanduser() != self._file:
            self.read(Path(text).expanduser())

    def _take(self, found: _Read) -> None:
        self._reading = None
        self._entries, self._known, self._note = found.entries, found.known, found.note
        if self.folder.count() != len(found.folders) + 1:
            text = self.folder.currentText()
            self.folder.clear()
            self.folder.addItems([_BY_LABEL, *found.folders])
            self.folder.setEditText(text or _BY_LABEL)
        self._plan()

    def _refused(self, error: BaseException) -> None:
        self._reading = None
        self._say(sentence_of(error))

    def _marked(self, wanted: int, made: list[ClipRecord]) -> None:
        self._made = made
        there = wanted - len(made)
        also = f"; {count_of(there, 'was', 'were')} there already" if there else ""
        self._say(f"{count_of(len(made), 'clip')} marked{also}.")

    def _not_marked(self, error: BaseException) -> None:
        self._say(f"Nothing was changed: {sentence_of(error)}")

    def _again(self) -> None:
        """Plan again: something was chosen, or another file was opened."""
        self._made = []
        self._plan()

    def _plan(self) -> None:
        """Decide anew which clips the labels become; many take a while."""
        if self._planning is not None:
            self._planning.stop()
        entries, choice, here, known = self._entries, self.choice(), self._here, self._known
        self._planning = self._context.tasks.run(
            lambda _task: plan_labels(entries, choice, here, known), done=self._planned, owner=self
        )

    def _planned(self, rows: list[LabelRow]) -> None:
        self._planning = None
        self.rows = rows
        self.table.show_rows(_COLUMNS, [row.cells for row in rows], range(3))
        if self._reading is None and self._file is not None:
            self._say("")

    def _say(self, sentence: str) -> None:
        """Say something, or (empty) what would be marked."""
        clips = sum(row.clip is not None for row in self.rows)
        left = len(self.rows) - clips
        if not sentence and self._file is None:
            sentence = "Choose a file of labels: Audacity, Raven, CSV, JSON, WebVTT, SubRip, LosslessCut or EDL."
        elif not sentence and not self.rows:
            sentence = "There are no labels in this file."
        elif not sentence:
            sentence = f"{count_of(clips, 'clip')} would be marked."
            if left:
                sentence += f" {count_of(left, 'label')} cannot be: see the remarks."
            sentence = " ".join(filter(None, [sentence, self._note]))
        self.summary.setText(sentence)
        media, here = self._context.state.media, self._here
        waits = here is not None and any(row.clip is not None and row.clip.media == here.digest for row in self.rows)
        registered = media is not None and media.registered
        self.mark_button.setEnabled(clips > 0 and not self._made and (registered or not waits))
        self.back_button.setEnabled(bool(self._made))

    @property
    def _here(self) -> LabelMedia | None:
        """The open file."""
        media = self._context.state.media
        if media is None or media.local is None:
            return None
        return LabelMedia(media.digest, media.local.filename, media.duration)

    def _on_change(self, change: Change) -> None:
        if change.topics & Topic.PROFILE and self._file is not None:  # What was marked is another profile's.
            self.read(self._file)

    def _connect(self) -> None:
        self.path.editingFinished.connect(self._typed)
        self.folder.currentTextChanged.connect(self._again)
        self.category.textChanged.connect(self._again)
        self.point.valueChanged.connect(self._again)
        self._context.state.media_changed.connect(self._again)
        self._context.bus.changed.connect(self._on_change)

    def _lay_out(self) -> None:
        self.path.setPlaceholderText("File of labels")
        self.folder.setEditable(True)
        self.folder.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.folder.addItem(_BY_LABEL)
        line = self.folder.lineEdit()
        if line is not None:
            line.setMaxLength(MAX_FOLDER)
            line.setAccessibleName("Folder of the clips")
        self.category.setMaxLength(MAX_CATEGORY)
        self.point.setRange(0.1, 3600.0)
        self.point.setValue(self._context.settings.value.clips.duration)
        self.point.setSuffix(" s")
        self.point.setDecimals(1)
        self.point.setToolTip("Length of clips from labels that are only a moment.")
        self.summary.setWordWrap(True)
        self.summary.setTextFormat(Qt.TextFormat.PlainText)
        file = QHBoxLayout()
        file.addWidget(self.path, 1)
        file.addWidget(self.browse)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&File:", file)
        form.addRow("F&older:", self.folder)
        form.addRow("&Category:", self.category)
        form.addRow("Length of mome&nts:", self.point)
        label = form.labelForField(file)
        if isinstance(label, QLabel):
            label.setBuddy(self.path)
        buttons = QHBoxLayout()
        buttons.addStretch()
        for button in (self.mark_button, self.back_button, self.close_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.summary)
        layout.addLayout(buttons)
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * 120, metrics.height() * 30)


class _Read:
    """What a file of labels holds, and what is known of it."""

    def __init__(
        self,
        entries: list[LabelEntry],
        note: str,
        known: dict[str, LabelMedia | None],
        folders: list[FolderRecord],
    ) -> None:
        self.entries = entries
        self.known = known
        self.note = note
        self.folders = [folder.name for folder in folders]


def _read(gateway: Gateway, file: Path) -> _Read:
    from eightcut_client.formats import load_labels

    found = load_labels(file)
    entries = list(found.labels)
    known: dict[str, LabelMedia | None] = {}
    for name in names_of(entries):
        media = gateway.media.named(name)
        if media:
            one = media[0]
            known[name] = LabelMedia(one.digest, one.filename, one.duration) if len(media) == 1 else None
    return _Read(entries, found.note, known, gateway.clips.folders())


def _button(text: str, handler: Callable[[], object]) -> QPushButton:
    made = QPushButton(text)
    made.setAutoDefault(False)
    made.clicked.connect(lambda _checked=False: handler())
    return made

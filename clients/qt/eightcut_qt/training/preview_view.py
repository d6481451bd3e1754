"""What a training would use, on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from eightcut.common.v1.training_pb2 import ExampleCounts
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from eightcut_qt.training.missing import missing_sentence, unlocated_sentence
from eightcut_qt.training.statistics_model import Column, StatisticsModel

if TYPE_CHECKING:
    from eightcut_qt.core.theme import Theme
    from eightcut_qt.training.preview import TrainingPreview

_COUNTS = (
    ("positive", "positive", "Clips of the sound, near duplicates merged."),
    ("negative", "negative", "Clips of the negative folder."),
    ("hard_negative", "hard negative", "Places where a classifier was wrong."),
    ("auto_negative", "automatic", "Windows far from every clip, in files that are embedded."),
    ("soft", "soft", "Clips of other folders: never taken as negatives."),
    ("media", "files", "Files with at least one example."),
)


class PreviewView(QWidget):
    """Shows a `TrainingPreview`."""

    def __init__(self, preview: TrainingPreview, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preview = preview
        self._theme = theme
        self.counts = {name: QLabel("-") for name, _title, _tip in _COUNTS}
        self.busy = QLabel()
        self.problems = QLabel()
        self.missing = QLabel()
        self.upload = QPushButton("&Upload")
        self.cancel = QPushButton("Stop Uploading")
        self.progress = QProgressBar()
        self.statistics = StatisticsModel(self)
        self.table = QTableView()
        self._lay_out()
        self.upload.clicked.connect(preview.upload)
        self.cancel.clicked.connect(preview.cancel_upload)
        preview.changed.connect(self.refresh)
        theme.changed.connect(self._color)
        self._color()
        self.refresh()

    def refresh(self) -> None:
        """Show what is known now."""
        preview = self._preview
        self.busy.setText("Counting…" if preview.counting else "")
        response = preview.answer.response if preview.answer is not None else None
        counts = response.examples if response is not None else ExampleCounts()
        for name, label in self.counts.items():
            label.setText(f"{getattr(counts, name):,}" if response is not None else "-")
        if preview.answer is not None:
            self.statistics.show(preview.answer.response.media, preview.answer.filenames)
        self.problems.setText(self._problems())
        self.problems.setVisible(bool(self.problems.text()))
        self._show_missing()

    def _problems(self) -> str:
        preview = self._preview
        if preview.mistake:
            return f"⚠ {preview.mistake}"
        sentences = list(preview.failures)
        if preview.answer is not None:  # What is missing has a place of its own.
            problems = preview.answer.response.problems
            sentences = [item.message for item in problems if item.reason != "TRACK_MISSING"] + sentences
            if preview.answer.response.examples.unlocated:
                sentences.append(unlocated_sentence(preview.answer.response.examples.unlocated))
        return "\n".join(f"⚠ {sentence}" for sentence in sentences)

    def _show_missing(self) -> None:
        preview = self._preview
        answer = preview.answer
        wanted = answer is not None and bool(answer.response.missing_tracks) and not preview.mistake
        text = ""
        if wanted and preview.missing is None:
            text = preview.searching or "Looking for files that are not embedded yet…"
        elif wanted and preview.missing and answer is not None:
            text = missing_sentence(preview.missing, preview.embedder)
        self.missing.setText(text)
        self.missing.setVisible(bool(text))
        here = sum(media.local is not None for media in preview.missing or ())
        uploading = preview.uploading is not None
        self.upload.setText(f"&Upload {here:,} File{'' if here == 1 else 's'} Now")
        self.upload.setVisible(bool(text) and here > 0 and not uploading)
        self.cancel.setVisible(uploading)
        self.progress.setVisible(uploading)
        if preview.uploading is not None:
            self.progress.setValue(round(preview.uploading * 1000))

    def _lay_out(self) -> None:
        grid = QGridLayout()
        grid.setHorizontalSpacing(self.fontMetrics().height())
        for column, (name, title, tip) in enumerate(_COUNTS):
            number, caption = self.counts[name], QLabel(title)
            font = number.font()
            font.setPointSizeF(font.pointSizeF() * 1.5)
            font.setBold(True)
            number.setFont(font)
            number.setAccessibleName(title)
            for label, row in ((number, 0), (caption, 1)):
                label.setAlignment(Qt.AlignmentFlag.AlignCenter)
                label.setToolTip(tip)
                grid.addWidget(label, row, column)
        for label in (self.problems, self.missing):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._lay_out_table()
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName("Uploading")
        for button in (self.upload, self.cancel):
            button.setAutoDefault(False)
        uploading = QHBoxLayout()
        uploading.addWidget(self.upload)
        uploading.addWidget(self.progress, 1)
        uploading.addWidget(self.cancel)
        uploading.addStretch()
        heading = QLabel("What it would learn from")
        head = QHBoxLayout()
        head.addWidget(heading)
        head.addStretch()
        head.addWidget(self.busy)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(0, 0, 0, 0)
        column_layout.addLayout(head)
        column_layout.addLayout(grid)
        column_layout.addWidget(self.problems)
        column_layout.addWidget(self.missing)
        column_layout.addLayout(uploading)
        column_layout.addWidget(self.table, 1)

    def _lay_out_table(self) -> None:
        self.table.setModel(self.statistics)
        self.table.setAccessibleName("Examples by file")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        rows = cast("QHeaderView", self.table.verticalHeader())
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(round(self.fontMetrics().height() * 1.5))
        header = cast("QHeaderView", self.table.horizontalHeader())
        header.setHighlightSections(False)
        header.setSectionResizeMode(Column.FILE, QHeaderView.ResizeMode.Stretch)
        for column in list(Column)[1:]:
            text = str(self.statistics.headerData(column, Qt.Orientation.Horizontal))
            header.resizeSection(column, self.fontMetrics().horizontalAdvance(text) + self.fontMetrics().height() * 2)
        self.table.setSortingEnabled(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)

    def _color(self) -> None:
        self.problems.setStyleSheet(f"color: {self._theme.colors.error}")
        self.missing.setStyleSheet(f"color: {self._theme.colors.warning}")
        self.busy.setStyleSheet(f"color: {self._theme.colors.muted}")

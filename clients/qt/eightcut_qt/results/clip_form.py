"""The form of an export of regions as clips: which regions, how long the clips are, where they go."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from PyQt6.QtCore import QSignalBlocker, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)

from eightcut_qt.core.folders import MAX_CATEGORY, MAX_FOLDER, MAX_LABEL
from eightcut_qt.core.settings import ClipSettings, RegionExportSettings
from eightcut_qt.results.typing_fields import NumberField

_LONGEST = 3600.0


class Which(Enum):
    """Which regions are exported."""

    ALL = "All enabled regions of this version"
    SHOWN = "Enabled regions that are shown"
    SELECTED = "Selected regions"


@dataclass(frozen=True, slots=True)
class ClipExportChoice:
    """What the person chose.

    Attributes:
        values: What is kept for the next time.
        which: Which regions.
        again: Also those that were exported before.
    """

    values: RegionExportSettings = field(default_factory=RegionExportSettings)
    which: Which = Which.SHOWN
    again: bool = False


class ClipExportForm(QWidget):
    """Shows and takes a `ClipExportChoice`."""

    changed = pyqtSignal()
    """The person has changed something."""

    def __init__(self, values: RegionExportSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = values
        self.which = QComboBox()
        self.min_duration = _seconds(0.0, "Shorter regions are left out.")
        self.fuse_gap = _seconds(0.0, "Regions that are not farther apart than this are one clip.")
        self.duration = _seconds(0.1, "Length of each file.")
        self.spread = _seconds(0.1, "How much later each file of a long region starts than the one before.")
        self.again = QCheckBox("Export &again what was exported before")
        self.folder = QComboBox()
        self.label = QLineEdit()
        self.category = QLineEdit()
        self.export_folder = QLineEdit()
        self.browse = QPushButton("Bro&wse…")
        self._set_up()
        self._lay_out()
        self._connect()

    def choice(self) -> ClipExportChoice:
        """Return what is chosen."""
        values = replace(
            self._values,
            duration=round(self.duration.value(), 3),
            spread=round(self.spread.value(), 3),
            min_duration=round(self.min_duration.value(), 3),
            fuse_gap=round(self.fuse_gap.value(), 3),
            folder=self.folder.currentText().strip(),
            label=self.label.text().strip(),
            category=self.category.text().strip(),
            export_folder=self.export_folder.text().strip(),
        )
        return ClipExportChoice(values, self.which.currentData() or Which.SHOWN, self.again.isChecked())

    def offer(self, counts: Mapping[Which, int]) -> None:
        """Offer regions with their numbers; those of which there are none are left out. What is chosen stays."""
        chosen = self.which.currentData()
        with QSignalBlocker(self.which):
            self.which.clear()
            for which, count in counts.items():
                if count:
                    self.which.addItem(f"{which.value} ({count:,})", which)
            self.which.setCurrentIndex(max(self.which.findData(chosen), 0))

    def choose(self, which: Which) -> None:
        """Choose regions, if they are offered."""
        row = self.which.findData(which)
        if row >= 0:
            self.which.setCurrentIndex(row)

    def offer_folders(self, names: Sequence[str]) -> None:
        """Let the person choose from these folders, or type another."""
        with QSignalBlocker(self.folder):
            text = self.folder.currentText()
            self.folder.clear()
            self.folder.addItems(names)
            self.folder.setEditText(text)

    def set_class(self, values: ClipSettings) -> None:
        """Show what clips are marked with."""
        self.folder.setEditText(values.folder)
        self.label.setText(values.label)
        self.category.setText(values.category)

    def set_export_folder(self, folder: str) -> None:
        """Show where the files go."""
        self.export_folder.setText(folder)

    def _set_up(self) -> None:
        values = self._values
        self.which.setToolTip("Which regions become clips.")
        self.folder.setEditable(True)
        self.folder.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.folder.setEditText(values.folder)
        self.folder.setToolTip("The class of the clips. Scan exports take no part in training unless it is asked for.")
        line = self.folder.lineEdit()
        if line is not None:
            line.setMaxLength(MAX_FOLDER)
            line.setAccessibleName("Folder of the clips")
        for text, value, most in (
            (self.label, values.label, MAX_LABEL),
            (self.category, values.category, MAX_CATEGORY),
        ):
            text.setMaxLength(most)
            text.setText(value)
        self.export_folder.setText(values.export_folder)
        self.export_folder.setPlaceholderText("Where the files go")
        self.browse.setAutoDefault(False)
        self.browse.setToolTip("Choose the export folder.")
        for box, seconds in (
            (self.min_duration, values.min_duration),
            (self.fuse_gap, values.fuse_gap),
            (self.duration, values.duration),
            (self.spread, values.spread),
        ):
            box.setValue(seconds)

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("&Regions:", self.which)
        form.addRow("Clip &length:", _pair(self.duration, "&Spread:", self.spread))
        form.addRow("&Minimum length:", _pair(self.min_duration, "F&use gap:", self.fuse_gap))
        form.addRow("", self.again)
        form.addRow("&Folder:", self.folder)
        form.addRow("La&bel:", _pair(self.label, "Ca&tegory:", self.category))
        form.addRow("Export f&older:", _pair(self.export_folder, "", self.browse))
        for inner in (self.duration, self.min_duration, self.label, self.export_folder):
            label = form.labelForField(inner.parentWidget())
            if isinstance(label, QLabel):
                label.setBuddy(inner)
        second = (self.spread, self.fuse_gap, self.category)  # Their left edges are to lie below one another.
        labels = [label for label in self.findChildren(QLabel) if label.buddy() in second]
        for label in labels:
            label.setMinimumWidth(max(each.sizeHint().width() for each in labels))
        order: tuple[QWidget, ...] = (
            self.which,
            self.duration,
            self.spread,
            self.min_duration,
            self.fuse_gap,
            self.again,
            self.folder,
            self.label,
            self.category,
            self.export_folder,
            self.browse,
        )
        for before, after in itertools.pairwise(order):
            QWidget.setTabOrder(before, after)

    def _connect(self) -> None:
        self.which.currentIndexChanged.connect(self._tell)
        for box in (self.min_duration, self.fuse_gap, self.duration, self.spread):
            box.valueChanged.connect(self._tell)
        self.again.toggled.connect(self._tell)
        self.folder.currentTextChanged.connect(self._tell)
        for text in (self.label, self.category, self.export_folder):
            text.textChanged.connect(self._tell)
        self.browse.clicked.connect(self._ask_for_folder)

    def _tell(self) -> None:
        self.changed.emit()

    def _ask_for_folder(self) -> None:
        begin = self.export_folder.text().strip() or str(Path.home())
        dialog = QFileDialog(self, "Choose the Export Folder", begin)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.finished.connect(dialog.deleteLater)
        dialog.fileSelected.connect(self.export_folder.setText)
        dialog.open()


def _seconds(least: float, tip: str) -> NumberField:
    made = NumberField()
    made.setRange(least, _LONGEST)
    made.setDecimals(2)
    made.setSingleStep(0.5)
    made.setSuffix(" s")
    made.setToolTip(tip)
    return made


def _pair(first: QWidget, text: str, second: QWidget) -> QWidget:
    both = QWidget()
    row = QHBoxLayout(both)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(first, 1)
    if text:
        label = QLabel(text)
        label.setBuddy(second)
        row.addWidget(label)
    row.addWidget(second, 1 if text else 0)
    return both

"""What the next clip is marked with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QComboBox,
    QCompleter,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QWidget,
)

from eightcut_qt.clips.marking import CATEGORIES, MAX_DURATION
from eightcut_qt.core.folders import MAX_CATEGORY, MAX_FOLDER, MAX_LABEL
from eightcut_qt.core.settings import ClipSettings


class ClipForm(QWidget):
    """Folder, label, category, length, count and spread; knows the settings' values, not where they are kept."""

    edited = pyqtSignal(object)
    """`ClipSettings`, after the person changed something."""

    def __init__(self, values: ClipSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._values = values
        self.folder = _combo("Folder of new clips", MAX_FOLDER)
        self.category = _combo("Category of new clips", MAX_CATEGORY)
        self.category.addItems(["", *CATEGORIES])
        self.label = QLineEdit()
        self.label.setMaxLength(MAX_LABEL)
        self.label.setClearButtonEnabled(True)
        self.label.setAccessibleName("Label of new clips")
        self.duration = _seconds("Length of new clips in seconds", 0.1, MAX_DURATION)
        self.spread = _seconds("Seconds from one start to the next", 0.1, MAX_DURATION)
        self.count = QSpinBox()
        self.count.setRange(1, 100)
        self.count.setAccessibleName("How many files a clip is cut to, or clips are marked at once")
        self.count.setToolTip("How many files a clip is cut to; without cutting, how many clips are marked at once.")
        self.spread.setToolTip("How much later each of them starts than the one before.")
        self._lay_out()
        self.show_values(values)
        self.folder.currentTextChanged.connect(self._tell)
        self.category.currentTextChanged.connect(self._tell)
        self.label.textChanged.connect(self._tell)
        self.duration.valueChanged.connect(self._tell)
        self.count.valueChanged.connect(self._tell)
        self.spread.valueChanged.connect(self._tell)

    def show_values(self, values: ClipSettings) -> None:
        """Show the values as they are now; a field that shows its value already is left."""
        self._values = values
        for combo, text in ((self.folder, values.folder), (self.category, values.category)):
            if combo.currentText().strip() != text:
                with QSignalBlocker(combo):
                    combo.setEditText(text)
        if self.label.text().strip() != values.label:
            with QSignalBlocker(self.label):
                self.label.setText(values.label)
        for box, value in ((self.duration, values.duration), (self.spread, values.spread)):
            with QSignalBlocker(box):
                box.setValue(value)
        with QSignalBlocker(self.count):
            self.count.setValue(values.count)
        self.spread.setEnabled(values.count > 1)

    def offer_folders(self, names: Sequence[str]) -> None:
        """Let the person choose from these folders, or type another."""
        if names == [self.folder.itemText(row) for row in range(self.folder.count())]:
            return
        line = self.folder.lineEdit()
        place = 0 if line is None else line.cursorPosition()
        with QSignalBlocker(self.folder):
            text = self.folder.currentText()
            self.folder.clear()
            self.folder.addItems(names)
            self.folder.setEditText(text)
        if line is not None:
            line.setCursorPosition(place)

    def offer_labels(self, names: Sequence[str]) -> None:
        """Complete labels from these."""
        self.label.setCompleter(completer(names, self.label))

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.DontWrapRows)
        form.addRow("Fol&der", self.folder)
        form.addRow("La&bel", self.label)
        form.addRow("Categor&y", self.category)
        form.addRow("Le&ngth", self.duration)
        line = QHBoxLayout()
        spread = QLabel("Spre&ad")
        spread.setBuddy(self.spread)
        line.addWidget(self.count, 1)
        line.addWidget(spread)
        line.addWidget(self.spread, 2)
        count = QLabel("Co&unt")
        count.setBuddy(self.count)
        form.addRow(count, line)

    def _tell(self) -> None:
        self.spread.setEnabled(self.count.value() > 1)
        self._values = replace(
            self._values,
            folder=self.folder.currentText().strip(),
            label=self.label.text().strip(),
            category=self.category.currentText().strip(),
            duration=round(self.duration.value(), 3),
            count=self.count.value(),
            spread=round(self.spread.value(), 3),
        )
        self.edited.emit(self._values)


def completer(names: Sequence[str], parent: QWidget) -> QCompleter:
    """Return what completes any part of these names."""
    made = QCompleter(names, parent)
    made.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    made.setFilterMode(Qt.MatchFlag.MatchContains)
    return made


def _combo(name: str, longest: int) -> QComboBox:
    made = QComboBox()
    made.setEditable(True)
    made.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(10)
    made.setAccessibleName(name)
    line = made.lineEdit()
    if line is not None:
        line.setMaxLength(longest)
        line.setAccessibleName(name)
    return made


def _seconds(name: str, least: float, most: float) -> QDoubleSpinBox:
    made = QDoubleSpinBox()
    made.setRange(least, most)
    made.setDecimals(1)
    made.setSingleStep(0.5)
    made.setSuffix(" s")
    made.setAccessibleName(name)
    made.setKeyboardTracking(False)
    return made

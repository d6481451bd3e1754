"""All about one version: its figures against those of the version in use, and what it was made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFormLayout, QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from eightcut_qt.training.choice import spec_lines
from eightcut_qt.training.comparison import ComparisonModel, ComparisonTable
from eightcut_qt.training.metrics import caution, cross_validation, examples

if TYPE_CHECKING:
    from eightcut_qt.core.records import ClassifierRecord
    from eightcut_qt.core.theme import Theme


class VersionDetails(QScrollArea):
    """Shows one version."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = _wrapped()
        self.comparison = ComparisonModel(theme, self)
        self.table = ComparisonTable(self.comparison)
        self.remarks = _wrapped()
        self._form = QFormLayout()
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.title)
        column.addWidget(self.table)
        column.addWidget(self.remarks)
        column.addLayout(self._form)
        column.addStretch()
        font = self.title.font()
        font.setBold(True)
        self.title.setFont(font)
        self.setWidget(inside)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName("Details of the version")
        self.show_version(None, None)

    def show_version(self, version: ClassifierRecord | None, active: ClassifierRecord | None) -> None:
        """Show a version against the one in use (None: it is that one, or there is none)."""
        while self._form.rowCount():
            self._form.removeRow(0)
        self.table.setVisible(version is not None)
        if version is None:
            self.title.setText("Choose a version to see what it was made from.")
            self.remarks.clear()
            return
        other = None if active is None or active.id == version.id else active
        self.title.setText(f"{version.model} version {version.version}{', in use' if version.active else ''}")
        self.comparison.show(
            version.metrics,
            f"Version {version.version}",
            None if other is None else other.metrics,
            "" if other is None else f"In use: version {other.version}",
        )
        remarks = [cross_validation(version.metrics), caution(version.metrics, other.metrics if other else None)]
        remarks += [f"• {note}" for note in version.metrics.notes]
        self.remarks.setText("\n".join(remark for remark in remarks if remark))
        lines = [("Examples", examples(version.metrics.examples)), *spec_lines(version.spec)]
        for title, value in lines:
            label = _wrapped()
            label.setText(value)
            self._form.addRow(f"{title}:", label)


def _wrapped() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label

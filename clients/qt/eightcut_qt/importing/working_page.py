"""The page that is shown while something takes its time."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QProgressBar, QVBoxLayout, QWidget

from eightcut_qt.gateway.imports import Step

_PARTS = 1000


class WorkingPage(QWidget):
    """Says what goes on, and how much of it is done."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.words = QLabel()
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.bar = QProgressBar()
        self.bar.setAccessibleName("Progress")
        self.bar.setTextVisible(False)
        layout = QVBoxLayout(self)
        layout.addStretch(1)
        layout.addWidget(self.words)
        layout.addWidget(self.bar)
        layout.addStretch(2)

    def show_step(self, step: Step) -> None:
        """Show a moment of the work."""
        self.words.setText(step.words)
        if step.fraction is None:
            self.bar.setRange(0, 0)  # It moves, and does not say how far.
        else:
            self.bar.setRange(0, _PARTS)
            self.bar.setValue(round(min(max(step.fraction, 0.0), 1.0) * _PARTS))

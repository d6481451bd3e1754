"""How far a training is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QHideEvent, QShowEvent
from PyQt6.QtWidgets import QGridLayout, QLabel, QPlainTextEdit, QProgressBar, QPushButton, QVBoxLayout, QWidget

from eightcut_qt.core.clock import format_time
from eightcut_qt.training.follower import Phase
from eightcut_qt.training.stages import TITLES, StageState

if TYPE_CHECKING:
    from eightcut_qt.training.follower import TrainingFollower

_SIGNS = {
    StageState.TO_COME: ("○", "to come"),
    StageState.NOW: ("▶", "now"),
    StageState.DONE: ("✓", "done"),
}


class ProgressPage(QWidget):
    """Shows a `TrainingFollower`."""

    def __init__(self, follower: TrainingFollower, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._follower = follower
        self.title = QLabel()
        self.status = QLabel()
        self.elapsed = QLabel()
        self.bar = QProgressBar()
        self.notes = QPlainTextEdit()
        self.cancel = QPushButton("&Cancel the Training")
        self.stages = [(QLabel(), QLabel(title), QLabel()) for title in TITLES.values()]
        self._second = QTimer(self)
        self._second.setInterval(1000)
        self._second.timeout.connect(self._show_time)
        self._lay_out()
        self.cancel.clicked.connect(follower.cancel)
        follower.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what is known now."""
        follower = self._follower
        self.title.setText(f"Training {follower.model}" if follower.model else "Training")
        self.status.setText(follower.status)
        self.cancel.setEnabled(follower.busy and follower.phase is not Phase.CANCELLING)
        for stage, (sign, title, count) in zip(follower.stages.list(), self.stages, strict=True):
            mark, word = _SIGNS[stage.state]
            sign.setText(mark)
            sign.setAccessibleName(f"{stage.title}: {word}")
            count.setText(stage.count)
            font = title.font()
            font.setBold(stage.state is StageState.NOW)
            title.setFont(font)
        fraction = follower.stages.fraction
        self.bar.setRange(0, 0 if fraction is None else 1000)
        if fraction is not None:
            self.bar.setValue(round(fraction * 1000))
        text = "\n".join(follower.notes)
        if text != self.notes.toPlainText():
            self.notes.setPlainText(text)
        self.notes.setVisible(bool(text))
        self._show_time()

    def showEvent(self, event: QShowEvent | None) -> None:
        """See QWidget."""
        super().showEvent(event)
        self._second.start()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """See QWidget."""
        super().hideEvent(event)
        self._second.stop()

    def _show_time(self) -> None:
        self.elapsed.setText(f"{format_time(self._follower.elapsed, 0)} so far" if self._follower.busy else "")

    def _lay_out(self) -> None:
        font = self.title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.3)
        self.title.setFont(font)
        self.status.setWordWrap(True)
        self.status.setTextFormat(Qt.TextFormat.PlainText)  # It names files.
        self.bar.setAccessibleName("Progress of the stage")
        self.bar.setTextVisible(False)
        self.notes.setReadOnly(True)
        self.notes.setAccessibleName("Notes of the Trainer")
        self.notes.setTabChangesFocus(True)
        self.cancel.setAutoDefault(False)
        grid = QGridLayout()
        grid.setColumnStretch(2, 1)
        for row, (sign, title, count) in enumerate(self.stages):
            grid.addWidget(sign, row, 0)
            grid.addWidget(title, row, 1)
            grid.addWidget(count, row, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.title, self.status):
            column.addWidget(widget)
        column.addSpacing(self.fontMetrics().height() // 2)
        column.addLayout(grid)
        column.addWidget(self.bar)
        column.addWidget(self.elapsed)
        column.addWidget(self.notes, 1)
        column.addStretch()
        column.addWidget(self.cancel, 0, Qt.AlignmentFlag.AlignLeft)

"""What came of a training, and what shall be done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from eightcut_qt.classifiers.rescan import RescanChoice
from eightcut_qt.training.comparison import ComparisonModel, ComparisonTable
from eightcut_qt.training.metrics import caution, cross_validation, examples, verdict

if TYPE_CHECKING:
    from eightcut_qt.core.theme import Theme
    from eightcut_qt.training.run import TrainingOutcome


class ResultPage(QWidget):
    """Shows a `TrainingOutcome` and asks which version shall be used."""

    use_new = pyqtSignal()
    use_old = pyqtSignal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.outcome: TrainingOutcome | None = None
        self.title = QLabel()
        self.verdict = QLabel()
        self.model = ComparisonModel(theme, self)
        self.table = ComparisonTable(self.model)
        self.remarks = QLabel()
        self.rescan = RescanChoice()
        self.new = QPushButton()
        self.old = QPushButton()
        self._lay_out()
        self.new.clicked.connect(self.use_new)
        self.old.clicked.connect(self.use_old)

    def show_outcome(self, outcome: TrainingOutcome) -> None:
        """Show what came of it."""
        new, old = outcome.new, outcome.old
        assert new is not None
        self.outcome = outcome
        self.title.setText(f"{new.model} version {new.version} is trained.")
        old_metrics = None if old is None else old.metrics
        self.model.show(
            new.metrics,
            f"New: version {new.version}",
            old_metrics,
            "" if old is None else f"{'Before' if outcome.activated else 'In use'}: version {old.version}",
        )
        self.verdict.setText(self._verdict(outcome))
        self.remarks.setText("\n\n".join(self._remarks(outcome)))
        if old is None:
            self.new.setText("&Use It")
            self.old.hide()
        elif outcome.activated:
            self.new.setText(f"&Use Version {new.version}")
            self.old.setText(f"&Go Back to Version {old.version}")
            self.old.show()
        else:
            self.new.setText(f"&Use the New Version {new.version}")
            self.old.setText(f"&Keep the Old Version {old.version}")
            self.old.show()
        self.new.setFocus()

    @staticmethod
    def _verdict(outcome: TrainingOutcome) -> str:
        new, old = outcome.new, outcome.old
        assert new is not None
        said = [verdict(new.metrics, None if old is None else old.metrics)]
        if old is None:
            said.append(f"It is the first version of {new.model}, so scans use it from now on.")
        elif outcome.activated:
            said.append("Scans use it already: whoever started the training wanted it so.")
        return " ".join(said)

    @staticmethod
    def _remarks(outcome: TrainingOutcome) -> list[str]:
        new, old = outcome.new, outcome.old
        assert new is not None
        made = f"It was made from {examples(new.metrics.examples)}."
        if old is not None:
            made += f" Version {old.version}: {examples(old.metrics.examples)}."
        said = [made, cross_validation(new.metrics), caution(new.metrics, None if old is None else old.metrics)]
        return [sentence for sentence in said if sentence] + [f"• {note}" for note in new.metrics.notes]

    def _lay_out(self) -> None:
        font = self.title.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.3)
        self.title.setFont(font)
        for label in (self.title, self.verdict, self.remarks):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        for button in (self.new, self.old):
            button.setAutoDefault(False)
        inside = QWidget()
        text = QVBoxLayout(inside)
        text.setContentsMargins(0, 0, 0, 0)
        text.addWidget(self.verdict)
        text.addWidget(self.table)
        text.addWidget(self.remarks)
        text.addStretch()
        area = QScrollArea()
        area.setAccessibleName("Figures of the version, and what they were made from")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setWidget(inside)
        then = QLabel("&And then:")
        then.setBuddy(self.rescan)
        choices = QHBoxLayout()
        for widget in (self.new, then, self.rescan):
            choices.addWidget(widget)
        choices.addStretch()
        choices.addWidget(self.old)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.title)
        column.addWidget(area, 1)
        column.addLayout(choices)

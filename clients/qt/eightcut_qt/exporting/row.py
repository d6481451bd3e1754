"""What the next clip will be called, what speaks against it, and how far cutting is."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from eightcut_qt.core.elided_label import ElidedLabel
from eightcut_qt.core.plain import tip
from eightcut_qt.core.theme import Colors
from eightcut_qt.exporting.numbers import Next
from eightcut_qt.exporting.orders import Progress


class CuttingRow(QWidget):
    """Three lines at most, of which only the first is always there."""

    cancel_wanted = pyqtSignal()

    def __init__(self, colors: Colors, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.next = ElidedLabel("Name of the next clip", leave_out=Qt.TextElideMode.ElideMiddle)
        self.warnings = QLabel()
        self.warnings.setWordWrap(True)
        self.warnings.setTextFormat(Qt.TextFormat.PlainText)
        self.warnings.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.warnings.setAccessibleName("Warnings about the export folder")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of cutting")
        self.bar.setMaximumHeight(self.fontMetrics().height())
        self.words = QLabel()
        self.cancel = QToolButton()
        self.cancel.setText("Stop")
        self.cancel.setAccessibleName("Stop cutting")
        self.cancel.setToolTip("Stop at once; the clips that are complete stay.")
        self.cancel.clicked.connect(self.cancel_wanted)
        self._progress = QWidget()
        line = QHBoxLayout(self._progress)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.words)
        line.addWidget(self.bar, 1)
        line.addWidget(self.cancel)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.next)
        column.addWidget(self.warnings)
        column.addWidget(self._progress)
        self.set_colors(colors)
        self.show_next(Next(""))
        self.show_progress(None)

    def set_colors(self, colors: Colors) -> None:
        """Use another look."""
        self.warnings.setStyleSheet(f"color: {colors.warning};")

    def show_next(self, found: Next) -> None:
        """Show what the next clip will be called."""
        self.next.set_text(f"Next: {found.words}" if found.words else "", found.details)
        text = "\n".join(f"⚠ {sentence}" for sentence in found.warnings)
        self.warnings.setText(text)
        self.warnings.setToolTip(tip(text))
        self.warnings.setVisible(bool(text))

    def show_progress(self, progress: Progress | None) -> None:
        """Show how far cutting is; None: nothing is being done."""
        self._progress.setVisible(progress is not None)
        if progress is not None:
            self.words.setText(progress.text())
            self.bar.setRange(0, progress.total)
            self.bar.setValue(min(progress.done, progress.total))

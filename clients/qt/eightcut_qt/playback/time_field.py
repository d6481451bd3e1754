"""The time of the playhead, which can be typed over."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QFocusEvent, QFontDatabase, QKeyEvent, QMouseEvent
from PyQt6.QtWidgets import QLineEdit, QWidget

from eightcut_qt.core.clock import format_time, parse_time


class TimeField(QLineEdit):
    """Shows a time; with the focus in it another one can be entered: Return goes there, Escape leaves it."""

    entered = pyqtSignal(float)
    """Seconds."""
    left = pyqtSignal()
    """The person is done with it, one way or the other."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seconds = 0.0
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFixedWidth(self.fontMetrics().horizontalAdvance("00:00:00.000") + self.fontMetrics().height())
        self.setAccessibleName("Time of the playhead")
        self.setToolTip("The time of the playhead. Click to enter another, such as 1:23.4.")
        self.set_time(0.0)

    def set_time(self, seconds: float) -> None:
        """Show a time, unless one is being typed."""
        self._seconds = seconds
        if not self.hasFocus():
            self.setText(format_time(seconds, 3))

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """See QWidget."""
        if event is None:
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            seconds = parse_time(self.text())
            if seconds is None:
                self.selectAll()
                return
            self.left.emit()
            self.clearFocus()
            self.entered.emit(seconds)
        elif event.key() == Qt.Key.Key_Escape:
            self.left.emit()
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """See QWidget."""
        super().focusInEvent(event)
        self.selectAll()

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:
        """See QWidget."""
        super().mouseReleaseEvent(event)
        if not self.hasSelectedText():
            self.selectAll()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """See QWidget."""
        super().focusOutEvent(event)
        self.set_time(self._seconds)

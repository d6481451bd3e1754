"""Fields in which Return ends what is typed, and nothing else: Qt would hand the key on to the panel around them."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QDoubleSpinBox, QLineEdit

_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class TextField(QLineEdit):
    """A line of text."""

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """See QWidget."""
        super().keyPressEvent(event)
        _keep(event)


class NumberField(QDoubleSpinBox):
    """A number."""

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """See QWidget."""
        super().keyPressEvent(event)
        _keep(event)


def _keep(event: QKeyEvent | None) -> None:
    if event is not None and event.key() in _ENDS:
        event.accept()

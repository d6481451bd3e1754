"""A text in one line, whatever room there is."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QLabel, QSizePolicy, QWidget

from eightcut_qt.core.plain import tip


class ElidedLabel(QLabel):
    """Leaves out the end (or, of paths, the middle) where there is no room for all of it; its tooltip has it all."""

    def __init__(
        self,
        name: str,
        parent: QWidget | None = None,
        *,
        leave_out: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
    ) -> None:
        super().__init__(parent)
        self._leave_out = leave_out
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def set_text(self, text: str, details: str = "") -> None:
        """Show a text; the tooltip has the details, or the text."""
        self._whole = text
        self.setToolTip(tip(details or text))
        self.setAccessibleDescription(details or text)
        self._elide()

    def whole_text(self) -> str:
        """Return the text, all of it."""
        return self._whole

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """See QWidget."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        self.setText(self.fontMetrics().elidedText(self._whole, self._leave_out, max(self.width(), 1)))

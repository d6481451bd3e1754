"""A thin bar above the centre that says what went wrong; it blocks nothing and is dismissed."""

from __future__ import annotations

from dataclasses import dataclass

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStyle, QToolButton, QWidget

from eightcut_qt.core.notices import Level
from eightcut_qt.core.theme import Theme

_KEPT = 5

_SYMBOLS = {Level.WARNING: "⚠", Level.ERROR: "✖"}
_WORDS = {Level.WARNING: "Warning", Level.ERROR: "Error"}


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence in the bar; one of the same ``key`` takes its place, and ``action`` offers what to do."""

    level: Level
    sentence: str
    key: str = ""
    action: QAction | None = None


class NoticeBar(QFrame):
    """Shows the newest of the last few notices; dismissing it shows the one before."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._notices: list[Notice] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAutoFillBackground(True)
        self._symbol = QLabel()
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._more = QLabel()
        self._button = QToolButton()
        self._button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        self._dismiss = QToolButton()
        self._dismiss.setAutoRaise(True)
        style = self.style()
        assert style is not None
        self._dismiss.setIcon(style.standardIcon(QStyle.StandardPixmap.SP_TitleBarCloseButton))
        self._dismiss.setAccessibleName("Dismiss")
        self._dismiss.setToolTip("Dismiss this message.")
        self._dismiss.clicked.connect(self.dismiss)
        layout = QHBoxLayout(self)
        margin = self.fontMetrics().height() // 3
        layout.setContentsMargins(2 * margin, margin, margin, margin)
        layout.addWidget(self._symbol)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._more)
        layout.addWidget(self._button)
        layout.addWidget(self._dismiss)
        theme.changed.connect(self._show_newest)
        self.hide()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """Those that were not dismissed, the newest last."""
        return tuple(self._notices)

    def say(self, notice: Notice) -> None:
        """Show a notice; the same sentence again is not kept twice."""
        same = [old for old in self._notices if old.sentence == notice.sentence or (old.key and old.key == notice.key)]
        self._notices = [old for old in self._notices if old not in same][-(_KEPT - 1) :]
        self._notices.append(notice)
        self._show_newest()

    def dismiss(self) -> None:
        """Remove the one that is shown."""
        if self._notices:
            self._notices.pop()
            self._show_newest()

    def withdraw(self, key: str) -> None:
        """Remove those of a key: what they told of is over."""
        self._notices = [notice for notice in self._notices if notice.key != key]
        self._show_newest()

    def _show_newest(self) -> None:
        if not self._notices:
            self.hide()
            return
        newest = self._notices[-1]
        colors = self._theme.colors
        shade = colors.error if newest.level is Level.ERROR else colors.warning
        self.setStyleSheet(
            f"NoticeBar {{ background: {colors.raised}; border-left: 0.4em solid {shade};"
            f" border-bottom: 1px solid {colors.line}; }}"
        )
        self._symbol.setStyleSheet(f"color: {shade};")
        self._symbol.setText(_SYMBOLS[newest.level])
        self._text.setText(newest.sentence)
        self.setAccessibleName(f"{_WORDS[newest.level]}: {newest.sentence}")
        older = len(self._notices) - 1
        self._more.setText(f"{older} more" if older else "")
        self._button.setVisible(newest.action is not None)
        if newest.action is not None:
            self._button.setDefaultAction(newest.action)
        self.show()

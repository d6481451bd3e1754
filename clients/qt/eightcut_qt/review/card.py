"""The region that is judged, in large letters, and what can be said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction, QFocusEvent, QFont, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from eightcut_qt.core.theme import Theme, color


@dataclass(frozen=True, slots=True)
class CardText:
    """What stands on the card; empty lines are left out.

    Attributes:
        title: The largest line.
        score: Beside it, such as ``Score 0.87``.
        file: Below it.
        version: Model and version.
        remark: What is special, or what to do.
    """

    title: str
    score: str = ""
    file: str = ""
    version: str = ""
    remark: str = ""


class Card(QFrame):
    """Has the focus while one judges: the keys work while it does, which its border and its last line say."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._judging = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Region under review")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._title = _label(2.0, bold=True)
        self._score = _label(1.5)
        self._score.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._file = _label(1.2)
        self._version = _label(1.0)
        self._remark = _label(1.0)
        self._focus = _label(1.0)
        for label in (self._title, self._file, self._remark, self._focus):
            label.setWordWrap(True)
        space = self.fontMetrics().height()
        self._buttons = QGridLayout()
        self._buttons.setHorizontalSpacing(space // 2)
        top = QGridLayout()
        top.addWidget(self._title, 0, 0)
        top.addWidget(self._score, 0, 1)
        top.setColumnStretch(0, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(space, space, space, space)
        column.addLayout(top)
        column.addWidget(self._file)
        column.addWidget(self._version)
        column.addWidget(self._remark)
        column.addStretch(1)
        column.addLayout(self._buttons)
        column.addWidget(self._focus)
        theme.changed.connect(self._color)
        self._color()
        self.show_text(CardText(""), judging=False)

    def set_buttons(self, actions: Sequence[tuple[QAction, str]]) -> None:
        """Put buttons on it, three in a row; they never take the focus, for the keys are the card's.

        Args:
            actions: Each with what stands on its button.
        """
        for place, (action, text) in enumerate(actions):
            button = QPushButton(text)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setToolTip(action.toolTip())
            button.setEnabled(action.isEnabled())
            button.clicked.connect(action.trigger)
            button.clicked.connect(lambda _checked=False: self.setFocus())
            action.enabledChanged.connect(button.setEnabled)
            self._buttons.addWidget(button, place // 3, place % 3)

    def show_text(self, text: CardText, *, judging: bool) -> None:
        """Show something.

        Args:
            text: What.
            judging: Whether keys mean verdicts now.
        """
        self._judging = judging
        for label, line in (
            (self._title, text.title),
            (self._score, text.score),
            (self._file, text.file),
            (self._version, text.version),
            (self._remark, text.remark),
        ):
            label.setText(line)
            label.setVisible(bool(line))
        said = (text.title, text.score, text.file, text.version, text.remark)
        self.setAccessibleDescription(", ".join(line for line in said if line))
        self._show_focus()

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """See QWidget."""
        super().focusInEvent(event)
        self._show_focus()

    def focusOutEvent(self, event: QFocusEvent | None) -> None:
        """See QWidget."""
        super().focusOutEvent(event)
        self._show_focus()

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """See QWidget."""
        super().paintEvent(event)
        colors = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        width = 3 if self.hasFocus() else 1
        painter.setPen(QPen(color(colors.accent if self.hasFocus() else colors.line), width))
        painter.setBrush(color(colors.raised))
        painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), 6, 6)
        painter.end()

    def _show_focus(self) -> None:
        here = self.hasFocus()
        self._focus.setVisible(self._judging)
        self._focus.setText("The keys work now." if here else "Click here, then judge with the keys.")
        self.update()

    def _color(self) -> None:
        colors = self._theme.colors
        for label, shown in (
            (self._title, colors.text),
            (self._score, colors.text),
            (self._file, colors.text),
            (self._version, colors.muted),
            (self._remark, colors.text),
            (self._focus, colors.muted),
        ):
            palette = label.palette()
            palette.setColor(label.foregroundRole(), color(shown))
            label.setPalette(palette)
        self.update()


def _label(size: float, *, bold: bool = False) -> QLabel:
    label = QLabel()
    font = QFont(label.font())
    font.setPointSizeF(font.pointSizeF() * size)
    font.setBold(bold)
    label.setFont(font)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label

"""What the centre shows before a file is open: what to do first."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from eightcut_qt.core.actions import Actions
from eightcut_qt.core.theme import Theme

_WIDTH = 62  # Characters.

_STEPS = (
    "Mark a few clips of the sound that you look for: play to it, press E.",
    "Train: 8-cut learns the sound from your clips.",
    "Scan your other videos, and judge what was found. Where it was wrong, it learns again.",
)


class Welcome(QWidget):
    """Says what to do; the window itself takes what is dropped."""

    def __init__(
        self, actions: Actions, theme: Theme, parent: QWidget | None = None, *, offer: QWidget | None = None
    ) -> None:
        """Make it; ``offer`` is something more that can be done first, as long as it wants to be seen."""
        super().__init__(parent)
        self._theme = theme
        self.setAutoFillBackground(True)
        self._title = QLabel("Drop videos here")
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.9)
        self._title.setFont(font)
        self._or = QLabel(
            "Files and whole folders, video or sound. Open one in the playlist with a double click or Return."
        )
        self._or.setWordWrap(True)
        self._steps = QLabel("".join(f"<p>{number}. {step}</p>" for number, step in enumerate(_STEPS, 1)))
        self._steps.setWordWrap(True)
        self._steps.setTextFormat(Qt.TextFormat.RichText)
        column = QWidget()
        column.setMaximumWidth(_WIDTH * self.fontMetrics().averageCharWidth())
        inner = QVBoxLayout(column)
        inner.setSpacing(self.fontMetrics().height())
        inner.addWidget(self._title)
        inner.addWidget(self._or)
        row = QHBoxLayout()
        for action in (actions.action(id_) for id_ in _OPENING if id_ in _ids(actions)):
            row.addWidget(self._button(action))
        row.addStretch()
        inner.addLayout(row)
        inner.addWidget(self._steps)
        if offer is not None:
            inner.addWidget(offer)
        layout = QVBoxLayout(self)
        layout.addStretch(3)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(column, 100)
        middle.addStretch(1)
        layout.addLayout(middle)
        layout.addStretch(4)
        theme.changed.connect(self._colour)
        self._colour()

    def _button(self, action: QAction) -> QPushButton:
        button = QPushButton(action.text().partition("\t")[0])
        button.setToolTip(action.toolTip())
        button.setEnabled(action.isEnabled())
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        button.clicked.connect(action.trigger)
        action.enabledChanged.connect(button.setEnabled)
        return button

    def _colour(self) -> None:
        muted = self._theme.colors.muted
        for label in (self._or, self._steps):
            label.setStyleSheet(f"color: {muted};")


_OPENING = ("playlist.open_files", "playlist.open_folder", "playlist.add_files", "playlist.add_folder")


def _ids(actions: Actions) -> set[str]:
    return {spec.id for spec in actions.specs}

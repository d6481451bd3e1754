"""The offer to bring an old library along, on the page that is shown before a file is open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from eightcut_qt.importing.choose_page import DATABASE

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context


class LibraryOffer(QWidget):
    """Shown while there is a library of the old program that nobody imported or declined."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._there = False
        home = Path.home() / DATABASE
        text = QLabel(
            f"There is a library of the old 8-cut here: {home}. Its clips, scans and hard negatives can come along."
        )
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        action = context.actions.action("importing.library")
        self.import_button = QPushButton(action.text())
        self.import_button.setToolTip(action.toolTip())
        self.import_button.clicked.connect(action.trigger)
        self.no_button = QPushButton("Do Not Offer Again")
        self.no_button.clicked.connect(self._decline)
        row = QHBoxLayout()
        for button in (self.import_button, self.no_button):
            button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
            row.addWidget(button)
        row.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(text)
        layout.addLayout(row)
        self.hide()
        context.settings.changed.connect(self._settings_changed)
        context.tasks.run(lambda _task: home.is_file(), done=self._found, failed=lambda _error: None, owner=self)

    def _found(self, there: bool) -> None:
        self._there = there
        self._settings_changed("importing")

    def _settings_changed(self, section: str) -> None:
        if section == "importing":
            known = self._context.settings.value.importing
            self.setVisible(self._there and not known.imported and not known.declined)

    def _decline(self) -> None:
        self._context.settings.update("importing", declined=True)
        self._context.notices.info("Import from Old 8-cut in the File menu brings it along whenever you want.")

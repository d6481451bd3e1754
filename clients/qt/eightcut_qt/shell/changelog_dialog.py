"""Shows what is new."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from PyQt6.QtWidgets import QCheckBox, QDialog, QDialogButtonBox, QLabel, QTextBrowser, QVBoxLayout, QWidget

from eightcut_qt import __version__
from eightcut_qt.shell.changelog import ENTRIES, Entry, newer_than

if TYPE_CHECKING:
    from eightcut_qt.core.settings import SettingsStore


def entries_to_show(settings: SettingsStore) -> tuple[Entry, ...]:
    """Return what the person has not seen; a fresh install has seen everything."""
    if not settings.value.appearance.seen_version:
        settings.update("appearance", seen_version=__version__)
        return ()
    return newer_than(settings.value.appearance.seen_version)


class ChangelogDialog(QDialog):
    """Some entries; closing it with the box ticked says that they are seen."""

    def __init__(
        self,
        settings: SettingsStore,
        entries: Sequence[Entry] = ENTRIES,
        parent: QWidget | None = None,
        *,
        popup: bool = False,
    ) -> None:
        """Show entries.

        Args:
            settings: Where it is kept what was seen.
            entries: Which.
            parent: Qt's.
            popup: It came by itself: the person may ask not to be shown it again.
        """
        super().__init__(parent)
        self._settings = settings
        self.setWindowTitle("What is new")
        browser = QTextBrowser()
        browser.setAccessibleName("What is new")
        browser.setHtml("".join(map(_html, entries)))
        self.not_again = QCheckBox("&Don't show again for this version")
        self.not_again.setChecked(True)
        self.not_again.setVisible(popup)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        heading = QLabel(f"8-cut {__version__}")
        font = heading.font()
        font.setPointSizeF(font.pointSizeF() * 1.4)
        heading.setFont(font)
        layout.addWidget(heading)
        layout.addWidget(browser, 1)
        layout.addWidget(self.not_again)
        layout.addWidget(buttons)
        height = self.fontMetrics().height()
        self.resize(36 * height, 26 * height)
        if popup:
            self.finished.connect(self._keep)

    def _keep(self, _result: int) -> None:
        if self.not_again.isChecked():
            self._settings.update("appearance", seen_version=__version__)


def _html(entry: Entry) -> str:
    lines = "".join(f"<li>{escape(line)}</li>" for line in entry.lines)
    return f"<h3>{escape(entry.version)}</h3><ul>{lines}</ul>"

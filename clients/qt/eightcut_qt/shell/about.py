"""Versions and the licence."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from eightcut_client.endpoints import SERVICE_NAMES
from eightcut_client.errors import service_title
from PyQt6.QtCore import PYQT_VERSION_STR, Qt, qVersion
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from eightcut_qt import __version__

if TYPE_CHECKING:
    from eightcut_qt.link.states import LinkState

_WHAT = "8-cut finds that sound in hours of video."
_LICENCE = (
    "8-cut is free software: you may use, change and pass it on under the GNU General Public License, version 3 or "
    "any later one (GPL-3.0-or-later). It comes without any warranty."
)


def versions(state: LinkState) -> list[tuple[str, str]]:
    """Return what runs here and there, and in which version."""
    found = [("Desktop client", __version__)]
    for name in SERVICE_NAMES:
        service = state.services.get(name)
        title = service_title(name)
        found.append((title[0].upper() + title[1:], service.version if service and service.version else "not known"))
    found += [("Python", platform.python_version()), ("Qt", qVersion() or ""), ("PyQt", PYQT_VERSION_STR)]
    return found


class AboutDialog(QDialog):
    """Shows them; all texts can be selected and copied."""

    def __init__(self, state: LinkState, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About 8-cut")
        layout = QVBoxLayout(self)
        layout.addWidget(_text(_WHAT))
        form = QFormLayout()
        for name, version in versions(state):
            form.addRow(f"{name}:", _text(version))
        form.addRow("Services:", _text(state.sentence))
        layout.addLayout(form)
        layout.addWidget(_text(_LICENCE))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self.setMinimumWidth(70 * self.fontMetrics().averageCharWidth())


def _text(text: str) -> QLabel:
    label = QLabel(text)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    return label

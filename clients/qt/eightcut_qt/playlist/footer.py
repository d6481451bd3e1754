"""What a tab holds, in three lines below it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from eightcut_qt.core.elided_label import ElidedLabel
from eightcut_qt.playlist.texts import count_text, folders_text


@dataclass(frozen=True, slots=True)
class Tally:
    """What there is in a tab; numbers of files, and of clips by folder."""

    files: int
    shown: int
    done: int
    hidden: int
    missing: int
    clips: Mapping[str, int]
    adding: bool = False

    def text(self) -> str:
        """Return the numbers of files in one line."""
        named = ((self.done, "done"), (self.hidden, "hidden"), (self.missing, "missing"))
        parts = [count_text(self.files), *(f"{number:,} {what}" for number, what in named if number)]
        if self.shown != self.files:
            parts.append(f"{self.shown:,} shown")
        if self.adding:
            parts.append("adding more …")
        return " · ".join(parts)


class Footer(QWidget):
    """Numbers of files and clips, and the export folder."""

    choose_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.status = ElidedLabel("Number of files")
        self.clips = ElidedLabel("Clips by folder")
        self.folder = ElidedLabel("Export folder of this tab", leave_out=Qt.TextElideMode.ElideMiddle)
        choose = QToolButton()
        choose.setText("Choose…")
        choose.setToolTip("Choose where clips of the files in this tab are exported to.")
        choose.setAccessibleName("Choose the export folder of this tab")
        choose.clicked.connect(self.choose_wanted)
        line = QHBoxLayout()
        line.addWidget(self.folder, 1)
        line.addWidget(choose)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.status)
        layout.addWidget(self.clips)
        layout.addLayout(line)

    def show_tally(self, tally: Tally, export_folder: str) -> None:
        """Show what there is."""
        self.status.set_text(tally.text())
        self.clips.set_text(f"Clips: {folders_text(tally.clips)}" if tally.clips else "")
        self.clips.setVisible(bool(tally.clips))
        self.folder.set_text(f"Export to: {export_folder}" if export_folder else "Export to: not chosen yet")

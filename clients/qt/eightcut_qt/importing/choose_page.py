"""The first page of the import: which library, and where its media may lie."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PyQt6.QtCore import QDir, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

_HIDDEN = QDir.Filter.Hidden  # The library begins with a dot.

DATABASE = ".8cut.db"
"""Name of the old program's library, in the person's home folder."""


class ChoosePage(QWidget):
    """Takes the path of the old library, and folders to search.

    Attributes:
        folders: Where media are looked for that are not where the old program had them.
        restore: Whether what was deleted here comes back.
        problem: What is wrong with the choice.
    """

    changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.path = QLineEdit()
        self.path.setPlaceholderText("Library of the old program")
        self.path.setClearButtonEnabled(True)
        self.browse = _button("&Browse…", "Choose the library.")
        self.folders: list[Path] = []
        self.list = QListWidget()
        self.list.setAccessibleName("Folders to search")
        self.list.setMaximumHeight(self.fontMetrics().height() * 6)
        self.add = _button("&Add Folder…", "Look for media in this folder, too.")
        self.remove = _button("Re&move", "Do not look in the chosen folder.")
        self.restore = QCheckBox("Bring back what was &deleted here since an import before")
        self.restore.setToolTip("Otherwise an import only adds what was never imported.")
        self.problem = QLabel()
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self._lay_out()
        self.path.textChanged.connect(self._tell)
        self.browse.clicked.connect(self._ask_for_library)
        self.add.clicked.connect(self.ask_for_folder)
        self.remove.clicked.connect(self._remove)
        self.list.currentRowChanged.connect(self._tell)
        self._tell()

    @property
    def database(self) -> Path | None:
        """The library that is named, None when none is."""
        text = self.path.text().strip()
        return Path(text).expanduser().absolute() if text else None

    def say(self, problem: str) -> None:
        """Say what is wrong; empty: nothing."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def add_folder(self, folder: Path) -> None:
        """Look in a folder, too."""
        if folder not in self.folders:
            self.folders.append(folder)
            self._show_folders()

    def ask_for_folder(self) -> QFileDialog:
        """Let the person name a folder; the dialog is open when this returns."""
        dialog = QFileDialog(self, "Where Are the Media?", str(self.folders[-1] if self.folders else Path.home()))
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self._take_folder)
        dialog.open()
        return dialog

    def _take_folder(self, name: str) -> None:
        self.add_folder(Path(name))

    def _ask_for_library(self) -> None:
        begin = self.database or Path.home() / DATABASE
        dialog = QFileDialog(self, "Choose the Old Library", str(begin.parent))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(["Libraries (*.db *.sqlite *.sqlite3)", "All files (*)"])
        dialog.setFilter(dialog.filter() | _HIDDEN)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.path.setText)
        dialog.open()

    def _remove(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self.folders):
            del self.folders[row]
            self._show_folders()

    def _show_folders(self) -> None:
        self.list.clear()
        self.list.addItems(_names(self.folders))
        self._tell()

    def _tell(self) -> None:
        self.remove.setEnabled(self.list.currentRow() >= 0)
        self.say("")
        self.changed.emit()

    def _lay_out(self) -> None:
        about = QLabel(
            "The old program keeps everything in one file. It is only read, and never changed. Before anything is"
            " imported you see what would come, what is missing and what is already here."
        )
        about.setWordWrap(True)
        line = QHBoxLayout()
        line.addWidget(self.path, 1)
        line.addWidget(self.browse)
        form = QFormLayout()
        form.addRow("&Library:", line)
        label = form.labelForField(line)
        if isinstance(label, QLabel):
            label.setBuddy(self.path)
        where = QLabel("&Folders to search for media that are not where the old program had them:")
        where.setWordWrap(True)
        where.setBuddy(self.list)
        buttons = QHBoxLayout()
        buttons.addWidget(self.add)
        buttons.addWidget(self.remove)
        buttons.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(about)
        layout.addLayout(form)
        layout.addWidget(where)
        layout.addWidget(self.list)
        layout.addLayout(buttons)
        layout.addWidget(self.restore)
        layout.addWidget(self.problem)
        layout.addStretch()


def _button(text: str, tip: str) -> QPushButton:
    made = QPushButton(text)
    made.setAutoDefault(False)
    made.setToolTip(tip)
    return made


def _names(folders: Sequence[Path]) -> list[str]:
    return [str(folder) for folder in folders]

"""Questions to the person; the window goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog, QMessageBox, QWidget


def ask_for_files(parent: QWidget, use: Callable[[list[Path]], object]) -> QFileDialog:
    """Ask for files."""
    dialog = QFileDialog(parent.window(), "Add Files")
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.filesSelected.connect(lambda names: use([Path(name) for name in names]))
    return _open(dialog)


def ask_for_folder(parent: QWidget, title: str, begin: str, use: Callable[[Path], object]) -> QFileDialog:
    """Ask for a folder, beginning in another one."""
    dialog = QFileDialog(parent.window(), title, begin)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(lambda name: use(Path(name)))
    return _open(dialog)


def ask_to_close(parent: QWidget, name: str, files: int, close: Callable[[], object]) -> QMessageBox:
    """Ask whether a tab with files is to be closed."""
    box = QMessageBox(
        QMessageBox.Icon.Question,
        "Close Tab",
        f"Close “{name}”?",
        QMessageBox.StandardButton.Cancel,
        parent.window(),
    )
    what = "The file in it is" if files == 1 else f"The {files:,} files in it are"
    box.setInformativeText(f"{what} taken out of the playlist. Nothing is deleted.")
    yes = box.addButton("Close Tab", QMessageBox.ButtonRole.AcceptRole)
    if yes is not None:
        yes.clicked.connect(lambda _checked=False: close())
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
    return box


def _open(dialog: QFileDialog) -> QFileDialog:
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
    return dialog

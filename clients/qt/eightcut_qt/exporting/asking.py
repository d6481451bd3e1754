"""Questions before files are deleted; the window goes on meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QMessageBox, QWidget


def ask_to_delete(parent: QWidget, clips: int, files: int, delete: Callable[[], object]) -> QMessageBox:
    """Ask whether clips are to be deleted with their files."""
    what = "this clip" if clips == 1 else f"these {clips:,} clips"
    whose = "its" if clips == 1 else "their"
    number = "file" if files == 1 else _number(files)
    return _ask_to_delete(parent, f"Delete {what} and {whose} {number} from disk?", "", delete)


def ask_to_delete_files(parent: QWidget, files: int, delete: Callable[[], object]) -> QMessageBox:
    """Ask whether files are to be deleted from which clips were cut."""
    return _ask_to_delete(parent, f"Delete {_number(files)} from disk?", "The clips stay marked. ", delete)


def ask_to_make(parent: QWidget, folder: Path, make: Callable[[], object]) -> QMessageBox:
    """Ask whether an export folder that is gone is to be made anew."""
    text = f"{folder} is not there, though clips were exported to it."
    details = "If its disk is not connected, connect it and cut the clips again. Else make it anew."
    accept = QMessageBox.ButtonRole.AcceptRole
    return _ask(parent, "Export Folder", (text, details), answer="Make It Anew", role=accept, do=make)


def _ask_to_delete(parent: QWidget, text: str, stays: str, delete: Callable[[], object]) -> QMessageBox:
    details = f"{stays}This cannot be undone. A file that another profile uses, too, stays on the disk."
    title, destroy = "Delete from Disk", QMessageBox.ButtonRole.DestructiveRole
    return _ask(parent, title, (text, details), answer=title, role=destroy, do=delete)


def _ask(
    parent: QWidget,
    title: str,
    texts: tuple[str, str],
    *,
    answer: str,
    role: QMessageBox.ButtonRole,
    do: Callable[[], object],
) -> QMessageBox:
    """Ask; Cancel is what Return means."""
    box = QMessageBox(QMessageBox.Icon.Question, title, texts[0], QMessageBox.StandardButton.Cancel, parent.window())
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setInformativeText(texts[1])
    yes = box.addButton(answer, role)
    if yes is not None:
        yes.clicked.connect(lambda _checked=False: do())
    box.setDefaultButton(QMessageBox.StandardButton.Cancel)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()
    return box


def _number(files: int) -> str:
    return "1 file" if files == 1 else f"{files:,} files"

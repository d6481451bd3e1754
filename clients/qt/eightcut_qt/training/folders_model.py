"""Folders that can be checked, with how much is in them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from PyQt6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, pyqtSignal

from eightcut_qt.core.records import FolderRecord

Index: TypeAlias = QModelIndex | QPersistentModelIndex

_ROOT: Final = QModelIndex()


def folder_text(folder: FolderRecord, *, with_exports: bool) -> str:
    """Return a folder with its counts, such as ``door: 12 clips in 3 files, 4 of them from scans``."""
    clips = folder.clips if with_exports else folder.clips - folder.scan_exports
    exports = f", {folder.scan_exports:,} of them from scans" if with_exports and folder.scan_exports else ""
    return (
        f"{folder.name}: {clips:,} clip{'' if clips == 1 else 's'} in {folder.media:,} "
        f"file{'' if folder.media == 1 else 's'}{exports}"
    )


class FoldersModel(QAbstractListModel):
    """Folders of the sound. A checked folder stays wanted while it is not in the list."""

    checked_changed = pyqtSignal()
    """The person has checked or unchecked one."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folders: list[FolderRecord] = []
        self._with_exports = False
        self._wanted: dict[str, None] = {}

    @property
    def folders(self) -> Sequence[FolderRecord]:
        """All that are offered."""
        return self._folders

    @property
    def wanted(self) -> tuple[str, ...]:
        """The names that were checked, also of folders that are not in the list now."""
        return tuple(self._wanted)

    def checked(self) -> tuple[str, ...]:
        """Return the names of the checked ones, in the list's order."""
        return tuple(folder.name for folder in self._folders if folder.name in self._wanted)

    def set_checked(self, names: Iterable[str]) -> None:
        """Check these, whether they are in the list yet or not."""
        self._wanted = dict.fromkeys(names)
        if self._folders:
            self.dataChanged.emit(self.index(0), self.index(len(self._folders) - 1))

    def set_folders(self, folders: Iterable[FolderRecord], *, with_exports: bool) -> None:
        """Offer these."""
        found = list(folders)
        if (found, with_exports) == (self._folders, self._with_exports):
            return
        self.beginResetModel()
        self._folders, self._with_exports = found, with_exports
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self._folders)

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """See QAbstractItemModel."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsUserCheckable if index.isValid() else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See QAbstractItemModel."""
        if not index.isValid():
            return None
        folder = self._folders[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return folder_text(folder, with_exports=self._with_exports)
        if role == Qt.ItemDataRole.CheckStateRole:
            return Qt.CheckState.Checked if folder.name in self._wanted else Qt.CheckState.Unchecked
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """See QAbstractItemModel."""
        if not index.isValid() or role != Qt.ItemDataRole.CheckStateRole:
            return False
        name = self._folders[index.row()].name
        if value in (Qt.CheckState.Checked, Qt.CheckState.Checked.value):
            self._wanted[name] = None
        else:
            self._wanted.pop(name, None)
        self.dataChanged.emit(index, index, [Qt.ItemDataRole.CheckStateRole])
        self.checked_changed.emit()
        return True

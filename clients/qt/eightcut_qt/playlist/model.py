"""The files of a tab as a table: those that a filter lets through, in the person's order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

from PyQt6.QtCore import (
    QAbstractTableModel,
    QMimeData,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QUrl,
    pyqtSignal,
)
from PyQt6.QtGui import QColor, QFont

from eightcut_qt.core.theme import LIGHT, Colors
from eightcut_qt.playlist.columns import TIPS, TITLES, Column
from eightcut_qt.playlist.files import PlaylistFile
from eightcut_qt.playlist.knowledge import Facts
from eightcut_qt.playlist.texts import cell_text, cell_tip

Index: TypeAlias = QModelIndex | QPersistentModelIndex

ROWS_TYPE: Final = "application/x-eightcut-playlist-rows"
"""What is dragged within a tab; its data names the model, the rows are the selected ones."""

_ROOT: Final = QModelIndex()
_FLAGS = (
    Qt.ItemFlag.ItemIsEnabled
    | Qt.ItemFlag.ItemIsSelectable
    | Qt.ItemFlag.ItemIsDragEnabled
    | Qt.ItemFlag.ItemNeverHasChildren
)
_TICK_FLAGS = _FLAGS | Qt.ItemFlag.ItemIsUserCheckable
_MANY_RUNS = 40  # More stretches of rows than this that come or go are shown by a reset.
_MOST_URLS = 1000  # Files that are dragged to other programs at most.


@dataclass(frozen=True, slots=True)
class FileFilter:
    """Which files are shown; conditions that are set must all hold."""

    text: str = ""
    show_hidden: bool = False
    only_missing: bool = False
    only_open: bool = False


class PlaylistModel(QAbstractTableModel):
    """Files in order. Rows that stay keep their selection, whatever comes and goes."""

    files_changed = pyqtSignal()
    """Files came, went, moved, or are done or not."""
    paths_dropped = pyqtSignal(list, object)
    """Paths from outside, and the file before which they were dropped (None: at the end)."""
    done_wanted = pyqtSignal(list, bool)
    """The person ticked files."""

    def __init__(
        self,
        facts: Callable[[PlaylistFile], Facts],
        is_hidden: Callable[[PlaylistFile], bool],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._facts = facts
        self._is_hidden = is_hidden
        self._files: list[PlaylistFile] = []
        self._keys: dict[str, PlaylistFile] = {}
        self._shown: list[PlaylistFile] = []
        self._filter = FileFilter()
        self._colors = LIGHT
        self._current = ""
        self._dragged: list[PlaylistFile] = []

    @property
    def files(self) -> Sequence[PlaylistFile]:
        """All files, shown or not."""
        return self._files

    @property
    def shown(self) -> Sequence[PlaylistFile]:
        """The files that are shown."""
        return self._shown

    def find(self, key: str) -> PlaylistFile | None:
        """Return the file with this key."""
        return self._keys.get(key)

    def file(self, row: int) -> PlaylistFile:
        """Return the file of a row."""
        return self._shown[row]

    def row_of(self, file: PlaylistFile) -> int | None:
        """Return the row of a file, None if it is not shown."""
        try:
            return self._shown.index(file)
        except ValueError:
            return None

    def set_files(self, files: Iterable[PlaylistFile]) -> None:
        """Show other files."""
        self._keys = {file.key: file for file in files}
        self._files = list(self._keys.values())
        self.beginResetModel()
        self._shown = self._fitting()
        self.endResetModel()
        self.files_changed.emit()

    def add(self, files: Iterable[PlaylistFile], before: PlaylistFile | None = None) -> list[PlaylistFile]:
        """Add files that are not there yet; returns those."""
        new: list[PlaylistFile] = []
        for file in files:
            if file.key not in self._keys:
                self._keys[file.key] = file
                new.append(file)
        if new:
            at = len(self._files) if before is None or before not in self._files else self._files.index(before)
            self._files[at:at] = new
            self._show_new(self._fitting(new), before)
            self.files_changed.emit()
        return new

    def remove(self, files: Collection[PlaylistFile]) -> None:
        """Take files out of the list."""
        gone = set(files)
        self._files = [file for file in self._files if file not in gone]
        self._keys = {file.key: file for file in self._files}
        self.refilter()
        self.files_changed.emit()

    def replace(self, file: PlaylistFile, new: PlaylistFile) -> None:
        """Let another path take a file's place; if that is in the list already, the file goes."""
        if new.key in self._keys:
            self.remove([file])
            return
        self._files[self._files.index(file)] = new
        self._keys = {item.key: item for item in self._files}
        self.refilter()
        self.files_changed.emit()

    def move(self, files: Collection[PlaylistFile], before: PlaylistFile | None) -> None:
        """Put files before another one, or at the end, in the order that they have."""
        moved = set(files)
        while before is not None and before in moved:  # Dropped onto itself: before what follows.
            place = self._files.index(before) + 1
            before = self._files[place] if place < len(self._files) else None
        rest = [file for file in self._files if file not in moved]
        at = rest.index(before) if before is not None else len(rest)
        self._reorder([*rest[:at], *(file for file in self._files if file in moved), *rest[at:]])

    def reorder(self, files: Sequence[PlaylistFile]) -> None:
        """Put the files in this order; nothing happens when they are not the same files any more."""
        if set(files) == set(self._files):
            self._reorder(list(files))

    def set_done(self, keys: Collection[str], done: bool) -> None:
        """Mark files as done or not."""
        for key in keys:
            if (file := self._keys.get(key)) is not None:
                file.done = done
        self.refresh()
        self.files_changed.emit()

    def set_current(self, key: str) -> None:
        """Show which file is open; empty: none."""
        old, self._current = self._current, key
        for row, file in enumerate(self._shown):
            if file.key in (old, key):
                self._tell(row, row)

    def set_filter(self, wanted: FileFilter) -> None:
        """Show only what fits."""
        if wanted != self._filter:
            self._filter = wanted
            self.refilter()

    def set_colors(self, colors: Colors) -> None:
        """Draw in other colours."""
        self._colors = colors
        self._tell(0, len(self._shown) - 1)

    def refresh(self) -> None:
        """Read everything again that is known of the files."""
        self.refilter()
        self._tell(0, len(self._shown) - 1)

    def refilter(self) -> None:
        """Let rows come and go that fit now, or no longer."""
        wanted = self._fitting()
        if wanted == self._shown:
            return
        keep, there = set(wanted), set(self._shown)
        gone = _runs([row for row, file in enumerate(self._shown) if file not in keep])
        new = _runs([row for row, file in enumerate(wanted) if file not in there])
        if len(gone) + len(new) > _MANY_RUNS:
            self.beginResetModel()
            self._shown = wanted
            self.endResetModel()
            return
        for first, last in reversed(gone):
            self.beginRemoveRows(_ROOT, first, last)
            del self._shown[first : last + 1]
            self.endRemoveRows()
        for first, last in new:
            self.beginInsertRows(_ROOT, first, last)
            self._shown[first:first] = wanted[first : last + 1]
            self.endInsertRows()

    def rowCount(self, parent: Index = _ROOT) -> int:
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401  Qt's
        """See QAbstractItemModel."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return TITLES[section]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return TIPS[section]
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401, PLR0911  Qt's
        """See QAbstractItemModel."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        file, column = self._shown[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return cell_text(file, self._facts(file), column)
        if role == Qt.ItemDataRole.CheckStateRole and column == Column.DONE:
            return Qt.CheckState.Checked if file.done else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(self._colors.muted) if file.missing or self._is_hidden(file) else None
        if role == Qt.ItemDataRole.FontRole and column == Column.NAME:
            return self._font(file)
        if role == Qt.ItemDataRole.ToolTipRole:
            return cell_tip(file, self._facts(file), column)
        if role == Qt.ItemDataRole.AccessibleTextRole and column == Column.DONE:
            return "done" if file.done else "not done"
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: ANN401  Qt's
        """Say that the person ticked a file."""
        if role != Qt.ItemDataRole.CheckStateRole or not index.isValid() or index.column() != Column.DONE:
            return False
        self.done_wanted.emit([self._shown[index.row()]], Qt.CheckState(value) == Qt.CheckState.Checked)
        return True

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """See QAbstractItemModel."""
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled  # Between rows, not onto them.
        return _TICK_FLAGS if index.column() == Column.DONE else _FLAGS

    def supportedDropActions(self) -> Qt.DropAction:
        """See QAbstractItemModel."""
        return Qt.DropAction.CopyAction | Qt.DropAction.MoveAction

    def supportedDragActions(self) -> Qt.DropAction:
        """See QAbstractItemModel: other programs must not take a file away."""
        return Qt.DropAction.CopyAction

    def mimeTypes(self) -> list[str]:
        """See QAbstractItemModel."""
        return [ROWS_TYPE, "text/uri-list"]

    def mimeData(self, indexes: Iterable[QModelIndex]) -> QMimeData:
        """See QAbstractItemModel."""
        rows = sorted({index.row() for index in indexes})
        self._dragged = [self._shown[row] for row in rows]
        made = QMimeData()
        made.setData(ROWS_TYPE, str(id(self)).encode())
        made.setUrls([QUrl.fromLocalFile(str(file.path)) for file in self._dragged[:_MOST_URLS]])
        return made

    def dropMimeData(
        self, data: QMimeData | None, action: Qt.DropAction, row: int, column: int, parent: QModelIndex
    ) -> bool:
        """See QAbstractItemModel."""
        del action, column, parent
        if data is None:
            return False
        before = self._shown[row] if 0 <= row < len(self._shown) else None
        if data.data(ROWS_TYPE).data() == str(id(self)).encode():
            dragged, self._dragged = self._dragged, []
            self.move([file for file in dragged if self._keys.get(file.key) is file], before)
            return True
        paths = local_paths(data)
        if paths:
            self.paths_dropped.emit(paths, before)
        return bool(paths)

    def _show_new(self, new: list[PlaylistFile], before: PlaylistFile | None) -> None:
        """Insert rows without looking at the others: files are added in many small slices."""
        row = len(self._shown) if before is None else self.row_of(before)
        if row is None:
            self.refilter()
        elif new:
            self.beginInsertRows(_ROOT, row, row + len(new) - 1)
            self._shown[row:row] = new
            self.endInsertRows()

    def _fitting(self, some: Iterable[PlaylistFile] | None = None) -> list[PlaylistFile]:
        wanted = self._filter
        files: Iterable[PlaylistFile] = self._files if some is None else some
        if words := wanted.text.casefold().split():
            files = [file for file in files if all(word in file.searched for word in words)]
        if wanted.only_missing:
            files = [file for file in files if file.missing]
        if wanted.only_open:
            files = [file for file in files if not file.done]
        if not wanted.show_hidden:
            files = [file for file in files if not self._is_hidden(file)]
        return list(files)

    def _reorder(self, files: list[PlaylistFile]) -> None:
        if files == self._files:
            return
        # After a reset the view selects the same files in a few stretches; layoutChanged would move each cell of them.
        self.beginResetModel()
        self._files = files
        self._shown = self._fitting()
        self.endResetModel()
        self.files_changed.emit()

    def _font(self, file: PlaylistFile) -> QFont | None:
        if file.key != self._current and not file.missing:
            return None
        font = QFont()
        font.setBold(file.key == self._current)
        font.setItalic(file.missing)
        return font

    def _tell(self, first: int, last: int) -> None:
        if last >= first:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(Column) - 1))


def local_paths(data: QMimeData) -> list[Path]:
    """Return the files and folders of this machine in what was dropped."""
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def _runs(rows: Sequence[int]) -> list[tuple[int, int]]:
    """Return stretches of rows that follow one another: first and last of each."""
    runs: list[tuple[int, int]] = []
    for row in rows:
        if runs and runs[-1][1] == row - 1:
            runs[-1] = runs[-1][0], row
        else:
            runs.append((row, row))
    return runs


def _alignment(column: int) -> Qt.AlignmentFlag:
    right = column in (Column.CLIPS, Column.DURATION, Column.SCAN)
    return Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft)

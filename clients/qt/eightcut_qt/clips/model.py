"""The clips of a file as a table, which sorts itself: a proxy would ask for 26,000 values to sort 2,000 clips."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from operator import attrgetter
from typing import Any, Final, TypeAlias

from PyQt6.QtCore import (
    QAbstractItemModel,
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    pyqtSignal,
)
from PyQt6.QtGui import QColor

from eightcut_qt.core.clock import format_time, parse_time
from eightcut_qt.core.plain import tip
from eightcut_qt.core.records import ClipRecord
from eightcut_qt.core.theme import LIGHT, Colors

Index: TypeAlias = QModelIndex | QPersistentModelIndex

ID_ROLE: Final = Qt.ItemDataRole.UserRole

_ROOT: Final = QModelIndex()


class Column(IntEnum):
    """Columns of the table."""

    START = 0
    DURATION = 1
    FOLDER = 2
    LABEL = 3
    CATEGORY = 4
    FILES = 5


_TITLES = ("Start", "Length", "Folder", "Label", "Category", "Files")
_FIELDS = ("start", "duration", "folder", "label", "category")


@dataclass(frozen=True, slots=True)
class FileSign:
    """What the table says of a clip's files.

    Attributes:
        text: A word or two.
        tip: One sentence.
        rank: By which the column is sorted.
        warns: Something is not as it should be.
    """

    text: str
    tip: str
    rank: int = 0
    warns: bool = False


NOT_CUT = FileSign("", "It is not cut to files.")


class ClipsModel(QAbstractTableModel):
    """Shows clips, and says what the person types; it changes none itself."""

    typed = pyqtSignal(str, str, object)
    """Id of a clip, field, new value: a text, or seconds."""
    not_a_time = pyqtSignal(str)
    """What was typed where a time belongs."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._clips: list[ClipRecord] = []
        self._colors = LIGHT
        self._signs: Mapping[str, FileSign] = {}
        self._sort = (Column.START, Qt.SortOrder.AscendingOrder)
        self._rows: dict[str, int] | None = None

    def set_colors(self, colors: Colors) -> None:
        """Use other colours for folders."""
        self._colors = colors
        self._tell(0, len(self._clips) - 1)

    def set_clips(self, clips: Sequence[ClipRecord]) -> None:
        """Show these; clips that stay keep their rows' selection, whatever the order is now."""
        wanted = {clip.id: clip for clip in clips}
        if not any(clip.id in wanted for clip in self._clips):  # Another file's.
            self.beginResetModel()
            self._clips, self._rows = self._ordered(clips), None
            self.endResetModel()
            return
        for row in reversed([row for row, clip in enumerate(self._clips) if clip.id not in wanted]):
            self.beginRemoveRows(_ROOT, row, row)
            del self._clips[row]
            self._rows = None
            self.endRemoveRows()
        for row, clip in enumerate(self._clips):
            new = wanted.pop(clip.id)
            if new != clip:
                self._clips[row] = new
                self._tell(row, row)
        if wanted:
            self.beginInsertRows(_ROOT, len(self._clips), len(self._clips) + len(wanted) - 1)
            self._clips += wanted.values()
            self._rows = None
            self.endInsertRows()
        self._arrange()

    def set_signs(self, signs: Mapping[str, FileSign]) -> None:
        """Say this of the files of clips, by id."""
        if signs != self._signs:
            self._signs = signs
            if self._clips:
                self.dataChanged.emit(self.index(0, Column.FILES), self.index(len(self._clips) - 1, Column.FILES))
            if self._sort[0] == Column.FILES:
                self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """See QAbstractItemModel."""
        if 0 <= column < len(Column):
            self._sort = (Column(column), order)
            self._arrange()

    def clip(self, row: int) -> ClipRecord:
        """Return the clip of a row."""
        return self._clips[row]

    def row_of(self, id_: str) -> int | None:
        """Return the row of a clip."""
        if self._rows is None:
            self._rows = {clip.id: row for row, clip in enumerate(self._clips)}
        return self._rows.get(id_)

    def rowCount(self, parent: Index = _ROOT) -> int:
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self._clips)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """See QAbstractItemModel."""
        found = super().flags(index)
        editable = index.isValid() and index.column() != Column.FILES
        return found | Qt.ItemFlag.ItemIsEditable if editable else found

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401  Qt's
        """See QAbstractItemModel."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(Column):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401, PLR0911  Qt's
        """See QAbstractItemModel."""
        if not index.isValid() or index.row() >= len(self._clips):
            return None
        clip, column = self._clips[index.row()], Column(index.column())
        if column == Column.FILES and role not in (ID_ROLE, Qt.ItemDataRole.TextAlignmentRole):
            return self._of_files(self._signs.get(clip.id, NOT_CUT), role)
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(clip, column, 1)
        if role == Qt.ItemDataRole.EditRole:
            return _text(clip, column, 3)
        if role == ID_ROLE:
            return clip.id
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.DecorationRole and column == Column.FOLDER:
            return QColor(self._colors.folder_color(clip.folder))
        if role == Qt.ItemDataRole.ToolTipRole:
            origin = "Exported from a scan" if clip.scan_export else "Marked by a person"
            return f"{origin}: {format_time(clip.start)} to {format_time(clip.end)}."
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: ANN401  Qt's
        """Say what was typed (see `typed`)."""
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        clip, column = self._clips[index.row()], Column(index.column())
        if column == Column.FILES:
            return False
        text = str(value).strip()
        if text == _text(clip, column, 3):
            return False
        if column in (Column.START, Column.DURATION):
            seconds = parse_time(text)
            if seconds is None:
                self.not_a_time.emit(text)
                return False
            self.typed.emit(clip.id, _FIELDS[column], seconds)
        else:
            self.typed.emit(clip.id, _FIELDS[column], text)
        return True

    def _of_files(self, sign: FileSign, role: int) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            return sign.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(sign.tip)
        if role == Qt.ItemDataRole.ForegroundRole and sign.warns:
            return QColor(self._colors.warning)
        return None

    def _ordered(self, clips: Sequence[ClipRecord]) -> list[ClipRecord]:
        """Return clips as they are sorted, those that are alike by start."""
        column, order = self._sort
        by_start = sorted(clips, key=attrgetter("start", "folder", "id"))
        return sorted(by_start, key=self._key(column), reverse=order == Qt.SortOrder.DescendingOrder)

    def _key(self, column: Column) -> Callable[[ClipRecord], Any]:
        if column == Column.FILES:
            return lambda clip: self._signs.get(clip.id, NOT_CUT).rank
        value = attrgetter(_FIELDS[column])
        return value if column in (Column.START, Column.DURATION) else lambda clip: value(clip).casefold()

    def _arrange(self) -> None:
        """Bring rows into order; what is selected, edited and current goes along."""
        ordered = self._ordered(self._clips)
        if ordered == self._clips:
            return
        hint = QAbstractItemModel.LayoutChangeHint.VerticalSortHint
        self.layoutAboutToBeChanged.emit([], hint)
        before, self._clips = self._clips, ordered
        rows = self._rows = {clip.id: row for row, clip in enumerate(ordered)}
        kept = self.persistentIndexList()
        self.changePersistentIndexList(
            kept, [self.index(rows[before[index.row()].id], index.column()) for index in kept]
        )
        self.layoutChanged.emit([], hint)

    def _tell(self, first: int, last: int) -> None:
        if last >= first:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(Column) - 1))


def _text(clip: ClipRecord, column: Column, decimals: int) -> str:
    if column == Column.START:
        return format_time(clip.start, decimals)
    if column == Column.DURATION:
        return format_time(clip.duration, decimals)
    return str(getattr(clip, _FIELDS[column]))


def _alignment(column: int) -> Qt.AlignmentFlag:
    if column == Column.FILES:  # It lies between a column that is read from the right and one from the left.
        return Qt.AlignmentFlag.AlignCenter
    times = column in (Column.START, Column.DURATION)
    return Qt.AlignmentFlag.AlignVCenter | (Qt.AlignmentFlag.AlignRight if times else Qt.AlignmentFlag.AlignLeft)

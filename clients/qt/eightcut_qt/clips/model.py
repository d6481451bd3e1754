"""The clips of a file as a table. Rows stay where they are while clips change; a proxy sorts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final, TypeAlias

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, pyqtSignal
from PyQt6.QtGui import QColor

from eightcut_qt.core.clock import format_time, parse_time
from eightcut_qt.core.plain import tip
from eightcut_qt.core.records import ClipRecord
from eightcut_qt.core.theme import LIGHT, Colors

Index: TypeAlias = QModelIndex | QPersistentModelIndex

ID_ROLE: Final = Qt.ItemDataRole.UserRole
SORT_ROLE: Final = Qt.ItemDataRole.UserRole + 1

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

    def set_colors(self, colors: Colors) -> None:
        """Use other colours for folders."""
        self._colors = colors
        self._tell(0, len(self._clips) - 1)

    def set_clips(self, clips: Sequence[ClipRecord]) -> None:
        """Show these; rows of clips that stay are kept, new ones come last."""
        wanted = {clip.id: clip for clip in clips}
        for row in reversed([row for row, clip in enumerate(self._clips) if clip.id not in wanted]):
            self.beginRemoveRows(_ROOT, row, row)
            del self._clips[row]
            self.endRemoveRows()
        for row, clip in enumerate(self._clips):
            new = wanted.pop(clip.id)
            if new != clip:
                self._clips[row] = new
                self._tell(row, row)
        if wanted:
            self.beginInsertRows(_ROOT, len(self._clips), len(self._clips) + len(wanted) - 1)
            self._clips += wanted.values()
            self.endInsertRows()

    def set_signs(self, signs: Mapping[str, FileSign]) -> None:
        """Say this of the files of clips, by id."""
        if signs != self._signs:
            self._signs = signs
            if self._clips:  # Not the other columns: by one of these the rows are sorted, as a rule.
                self.dataChanged.emit(self.index(0, Column.FILES), self.index(len(self._clips) - 1, Column.FILES))

    def retell(self) -> None:
        """Let views read everything again."""
        self._tell(0, len(self._clips) - 1)

    def clip(self, row: int) -> ClipRecord:
        """Return the clip of a row."""
        return self._clips[row]

    def row_of(self, id_: str) -> int | None:
        """Return the row of a clip."""
        return next((row for row, clip in enumerate(self._clips) if clip.id == id_), None)

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
        if role == SORT_ROLE:
            value = getattr(clip, _FIELDS[column])
            return value.casefold() if isinstance(value, str) else value
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
        if role == SORT_ROLE:
            return sign.rank
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(sign.tip)
        if role == Qt.ItemDataRole.ForegroundRole and sign.warns:
            return QColor(self._colors.warning)
        return None

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

"""What a training would use of each file, as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from eightcut_qt.core.plain import tip

if TYPE_CHECKING:
    from eightcut.trainer.v1.trainer_service_pb2 import MediaExamples

Index: TypeAlias = QModelIndex | QPersistentModelIndex

_ROOT: Final = QModelIndex()


class Column(IntEnum):
    """Columns of the table."""

    FILE = 0
    POSITIVE = 1
    NEGATIVE = 2
    HARD_NEGATIVE = 3
    SOFT = 4
    READY = 5


_TITLES = ("File", "Positive", "Negative", "Hard neg.", "Soft", "Embedded")
_TIPS = (
    "The file's name.",
    "Clips of the sound.",
    "Clips of the negative folder.",
    "Hard negatives: places where a classifier was wrong.",
    "Clips of other folders: they are never taken as negatives.",
    "Whether the server has the file's embeddings.",
)


@dataclass(frozen=True, slots=True)
class FileStatistics:
    """A row."""

    filename: str
    positive: int
    negative: int
    hard_negative: int
    soft: int
    ready: bool

    @classmethod
    def of(cls, message: MediaExamples, filename: str) -> FileStatistics:
        """Make it from a message."""
        return cls(
            filename, message.positive, message.negative, message.hard_negative, message.soft, message.track_ready
        )

    def value(self, column: int) -> Any:  # noqa: ANN401  what the column holds
        """Return what a column holds, for sorting."""
        return (
            self.filename.casefold(),
            self.positive,
            self.negative,
            self.hard_negative,
            self.soft,
            self.ready,
        )[column]

    def text(self, column: int) -> str:
        """Return what a column shows."""
        if column == Column.FILE:
            return self.filename
        if column == Column.READY:
            return "✓ yes" if self.ready else "✗ no"
        return f"{self.value(column):,}" if self.value(column) else ""


class StatisticsModel(QAbstractTableModel):
    """Examples per file, those with most positives first until the person sorts otherwise."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[FileStatistics] = []
        self._order: tuple[int, Qt.SortOrder] | None = None

    def show(self, media: Sequence[MediaExamples], filenames: Mapping[str, str]) -> None:
        """Show these; nothing happens when they are shown already."""
        rows = self._sorted([FileStatistics.of(item, filenames.get(item.media, item.media[:12])) for item in media])
        if rows == self._rows:
            return
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(Column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See QAbstractItemModel."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._rows[index.row()].text(index.column())
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == Column.FILE:
            return tip(self._rows[index.row()].filename)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() != Column.FILE:
            return Qt.AlignmentFlag.AlignCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See QAbstractItemModel."""
        if orientation != Qt.Orientation.Horizontal or section >= len(_TITLES):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[section]
        return _TIPS[section] if role == Qt.ItemDataRole.ToolTipRole else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """See QAbstractItemModel."""
        self._order = (column, order) if 0 <= column < len(Column) else None
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        before = [self._rows[index.row()] for index in old]
        self._rows = self._sorted(self._rows)
        rows = {id(row): number for number, row in enumerate(self._rows)} if old else {}
        new = [self.index(rows[id(row)], index.column()) for row, index in zip(before, old, strict=True)]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def _sorted(self, rows: list[FileStatistics]) -> list[FileStatistics]:
        if self._order is None:
            return rows
        column, order = self._order
        return sorted(rows, key=lambda row: row.value(column), reverse=order == Qt.SortOrder.DescendingOrder)

"""Hard negatives as a table: those that a filter lets through, in the order that the person chose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, Final, TypeAlias

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from eightcut_qt.core.clock import format_time
from eightcut_qt.core.plain import tip
from eightcut_qt.core.records import NegativeRecord
from eightcut_qt.gateway import NegativeFilter

Index: TypeAlias = QModelIndex | QPersistentModelIndex

Place: TypeAlias = tuple[str, int]
"""Media and microseconds: what a hard negative is unique by, also when it is deleted and made again."""

_ROOT: Final = QModelIndex()


def place_of(negative: NegativeRecord) -> Place:
    """Return where a hard negative is."""
    return negative.media, round(negative.start * 1_000_000)


class Column(IntEnum):
    """Columns of the table."""

    FILE = 0
    TIME = 1
    MODEL = 2
    ADDED = 3


_TITLES = {Column.FILE: "File", Column.TIME: "Time", Column.MODEL: "Found wrong by", Column.ADDED: "Added"}


@dataclass(frozen=True, slots=True)
class Row:
    """A hard negative and what is shown of it."""

    negative: NegativeRecord
    filename: str
    texts: tuple[str, str, str, str]
    searched: str

    @classmethod
    def of(cls, negative: NegativeRecord, filename: str) -> Row:
        """Make the texts once: painting must not."""
        texts = (
            filename,
            format_time(negative.start),
            negative.source_model or "a person",
            negative.created.strftime("%Y-%m-%d %H:%M"),
        )
        return cls(negative, filename, texts, f"{filename}\n{negative.source_model}".casefold())


def rows_of(negatives: Iterable[NegativeRecord], filenames: Mapping[str, str]) -> dict[Place, Row]:
    """Return what a model shows of hard negatives; a task does it, because thousands take a while."""
    return {
        place_of(negative): Row.of(negative, filenames.get(negative.media, negative.media[:12]))
        for negative in negatives
    }


_KEYS: dict[int, Callable[[Row], Any]] = {
    Column.FILE: lambda row: (row.filename.casefold(), row.negative.start),
    Column.TIME: lambda row: row.negative.start,
    Column.MODEL: lambda row: (row.negative.source_model.casefold(), row.negative.created),
    Column.ADDED: lambda row: (row.negative.created, row.negative.media, row.negative.start),
}


class NegativesModel(QAbstractTableModel):
    """All hard negatives of the profile, of which it shows those that match `filter`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: dict[Place, Row] = {}
        self._shown: list[Row] = []
        self._filter = NegativeFilter()
        self._column, self._order = int(Column.ADDED), Qt.SortOrder.DescendingOrder

    @property
    def filter(self) -> NegativeFilter:
        """What is shown."""
        return self._filter

    @property
    def shown(self) -> Sequence[NegativeRecord]:
        """Those that are shown, in their order."""
        return [row.negative for row in self._shown]

    @property
    def total(self) -> int:
        """How many there are, shown or not."""
        return len(self._all)

    def shown_media(self) -> int:
        """Return of how many files the shown ones are."""
        return len({row.negative.media for row in self._shown})

    def source_models(self) -> list[str]:
        """Return the models that brought any, by name; an empty one: a person."""
        return sorted({row.negative.source_model for row in self._all.values()})

    def negative(self, row: int) -> NegativeRecord:
        """Return the hard negative of a row."""
        return self._shown[row].negative

    def set_all(self, rows: dict[Place, Row]) -> None:
        """Show what there is now (see `rows_of`); nothing happens when it is what is there already."""
        if rows == self._all:
            return
        self._all = dict(rows)
        self._reset()

    def remove(self, places: Iterable[Place]) -> None:
        """Show some no more."""
        for place in places:
            self._all.pop(place, None)
        self._reset()

    def put_back(self, rows: Iterable[Row]) -> None:
        """Show some again."""
        self._all.update((place_of(row.negative), row) for row in rows)
        self._reset()

    def rows_at(self, places: Iterable[Place]) -> list[Row]:
        """Return what is known of some places, for `put_back`."""
        return [self._all[place] for place in places if place in self._all]

    def set_filter(self, wanted: NegativeFilter) -> None:
        """Show only some."""
        if wanted != self._filter:
            self._filter = replace(wanted)
            self._reset()

    def rowCount(self, parent: Index = _ROOT) -> int:
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(Column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See QAbstractItemModel."""
        if not index.isValid():
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._shown[index.row()].texts[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == Column.FILE:
            return tip(self._shown[index.row()].filename)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == Column.TIME:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See QAbstractItemModel."""
        if role == Qt.ItemDataRole.DisplayRole and orientation == Qt.Orientation.Horizontal and section in _TITLES:
            return _TITLES[Column(section)]
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """See QAbstractItemModel; the selection stays with its rows."""
        if column not in _KEYS:
            return
        self._column, self._order = column, order
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        places = [place_of(self._shown[index.row()].negative) for index in old]
        self._shown = self._sorted(self._shown)
        rows = {place_of(row.negative): number for number, row in enumerate(self._shown)} if old else {}
        new = [self.index(rows[place], index.column()) for place, index in zip(places, old, strict=True)]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def _sorted(self, rows: Iterable[Row]) -> list[Row]:
        return sorted(rows, key=_KEYS[self._column], reverse=self._order == Qt.SortOrder.DescendingOrder)

    def _reset(self) -> None:
        self.beginResetModel()
        self._shown = self._sorted(filter(self._matches, self._all.values()))
        self.endResetModel()

    def _matches(self, row: Row) -> bool:
        """Tell what the Store would tell of its filter (see HardNegativeFilter)."""
        wanted = self._filter
        if wanted.source_model is not None and row.negative.source_model != wanted.source_model:
            return False
        if wanted.media and row.negative.media != wanted.media:
            return False
        return wanted.text.casefold() in row.searched

"""The queue as a table."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import Any

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt

from eightcut_qt.core.clock import format_time
from eightcut_qt.core.plain import tip
from eightcut_qt.scanning.items import RUNNING, ScanItem, ScanState
from eightcut_qt.scanning.queue import ScanQueue

PROGRESS_ROLE = Qt.ItemDataRole.UserRole
"""How much of the step that an item is at is done, 0 to 1; None while it is not being worked on."""
STATE_ROLE = Qt.ItemDataRole.UserRole + 1
"""Its `ScanState`."""

_NO_INDEX = QModelIndex()


class Column(IntEnum):
    """Columns."""

    FILE = 0
    STATE = 1
    SPEED = 2
    NOTE = 3


_STATES = {
    ScanState.WAITING: "Waiting",
    ScanState.HASHING: "Reading",
    ScanState.SCANNING: "Scanning",
    ScanState.SKIPPED: "Scanned before",
    ScanState.DONE: "Done",
    ScanState.FAILED: "Failed",
    ScanState.STOPPED: "Stopped",
}
_TITLES = {Column.FILE: "File", Column.STATE: "State", Column.SPEED: "Speed", Column.NOTE: "What happened"}


class ScanTable(QAbstractTableModel):
    """One row for each file of a `ScanQueue`."""

    def __init__(self, queue: ScanQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue = queue
        self._items: list[ScanItem] = list(queue.items)
        self._rows = {item: row for row, item in enumerate(self._items)}
        queue.added.connect(self._add)
        queue.updated.connect(self._update)
        queue.cleared.connect(self._reset)

    def item(self, row: int) -> ScanItem:
        """Return what stands in a row."""
        return self._items[row]

    def row(self, item: ScanItem) -> int | None:
        """Return where an item stands, None when it has gone."""
        return self._rows.get(item)

    def rowCount(self, parent: QModelIndex = _NO_INDEX) -> int:
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self._items)

    def columnCount(self, parent: QModelIndex = _NO_INDEX) -> int:
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """See QAbstractItemModel."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[Column(section)]
        return None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """See QAbstractItemModel."""
        if not index.isValid():
            return None
        item = self._items[index.row()]
        column = Column(index.column())
        found: Any = None
        if role == Qt.ItemDataRole.DisplayRole:
            found = _text(item, column)
        elif role == Qt.ItemDataRole.ToolTipRole:
            found = tip(str(item.path) if column is Column.FILE else explained(item))
        elif role == Qt.ItemDataRole.AccessibleTextRole:
            found = f"{_TITLES[column]}: {_text(item, column)}"
        elif role == PROGRESS_ROLE:
            found = item.fraction if item.state in RUNNING else None
        elif role == STATE_ROLE:
            found = item.state
        return found

    def _add(self, items: list[ScanItem]) -> None:
        first = len(self._items)
        self.beginInsertRows(QModelIndex(), first, first + len(items) - 1)
        self._items += items
        self._rows.update((item, row) for row, item in enumerate(items, start=first))
        self.endInsertRows()

    def _update(self, items: Iterable[ScanItem]) -> None:
        rows = [self._rows[item] for item in items if item in self._rows]
        if rows:
            self.dataChanged.emit(self.index(min(rows), 0), self.index(max(rows), len(Column) - 1))

    def _reset(self) -> None:
        self.beginResetModel()
        self._items = list(self._queue.items)
        self._rows = {item: row for row, item in enumerate(self._items)}
        self.endResetModel()


def explained(item: ScanItem) -> str:
    """Return all that there is to say of a file, one sentence on each line."""
    return "\n".join(sentence for sentence in (item.sentence, *item.notes) if sentence)


def state_text(item: ScanItem) -> str:
    """Return what is being done with a file, in a few words."""
    text = _STATES[item.state]
    if item.state in RUNNING:
        return f"{text} {item.fraction:.0%}"
    if item.state is ScanState.DONE:
        return f"{text}: {item.regions} {'region' if item.regions == 1 else 'regions'}"
    return text


def _text(item: ScanItem, column: Column) -> str:
    match column:
        case Column.FILE:
            return item.title
        case Column.STATE:
            return state_text(item)
        case Column.SPEED:
            if item.state is not ScanState.SCANNING or item.speed is None:
                return ""
            left = "" if item.eta is None else f", {format_time(item.eta, 0)} left"
            return f"{item.speed:.0f}\N{MULTIPLICATION SIGN}{left}"
        case Column.NOTE:
            return explained(item).replace("\n", " ")

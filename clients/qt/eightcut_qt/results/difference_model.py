"""What changed between two versions, as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, IntEnum
from typing import Any

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PyQt6.QtGui import QBrush

from eightcut_qt.core.clock import format_time
from eightcut_qt.core.records import RegionRecord
from eightcut_qt.gateway import ScanDiff


class Kind(Enum):
    """What became of a region; the value is its sign."""

    GAINED = "+"
    LOST = "-"
    MOVED = "↔"
    KEPT = "="

    @property
    def word(self) -> str:
        """What it is called."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Difference:
    """A region of one or of both versions.

    Attributes:
        kind: What became of it.
        before: In the other version; None when it was gained.
        after: In the version that is shown; None when it was lost.
    """

    kind: Kind
    before: RegionRecord | None
    after: RegionRecord | None

    @property
    def region(self) -> RegionRecord:
        """Where to look."""
        found = self.after or self.before
        assert found is not None
        return found


class DifferenceColumn(IntEnum):
    """Columns."""

    KIND = 0
    START = 1
    END = 2
    SCORE = 3


_HEADERS = ("Change", "Start", "End", "Score")


class DifferenceModel(QAbstractTableModel):
    """Differences by start, those of some kinds."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[Difference] = []
        self._kinds = {Kind.GAINED, Kind.LOST, Kind.MOVED}
        self._rows: list[Difference] = []
        self._brushes: Mapping[Kind, QBrush] = {}

    def set_diff(self, diff: ScanDiff | None) -> None:
        """Show another comparison; None: none."""
        self.beginResetModel()
        self._all = [] if diff is None else _differences(diff)
        self._filter()
        self.endResetModel()

    def set_kinds(self, kinds: set[Kind]) -> None:
        """Show only these."""
        self.beginResetModel()
        self._kinds = set(kinds)
        self._filter()
        self.endResetModel()

    def set_brushes(self, brushes: Mapping[Kind, QBrush]) -> None:
        """Draw kinds in these colours."""
        self._brushes = brushes
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(_HEADERS) - 1))

    def count(self, kind: Kind) -> int:
        """Return how many there are, shown or not."""
        return sum(one.kind is kind for one in self._all)

    def difference_at(self, row: int) -> Difference:
        """Return what a row shows."""
        return self._rows[row]

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """See QAbstractItemModel."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """See QAbstractItemModel."""
        return 0 if parent is not None and parent.isValid() else len(_HEADERS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """See QAbstractItemModel."""
        horizontal = orientation == Qt.Orientation.Horizontal
        if not horizontal or role != Qt.ItemDataRole.DisplayRole or not 0 <= section < len(_HEADERS):
            return None
        return _HEADERS[section]

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """See QAbstractItemModel."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(row, index.column())
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == DifferenceColumn.KIND:
            return self._brushes.get(row.kind)
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() != DifferenceColumn.KIND:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def _filter(self) -> None:
        self._rows = [one for one in self._all if one.kind in self._kinds]


def _differences(diff: ScanDiff) -> list[Difference]:
    found = [Difference(Kind.GAINED, None, region) for region in diff.gained]
    found += [Difference(Kind.LOST, region, None) for region in diff.lost]
    found += [Difference(Kind.MOVED, before, after) for before, after in diff.moved]
    found += [Difference(Kind.KEPT, before, after) for before, after in diff.kept]
    return sorted(found, key=lambda one: one.region.start)


def _text(row: Difference, column: int) -> str:
    if column == DifferenceColumn.KIND:
        return f"{row.kind.value} {row.kind.word}"
    if column == DifferenceColumn.SCORE:
        return _both(row, lambda region: f"{region.score:.2f}")
    if column == DifferenceColumn.START:
        return _both(row, lambda region: format_time(region.start))
    return _both(row, lambda region: format_time(region.end))


def _both(row: Difference, say: Callable[[RegionRecord], str]) -> str:
    texts = [say(region) for region in (row.before, row.after) if region is not None]
    return " → ".join(dict.fromkeys(texts))

"""Regions as a table: filtered and sorted with numpy, so that a slider can drive it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from enum import Enum, IntEnum
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt
from PyQt6.QtCore import QAbstractTableModel, QItemSelectionRange, QModelIndex, QObject, Qt, pyqtSignal
from PyQt6.QtGui import QBrush, QColor

from eightcut_qt.core.clock import format_time, parse_time
from eightcut_qt.core.records import RegionRecord

_EPSILON = 1e-9

# Plain numbers and flags made once: a repaint of the table asks for a thousand values.
_DISPLAY, _EDIT, _ALIGNMENT, _FOREGROUND = (
    int(role)
    for role in (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.EditRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.ForegroundRole,
    )
)
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Column(IntEnum):
    """Columns."""

    START = 0
    END = 1
    LENGTH = 2
    SCORE = 3
    STATE = 4


_START, _END, _LENGTH, _SCORE, _STATE = (int(column) for column in Column)


class Shown(Enum):
    """Which regions are shown, beside the threshold."""

    ALL = "All regions"
    ENABLED = "Enabled"
    DISABLED = "Disabled"
    NEGATIVE = "Hard negatives"
    EXPORTED = "Exported as clips"
    NOT_EXPORTED = "Not exported"


HEADERS = ("Start", "End", "Length", "Score", "State")
_TIPS = (
    "Start of the region; double-click to change it.",
    "End of the region; double-click to change it.",
    "Length of the region.",
    "Best score of its windows, 0 to 1.",
    "On or off, hard negative, resized, exported as clips.",
)


class RegionModel(QAbstractTableModel):
    """The regions of a version that are shown.

    Whatever changes which rows there are, or their order, resets the model; the view puts the selection back by id.
    """

    resize_wanted = pyqtSignal(str, float, float)
    """id, start, end: the person typed another time."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._regions: tuple[RegionRecord, ...] = ()
        self._threshold = 0.0
        self._shown = Shown.ALL
        self._sort = (Column.START, Qt.SortOrder.AscendingOrder)
        self._columns = _columns((), np.zeros(0, bool), np.zeros(0, bool))
        self._rows = np.zeros(0, np.intp)
        self._row_of: dict[str, int] | None = None
        self._muted: QBrush | None = None

    @property
    def total(self) -> int:
        """How many regions there are, shown or not."""
        return len(self._regions)

    @property
    def shown(self) -> list[RegionRecord]:
        """Those that are shown, in the order of the table."""
        return [self._regions[row] for row in self._rows]

    def set_regions(
        self,
        regions: Sequence[RegionRecord],
        negative_ids: Collection[str] = (),
        exported_ids: Collection[str] = (),
    ) -> None:
        """Show these, keeping filter and order.

        Args:
            regions: By start.
            negative_ids: Those that are hard negatives.
            exported_ids: Those that are exported as clips.
        """
        new, old = tuple(regions), self._regions
        negative = np.array([region.id in negative_ids for region in new], bool)
        exported = np.array([region.id in exported_ids for region in new], bool)
        if len(new) != len(old):
            self._reset(new, _columns(new, negative, exported))
            return
        changed = [place for place, region in enumerate(new) if region is not old[place]]
        if any(new[place].id != old[place].id for place in changed):
            self._reset(new, _columns(new, negative, exported))
            return
        dirty = (negative != self._columns.negative) | (exported != self._columns.exported)
        dirty[changed] = True
        places = np.flatnonzero(dirty)
        if not places.size:
            return
        part = _columns([new[place] for place in places.tolist()], negative[places], exported[places])
        columns = self._columns.changed(places, part)
        rows = self._order(columns)
        if not np.array_equal(rows, self._rows):
            self._reset(new, columns)
            return
        self._regions, self._columns = new, columns
        seen = np.flatnonzero(dirty[rows])
        if seen.size:
            self.dataChanged.emit(self.index(int(seen[0]), 0), self.index(int(seen[-1]), len(Column) - 1))

    def set_threshold(self, threshold: float) -> None:
        """Show only regions of at least this score."""
        self._threshold = threshold
        self._arrange()

    def set_shown(self, shown: Shown) -> None:
        """Show only some regions."""
        self._shown = shown
        self._arrange()

    def set_muted(self, color: QColor) -> None:
        """Write disabled regions in this colour."""
        self._muted = QBrush(color)
        if self._rows.size:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, len(Column) - 1))

    def region_at(self, row: int) -> RegionRecord:
        """Return the region of a row."""
        return self._regions[int(self._rows[row])]

    def part(self, first: int, last: int) -> QItemSelectionRange:
        """Return these rows to select, without asking for the size of the table each time."""
        return QItemSelectionRange(self.createIndex(first, 0), self.createIndex(last, len(Column) - 1))

    def row_of(self, id_: str) -> int | None:
        """Return the row of a region, None when it is not shown."""
        return self._places().get(id_)

    def rows_of(self, ids: Iterable[str]) -> npt.NDArray[np.intp]:
        """Return the rows of those regions that are shown, from top to bottom."""
        return np.sort(np.array([row for row in map(self._places().get, ids) if row is not None], np.intp))

    def ids_of(self, rows: npt.NDArray[np.intp]) -> tuple[str, ...]:
        """Return the ids of the regions in some rows."""
        return tuple([self._regions[place].id for place in self._rows[rows].tolist()])

    def export(self) -> list[RegionRecord]:
        """Return the enabled regions that are shown, by start."""
        return [self._regions[row] for row in np.sort(self._rows) if not self._regions[row].disabled]

    def switched_on(self) -> tuple[int, float]:
        """Return how many of those that are shown are on, and their length in all, seconds."""
        rows = self._rows[~self._columns.disabled[self._rows]]
        return len(rows), float(self._columns.values[Column.LENGTH][rows].sum())

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """See QAbstractItemModel."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """See QAbstractItemModel."""
        return 0 if parent is not None and parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """See QAbstractItemModel."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(HEADERS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADERS[section]
        return _TIPS[section] if role == Qt.ItemDataRole.ToolTipRole else None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401, PLR0911  Qt's
        """See QAbstractItemModel."""
        if not index.isValid():
            return None
        if role == _DISPLAY:
            return self._text(int(self._rows[index.row()]), index.column())
        if role == _ALIGNMENT:
            return _LEFT if index.column() == _STATE else _RIGHT
        if role == _FOREGROUND:
            return self._muted if self.region_at(index.row()).disabled else None
        if role == _EDIT and index.column() <= _END:
            region = self.region_at(index.row())
            return format_time((region.start, region.end)[index.column()], 3)
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == _STATE:
            place = int(self._rows[index.row()])
            negative, exported = bool(self._columns.negative[place]), bool(self._columns.exported[place])
            return state_tip(self._regions[place], negative=negative, exported=exported)
        return None

    def setData(self, index: QModelIndex, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """See QAbstractItemModel; the new time is only asked for here (`resize_wanted`)."""
        if not index.isValid() or role != Qt.ItemDataRole.EditRole or index.column() > Column.END:
            return False
        region = self.region_at(index.row())
        seconds = parse_time(str(value))
        old = (region.start, region.end)[index.column()]
        if seconds is None or format_time(seconds, 3) == format_time(old, 3):
            return False
        bounds = (seconds, region.end) if index.column() == Column.START else (region.start, seconds)
        self.resize_wanted.emit(region.id, *bounds)
        return True

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:
        """See QAbstractItemModel."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.isValid() and index.column() <= Column.END else flags

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """See QAbstractItemModel."""
        if 0 <= column < len(Column):
            self._sort = (Column(column), order)
            self._arrange()

    def _text(self, place: int, column: int) -> str:
        region = self._regions[place]
        if column == _START:
            return format_time(region.start)
        if column == _END:
            return format_time(region.end)
        if column == _LENGTH:
            return f"{region.end - region.start:.1f} s"
        if column == _SCORE:
            return f"{region.score:.2f}"
        negative, exported = bool(self._columns.negative[place]), bool(self._columns.exported[place])
        return state_text(region, negative=negative, exported=exported)

    def _places(self) -> dict[str, int]:
        """Return the row of each region that is shown; worked out when somebody asks."""
        if self._row_of is None:
            self._row_of = {self._regions[place].id: row for row, place in enumerate(self._rows.tolist())}
        return self._row_of

    def _arrange(self) -> None:
        rows = self._order(self._columns)
        if np.array_equal(rows, self._rows):
            return
        self._reset(self._regions, self._columns)

    def _reset(self, regions: tuple[RegionRecord, ...], columns: _Columns) -> None:
        rows = self._order(columns)
        self.beginResetModel()
        self._regions, self._columns, self._rows = regions, columns, rows
        self._row_of = None
        self.endResetModel()

    def _order(self, columns: _Columns) -> npt.NDArray[np.intp]:
        wanted = columns.values[Column.SCORE] >= self._threshold - _EPSILON
        if self._shown is Shown.ENABLED:
            wanted &= ~columns.disabled
        elif self._shown is Shown.DISABLED:
            wanted &= columns.disabled
        elif self._shown is Shown.NEGATIVE:
            wanted &= columns.negative
        elif self._shown is Shown.EXPORTED:
            wanted &= columns.exported
        elif self._shown is Shown.NOT_EXPORTED:
            wanted &= ~columns.exported
        rows = np.flatnonzero(wanted)
        column, order = self._sort
        values = columns.values[column][rows]
        if order == Qt.SortOrder.DescendingOrder:
            values = -values
        return rows[np.argsort(values, kind="stable")]


class _Columns:
    """What is sorted and filtered by."""

    def __init__(
        self,
        values: tuple[npt.NDArray[np.float64], ...],
        disabled: npt.NDArray[np.bool_],
        negative: npt.NDArray[np.bool_],
        exported: npt.NDArray[np.bool_],
    ) -> None:
        self.values = values
        self.disabled = disabled
        self.negative = negative
        self.exported = exported

    def changed(self, places: npt.NDArray[np.intp], part: _Columns) -> _Columns:
        """Return what they are when a part of them is at some places."""

        def with_part(old: npt.NDArray[Any], new: npt.NDArray[Any]) -> npt.NDArray[Any]:
            made = old.copy()
            made[places] = new
            return made

        return _Columns(
            tuple(with_part(old, new) for old, new in zip(self.values, part.values, strict=True)),
            with_part(self.disabled, part.disabled),
            with_part(self.negative, part.negative),
            with_part(self.exported, part.exported),
        )


def _columns(
    regions: Sequence[RegionRecord], negative: npt.NDArray[np.bool_], exported: npt.NDArray[np.bool_]
) -> _Columns:
    count = len(regions)
    start, end, score, found_start, found_end = (
        np.fromiter(map(value, regions), np.float64, count) for value in _VALUES
    )
    disabled = np.fromiter(map(_DISABLED, regions), np.bool_, count)
    resized = (start != found_start) | (end != found_end)
    state = disabled * 4.0 + negative * 2.0 + resized * 1.0 + exported * 0.5
    return _Columns((start, end, end - start, score, state), disabled, negative, exported)


_VALUES = tuple(map(attrgetter, ("start", "end", "score", "original_start", "original_end")))
_DISABLED = attrgetter("disabled")


def state_text(region: RegionRecord, *, negative: bool, exported: bool = False) -> str:
    """Return the state of a region, in signs and words."""
    parts = ["○ off" if region.disabled else "● on"]
    if negative:
        parts.append("✗ negative")
    if region.resized:
        parts.append("↔ resized")
    if exported:
        parts.append("✓ exported")
    return "  ".join(parts)


def state_tip(region: RegionRecord, *, negative: bool, exported: bool = False) -> str:
    """Return the state of a region in sentences."""
    said = ["Off: it is neither exported nor reviewed." if region.disabled else "On."]
    if negative:
        said.append("Hard negative: the next training learns that the sound is not here.")
    if region.resized:
        said.append(f"Resized: {format_time(region.original_start)} to {format_time(region.original_end)} was found.")
    if exported:
        said.append("Exported: clips were cut from at least half of it.")
    return "\n".join(said)

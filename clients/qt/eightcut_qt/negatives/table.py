"""The table of hard negatives: it keeps the selection by place when what is shown changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from PyQt6.QtCore import QItemSelection, QItemSelectionModel, Qt, pyqtSignal
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from eightcut_qt.core.records import NegativeRecord
from eightcut_qt.negatives.model import Column, NegativesModel, Place, place_of

_WIDTHS = {Column.TIME: "0:00:00.0 ", Column.MODEL: "HUBERT_XLARGE_door", Column.ADDED: "2026-11-21 12:55 "}


class NegativesTable(QTableView):
    """Shows a `NegativesModel`; several rows can be selected."""

    chosen = pyqtSignal()
    """Other rows are selected."""

    def __init__(self, model: NegativesModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._negatives = model
        self._kept: list[Place] = []
        self._kept_row = 0
        self.setAccessibleName("Hard negatives")
        self.setModel(model)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._lay_out()
        self.setSortingEnabled(True)
        self.sortByColumn(Column.ADDED, Qt.SortOrder.DescendingOrder)
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._restore)
        cast("QItemSelectionModel", self.selectionModel()).selectionChanged.connect(self.chosen)

    def selected(self) -> list[NegativeRecord]:
        """Return the selected hard negatives, all of which are shown, from top to bottom."""
        ranges = self._selection().selection()
        parts = [ranges[number] for number in range(len(ranges))]
        rows = sorted({row for part in parts for row in range(part.top(), part.bottom() + 1)})
        return [self._negatives.negative(row) for row in rows]

    def any_selected(self) -> bool:
        """Whether any is."""
        return self._selection().hasSelection()

    def current(self) -> NegativeRecord | None:
        """Return the one that the person is at."""
        index = self.currentIndex()
        return self._negatives.negative(index.row()) if index.isValid() else None

    def _lay_out(self) -> None:
        rows = cast("QHeaderView", self.verticalHeader())
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(round(self.fontMetrics().height() * 1.5))
        header = cast("QHeaderView", self.horizontalHeader())
        header.setHighlightSections(False)
        header.setSectionResizeMode(Column.FILE, QHeaderView.ResizeMode.Stretch)
        margin = self.fontMetrics().height() * 2
        for column, sample in _WIDTHS.items():
            header.resizeSection(column, self.fontMetrics().horizontalAdvance(sample) + margin)

    def _selection(self) -> QItemSelectionModel:
        return cast("QItemSelectionModel", self.selectionModel())

    def _keep(self) -> None:
        self._kept = [place_of(negative) for negative in self.selected()]
        index = self.currentIndex()
        self._kept_row = index.row() if index.isValid() else 0

    def _restore(self) -> None:
        """Select what was selected and is still shown; if nothing is, the row that took its place."""
        count = self._negatives.rowCount()
        if not self._kept or not count:
            return
        rows = {place_of(negative): row for row, negative in enumerate(self._negatives.shown)}
        # Not selectRow(), which heeds Shift and Ctrl if they happen to be held.
        kept = sorted(rows[place] for place in self._kept if place in rows) or [min(self._kept_row, count - 1)]
        selection = QItemSelection()
        last = Column.ADDED
        for first, end in _runs(kept):
            selection.select(self._negatives.index(first, 0), self._negatives.index(end, last))
        flags = QItemSelectionModel.SelectionFlag
        self._selection().select(selection, flags.ClearAndSelect)
        self._selection().setCurrentIndex(self._negatives.index(kept[0], 0), flags.NoUpdate)


def _runs(rows: list[int]) -> Iterator[tuple[int, int]]:
    """Yield the first and last of each run of neighbours in sorted rows."""
    first = previous = rows[0]
    for row in rows[1:]:
        if row != previous + 1:
            yield first, previous
            first = row
        previous = row
    yield first, previous

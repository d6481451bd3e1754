"""The view of the regions: keeps the selection by id, and knows what the person does from what the program does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from PyQt6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, pyqtSignal
from PyQt6.QtGui import QFocusEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from eightcut_qt.results.region_model import HEADERS, Column, RegionModel
from eightcut_qt.results.typing_fields import TextField


class RegionTable(QTableView):
    """Regions of one version."""

    selected = pyqtSignal(object)
    """tuple of ids: the person selected other regions, or selected ones are no longer shown."""
    reached = pyqtSignal(str)
    """id: the person went to this region."""

    def __init__(self, model: RegionModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._regions = model
        self._quiet = False
        self._kept: tuple[str, ...] = ()
        self._kept_current = ""
        self._kept_scroll = 0
        model.modelAboutToBeReset.connect(self._keep)
        self.setModel(model)
        model.modelReset.connect(self._put_back)
        self.setItemDelegate(_TimeDelegate(self))
        self.setAccessibleName("Regions of this version")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setTabKeyNavigation(False)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSortingEnabled(True)
        self.sortByColumn(Column.START, Qt.SortOrder.AscendingOrder)
        self._lay_out()

    def selected_ids(self) -> tuple[str, ...]:
        """Return the ids of the selected regions, in the order of the table."""
        selection = self.selectionModel()
        if selection is None:
            return ()
        found = selection.selection()
        parts = [found[place] for place in range(found.count())]
        chosen = np.zeros(self._regions.rowCount(), bool)
        for part in parts:
            chosen[part.top() : part.bottom() + 1] = True
        return self._regions.ids_of(np.flatnonzero(chosen))

    def current_id(self) -> str:
        """Return the id of the current region, empty when there is none."""
        index = self.currentIndex()
        return self._regions.region_at(index.row()).id if index.isValid() else ""

    def select(self, ids: tuple[str, ...]) -> None:
        """Select regions as the program; `reached` and `selected` are not emitted."""
        if set(ids) == set(self.selected_ids()):
            return
        with self._quietly():
            self._select(ids)
            rows = [row for id_ in ids if (row := self._regions.row_of(id_)) is not None]
            if rows:
                index = self._regions.index(rows[0], 0)
                self._make_current(index)
                self.scrollTo(index)

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:
        """See QAbstractItemView."""
        super().currentChanged(current, previous)
        if not self._quiet and current.isValid() and current.row() != previous.row():
            self.reached.emit(self._regions.region_at(current.row()).id)

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """See QWidget; Qt makes the first region the current one, to which nobody went."""
        with self._quietly():
            super().focusInEvent(event)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        """See QAbstractItemView."""
        super().selectionChanged(selected, deselected)
        if not self._quiet:
            self.selected.emit(self.selected_ids())

    def _keep(self) -> None:
        self._kept = self.selected_ids()
        self._kept_current = self.current_id()
        bar = self.verticalScrollBar()
        self._kept_scroll = 0 if bar is None else bar.value()

    def _put_back(self) -> None:
        with self._quietly():
            self._select(self._kept)
            row = self._regions.row_of(self._kept_current)
            if row is not None:
                self._make_current(self._regions.index(row, 0))
        bar = self.verticalScrollBar()
        if bar is not None:
            bar.setValue(self._kept_scroll)
        if self._kept and (now := self.selected_ids()) != self._kept:
            self.selected.emit(now)

    def _select(self, ids: tuple[str, ...]) -> None:
        selection = self.selectionModel()
        if selection is None:
            return
        rows = self._regions.rows_of(ids)
        chosen = QItemSelection()
        if rows.size:  # One range for rows that lie together.
            breaks = np.flatnonzero(np.diff(rows) > 1)
            firsts, lasts = rows[[0, *(breaks + 1)]], rows[[*breaks, -1]]
            for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
                chosen.append(self._regions.part(first, last))
        current = selection.currentIndex()
        selection.reset()  # Qt would compare all stretches of the old selection with all of the new one.
        selection.setCurrentIndex(current, QItemSelectionModel.SelectionFlag.NoUpdate)
        selection.select(chosen, QItemSelectionModel.SelectionFlag.Select)
        viewport = self.viewport()
        if viewport is not None:
            viewport.update()

    def _make_current(self, index: QModelIndex) -> None:
        selection = self.selectionModel()
        if selection is not None:
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

    def _lay_out(self) -> None:
        metrics = self.fontMetrics()
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        if rows is not None:
            rows.hide()
            rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            rows.setDefaultSectionSize(metrics.height() + metrics.height() // 3)
        if columns is not None:
            # With the table's own one each repaint would ask for the state of all rows to draw the headers.
            columns.setSelectionModel(QItemSelectionModel(self._regions, columns))
            columns.setSectionResizeMode(Column.STATE, QHeaderView.ResizeMode.Stretch)
            columns.setHighlightSections(False)
            for column, text in zip(Column, ("0:00:00.0", "0:00:00.0", "0000.0 s", "0.00"), strict=False):
                width = max(metrics.horizontalAdvance(text), metrics.horizontalAdvance(HEADERS[column]))
                columns.resizeSection(column, width + metrics.height() * 2 // 3)

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before


class _TimeDelegate(QStyledItemDelegate):
    """Edits a time as text."""

    def createEditor(
        self,
        parent: QWidget | None,
        option: QStyleOptionViewItem,  # noqa: ARG002  Qt's
        index: QModelIndex,
    ) -> QWidget | None:
        """See QStyledItemDelegate."""
        editor = TextField(parent)
        editor.setFrame(False)
        editor.setAccessibleName(f"{HEADERS[index.column()]} of the region, such as 1:23.4")
        return editor

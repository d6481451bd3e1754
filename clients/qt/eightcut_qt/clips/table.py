"""The table of clips: sorting, selection by id, editing in place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PyQt6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from eightcut_qt.clips.form import completer
from eightcut_qt.clips.marking import CATEGORIES
from eightcut_qt.clips.model import ID_ROLE, ClipsModel, Column
from eightcut_qt.core.folders import MAX_CATEGORY, MAX_FOLDER, MAX_LABEL

_LONGEST = {Column.FOLDER: MAX_FOLDER, Column.LABEL: MAX_LABEL, Column.CATEGORY: MAX_CATEGORY}


class ClipsTable(QTableView):
    """Shows a `ClipsModel`."""

    chosen = pyqtSignal(str)
    """Id of the clip that became the current one."""

    def __init__(self, model: ClipsModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._clips = model
        self._delegate = _TextDelegate(self)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Clips of this file")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.DoubleClicked)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSortingEnabled(True)
        self.sortByColumn(Column.START, Qt.SortOrder.AscendingOrder)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        width = self.fontMetrics().horizontalAdvance
        if (rows := self.verticalHeader()) is not None:
            rows.hide()
            rows.setDefaultSectionSize(self.fontMetrics().height() + 6)
        if (columns := self.horizontalHeader()) is not None:
            columns.setHighlightSections(False)
            columns.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
            columns.setSectionResizeMode(Column.LABEL, QHeaderView.ResizeMode.Stretch)
            columns.setMinimumSectionSize(width("0:00.0"))
            columns.moveSection(Column.FILES, Column.FOLDER)  # Seen also where there is little room.
        self.setColumnWidth(Column.START, width("00:00:00.0  "))
        self.setColumnWidth(Column.DURATION, width("00:00.0   "))
        self.setColumnWidth(Column.FOLDER, width("x" * 16))
        self.setColumnWidth(Column.CATEGORY, width("Category   "))
        self.setColumnWidth(Column.FILES, width("9, changed "))

    def offer(self, column: Column, names: Sequence[str]) -> None:
        """Complete what is typed in a column from these."""
        self._delegate.offers[column] = list(names)

    def selected_ids(self) -> list[str]:
        """Return the ids of the selected clips, from top to bottom."""
        selection = self.selectionModel()
        rows = [] if selection is None else selection.selectedRows()
        return [str(index.data(ID_ROLE)) for index in sorted(rows, key=QModelIndex.row)]

    def select_ids(self, ids: Iterable[str]) -> None:
        """Select these clips and show the first."""
        selection = self.selectionModel()
        rows = [row for id_ in ids if (row := self._clips.row_of(id_)) is not None]
        if selection is None or not rows:
            return
        places = [self._clips.index(row, 0) for row in rows]
        wanted = QItemSelection()
        for place in places:
            wanted.select(place, place)
        flags = QItemSelectionModel.SelectionFlag
        selection.setCurrentIndex(places[0], flags.NoUpdate)
        selection.select(wanted, flags.ClearAndSelect | flags.Rows)
        self.scrollTo(places[0])

    def edit_current(self) -> None:
        """Edit the current cell."""
        if self.currentIndex().isValid():
            self.edit(self.currentIndex())

    def current_id(self) -> str:
        """Return the id of the current clip; empty: there is none."""
        index = self.currentIndex()
        return str(index.data(ID_ROLE)) if index.isValid() else ""


class _TextDelegate(QStyledItemDelegate):
    """A text field that completes what the column knows."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.offers: dict[int, list[str]] = {Column.CATEGORY: list(CATEGORIES)}

    def createEditor(self, parent: QWidget | None, option: QStyleOptionViewItem, index: QModelIndex) -> QWidget | None:
        """See QStyledItemDelegate."""
        del option
        column = index.column()
        editor = QLineEdit(parent)
        editor.setFrame(False)
        editor.setAccessibleName(str(index.model().headerData(column, Qt.Orientation.Horizontal)))  # type: ignore[union-attr]
        editor.setMaxLength(_LONGEST.get(Column(column), 32))
        if column in self.offers:
            editor.setCompleter(completer(self.offers[column], editor))
        return editor

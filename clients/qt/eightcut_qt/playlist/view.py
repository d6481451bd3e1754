"""One tab's list: selection by file, dragging, dropping."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, Qt, pyqtSignal
from PyQt6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from eightcut_qt.playlist.columns import Column
from eightcut_qt.playlist.files import PlaylistFile
from eightcut_qt.playlist.model import PlaylistModel

_NAME = 18  # Characters of a name that want to be seen.


class PlaylistView(QTableView):
    """Shows a `PlaylistModel`, fast with ten thousand rows: nothing is measured but what is painted."""

    opened = pyqtSignal(object)
    """The `PlaylistFile` that was double-clicked."""

    def __init__(self, model: PlaylistModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._files = model
        self._widths: dict[int, int] = {}
        self._kept: tuple[list[PlaylistFile], PlaylistFile | None, int] = ([], None, 0)
        model.modelAboutToBeReset.connect(self._before_reset)
        self.setModel(model)
        model.modelReset.connect(self._after_reset)  # After the view's own slot.
        self._had_selection = False
        model.rowsAboutToBeRemoved.connect(self._before_removal)
        model.rowsRemoved.connect(self._after_removal)
        self.setAccessibleName("Files")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(True)
        self.setAcceptDrops(True)
        self.setDropIndicatorShown(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragDrop)
        self.setDragDropOverwriteMode(False)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setTabKeyNavigation(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._set_widths()
        self.doubleClicked.connect(self._double_clicked)

    def selected(self) -> list[PlaylistFile]:
        """Return the selected files, from top to bottom."""
        selection = self.selectionModel()
        if selection is None:
            return []
        picked = selection.selection()
        parts = (picked[place] for place in range(picked.count()))
        rows = {row for part in parts for row in range(part.top(), part.bottom() + 1)}
        return [self._files.file(row) for row in sorted(rows)]

    def current(self) -> PlaylistFile | None:
        """Return the file that the keys are at."""
        index = self.currentIndex()
        return self._files.file(index.row()) if index.isValid() else None

    def select(self, files: Sequence[PlaylistFile]) -> None:
        """Select files, and go to the first."""
        selection = self.selectionModel()
        rows = sorted(row for file in files if (row := self._files.row_of(file)) is not None)
        if selection is None or not rows:
            return
        flags = QItemSelectionModel.SelectionFlag
        first = self._files.index(rows[0], Column.NAME)
        selection.setCurrentIndex(first, flags.NoUpdate)
        selection.select(self._selection(rows), flags.ClearAndSelect | flags.Rows)
        self.scrollTo(first)

    def visible_files(self) -> list[PlaylistFile]:
        """Return the files whose rows can be seen."""
        viewport = self.viewport()
        if viewport is None or not self._files.shown:
            return []
        first, last = self.rowAt(0), self.rowAt(viewport.height() - 1)
        last = len(self._files.shown) - 1 if last < 0 else last
        return list(self._files.shown[max(first, 0) : last + 1])

    def paintEvent(self, event: QPaintEvent | None) -> None:
        """See QWidget; an empty list says what to do."""
        super().paintEvent(event)
        viewport = self.viewport()
        if self._files.shown or viewport is None:
            return
        text = "No file fits the filter." if self._files.files else "Drop files or folders here."
        painter = QPainter(viewport)
        painter.setPen(self.palette().placeholderText().color())
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(viewport.rect().adjusted(12, 12, -12, -12), int(flags), text)
        painter.end()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """See QWidget; where there is little room, the names have it."""
        super().resizeEvent(event)
        viewport = self.viewport()
        if viewport is None:
            return
        left = viewport.width() - self.columnWidth(Column.DONE) - self.fontMetrics().averageCharWidth() * _NAME
        for column in (Column.CLIPS, Column.DURATION, Column.SCAN):
            left -= self._widths[column]
            self.setColumnHidden(column, left < 0)

    def _set_widths(self) -> None:
        metrics = self.fontMetrics()
        if (rows := self.verticalHeader()) is not None:
            rows.hide()
            rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            rows.setDefaultSectionSize(metrics.height() + 6)
        if (columns := self.horizontalHeader()) is not None:
            columns.setHighlightSections(False)
            # To be painted, the header asks every row of a long selection whether all of its column is selected: half a
            # second for ten thousand files. It gets a selection of its own, which stays empty.
            columns.setSelectionModel(QItemSelectionModel(self._files, columns))
            columns.setSectionsClickable(False)
            columns.setMinimumSectionSize(metrics.height() + 8)
            columns.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
        self.setColumnWidth(Column.DONE, metrics.height() + 14)
        for column, widest in (
            (Column.CLIPS, "Clips    "),
            (Column.DURATION, "0:00:00   "),
            (Column.SCAN, "Newest scan   "),
        ):
            self._widths[column] = metrics.horizontalAdvance(widest)
            self.setColumnWidth(column, self._widths[column])

    def _selection(self, rows: Sequence[int]) -> QItemSelection:
        wanted = QItemSelection()
        begin = 0
        for place, row in enumerate(rows):
            if place + 1 == len(rows) or rows[place + 1] != row + 1:
                wanted.select(self._files.index(rows[begin], 0), self._files.index(row, len(Column) - 1))
                begin = place + 1
        return wanted

    def _double_clicked(self, index: QModelIndex) -> None:
        if index.column() != Column.DONE:
            self.opened.emit(self._files.file(index.row()))

    def _before_removal(self) -> None:
        self._had_selection = bool(self.selected())

    def _after_removal(self) -> None:
        """Select the file that the keys are at when all selected ones have gone: the next key is meant for it."""
        current = self.current()
        if self._had_selection and current is not None and not self.selected():
            self.select([current])

    def _before_reset(self) -> None:
        bar = self.verticalScrollBar()
        self._kept = (self.selected(), self.current(), 0 if bar is None else bar.value())

    def _after_reset(self) -> None:
        (files, current, scrolled), self._kept = self._kept, ([], None, 0)
        selection = self.selectionModel()
        if selection is None:
            return
        rows = {file: row for row, file in enumerate(self._files.shown)} if files or current else {}
        flags = QItemSelectionModel.SelectionFlag
        if current in rows:
            selection.setCurrentIndex(self._files.index(rows[current], Column.NAME), flags.NoUpdate)
        selection.select(self._selection(sorted(rows[file] for file in files if file in rows)), flags.ClearAndSelect)
        if (bar := self.verticalScrollBar()) is not None:
            bar.setValue(scrolled)

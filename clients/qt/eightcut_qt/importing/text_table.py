"""A table of texts that is only looked at: the model, and a view on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, cast

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, Qt
from PyQt6.QtGui import QGuiApplication, QKeyEvent, QKeySequence
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget


class TextTableModel(QAbstractTableModel):
    """Rows of texts."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns: tuple[str, ...] = ()
        self._rows: Sequence[Sequence[str]] = ()
        self._numbers: frozenset[int] = frozenset()

    def set_rows(
        self, columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Collection[int] = frozenset()
    ) -> None:
        """Show other rows; ``numbers``: columns that are read from the right."""
        self.beginResetModel()
        self._columns, self._rows, self._numbers = tuple(columns), tuple(rows), frozenset(numbers)
        self.endResetModel()

    def texts(self, row: int) -> Sequence[str]:
        """Return the cells of a row."""
        return self._rows[row]

    def rowCount(self, parent: QModelIndex | None = None) -> int:
        """See QAbstractItemModel."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: QModelIndex | None = None) -> int:
        """See QAbstractItemModel."""
        return 0 if parent is not None and parent.isValid() else len(self._columns)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """See QAbstractItemModel."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section in self._numbers)
        return self._columns[section] if role == Qt.ItemDataRole.DisplayRole else None

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401  Qt's
        """See QAbstractItemModel."""
        if not index.isValid():
            return None
        text = self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return text.replace("\n", " ")
        if role == Qt.ItemDataRole.ToolTipRole:
            return text or None
        return _alignment(index.column() in self._numbers) if role == Qt.ItemDataRole.TextAlignmentRole else None


class TextTable(QTableView):
    """Shows a `TextTableModel`; what is selected can be copied."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.texts = TextTableModel(self)
        self.setModel(self.texts)
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setAlternatingRowColors(True)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        rows = cast("QHeaderView", self.verticalHeader())
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(round(self.fontMetrics().height() * 1.4))
        header = cast("QHeaderView", self.horizontalHeader())
        header.setHighlightSections(False)

    def show_rows(
        self,
        columns: Sequence[str],
        rows: Sequence[Sequence[str]],
        numbers: Collection[int] = frozenset(),
        wide: int = -1,
    ) -> None:
        """Show other rows.

        Args:
            columns: Headers.
            rows: Cells.
            numbers: Columns that are read from the right.
            wide: Column that gets the room that is left; negative: counted from the last.
        """
        self.texts.set_rows(columns, rows, numbers)
        header = cast("QHeaderView", self.horizontalHeader())
        metrics, most = self.fontMetrics(), self.fontMetrics().averageCharWidth() * 48
        for column, title in enumerate(columns):
            texts = [title, *(row[column] for row in rows[:200])]
            width = max(metrics.horizontalAdvance(text.replace("\n", " ")) for text in texts)
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(column, min(width, most) + metrics.height() * 3 // 2)
        header.setSectionResizeMode(wide % len(columns), QHeaderView.ResizeMode.Stretch)

    def selected_text(self, column: int | None = None) -> str:
        """Return the cells of the selected rows, of all where none is selected, as lines with tabs.

        Args:
            column: Only this one; None: all.
        """
        selection = self.selectionModel()
        rows = sorted(index.row() for index in selection.selectedRows()) if selection is not None else []
        texts = [self.texts.texts(row) for row in rows or range(self.texts.rowCount())]
        return "\n".join("\t".join(cells) if column is None else cells[column] for cells in texts)

    def keyPressEvent(self, event: QKeyEvent | None) -> None:
        """Copy whole rows."""
        if event is not None and event.matches(QKeySequence.StandardKey.Copy):
            copy(self.selected_text())
            event.accept()
        else:
            super().keyPressEvent(event)


def copy(text: str) -> None:
    """Put a text into the clipboard."""
    clipboard = QGuiApplication.clipboard()
    if clipboard is not None:
        clipboard.setText(text)


def _alignment(number: bool) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter

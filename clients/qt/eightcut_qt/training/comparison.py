"""Two versions' figures side by side, as a table: used where a version is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias, cast

from eightcut.common.v1.training_pb2 import TrainingMetrics
from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from eightcut_qt.core.theme import color
from eightcut_qt.training.metrics import Comparison, Trend, compare

if TYPE_CHECKING:
    from eightcut_qt.core.theme import Theme

Index: TypeAlias = QModelIndex | QPersistentModelIndex

_ROOT: Final = QModelIndex()


class ComparisonModel(QAbstractTableModel):
    """Figures of a version against those of another."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows: list[Comparison] = []
        self._titles = ["", "", ""]
        theme.changed.connect(self._repaint)

    def show(self, new: TrainingMetrics, new_title: str, old: TrainingMetrics | None, old_title: str) -> None:
        """Show two versions, or one."""
        self.beginResetModel()
        self._rows = compare(new, old)
        self._titles = [new_title] if old is None else [new_title, old_title, "Difference"]
        self.endResetModel()

    def clear(self) -> None:
        """Show none."""
        self.beginResetModel()
        self._rows = []
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See QAbstractItemModel."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (row.new, row.old, row.difference)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return row.meaning
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignCenter
        if role == Qt.ItemDataRole.ForegroundRole and index.column() == 2:
            colors = self._theme.colors
            found = {Trend.BETTER: colors.good, Trend.WORSE: colors.error}.get(row.trend)
            return None if found is None else color(found)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See QAbstractItemModel."""
        if orientation == Qt.Orientation.Horizontal:
            found = self._titles[section] if section < len(self._titles) else None
            return found if role == Qt.ItemDataRole.DisplayRole else None
        if section >= len(self._rows):
            return None
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._rows[section].meaning
        return self._rows[section].title if role == Qt.ItemDataRole.DisplayRole else None

    def _repaint(self) -> None:
        if self._rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._rows) - 1, self.columnCount() - 1))


class ComparisonTable(QTableView):
    """Shows a `ComparisonModel` in as much room as it takes."""

    def __init__(self, model: ComparisonModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Figures compared")
        self.setModel(model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setTabKeyNavigation(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = cast("QHeaderView", self.horizontalHeader())
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionsClickable(False)
        rows = cast("QHeaderView", self.verticalHeader())
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(round(self.fontMetrics().height() * 1.6))
        rows.setSectionsClickable(False)
        model.modelReset.connect(self._fit)
        self._fit()

    def _fit(self) -> None:
        rows = cast("QHeaderView", self.verticalHeader())
        header = cast("QHeaderView", self.horizontalHeader())
        self.setFixedHeight(rows.length() + header.sizeHint().height() + 2 * self.frameWidth() + 2)

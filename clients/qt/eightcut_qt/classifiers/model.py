"""Versions of classifiers as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from enum import IntEnum
from typing import Any, Final, TypeAlias

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from eightcut_qt.core.records import ClassifierRecord
from eightcut_qt.training.metrics import figure, figure_text

Index: TypeAlias = QModelIndex | QPersistentModelIndex

_ROOT: Final = QModelIndex()


class Column(IntEnum):
    """Columns of the table."""

    MODEL = 0
    VERSION = 1
    ACTIVE = 2
    CREATED = 3
    AVERAGE_PRECISION = 4
    PRECISION = 5
    RECALL = 6
    F1 = 7
    POSITIVES = 8
    THRESHOLD = 9


_TITLES = ("Model", "Version", "In use", "Created", "Avg. precision", "Precision", "Recall", "F1", "Clips", "Threshold")
_TIPS = {
    Column.ACTIVE: "Scans use this version.",
    Column.AVERAGE_PRECISION: "How well windows with the sound are ranked before those without it.",
    Column.PRECISION: "How many of the regions that are found are right, at the threshold.",
    Column.RECALL: "How many of the marked clips are found, at the threshold.",
    Column.F1: "Precision and recall in one figure.",
    Column.POSITIVES: "Clips of the sound that it was made from.",
    Column.THRESHOLD: "Score at or above which a window belongs to a region.",
}
_FIGURES = {
    Column.AVERAGE_PRECISION: "window_average_precision",
    Column.PRECISION: "event_precision",
    Column.RECALL: "event_recall",
    Column.F1: "event_f1",
}
_TEXTS: dict[int, Callable[[ClassifierRecord], str]] = {
    Column.MODEL: lambda one: one.model,
    Column.VERSION: lambda one: str(one.version),
    Column.ACTIVE: lambda one: "✓ in use" if one.active else "",
    Column.CREATED: lambda one: one.created.strftime("%Y-%m-%d %H:%M"),
    Column.POSITIVES: lambda one: f"{one.metrics.examples.positive:,}",
    Column.THRESHOLD: lambda one: f"{one.threshold:.2f}",
}
_KEYS: dict[int, Callable[[ClassifierRecord], Any]] = {
    Column.MODEL: lambda one: (one.model.casefold(), -one.version),
    Column.VERSION: lambda one: one.version,
    Column.ACTIVE: lambda one: not one.active,
    Column.CREATED: lambda one: one.created,
    Column.POSITIVES: lambda one: one.metrics.examples.positive,
    Column.THRESHOLD: lambda one: one.threshold,
}


class ClassifiersModel(QAbstractTableModel):
    """All versions of the profile, or those of one model."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._all: list[ClassifierRecord] = []
        self._shown: list[ClassifierRecord] = []
        self._texts: list[list[str]] = []
        self._model = ""
        self._order = (int(Column.MODEL), Qt.SortOrder.AscendingOrder)

    @property
    def all(self) -> Sequence[ClassifierRecord]:
        """All versions, shown or not."""
        return self._all

    def models(self) -> list[str]:
        """Return the names of all models."""
        return sorted({one.model for one in self._all}, key=str.casefold)

    def record(self, row: int) -> ClassifierRecord:
        """Return the version of a row."""
        return self._shown[row]

    def row_of(self, id_: str) -> int | None:
        """Return the row of a version, None if it is not shown."""
        return next((row for row, one in enumerate(self._shown) if one.id == id_), None)

    def active(self, model: str) -> ClassifierRecord | None:
        """Return the version of a model that scans use."""
        return next((one for one in self._all if one.model == model and one.active), None)

    def previous(self, model: str) -> ClassifierRecord | None:
        """Return the newest version of a model that is older than the one in use, for going back."""
        active = self.active(model)
        if active is None:
            return None
        older = [one for one in self._all if one.model == model and one.version < active.version]
        return max(older, key=lambda one: one.version, default=None)

    def set_all(self, versions: Iterable[ClassifierRecord]) -> None:
        """Show what there is now; nothing happens when it is what is there already."""
        found = list(versions)
        if found != self._all:
            self._all = found
            self._reset()

    def set_model(self, model: str) -> None:
        """Show only the versions of a model; empty: of all."""
        if model != self._model:
            self._model = model
            self._reset()

    def set_active(self, id_: str) -> None:
        """Show a version as the one in use, and the others of its model as not."""
        model = next((one.model for one in self._all if one.id == id_), None)
        if model is None:
            return
        self.set_all(replace(one, active=one.id == id_) if one.model == model else one for one in self._all)

    def remove(self, id_: str) -> None:
        """Show a version no more."""
        self.set_all(one for one in self._all if one.id != id_)

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
            return self._texts[index.row()][index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() != Column.MODEL:
            return Qt.AlignmentFlag.AlignCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """See QAbstractItemModel."""
        if orientation != Qt.Orientation.Horizontal or section >= len(_TITLES):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return _TITLES[section]
        return _TIPS.get(Column(section)) if role == Qt.ItemDataRole.ToolTipRole else None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """See QAbstractItemModel; the selection stays with its rows."""
        if not 0 <= column < len(Column):
            return
        self._order = (column, order)
        self.layoutAboutToBeChanged.emit()
        old = self.persistentIndexList()
        ids = [self._shown[index.row()].id for index in old]
        self._arrange()
        rows = {one.id: row for row, one in enumerate(self._shown)}
        new = [self.index(rows[id_], index.column()) for id_, index in zip(ids, old, strict=True)]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def _reset(self) -> None:
        self.beginResetModel()
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        column, order = self._order
        shown = [one for one in self._all if not self._model or one.model == self._model]
        self._shown = sorted(shown, key=_key(column), reverse=order == Qt.SortOrder.DescendingOrder)
        self._texts = [[_text(one, number) for number in Column] for one in self._shown]


def _text(one: ClassifierRecord, column: int) -> str:
    name = _FIGURES.get(Column(column))
    return _TEXTS[column](one) if name is None else figure_text(figure(one.metrics, name))


def _key(column: int) -> Callable[[ClassifierRecord], Any]:
    name = _FIGURES.get(Column(column))
    if name is None:
        return _KEYS[column]
    return lambda one: -1.0 if (value := figure(one.metrics, name)) is None else value

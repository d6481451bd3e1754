"""The person's own keys while they are being chosen: kept apart until they are accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, Qt
from PyQt6.QtGui import QFont, QKeySequence

from eightcut_qt.core.actions import ActionError, ActionSpec, check_keys

PLACES = {
    "": "everywhere",
    "playlist": "in the playlist",
    "clips": "in the clips",
    "timeline": "in the timeline",
    "results": "in the results",
    "review": "in the review",
    "scan": "in the scan panel",
    "scanning": "in the scan panel",
    "negatives": "in the hard negatives",
    "classifiers": "in the classifiers",
    "training": "in the training",
    "playback": "in the player",
}
"""Where the keys of a panel work, in words."""


def place(panel: str) -> str:
    """Return where the keys of a panel work, in words."""
    return PLACES.get(panel, f"in the panel {panel}")


def shown(keys: Sequence[str]) -> str:
    """Return keys as the system writes them."""
    sequences = (QKeySequence(key, QKeySequence.SequenceFormat.PortableText) for key in keys)
    return ", ".join(key.toString(QKeySequence.SequenceFormat.NativeText) for key in sequences)


class KeyEdits(QAbstractTableModel):
    """Actions with their keys: name, place, keys; those that differ from the default are bold."""

    HEADERS = ("Action", "Works", "Keys")

    def __init__(self, specs: Sequence[ActionSpec], own: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self._specs = {spec.id: spec for spec in specs}
        self._order = list(self._specs)
        self._keys = {id_: tuple(own.get(id_, spec.keys)) for id_, spec in self._specs.items()}

    def own(self) -> dict[str, tuple[str, ...]]:
        """Return the keys that differ from the default."""
        return {id_: keys for id_, keys in self._keys.items() if keys != self._specs[id_].keys}

    def spec_at(self, row: int) -> ActionSpec:
        """Return the action of a row."""
        return self._specs[self._order[row]]

    def keys(self, id_: str) -> tuple[str, ...]:
        """Return the keys of an action as they are chosen."""
        return self._keys[id_]

    def set_keys(self, id_: str, keys: Sequence[str]) -> str:
        """Choose the keys of an action.

        Returns:
            Empty, or one sentence why they were not taken: another action has the key.
        """
        unique = tuple(dict.fromkeys(key for key in keys if key))
        try:
            check_keys(self._specs, {**self._keys, id_: unique})
        except ActionError as error:
            return str(error)
        self._keys[id_] = unique
        row = self._order.index(id_)
        self.dataChanged.emit(self.index(row, 0), self.index(row, len(self.HEADERS) - 1))
        return ""

    def reset(self, id_: str) -> str:
        """Give an action its default keys; returns as `set_keys`."""
        return self.set_keys(id_, self._specs[id_].keys)

    def reset_all(self) -> None:
        """Give all actions their default keys."""
        self._keys = {id_: spec.keys for id_, spec in self._specs.items()}
        if self._order:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self._order) - 1, len(self.HEADERS) - 1))

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008  Qt's own default
        """See QAbstractItemModel."""
        return 0 if parent.isValid() else len(self.HEADERS)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401  Qt's own
        """See QAbstractItemModel."""
        if not index.isValid():
            return None
        spec = self.spec_at(index.row())
        if role == Qt.ItemDataRole.DisplayRole:
            return (spec.text, place(spec.panel), shown(self._keys[spec.id]))[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole:
            return spec.tip or spec.text
        if role == Qt.ItemDataRole.FontRole and self._keys[spec.id] != spec.keys:
            font = QFont()
            font.setBold(True)
            return font
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401  Qt's own
        """See QAbstractItemModel."""
        if role == Qt.ItemDataRole.DisplayRole and orientation is Qt.Orientation.Horizontal:
            return self.HEADERS[section]
        return None

"""All keys, by menu and panel, made from the actions: what is not there does not exist."""

from __future__ import annotations

from collections.abc import Iterator

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from eightcut_qt.core.actions import Actions, ActionSpec
from eightcut_qt.shell.actions import MENUS
from eightcut_qt.shell.key_edits import place, shown

_FOCUS = "While the focus is {}"
_OTHER = "Elsewhere"


def groups(actions: Actions) -> Iterator[tuple[str, list[ActionSpec]]]:
    """Yield the headings of the help and what stands below each; every action is there exactly once."""
    window = [spec for spec in actions.specs if not spec.panel]
    for menu in MENUS:
        if found := [spec for spec in window if spec.menu == menu]:
            yield menu, found
    if found := [spec for spec in window if spec.menu not in MENUS]:
        yield _OTHER, found
    for panel in dict.fromkeys(spec.panel for spec in actions.specs if spec.panel):
        yield _FOCUS.format(place(panel)), [spec for spec in actions.specs if spec.panel == panel]


def explanation(actions: Actions, spec: ActionSpec) -> str:
    """Return what an action does, and which other one its key takes away."""
    text = spec.tip
    if spec.shadows and (other := next((found for found in actions.specs if found.id == spec.shadows), None)):
        text = f"{text} Elsewhere the key means “{other.text}”.".strip()
    return text


class ShortcutsDialog(QDialog):
    """A searchable list of all actions with their keys as they are now."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard Shortcuts")
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find an action or a key")
        self.search.setAccessibleName("Find an action or a key")
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Keys")
        self.tree.setHeaderLabels(["Action", "Keys", "What it does"])
        self.tree.setRootIsDecorated(False)
        self.tree.setUniformRowHeights(True)
        for heading, specs in groups(actions):
            group = QTreeWidgetItem(self.tree, [heading])
            font = group.font(0)
            font.setBold(True)
            group.setFont(0, font)
            group.setFlags(Qt.ItemFlag.ItemIsEnabled)
            for spec in specs:
                item = QTreeWidgetItem(group, [spec.text, shown(actions.keys(spec.id)), explanation(actions, spec)])
                item.setToolTip(2, item.text(2))
        self.tree.expandAll()
        header = self.tree.header()
        assert header is not None
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self.search)
        layout.addWidget(self.tree, 1)
        layout.addWidget(buttons)
        height = self.fontMetrics().height()
        self.resize(62 * height, 40 * height)

    def _filter(self, text: str) -> None:
        words = text.casefold().split()
        for index in range(self.tree.topLevelItemCount()):
            group = self.tree.topLevelItem(index)
            assert group is not None
            any_shown = False
            for row in range(group.childCount()):
                item = group.child(row)
                assert item is not None
                whole = " ".join([group.text(0), *(item.text(column) for column in range(3))]).casefold()
                fits = all(word in whole for word in words)
                item.setHidden(not fits)
                any_shown = any_shown or fits
            group.setHidden(not any_shown)

"""The page of the settings where keys are chosen."""

from __future__ import annotations

from PyQt6.QtCore import QModelIndex, QSortFilterProxyModel, Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from eightcut_qt.core.theme import Theme
from eightcut_qt.shell.key_edits import KeyEdits

_EDITED = 2  # Keys of an action that can be edited; further ones stay as they are.


class KeysPage(QWidget):
    """A table of all actions, and the keys of the chosen one below it; a conflict is named at once and not taken."""

    def __init__(self, edits: KeyEdits, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._edits = edits
        self._theme = theme
        self._current = ""
        self.filter = QLineEdit()
        self.filter.setPlaceholderText("Find an action or a key")
        self.filter.setAccessibleName("Find an action or a key")
        self.filter.setClearButtonEnabled(True)
        self._proxy = QSortFilterProxyModel(self)
        self._proxy.setSourceModel(edits)
        self._proxy.setFilterKeyColumn(-1)
        self._proxy.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.filter.textChanged.connect(self._proxy.setFilterFixedString)
        self.table = self._make_table()
        self.fields = [QKeySequenceEdit() for _ in range(_EDITED)]
        self._title = QLabel("Choose an action above, then press its new key.")
        grid = QGridLayout()
        for column, (text, field) in enumerate(zip(("&Key:", "Alter&native:"), self.fields, strict=True)):
            field.setMaximumSequenceLength(1)
            field.setClearButtonEnabled(True)
            field.setAccessibleName(text.replace("&", "").rstrip(":"))
            field.editingFinished.connect(self._take)
            label = QLabel(text)
            label.setBuddy(field)
            grid.addWidget(label, 0, 2 * column)
            grid.addWidget(field, 0, 2 * column + 1)
        self.reset_one = QPushButton("&Default")
        self.reset_one.setToolTip("Give this action its default keys.")
        self.reset_one.clicked.connect(self._reset_one)
        self.reset_all = QPushButton("All de&faults")
        self.reset_all.setToolTip("Give all actions their default keys.")
        self.reset_all.clicked.connect(self._reset_all)
        grid.addWidget(self.reset_one, 0, 4)
        grid.addWidget(self.reset_all, 0, 5)
        self.problem = QLabel(" ")
        self.problem.setWordWrap(True)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        layout = QVBoxLayout(self)
        layout.addWidget(self.filter)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._title)
        layout.addLayout(grid)
        layout.addWidget(self.problem)
        self._show(QModelIndex())

    def choose(self, id_: str) -> None:
        """Edit the keys of an action."""
        for row in range(self._edits.rowCount()):
            if self._edits.spec_at(row).id == id_:
                self.table.setCurrentIndex(self._proxy.mapFromSource(self._edits.index(row, 0)))

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._proxy)
        table.setAccessibleName("Actions and their keys")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setSortingEnabled(True)
        table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        table.setShowGrid(False)
        rows, columns = table.verticalHeader(), table.horizontalHeader()
        assert rows is not None
        assert columns is not None
        rows.hide()
        rows.setDefaultSectionSize(table.fontMetrics().height() * 3 // 2)
        columns.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        columns.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        columns.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        selection = table.selectionModel()
        assert selection is not None
        selection.currentRowChanged.connect(self._show)
        return table

    def _show(self, current: QModelIndex, _before: QModelIndex | None = None) -> None:
        chosen = current.isValid()
        self._current = self._edits.spec_at(self._proxy.mapToSource(current).row()).id if chosen else ""
        for widget in (*self.fields, self.reset_one):
            widget.setEnabled(chosen)
        self._fill()
        self._complain("")

    def _fill(self) -> None:
        keys = self._edits.keys(self._current) if self._current else ()
        for number, field in enumerate(self.fields):
            text = keys[number] if number < len(keys) else ""
            field.setKeySequence(QKeySequence(text, QKeySequence.SequenceFormat.PortableText))

    def _take(self) -> None:
        if not self._current:
            return
        old = self._edits.keys(self._current)
        new = [field.keySequence().toString(QKeySequence.SequenceFormat.PortableText) for field in self.fields]
        if [_normal(key) for key in old[:_EDITED]] != [key for key in new if key]:
            problem = self._edits.set_keys(self._current, [*new, *old[_EDITED:]])
            self._complain(f"{problem} The key was not taken." if problem else "")
            if problem:
                self._fill()

    def _reset_one(self) -> None:
        problem = self._edits.reset(self._current)
        self._fill()
        self._complain(problem)

    def _reset_all(self) -> None:
        self._edits.reset_all()
        self._fill()
        self._complain("")

    def _complain(self, sentence: str) -> None:
        self.problem.setStyleSheet(f"color: {self._theme.colors.error};")
        self.problem.setText(f"✖ {sentence}" if sentence else " ")


def _normal(key: str) -> str:
    return QKeySequence(key, QKeySequence.SequenceFormat.PortableText).toString(
        QKeySequence.SequenceFormat.PortableText
    )

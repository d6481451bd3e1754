"""The panel in which files are scanned."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QModelIndex, Qt
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTableView,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from eightcut_qt.scanning.chooser import NOTHING_TRAINED, ModelChooser
from eightcut_qt.scanning.delegate import ProgressDelegate
from eightcut_qt.scanning.items import FINAL
from eightcut_qt.scanning.table import Column, ScanTable, explained

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.scanning.items import ScanItem

_IDLE = "Nothing is being scanned."
_STEPS = 1000  # Of the bar.


class ScanPanel(QWidget):
    """Which classifier, which files, and how far the queue is."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._queue = context.scans
        self._files: Callable[[], Sequence[Path]] | None = None
        self._read: ScanItem | None = None
        self._chooser = ModelChooser(context)
        self._rescan = QCheckBox("&Also what this version has scanned")
        self._rescan.setToolTip("Make a new version of every file, even of those that this classifier has scanned.")
        self._model = ScanTable(self._queue, self)
        self._table = self._make_table()
        self._bar = QProgressBar()
        self._bar.setRange(0, _STEPS)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("How much of the queue is done")
        self._bar.setMaximumHeight(self.fontMetrics().height() // 2)
        self._line = QLabel(_IDLE)
        self._more = QLabel()
        self._more.setWordWrap(True)
        self._more.setTextFormat(Qt.TextFormat.PlainText)
        self._more.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._more.setAccessibleName("What happened with the selected file")
        self._more.hide()
        self._bind()
        self._clear = QPushButton("Clear &Finished")
        self._clear.setToolTip("Take the files that are over off the list.")
        self._clear.clicked.connect(self._queue.clear_finished)
        self._lay_out()
        self.setFocusProxy(self._table)
        self._queue.changed.connect(self._show)
        context.theme.changed.connect(self._table.viewport().update)  # type: ignore[union-attr]
        self._show()

    def set_files(self, files: Callable[[], Sequence[Path]]) -> None:
        """Say which files "all" are: called when they are to be scanned."""
        self._files = files
        self._enable()

    def _make_table(self) -> QTableView:
        table = QTableView()
        table.setModel(self._model)
        table.setAccessibleName("Files in the queue")
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        table.setItemDelegateForColumn(Column.STATE, ProgressDelegate(self._context.theme, table))
        rows, columns = table.verticalHeader(), table.horizontalHeader()
        assert rows is not None
        assert columns is not None
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(round(self.fontMetrics().height() * 1.6))
        columns.setStretchLastSection(True)
        columns.setHighlightSections(False)
        columns.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, letters in ((Column.FILE, 26), (Column.STATE, 18), (Column.SPEED, 16)):
            table.setColumnWidth(column, self.fontMetrics().averageCharWidth() * letters)
        selection = table.selectionModel()
        assert selection is not None
        selection.currentRowChanged.connect(self._read_row)
        return table

    def _bind(self) -> None:
        actions = self._context.actions
        self._one = actions.bind("scanning.scan", self.scan)
        self._all = actions.bind("scanning.scan_all", self.scan_all)
        self._stop = actions.bind("scanning.stop", self._queue.stop_after_current)
        self._resume = actions.bind("scanning.resume", self._queue.resume)
        self._cancel = actions.bind("scanning.cancel", self._queue.cancel)
        # What stands on buttons; menus have the longer text.
        for action, short in ((self._stop, "Stop After This File"), (self._resume, "Go On"), (self._cancel, "Cancel")):
            action.setIconText(short)

    def _lay_out(self) -> None:
        begin = QHBoxLayout()
        for action in (self._one, self._all):
            begin.addWidget(_button(action))
        begin.addStretch(1)
        end = QHBoxLayout()
        for action in (self._stop, self._resume, self._cancel):
            end.addWidget(_button(action))
        end.addStretch(1)
        end.addWidget(self._clear)
        column = QVBoxLayout(self)
        column.addWidget(self._chooser)
        column.addLayout(begin)
        column.addWidget(self._rescan)
        column.addWidget(self._table, 1)
        column.addWidget(self._more)
        column.addWidget(self._line)
        column.addWidget(self._bar)
        column.addLayout(end)

    def scan(self) -> None:
        """Scan the file that is shown."""
        media = self._context.state.media
        if media is None:
            self._context.notices.warning("Open a file first (Ctrl+O).")
        else:
            self._add([media.path])

    def scan_all(self) -> None:
        """Scan the files of the playlist."""
        files = [] if self._files is None else self._files()
        if files:
            self._add(files)
        else:
            self._context.notices.warning("The playlist shows no files: add some first (Ctrl+O, Ctrl+Shift+O).")

    def _add(self, paths: Sequence[Path]) -> None:
        classifier = self._chooser.current
        if classifier is not None:
            # Not the version that the list shows: another one may have become active a moment ago.
            self._queue.add(paths, model=classifier.model, rescan=self._rescan.isChecked())
        elif self._chooser.known:
            self._context.notices.warning(NOTHING_TRAINED)
        else:
            self._context.notices.warning("The services have not answered yet; try again in a moment.")

    def _show(self) -> None:
        totals = self._queue.totals()
        sentence = totals.sentence()
        if self._queue.away:
            sentence = f"{sentence}, waiting for the services" if sentence else "Waiting for the services"
        elif self._queue.holding:
            sentence += ", stopping after the current file" if totals.running else ", stopped"
        self._line.setText(f"{sentence}." if sentence else _IDLE)
        self._bar.setValue(round(_STEPS * totals.fraction))
        self._enable()
        self._read_again()

    def _enable(self) -> None:
        queue = self._queue
        self._all.setEnabled(self._files is not None)
        self._stop.setEnabled(queue.busy and not queue.holding)
        self._resume.setEnabled(queue.holding)
        self._cancel.setEnabled(queue.busy or queue.holding)
        self._clear.setEnabled(any(item.state in FINAL for item in queue.items))

    def _read_row(self, current: QModelIndex, _previous: QModelIndex) -> None:
        self._read = self._model.item(current.row()) if current.isValid() else None
        self._read_again()

    def _read_again(self) -> None:
        """Show all that is to be said of the selected file, however long it is."""
        item = self._read if self._read is not None and self._model.row(self._read) is not None else None
        text = "" if item is None else explained(item)
        self._more.setVisible(bool(text))
        if item is not None:
            named = not text or item.title in text
            self._more.setText(text if named else f"{item.title}: {text}")


def _button(action: QAction) -> QToolButton:
    button = QToolButton()
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button

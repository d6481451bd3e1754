"""Compares the version that is shown with another one of the same file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from eightcut_client.errors import NotFoundError, UnavailableError
from PyQt6.QtCore import QModelIndex, QSignalBlocker, QTimer, pyqtSignal
from PyQt6.QtGui import QBrush, QFocusEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.clock import format_time
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.records import ScanRecord
from eightcut_qt.core.theme import color
from eightcut_qt.results.difference_model import Difference, DifferenceColumn, DifferenceModel, Kind

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.core.tasks import Task
    from eightcut_qt.gateway import ScanDiff

_AFTER_EDIT = 300  # Milliseconds: edits that come together are compared once.


class ComparisonPane(QWidget):
    """Chooses another version and lists what was gained, lost, moved and kept since.

    Attributes:
        model: The differences.
    """

    reached = pyqtSignal(object)
    """`Difference`: the person went to it."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.model = DifferenceModel(self)
        self.other = QComboBox()
        self.checks = {kind: QCheckBox() for kind in Kind}
        self.message = QLabel()
        self.table = _Table()
        self._context = context
        self._scan: ScanRecord | None = None
        self._scans: dict[str, ScanRecord] = {}
        self._reading: Task[ScanDiff] | None = None
        self._wanted = ""
        self._on = False
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_AFTER_EDIT)
        self._later.timeout.connect(self._compare)
        self._build()
        self._color()
        self.other.activated.connect(self._on_other)
        for check in self.checks.values():
            check.toggled.connect(self._on_kinds)
        selection = self.table.selectionModel()
        if selection is not None:
            selection.currentRowChanged.connect(self._on_row)
        context.theme.changed.connect(self._color)
        context.bus.changed.connect(self._on_change)

    @property
    def other_scan(self) -> ScanRecord | None:
        """The version that is compared with, None when there is none."""
        return self._scans.get(self._wanted)

    def set_on(self, on: bool) -> None:
        """Compare, or stop comparing."""
        self._on = on
        self._apply()

    def set_scan(self, scan: ScanRecord | None, others: Sequence[tuple[ScanRecord, str]]) -> None:
        """Say what is shown and what it can be compared with.

        Args:
            scan: The version that is shown.
            others: All others of the same file with what they are called, the likeliest first.
        """
        before = (self._scan and self._scan.id, self._wanted, list(self._scans))
        if scan is not None and scan != self._scan:
            self._make_room(scan.window + scan.hop * scan.window_count)
        self._scan = scan
        self._scans = {other.id: other for other, _ in others}
        if self._wanted not in self._scans:
            self._wanted = others[0][0].id if others else ""
        with QSignalBlocker(self.other):
            self.other.clear()
            for other, label in others:
                self.other.addItem(label, other.id)
            self.other.setCurrentIndex(self.other.findData(self._wanted))
        self.other.setEnabled(bool(others))
        if before != (self._scan and self._scan.id, self._wanted, list(self._scans)):
            self._apply()

    def _make_room(self, duration: float) -> None:
        """Let two times of the file fit into a cell, and leave the rest to the scores."""
        columns, metrics = self.table.horizontalHeader(), self.fontMetrics()
        last = format_time(duration)
        wide = metrics.horizontalAdvance(f"{last} → {last}") + metrics.height() * 2 // 3
        if columns is not None:
            columns.resizeSection(DifferenceColumn.START, wide)
            columns.resizeSection(DifferenceColumn.END, wide)

    def _apply(self) -> None:
        other = self.other_scan if self._on and self._scan is not None else None
        self._context.state.set_comparison(None if other is None else self._context.documents.get(other))
        self._compare()

    def _compare(self) -> None:
        if self._reading is not None:
            self._reading.stop()
            self._reading = None
        other, scan = self.other_scan, self._scan
        if not self._on:
            return
        if scan is None or other is None:
            self._show(None, "There is no other version of this file to compare with.")
            return
        gateway, before, after = self._context.gateway, other.id, scan.id
        self._reading = self._context.tasks.run(
            lambda _task: gateway.scans.diff(before, after), done=self._show, failed=self._failed, owner=self
        )

    def _show(self, diff: ScanDiff | None, message: str = "") -> None:
        self._reading = None
        self.model.set_diff(diff)
        for kind, check in self.checks.items():
            check.setText(f"&{kind.word.capitalize()} ({self.model.count(kind):,})")
        self.message.setText(message)
        self.message.setVisible(bool(message))
        self.table.setVisible(not message)

    def _failed(self, error: BaseException) -> None:
        self._reading = None
        if not isinstance(error, UnavailableError | NotFoundError):
            self._show(None, sentence_of(error))

    def _on_other(self, row: int) -> None:
        self._wanted = self.other.itemData(row)
        self._apply()

    def _on_kinds(self) -> None:
        self.model.set_kinds({kind for kind, check in self.checks.items() if check.isChecked()})

    def _on_row(self, current: QModelIndex, _previous: QModelIndex) -> None:
        if current.isValid() and not self.table.arriving:
            difference: Difference = self.model.difference_at(current.row())
            self.reached.emit(difference)

    def _on_change(self, change: Change) -> None:
        scan, other = self._scan, self.other_scan
        if not self._on or scan is None or other is None or not change.concerns(Topic.REGIONS, scan.media):
            return
        if not change.scan_id or change.scan_id in (scan.id, other.id):
            self._later.start()

    def _color(self) -> None:
        colors = self._context.theme.colors
        names = {Kind.GAINED: colors.gained, Kind.LOST: colors.lost, Kind.MOVED: colors.moved, Kind.KEPT: colors.muted}
        self.model.set_brushes({kind: QBrush(color(name)) for kind, name in names.items()})

    def _build(self) -> None:
        label = QLabel("Compare &with:")
        label.setBuddy(self.other)
        self.other.setAccessibleName("Version to compare with")
        self.message.setWordWrap(True)
        self.message.hide()
        self.table.setModel(self.model)
        self.table.setAccessibleName("Differences between the two versions")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        metrics = self.fontMetrics()
        rows, columns = self.table.verticalHeader(), self.table.horizontalHeader()
        if rows is not None:
            rows.hide()
            rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            rows.setDefaultSectionSize(metrics.height() + metrics.height() // 3)
        if columns is not None:
            columns.setSectionResizeMode(DifferenceColumn.SCORE, QHeaderView.ResizeMode.Stretch)
            columns.setHighlightSections(False)
            columns.setMinimumSectionSize(metrics.height())
            columns.resizeSection(DifferenceColumn.KIND, metrics.horizontalAdvance("+ gained") + metrics.height())
        top = QHBoxLayout()
        top.addWidget(label)
        top.addWidget(self.other, 1)
        kinds = QHBoxLayout()
        for kind, check in self.checks.items():
            check.setText(f"&{kind.word.capitalize()}")
            check.setChecked(kind is not Kind.KEPT)
            check.setToolTip(_TIPS[kind])
            kinds.addWidget(check)
        kinds.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(top)
        layout.addLayout(kinds)
        layout.addWidget(self.message)
        layout.addWidget(self.table, 1)


class _Table(QTableView):
    """Knows when it is about to get the focus: Qt makes the first row the current one then, to which nobody went."""

    arriving = False

    def focusInEvent(self, event: QFocusEvent | None) -> None:
        """See QWidget."""
        self.arriving = True
        super().focusInEvent(event)
        self.arriving = False


_TIPS = {
    Kind.GAINED: "Regions that only the version that is shown has.",
    Kind.LOST: "Regions that only the other version has.",
    Kind.MOVED: "Regions of both versions with other bounds.",
    Kind.KEPT: "Regions of both versions with the same bounds.",
}

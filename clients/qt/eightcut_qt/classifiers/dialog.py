"""The dialog of classifier versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from PyQt6.QtCore import QItemSelectionModel, Qt
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMessageBox,
    QPushButton,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from eightcut_qt.classifiers.actions import PANEL
from eightcut_qt.classifiers.details import VersionDetails
from eightcut_qt.classifiers.model import ClassifiersModel, Column
from eightcut_qt.classifiers.rescan import RescanChoice, rescan_with
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.operations import Outcome

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.core.records import ClassifierRecord
    from eightcut_qt.core.tasks import Task

_ALL = "All models"


class ClassifiersDialog(QDialog):
    """Shows the versions of all classifiers; one can be used, gone back to, or deleted."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._reading: Task[list[ClassifierRecord]] | None = None
        self._pending = 0
        self._selected = ""
        self._question: QMessageBox | None = None
        self.model = ClassifiersModel(self)
        self.models = QComboBox()
        self.table = QTableView()
        self.details = VersionDetails(context.theme)
        self.status = QLabel()
        self.use_button = QPushButton("&Use This Version")
        self.back_button = QPushButton("&Go Back")
        self.delete_button = QPushButton("&Delete…")
        self.close_button = QPushButton("Close")
        self.rescan = RescanChoice()
        self.setWindowTitle("Classifier Versions")
        self._lay_out()
        self._connect()
        self._show_selection()

    def present(self) -> None:
        """Show it, in front of all others."""
        self.show()
        self.raise_()
        self.activateWindow()

    def selected(self) -> ClassifierRecord | None:
        """Return the version that is chosen."""
        rows = self._selection().selectedRows()
        return self.model.record(rows[0].row()) if rows else None

    def use(self) -> None:
        """Let scans use the chosen version."""
        version = self.selected()
        if version is not None and not version.active:
            self._activate(version)

    def go_back(self) -> None:
        """Let scans use the version before the one in use, of the chosen model."""
        previous = self._previous()
        if previous is not None:
            self._activate(previous)

    def delete(self) -> None:
        """Ask whether the chosen version shall be deleted."""
        version = self.selected()
        if version is None or version.active:
            return
        question = QMessageBox(self)
        question.setIcon(QMessageBox.Icon.Warning)
        question.setWindowTitle("Delete a Version")
        question.setText(f"Delete version {version.version} of {version.model}?")
        question.setInformativeText("This cannot be undone. Scans that were made with it stay.")
        delete = question.addButton("&Delete", QMessageBox.ButtonRole.DestructiveRole)
        keep = question.addButton("&Keep It", QMessageBox.ButtonRole.RejectRole)
        question.setDefaultButton(keep)
        question.setEscapeButton(keep)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        assert delete is not None
        delete.clicked.connect(lambda: self._delete(version))
        self._question = question
        question.open()

    def refresh(self) -> None:
        """Read what there is, once what was done is done."""
        if not self.isVisible() or self._pending:
            return
        if self._reading is not None:
            self._reading.stop()
        gateway = self._context.gateway
        self._reading = self._context.tasks.run(
            lambda _task: gateway.classifiers.list(), done=self._show, failed=self._refused, owner=self
        )

    def showEvent(self, event: QShowEvent | None) -> None:
        """See QWidget."""
        super().showEvent(event)
        self.refresh()

    def _lay_out(self) -> None:
        self._set_up_table()
        self.models.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.models.addItem(_ALL, "")
        label = QLabel("&Model:")
        label.setBuddy(self.models)
        top = QHBoxLayout()
        top.addWidget(label)
        top.addWidget(self.models)
        top.addWidget(self.status, 1)
        for button in (self.use_button, self.back_button, self.delete_button, self.close_button):
            button.setAutoDefault(False)
        then = QLabel("&And then:")
        then.setBuddy(self.rescan)
        buttons = QHBoxLayout()
        for widget in (self.use_button, self.back_button, then, self.rescan):
            buttons.addWidget(widget)
        buttons.addStretch()
        buttons.addWidget(self.delete_button)
        buttons.addWidget(self.close_button)
        body = QSplitter(Qt.Orientation.Vertical)
        body.setChildrenCollapsible(False)
        body.addWidget(self.table)
        body.addWidget(self.details)
        body.setStretchFactor(0, 2)
        body.setStretchFactor(1, 3)
        body.setSizes([200, 300])
        column = QVBoxLayout(self)
        column.addLayout(top)
        column.addWidget(body, 1)
        column.addLayout(buttons)
        self._context.keys.watch(self.table, PANEL)
        self.resize(self.fontMetrics().horizontalAdvance("x") * 140, self.fontMetrics().height() * 40)

    def _set_up_table(self) -> None:
        self.table.setModel(self.model)
        self.table.setAccessibleName("Versions of classifiers")
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        rows = cast("QHeaderView", self.table.verticalHeader())
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setDefaultSectionSize(round(self.fontMetrics().height() * 1.5))
        header = cast("QHeaderView", self.table.horizontalHeader())
        header.setHighlightSections(False)
        header.setSectionResizeMode(Column.MODEL, QHeaderView.ResizeMode.Stretch)
        for column in list(Column)[1:]:
            text = str(self.model.headerData(column, Qt.Orientation.Horizontal))
            sample = "2026-11-21 12:55" if column is Column.CREATED else text
            header.resizeSection(column, self.fontMetrics().horizontalAdvance(sample) + self.fontMetrics().height() * 2)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(Column.MODEL, Qt.SortOrder.AscendingOrder)

    def _connect(self) -> None:
        actions = self._context.actions
        use = actions.bind("classifiers.use", self.use)
        delete = actions.bind("classifiers.delete", self.delete)
        self.use_button.clicked.connect(use.trigger)
        self.delete_button.clicked.connect(delete.trigger)
        self.back_button.clicked.connect(self.go_back)
        self.close_button.clicked.connect(self.reject)
        self.models.activated.connect(lambda: self.model.set_model(self.models.currentData() or ""))
        self.model.modelReset.connect(self._restore)
        self._selection().selectionChanged.connect(self._show_selection)
        self._context.bus.changed.connect(self._on_change)

    def _selection(self) -> QItemSelectionModel:
        return cast("QItemSelectionModel", self.table.selectionModel())

    def _on_change(self, change: Change) -> None:
        if change.source is not self and change.concerns(Topic.CLASSIFIERS):
            self.refresh()

    def _show(self, versions: list[ClassifierRecord]) -> None:
        self.model.set_all(versions)
        self.status.setText("" if versions else "Nothing is trained yet: mark clips, then train.")
        names = self.model.models()
        if [self.models.itemData(row) for row in range(self.models.count())] != ["", *names]:
            chosen = self.models.currentData()
            self.models.clear()
            self.models.addItem(_ALL, "")
            for name in names:
                self.models.addItem(name, name)
            self.models.setCurrentIndex(max(self.models.findData(chosen), 0))
            self.model.set_model(self.models.currentData())

    def _refused(self, error: BaseException) -> None:
        self.status.setText(sentence_of(error))

    def _restore(self) -> None:
        """Choose again what was chosen; if it is gone, the first."""
        row = self.model.row_of(self._selected)
        if row is None and self.model.rowCount():
            row = 0
        if row is not None:
            self.table.selectRow(row)
        self._show_selection()

    def _show_selection(self) -> None:
        version = self.selected()
        if version is not None:
            self._selected = version.id
        self.details.show_version(version, None if version is None else self.model.active(version.model))
        previous = self._previous()
        self.back_button.setEnabled(previous is not None)
        self.back_button.setText("&Go Back" if previous is None else f"&Go Back to Version {previous.version}")
        changeable = version is not None and not version.active
        for id_, button in (("classifiers.use", self.use_button), ("classifiers.delete", self.delete_button)):
            self._context.actions.action(id_).setEnabled(changeable)
            button.setEnabled(changeable)

    def _previous(self) -> ClassifierRecord | None:
        version = self.selected()
        return None if version is None else self.model.previous(version.model)

    def _activate(self, version: ClassifierRecord) -> None:
        """Show it as the one in use at once; then let the Store follow."""
        context, gateway, rescan = self._context, self._context.gateway, self.rescan.chosen
        before = self.model.active(version.model)
        self.model.set_active(version.id)

        def used(_record: ClassifierRecord) -> None:
            context.notices.info(f"Scans use {version.model} version {version.version} from now on.")
            rescan_with(context, version, rescan, self)
            self._ended()

        def failed(error: BaseException) -> None:
            if before is not None:
                self.model.set_active(before.id)
            context.notices.error(f"Version {version.version} could not be used: {sentence_of(error)}")
            self._ended()

        self._begin()
        context.operations.run(
            lambda: Outcome(gateway.classifiers.activate(version.id), Change(Topic.CLASSIFIERS, source=self)),
            done=used,
            failed=failed,
            owner=self,
        )

    def _delete(self, version: ClassifierRecord) -> None:
        gateway = self._context.gateway
        before = list(self.model.all)
        self.model.remove(version.id)

        def failed(error: BaseException) -> None:
            self.model.set_all(before)
            self._context.notices.error(f"Version {version.version} could not be deleted: {sentence_of(error)}")
            self._ended()

        def work() -> Outcome[None]:
            gateway.classifiers.delete(version.id)
            return Outcome(None, Change(Topic.CLASSIFIERS, source=self))

        self._begin()
        self._context.operations.run(work, done=lambda _none: self._ended(), failed=failed, owner=self)

    def _begin(self) -> None:
        self._pending += 1
        if self._reading is not None:
            self._reading.stop()  # What it finds is older than what is shown.

    def _ended(self) -> None:
        self._pending -= 1
        self.refresh()

"""The dialog of hard negatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QHideEvent, QShowEvent
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from eightcut_qt.core.records import DEFAULT_WINDOW
from eightcut_qt.gateway import NegativeFilter
from eightcut_qt.negatives.actions import PANEL
from eightcut_qt.negatives.keeper import NegativesKeeper
from eightcut_qt.negatives.table import NegativesTable
from eightcut_qt.negatives.words import clear_consequence, clear_question, summary

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context

_ANY = "Any"


class NegativesDialog(QDialog):
    """Shows the places where classifiers were wrong; they can be heard, deleted, and brought back.

    "Clear All" deletes the rows that are shown, by their ids: what another window adds meanwhile stays.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.keeper = NegativesKeeper(context, self)
        self.table = NegativesTable(self.keeper.model)
        self.source = QComboBox()
        self.text = QLineEdit()
        self.summary = QLabel()
        self._question: QMessageBox | None = None
        self.setWindowTitle("Hard Negatives")
        self._buttons = {
            id_: self._button(id_, handler)
            for id_, handler in (
                ("negatives.play", self.play),
                ("negatives.delete", self.delete),
                ("negatives.undo", self.keeper.undo.undo),
                ("negatives.redo", self.keeper.undo.redo),
            )
        }
        self.clear_button = QPushButton("Clear &All…")
        self.clear_button.setAutoDefault(False)
        self._lay_out()
        self._connect()
        self._show_counts()
        self._show_selection()

    def present(self) -> None:
        """Show it, in front of all others."""
        self.show()
        self.raise_()
        self.activateWindow()

    def play(self) -> None:
        """Show and play the one that the person is at."""
        negative = self.table.current()
        if negative is not None:
            end = negative.start + DEFAULT_WINDOW
            self._context.navigator.show(negative.media, at=negative.start, play=(negative.start, end))

    def delete(self) -> None:
        """Delete the selected ones; those that the filter hides are never selected."""
        self.keeper.delete(self.table.selected())

    def clear(self) -> None:
        """Ask whether all that are shown shall be deleted."""
        self.keeper.check(self._ask_to_clear)

    def showEvent(self, event: QShowEvent | None) -> None:
        """See QWidget."""
        super().showEvent(event)
        self.keeper.set_active(True)

    def hideEvent(self, event: QHideEvent | None) -> None:
        """See QWidget."""
        super().hideEvent(event)
        self.keeper.set_active(False)

    def _button(self, id_: str, handler: Callable[[], object]) -> QPushButton:
        action = self._context.actions.bind(id_, handler)
        button = QPushButton(action.text().split("\t")[0])
        button.setToolTip(action.toolTip())
        button.setAutoDefault(False)
        button.clicked.connect(action.trigger)
        return button

    def _lay_out(self) -> None:
        self.source.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.text.setPlaceholderText("File or model")
        self.text.setClearButtonEnabled(True)
        self.text.setMaxLength(200)
        source_label, text_label = QLabel("Found wrong &by:"), QLabel("&Containing:")
        source_label.setBuddy(self.source)
        text_label.setBuddy(self.text)
        filters = QHBoxLayout()
        for widget in (source_label, self.source, text_label):
            filters.addWidget(widget)
        filters.addWidget(self.text, 1)
        body = QWidget()
        self.summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        buttons = QHBoxLayout()
        for button in self._buttons.values():
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.clear_button)
        inside = QVBoxLayout(body)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.table, 1)
        inside.addWidget(self.summary)
        inside.addLayout(buttons)
        close = QPushButton("Close")
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        outside = QVBoxLayout(self)
        outside.addLayout(filters)
        outside.addWidget(body, 1)
        outside.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        self._context.keys.watch(body, PANEL)
        letter = self.fontMetrics().horizontalAdvance("x")
        self.resize(letter * 110, self.fontMetrics().height() * 32)
        self._fill_sources()
        self.table.setFocus()

    def _connect(self) -> None:
        model, undo = self.keeper.model, self.keeper.undo
        self.source.activated.connect(self._filter)
        self.text.textChanged.connect(self._filter)
        self.table.chosen.connect(self._show_selection)
        self.table.doubleClicked.connect(self.play)
        self.clear_button.clicked.connect(self.clear)
        model.modelReset.connect(self._show_counts)
        model.modelReset.connect(self._show_selection)
        self.keeper.loaded.connect(self._fill_sources)
        self.keeper.failed.connect(self.summary.setText)
        undo.canUndoChanged.connect(self._show_undo)
        undo.canRedoChanged.connect(self._show_undo)
        undo.indexChanged.connect(self._show_undo)
        self._show_undo()

    def _filter(self) -> None:
        source = self.source.currentData()
        self.keeper.model.set_filter(NegativeFilter(source_model=source, text=self.text.text().strip()))

    def _fill_sources(self) -> None:
        """Offer the models that brought any; the chosen one stays chosen, also when it has none left."""
        chosen = self.source.currentData()
        models = self.keeper.model.source_models()
        if chosen is not None and chosen not in models:
            models.append(chosen)
        offered = [self.source.itemData(row) for row in range(self.source.count())]
        if offered == [None, *models]:
            return
        self.source.clear()
        self.source.addItem(_ANY, None)
        for model in models:
            self.source.addItem(model or "A person", model)
        self.source.setCurrentIndex(0 if chosen is None else models.index(chosen) + 1)

    def _show_counts(self) -> None:
        model = self.keeper.model
        self.summary.setText(summary(model.rowCount(), model.total, model.shown_media()))
        self.clear_button.setEnabled(model.rowCount() > 0)

    def _show_selection(self) -> None:
        self._enable("negatives.delete", self.table.any_selected())
        self._enable("negatives.play", self.table.current() is not None)

    def _show_undo(self) -> None:
        undo = self.keeper.undo
        self._enable("negatives.undo", undo.canUndo())
        self._enable("negatives.redo", undo.canRedo())
        self._buttons["negatives.undo"].setToolTip(undo.undoText())
        self._buttons["negatives.redo"].setToolTip(undo.redoText())

    def _enable(self, id_: str, enabled: bool) -> None:
        self._context.actions.action(id_).setEnabled(enabled)
        self._buttons[id_].setEnabled(enabled)

    def _ask_to_clear(self) -> None:
        model = self.keeper.model
        negatives = list(model.shown)
        if not negatives or not self.isVisible():
            return
        keys = self._context.actions.action("negatives.undo").text().partition("\t")[2]
        question = QMessageBox(self)
        question.setIcon(QMessageBox.Icon.Warning)
        question.setWindowTitle("Clear Hard Negatives")
        question.setTextFormat(Qt.TextFormat.PlainText)
        question.setText(clear_question(model.filter, len(negatives)))
        question.setInformativeText(clear_consequence(len(negatives), model.total, keys))
        delete = question.addButton("&Delete", QMessageBox.ButtonRole.DestructiveRole)
        keep = question.addButton("&Keep Them", QMessageBox.ButtonRole.RejectRole)
        question.setDefaultButton(keep)
        question.setEscapeButton(keep)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        assert delete is not None
        delete.clicked.connect(lambda: self.keeper.delete(negatives))
        self._question = question
        question.open()

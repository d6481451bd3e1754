"""Whoever cannot see, or has no mouse, can use the three dialogs as well."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from eightcut_qt.classifiers.dialog import ClassifiersDialog
from eightcut_qt.core.context import Context
from eightcut_qt.negatives.dialog import NegativesDialog
from eightcut_qt.training.dialog import TrainDialog
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

_NAMELESS = (QAbstractItemView, QAbstractSpinBox, QComboBox, QLineEdit, QPlainTextEdit, QProgressBar)
_DIALOGS = (TrainDialog, NegativesDialog, ClassifiersDialog)


@pytest.fixture(params=_DIALOGS, ids=lambda kind: kind.__name__)
def dialog(request: pytest.FixtureRequest, context: Context, qtbot: QtBot) -> Iterator[QDialog]:
    window = QWidget()
    qtbot.addWidget(window)
    yield request.param(context, window)
    window.close()


def test_everything_has_a_name(dialog: QDialog) -> None:
    buddies = {label.buddy() for label in dialog.findChildren(QLabel)}
    ours = [
        widget
        for kind in _NAMELESS
        for widget in dialog.findChildren(kind)
        if not any(isinstance(above, _NAMELESS) for above in _above(widget))  # a header, a list that pops up
    ]
    assert len(ours) > 2
    nameless = [widget for widget in ours if not widget.accessibleName() and widget not in buddies]
    assert nameless == []


def _above(widget: QWidget) -> Iterator[QWidget]:
    place = widget.parentWidget()
    while place is not None:
        yield place
        place = place.parentWidget()


def test_return_presses_no_button_by_itself(dialog: QDialog) -> None:
    assert [button.text() for button in dialog.findChildren(QPushButton) if button.autoDefault()] == []


def test_escape_closes_it(dialog: QDialog, qtbot: QtBot) -> None:
    dialog.show()
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()

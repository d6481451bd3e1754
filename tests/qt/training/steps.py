"""What a person does in the Train dialog."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from eightcut_qt.training.dialog import TrainDialog
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

Open: TypeAlias = Callable[[], TrainDialog]

TRAINING = 60_000
"""Milliseconds that one may take on a machine that is busy."""


def check(dialog: TrainDialog, qtbot: QtBot, *folders: str) -> None:
    """Check folders as a person does, and wait for the counts."""
    model = dialog.form.folders
    qtbot.waitUntil(lambda: model.rowCount() > 0)
    for row, folder in enumerate(model.folders):
        wanted = Qt.CheckState.Checked if folder.name in folders else Qt.CheckState.Unchecked
        if model.index(row).data(Qt.ItemDataRole.CheckStateRole) != wanted:
            model.setData(model.index(row), wanted, Qt.ItemDataRole.CheckStateRole)
    settle(dialog, qtbot)


def settle(dialog: TrainDialog, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not dialog.preview.counting and dialog.preview.missing is not None)


def count(dialog: TrainDialog, name: str) -> str:
    return dialog.view.counts[name].text()


def train(dialog: TrainDialog, qtbot: QtBot) -> None:
    qtbot.waitUntil(dialog.train_button.isEnabled)
    with qtbot.waitSignal(dialog.follower.finished, timeout=TRAINING):
        dialog.train_button.click()


def names(dialog: TrainDialog) -> list[str]:
    return [folder.name for folder in dialog.form.folders.folders]

"""Sounds to train on, and the dialog."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from eightcut_client.connection import Connection
from eightcut_qt.core.context import Context
from eightcut_qt.gateway import Gateway
from eightcut_qt.training.dialog import TrainDialog
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from tests.qt.classifiers.versions import Queue
from tests.qt.training.sounds import Sounds


@pytest.fixture(scope="session")
def all_sounds(services: Connection, tmp_path_factory: pytest.TempPathFactory) -> Sounds:
    """Made and embedded once."""
    return Sounds.make(services, tmp_path_factory.mktemp("sounds"))


@pytest.fixture
def sounds(all_sounds: Sounds, gateway: Gateway) -> Sounds:
    """The sound is marked in the folder "door" of the test's profile."""
    all_sounds.mark(gateway)
    return all_sounds


@pytest.fixture
def scans(context: Context) -> Queue:
    queue = Queue()
    context.scans = queue  # type: ignore[assignment]
    return queue


@pytest.fixture
def dialog(context: Context, qtbot: QtBot) -> Iterator[Callable[[], TrainDialog]]:
    """Makes the dialog, and waits until what was chosen before is counted."""
    window = QWidget()
    qtbot.addWidget(window)
    made: list[TrainDialog] = []

    def show() -> TrainDialog:
        found = TrainDialog(context, window)
        made.append(found)
        found.present()
        qtbot.waitUntil(lambda: found.form.filled)
        qtbot.waitUntil(lambda: not found.preview.counting)
        return found

    yield show
    for one in made:
        one.close()
    window.close()

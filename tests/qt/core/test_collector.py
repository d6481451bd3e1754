"""Garbage is collected in the UI thread, and nowhere else."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from eightcut_qt.core.collector import Collector
from pytestqt.qtbot import QtBot


class Cycle:
    """Refers to itself, and notes which thread deletes it."""

    deleted: list[threading.Thread]

    def __init__(self, deleted: list[threading.Thread]) -> None:
        self.own = self
        self.deleted = deleted

    def __del__(self) -> None:
        self.deleted.append(threading.current_thread())


@pytest.fixture
def collector(qapp: object) -> Iterator[Collector]:
    made = Collector()
    yield made
    made.close()
    gc.disable()  # The session's own goes on.


def test_cycles_that_a_thread_leaves_are_deleted_in_the_ui_thread(collector: Collector, qtbot: QtBot) -> None:
    deleted: list[threading.Thread] = []

    def litter() -> None:
        for _ in range(5000):
            Cycle(deleted)

    worker = threading.Thread(target=litter)
    worker.start()
    worker.join()
    assert deleted == []
    qtbot.waitUntil(lambda: len(deleted) == 5000)
    assert set(deleted) == {threading.main_thread()}


def test_afterwards_python_does_it_again(qapp: object) -> None:
    Collector().close()
    assert gc.isenabled()
    gc.disable()

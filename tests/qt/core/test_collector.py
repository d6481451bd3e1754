"""Garbage is collected in the UI thread, and nowhere else."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Callable, Iterator

import pytest
from eightcut_qt.core.collector import Collector
from PyQt6.QtCore import QObject
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


class Owner(QObject):
    """Garbage that tells of its end, to a function that is garbage, too."""

    def __init__(self, slot: Callable[..., object]) -> None:
        super().__init__()
        self.own = self
        self.child = QObject(self)
        self.child.destroyed.connect(slot)


def collect_all(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> list[type[BaseException]]:
    """Lets it collect everything, and returns the errors that were told."""
    told: list[type[BaseException]] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, _error, _trace: told.append(kind))
    monkeypatch.setattr(gc, "get_count", lambda: (10**6, 10**6, 10**6))
    collector.look()
    return told


def test_slots_that_are_garbage_are_no_errors(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, qapp: object
) -> None:
    def litter() -> None:
        kept: list[Owner] = []
        kept.append(Owner(lambda *_, kept=kept: kept))

    litter()
    assert collect_all(collector, monkeypatch) == []


def test_errors_of_living_slots_are_told_while_garbage_is_collected(
    collector: Collector, monkeypatch: pytest.MonkeyPatch, qapp: object
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    Owner(fail)
    assert collect_all(collector, monkeypatch) == [ZeroDivisionError]


def test_afterwards_python_does_it_again(qapp: object) -> None:
    Collector().close()
    assert gc.isenabled()
    gc.disable()

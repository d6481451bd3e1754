"""A profile with a classifier, and files to scan with it."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import eightcut_qt.scanning.work
import pytest
from eightcut_client import scan_file
from eightcut_client.connection import Connection

from tests.qt.scanning.material import copy_of, train_beeps


@pytest.fixture(scope="session")
def trained(services: Connection, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A profile with a classifier LOGMEL."""
    return train_beeps(services, tmp_path_factory.mktemp("train"))


@pytest.fixture
def profile(services: Connection, trained: str) -> str:
    """A copy of it, of the test's own."""
    return copy_of(services, trained)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three minutes with a beep each; in another folder for each test run, so that the digest cache knows none."""
    from tests.qt.scanning.material import recording

    folder = tmp_path_factory.mktemp("files")
    return [recording(folder / f"{name}.wav", [at], seed=at) for name, at in (("a", 20), ("b", 30), ("c", 40))]


class Gate:
    """Holds scans until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun = threading.Semaphore(0)
        self.open = threading.Event()
        monkeypatch.setattr(eightcut_qt.scanning.work, "scan_file", self.scan)

    def scan(self, *arguments: Any, cancel: Any, **keywords: Any) -> Any:
        self.begun.release()
        while not self.open.wait(0.01):
            cancel.check()
        return scan_file(*arguments, cancel=cancel, **keywords)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(monkeypatch)

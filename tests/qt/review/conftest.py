"""A profile in which files were scanned, and a navigator that only writes down what it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eightcut_client.connection import Connection
from eightcut_qt.core.context import Context
from eightcut_qt.core.records import ScanRecord
from PyQt6.QtCore import QObject, pyqtSignal

from tests.qt.scanning.material import copy_of, recording, scanned, train_beeps
from tests.qt.world import FixedServices


@pytest.fixture(scope="session")
def scanned_profile(services: Connection, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A profile with a classifier and one scan each of two files, with two beeps and one."""
    from eightcut_qt.gateway import Gateway

    folder = tmp_path_factory.mktemp("review")
    profile = train_beeps(services, folder)
    gateway = Gateway(FixedServices(services, profile))
    scanned(gateway, recording(folder / "first.wav", [10.0, 40.0], seed=11))
    scanned(gateway, recording(folder / "second.wav", [25.0], seed=12))
    return profile


@pytest.fixture
def profile(services: Connection, scanned_profile: str) -> str:
    """A copy of it, of the test's own."""
    return copy_of(services, scanned_profile)


class Shown(QObject):
    """Writes down which places are to be shown and played."""

    not_found = pyqtSignal(str)

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, tuple[float, float] | None]] = []
        self.places: dict[str, Path] = {}
        self.then: Callable[[], None] | None = None

    def show(self, digest: str, *, at: float | None = None, play: Any = None, then: Any = None) -> None:
        self.calls.append((digest, play))
        self.then = then

    def add_place(self, digest: str, path: Path) -> None:
        self.places[digest] = path


class Heard(QObject):
    """A player that writes down what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.ranges: list[tuple[float, float, bool]] = []
        self.pauses = 0

    def play_range(self, start: float, end: float, *, loop: bool = False) -> None:
        self.ranges.append((start, end, loop))

    def pause(self) -> None:
        self.pauses += 1

    def close(self) -> None:
        pass


@pytest.fixture
def shown(context: Context) -> Shown:
    """What the navigator was asked for."""
    made = Shown()
    context.navigator = made  # type: ignore[assignment]
    return made


@pytest.fixture
def player(context: Context) -> Heard:
    """What the player was told."""
    if context.player is not None:
        context.player.close()
    made = Heard()
    context.player = made  # type: ignore[assignment]
    return made


@pytest.fixture
def scans(context: Context) -> list[ScanRecord]:
    """The versions of the profile: of first.wav, then of second.wav."""
    return sorted(context.gateway.scans.versions(), key=lambda scan: scan.sequence)

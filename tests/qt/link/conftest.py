"""Services that can be frozen, killed and started again, and a link to them."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from eightcut_qt.core.bus import Bus, Change
from eightcut_qt.core.notices import Notices
from eightcut_qt.core.settings import SettingsStore
from eightcut_qt.core.tasks import Tasks
from eightcut_qt.link.given import Given
from eightcut_qt.link.link import Link
from eightcut_qt.link.states import Kind
from pytestqt.qtbot import QtBot

from tests.loop.product import SERVICES, Service


class Box:
    """Three services on Unix sockets, as on another machine."""

    def __init__(self, folder: Path, sockets: Path) -> None:
        self.address = f"unix:{sockets}"
        self.services = {name: Service(name, sockets, folder) for name in SERVICES}
        for service in self.services.values():
            service.start()

    def signal(self, number: signal.Signals, *names: str) -> None:
        for name in names or SERVICES:
            os.kill(self.services[name].pid, number)

    def restart(self) -> None:
        """Whatever a test has done to them: they run again."""
        for service in self.services.values():
            if service._process is None:
                service.start()
        self.signal(signal.SIGCONT)

    def close(self) -> None:
        for service in self.services.values():
            service.kill()


@pytest.fixture(scope="session")
def _box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    sockets = Path(tempfile.mkdtemp(prefix="8q"))
    box = Box(tmp_path_factory.mktemp("box"), sockets)
    yield box
    box.close()
    shutil.rmtree(sockets, ignore_errors=True)


@pytest.fixture
def box(_box: Box) -> Iterator[Box]:
    """The three services, all running."""
    yield _box
    _box.restart()


class Linked:
    """A link with what it needs."""

    def __init__(self, folder: Path, given: Given) -> None:
        self.told: list[BaseException] = []
        self.changes: list[Change] = []
        self.notices = Notices()
        self.tasks = Tasks(self.told.append)
        self.bus = Bus()
        self.bus.changed.connect(self.changes.append)
        self.settings = SettingsStore(folder / "desktop.json")
        self.link = Link(self.tasks, self.bus, self.settings, given)

    def wait(self, qtbot: QtBot, kind: Kind, seconds: float = 10) -> None:
        qtbot.waitUntil(lambda: self.link.state.kind is kind, timeout=int(seconds * 1000))

    def close(self) -> None:
        self.link.stop_watching()
        self.tasks.close()
        self.link.close()
        self.settings.close()


@pytest.fixture
def linked(qapp: object, tmp_path: Path) -> Iterator[Linked]:
    """A link that knows no services yet, on an empty home."""
    made = Linked(tmp_path, Given(data_dir=tmp_path / "nothing"))
    yield made
    made.close()
    assert made.told == []

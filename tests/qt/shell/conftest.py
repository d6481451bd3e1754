"""A window with plain panels in place of the real ones, linked to real services."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from eightcut_client.connection import Connection
from eightcut_qt.core.context import Context
from eightcut_qt.core.settings import ConnectionSettings
from eightcut_qt.link.given import Given
from eightcut_qt.link.link import Link
from eightcut_qt.shell.dialogs import Dialogs
from eightcut_qt.shell.panels import Panels
from eightcut_qt.shell.window import MainWindow
from PyQt6.QtWidgets import QApplication, QLineEdit, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from tests.qt.world import FixedServices, open_context


class Panel(QWidget):
    """Something that can have the focus."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.first = QPushButton(name)
        layout = QVBoxLayout(self)
        layout.addWidget(self.first)
        layout.addWidget(QLineEdit())


def plain_panels(added: list[Path]) -> Panels:
    names = ("playlist", "clips", "playback", "timeline", "results", "review", "scan")
    return Panels(**{name: Panel(name) for name in names}, add_paths=added.extend)


@pytest.fixture
def server(services: Connection) -> str:
    """Where the services of all tests are, as one writes it."""
    return ",".join(f"{name}={services.address(name)}" for name in ("store", "inference", "trainer"))


@pytest.fixture
def shell(qapp: QApplication, services: Connection, profile: str, tmp_path: Path) -> Iterator[Context]:
    """The shared objects with a real link, which knows no services yet."""
    with open_context(qapp, FixedServices(services, profile), tmp_path) as context:
        link = Link(context.tasks, context.bus, context.settings, Given(data_dir=tmp_path / "none", profile=profile))
        context.link = link
        context.gateway._services = link
        yield context
        link.stop_watching()
        context.tasks.close()
        link.close()


@pytest.fixture
def linked(shell: Context, server: str) -> Context:
    """The same, linked to the services."""
    shell.link.use(ConnectionSettings(server=server))
    return shell


@pytest.fixture
def added() -> list[Path]:
    """What was put into the playlist."""
    return []


@pytest.fixture
def window(qtbot: QtBot, shell: Context, added: list[Path], tmp_path: Path) -> MainWindow:
    """The window, shown."""
    made = MainWindow(shell, plain_panels(added))
    made.dialogs = Dialogs(shell, made, tmp_path)
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made

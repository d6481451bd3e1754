"""The desktop client's tests: real services, a real QApplication without a screen."""

from __future__ import annotations

import atexit
import os
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

import pytest
from eightcut.store.v1.profile_service_pb2 import CreateProfileRequest
from eightcut_client.connection import Connection
from eightcut_qt.core.collector import Collector
from eightcut_qt.core.context import Context
from eightcut_qt.gateway import Gateway
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QWidget
from pytestqt import exceptions as capturing

from tests.qt.world import FixedServices, Heard, open_context


def _start_screen() -> None:
    """Starts an X server that is ours alone: tests that run beside us would take the focus away."""
    read, write = os.pipe()
    arguments = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"]
    server = subprocess.Popen(arguments, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    atexit.register(server.terminate)
    with os.fdopen(read) as answer:
        os.environ["DISPLAY"] = f":{answer.readline().strip()}"


# EIGHTCUT_QT_PLATFORM=xcb runs them on a screen (make test-screen).
os.environ["QT_QPA_PLATFORM"] = os.environ.get("EIGHTCUT_QT_PLATFORM", "offscreen")
if os.environ["QT_QPA_PLATFORM"] == "xcb":
    _start_screen()


_capture = capturing._except_hook


def _capture_ours(
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
    exceptions: list[object] | None = None,
) -> None:
    """Leaves out calls of functions that an earlier test has left as garbage (see `Collector`).

    An object of Qt may outlive its emptied lambda until it is deleted by the event loop, in the middle of another test.
    Without a traceback no code of ours has run, neither that of the window nor that of a test.
    """
    if trace is not None or not issubclass(kind, TypeError | AttributeError):
        _capture(kind, error, trace, exceptions)


capturing._except_hook = _capture_ours


@pytest.fixture(scope="session")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """The three services on a folder of their own."""
    with Connection.embedded(tmp_path_factory.mktemp("services")) as connection:
        connection.start()
        yield connection


@pytest.fixture(scope="session", autouse=True)
def _collector(qapp: QApplication) -> Iterator[None]:
    """As in the window, no thread but the UI's deletes what a test has left."""
    collector = Collector(qapp)
    yield
    collector.close()


@pytest.fixture(autouse=True)
def _no_key_held(qapp: QApplication) -> None:
    """The last event of an earlier test may have had Shift; Qt takes it as held until the next event."""
    QTest.keyClick(QWidget(), Qt.Key.Key_Shift)
    assert qapp.keyboardModifiers() == Qt.KeyboardModifier.NoModifier


@pytest.fixture
def profile(services: Connection) -> str:
    """An empty profile of the test's own."""
    name = f"test-{uuid.uuid4().hex[:12]}"
    services.profiles.CreateProfile(CreateProfileRequest(profile=name))
    return name


@pytest.fixture
def link(services: Connection, profile: str) -> FixedServices:
    """The services and the profile, as a link."""
    return FixedServices(services, profile)


@pytest.fixture
def gateway(link: FixedServices) -> Gateway:
    """Calls of the services, in the test's profile."""
    return Gateway(link)


@pytest.fixture
def context(qapp: QApplication, link: FixedServices, tmp_path: Path) -> Iterator[Context]:
    """The shared objects of a window that is not there."""
    with open_context(qapp, link, tmp_path) as made:
        yield made


@pytest.fixture
def heard(context: Context) -> Heard:
    """What the person is told from now on."""
    found = Heard()
    context.notices.said.connect(lambda level, sentence: found.append((level, sentence)))
    return found

"""The whole window, as the person gets it, on real services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from eightcut_client.connection import Connection
from eightcut_client.endpoints import SERVICE_NAMES
from eightcut_qt import app
from eightcut_qt.core.context import Context
from eightcut_qt.link.given import Given
from eightcut_qt.link.states import Kind
from eightcut_qt.shell.window import MainWindow
from PyQt6.QtCore import Qt
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QWidget
from pytestqt.exceptions import TimeoutError as NotInTime
from pytestqt.qtbot import QtBot

from tests.qt.world import Heard

ROOT = Path(__file__).resolve().parents[3]
PICTURES = ROOT / "build" / "screenshots"

NONE = Qt.KeyboardModifier.NoModifier
CTRL = Qt.KeyboardModifier.ControlModifier


class Person:
    """Sits in front of the window: looks, presses keys, waits.

    Attributes:
        window: The window.
        context: What is behind it.
        heard: What the window told.
    """

    def __init__(self, context: Context, window: MainWindow, qtbot: QtBot, theme: str) -> None:
        self.context = context
        self.window = window
        self.heard = Heard()
        self._qtbot = qtbot
        self._theme = theme
        self._pictures = 0
        context.notices.said.connect(lambda level, sentence: self.heard.append((level, sentence)))

    def wait(self, true: Callable[[], object], seconds: float = 30) -> None:
        """Waits until something is so."""
        try:
            self._qtbot.waitUntil(lambda: bool(true()), timeout=int(seconds * 1000))
        except NotInTime as error:
            self.picture("stuck")
            raise AssertionError(f"waited in vain; the window said: {list(self.heard)}") from error

    def press(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, at: QWidget | None = None) -> None:
        """Presses a key, in a widget or where the focus is."""
        if at is not None:
            at.setFocus()
        QTest.keyClick(at or QApplication.focusWidget() or self.window, key, modifiers)

    def come_back(self) -> None:
        """Looks at the window again; a desktop's window manager does it when a dialog closes."""
        self.window.activateWindow()
        self.wait(self.window.isActiveWindow)

    def do(self, action: str) -> None:
        """Chooses from the menu."""
        found = self.context.actions.action(action)
        assert found.isEnabled(), action
        found.trigger()

    def dialog(self, kind: type[QWidget]) -> QWidget:
        """The dialog of this kind that is open."""
        self.wait(lambda: any(isinstance(w, kind) and w.isVisible() for w in QApplication.topLevelWidgets()))
        return next(w for w in QApplication.topLevelWidgets() if isinstance(w, kind) and w.isVisible())

    def picture(self, name: str, widget: QWidget | None = None) -> None:
        """Keeps a screenshot, in the order of the story."""
        self._pictures += 1
        PICTURES.mkdir(parents=True, exist_ok=True)
        QTest.qWait(30)
        shot = (widget or self.window).grab()
        assert shot.save(str(PICTURES / f"{self._theme}-{self._pictures:02}-{name}.png"))


@pytest.fixture
def server(services: Connection) -> str:
    """The services' addresses, as a person would give them."""
    return ",".join(f"{name}={services.address(name)}" for name in SERVICE_NAMES)


@contextmanager
def seated(
    qapp: QApplication, qtbot: QtBot, given: Given, folder: Path, *, theme: str = "light", kind: Kind = Kind.ONLINE
) -> Iterator[Person]:
    """Somebody in front of a window, whose settings are in a folder, when the services are in this state."""
    context = app.build_context(qapp, settings_file=folder / "desktop.json", given=given)
    context.theme.set_mode(theme)
    window = app.build_window(context, settings_folder=folder)
    somebody = Person(context, window, qtbot, theme)
    window.resize(1440, 900)
    window.show()
    window.activateWindow()
    context.link.start()
    try:
        somebody.wait(lambda: context.link.state.kind is kind)
        somebody.wait(window.isActiveWindow)
        yield somebody
    finally:
        app.end(context, window)


@pytest.fixture
def person(
    qapp: QApplication, qtbot: QtBot, *, server: str, profile: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Person]:
    """Somebody in front of a window that is connected."""
    given = Given(server=server, profile=profile)
    theme = getattr(request, "param", "light")
    with seated(qapp, qtbot, given, tmp_path / "settings", theme=theme) as somebody:
        yield somebody

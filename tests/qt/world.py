"""A window's world without its shell: the shared objects on services that run already."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eightcut_client.connection import Connection
from eightcut_qt.core.actions import Actions
from eightcut_qt.core.bus import Bus
from eightcut_qt.core.context import Context
from eightcut_qt.core.keys import PanelKeys
from eightcut_qt.core.notices import Level, Notices
from eightcut_qt.core.operations import Operations
from eightcut_qt.core.settings import SettingsStore
from eightcut_qt.core.state import ViewState
from eightcut_qt.core.tasks import Tasks
from eightcut_qt.core.theme import Theme
from eightcut_qt.gateway import Gateway
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QKeySequence, QUndoGroup
from PyQt6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

PARTS = (
    "shell",
    "playback",
    "playlist",
    "clips",
    "exporting",
    "importing",
    "timeline",
    "results",
    "review",
    "scanning",
    "training",
    "negatives",
    "classifiers",
)


class FixedServices(QObject):
    """A link that is always there: one connection, one profile."""

    state_changed = pyqtSignal(object)
    profile_changed = pyqtSignal(str)

    def __init__(self, connection: Connection, profile: str) -> None:
        super().__init__()
        self._connection = connection
        self.profile = profile
        self.state = None
        self.error: Exception | None = None

    def connection(self) -> Connection:
        """The services; raises `error` while a test sets one."""
        if self.error is not None:
            raise self.error
        return self._connection


class Heard(list[tuple[Level, str]]):
    """What the person was told."""

    def errors(self) -> list[str]:
        """Only the bad news."""
        return [sentence for level, sentence in self if level is not Level.INFO]


@contextmanager
def open_context(application: QApplication, services: FixedServices, folder: Path) -> Iterator[Context]:
    """Makes the shared objects, and closes them."""
    settings = SettingsStore(folder / "desktop.json")
    notices = Notices()
    tasks = Tasks(notices.error)
    actions = Actions(spec for part in PARTS for spec in _specs(part))
    context = Context(
        settings=settings,
        theme=Theme(application),
        notices=notices,
        tasks=tasks,
        bus=(bus := Bus()),
        operations=Operations(tasks, bus, gateway := Gateway(services)),
        state=ViewState(),
        actions=actions,
        keys=PanelKeys(actions, application),
        link=services,  # type: ignore[arg-type]
        gateway=gateway,
        undo=QUndoGroup(),
        documents=None,  # type: ignore[arg-type]
        player=None,  # type: ignore[arg-type]
        navigator=None,  # type: ignore[arg-type]
        scans=None,  # type: ignore[arg-type]
        exports=None,  # type: ignore[arg-type]
    )
    context.documents = _part("regions.documents", "ScanDocuments", context)
    context.player = _part("playback.player", "Player", context)
    context.navigator = _part("playback.navigator", "Navigator", context)
    context.scans = _part("scanning.queue", "ScanQueue", context)
    context.exports = _part("exporting.queue", "ExportQueue", context)
    try:
        yield context
    finally:
        if context.player is not None:
            context.player.close()
        tasks.close()
        settings.close()
        application.removeEventFilter(context.keys)


def shared_letters(root: QWidget, *, beside: Iterable[str] = ()) -> list[str]:
    """What is seen and shares the letter after Alt with something else, which makes it go to the one or the other.

    Args:
        root: Looks in here.
        beside: Texts that have their letters as well, such as menus.
    """
    widgets = root.findChildren(QLabel) + root.findChildren(QAbstractButton)
    named = [widget for widget in widgets if not isinstance(widget, QLabel) or widget.buddy() is not None]
    texts = [*beside, *(widget.text() for widget in named if widget.isVisibleTo(root))]
    seen: dict[str, list[str]] = {}
    for text in texts:
        seen.setdefault(QKeySequence.mnemonic(text).toString(), []).append(text)
    return [f"{letter}: {found}" for letter, found in seen.items() if letter and len(found) > 1]


def _specs(part: str) -> Any:
    return _module(f"{part}.actions").SPECS if _module(f"{part}.actions") else ()


def _part(module: str, name: str, context: Context) -> Any:
    found = _module(module)
    return None if found is None else getattr(found, name)(context)


def _module(name: str) -> Any:
    """The module, None while it is not written."""
    full = f"eightcut_qt.{name}"
    try:
        there = importlib.util.find_spec(full)
    except ModuleNotFoundError:
        return None
    return importlib.import_module(full) if there else None

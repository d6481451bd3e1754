"""A results panel on real versions, with a player that only notes what it is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from eightcut_qt.core.context import Context
from eightcut_qt.gateway import Gateway
from eightcut_qt.results.panel import ResultsPanel
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.qt.regions.world import register
from tests.qt.world import FixedServices, Heard, open_context


class NotedPlayer:
    """Notes where one was taken."""

    frame_duration = 1 / 29.97

    def __init__(self) -> None:
        self.seeks: list[float] = []
        self.ranges: list[tuple[float, float]] = []

    def seek(self, seconds: float) -> None:
        self.seeks.append(seconds)

    def play_range(self, start: float, end: float, *, loop: bool = False) -> None:
        assert not loop
        self.ranges.append((start, end))

    def close(self) -> None:
        pass


@pytest.fixture
def context(qapp: QApplication, link: FixedServices, tmp_path: Path) -> Iterator[Context]:
    """The shared objects, with a player that needs no file."""
    with open_context(qapp, link, tmp_path) as made:
        if made.player is not None:
            made.player.close()
        made.player = NotedPlayer()  # type: ignore[assignment]
        yield made


@pytest.fixture
def player(context: Context) -> NotedPlayer:
    """What the player was asked for."""
    noted = context.player
    assert isinstance(noted, NotedPlayer)
    return noted


@dataclass
class Desk:
    """All that a test may need."""

    context: Context
    panel: ResultsPanel
    media: str
    gateway: Gateway
    link: FixedServices
    player: NotedPlayer
    heard: Heard


@pytest.fixture
def media(gateway: Gateway) -> str:
    """A media that the Store knows."""
    return register(gateway)


@pytest.fixture
def panel(qtbot: QtBot, context: Context) -> ResultsPanel:
    """The panel, shown, without a file."""
    made = ResultsPanel(context)
    qtbot.addWidget(made)
    made.resize(520, 640)
    made.show()
    return made


@pytest.fixture
def desk(panel: ResultsPanel, context: Context, media: str, player: NotedPlayer, heard: Heard) -> Desk:
    """The panel with what it works on."""
    link = context.link
    assert isinstance(link, FixedServices)
    return Desk(context, panel, media, context.gateway, link, player, heard)

"""A profile of the test's own, a player, and what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from eightcut_qt.core.context import Context
from eightcut_qt.playback.player import Player

from tests.qt.playback.videos import Screen, write_numbered


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """2.4 seconds at 25 frames a second."""
    return write_numbered(tmp_path_factory.mktemp("video") / "numbered.mp4", 60)


@pytest.fixture
def player(context: Context) -> Iterator[Player]:
    """The context's player."""
    yield context.player
    context.player.close()


@pytest.fixture
def screen(player: Player) -> Screen:
    """Its screen."""
    return Screen(player)

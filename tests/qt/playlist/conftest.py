"""A playlist without its window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from eightcut_qt.core.context import Context
from eightcut_qt.playlist.panel import PlaylistPanel
from pytestqt.qtbot import QtBot

from tests.support.media import noise, write_media


@dataclass
class Opened:
    """Stands in for the navigator: notes what it was told."""

    paths: list[Path] = field(default_factory=list)
    places: dict[str, Path] = field(default_factory=dict)

    def open(self, path: Path) -> None:
        self.paths.append(path)

    def add_place(self, digest: str, path: Path) -> None:
        self.places[digest] = path


@pytest.fixture
def opened(context: Context) -> Opened:
    context.navigator = Opened()  # type: ignore[assignment]
    return context.navigator  # type: ignore[return-value]


MakePanel = Callable[[], PlaylistPanel]


@pytest.fixture
def make_panel(context: Context, opened: Opened, qtbot: QtBot) -> Iterator[MakePanel]:
    """Makes panels; an action can be bound by one at a time, so that the one before is closed first."""
    made: list[PlaylistPanel] = []

    def make() -> PlaylistPanel:
        panel = PlaylistPanel(context)
        qtbot.addWidget(panel)
        panel.resize(500, 600)
        made.append(panel)
        with qtbot.waitExposed(panel):
            panel.show()
            panel.activateWindow()
        qtbot.waitUntil(lambda: panel.is_loaded)
        return panel

    yield make
    for panel in made:
        panel.save()


@pytest.fixture
def panel(make_panel: MakePanel) -> PlaylistPanel:
    return make_panel()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three media files, one of them in a folder below, and something else."""
    made = tmp_path / "media"
    (made / "below").mkdir(parents=True)
    for number, name in enumerate(("b2.wav", "b10.wav", "below/a.wav")):
        write_media(made / name, noise(2 + number, 8000, seed=number), 8000)
    (made / "notes.txt").write_text("no media")
    (made / ".hidden.wav").write_text("no media")
    return made


def add(qtbot: QtBot, panel: PlaylistPanel, *paths: Path) -> None:
    """Adds files and waits for them."""
    panel.add_paths(list(paths))
    qtbot.waitUntil(lambda: not panel.adding)

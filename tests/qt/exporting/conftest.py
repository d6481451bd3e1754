"""A small video that the Store knows, open in a clips panel that is not in a window."""

from __future__ import annotations

import uuid
from pathlib import Path

import numpy as np
import pytest
from eightcut_client.register import identify_file
from eightcut_qt.clips.panel import ClipsPanel
from eightcut_qt.core.context import Context
from eightcut_qt.core.records import ClipFileRecord
from eightcut_qt.core.state import OpenMedia
from eightcut_qt.exporting.files import WAITING
from PyQt6.QtWidgets import QMessageBox, QPushButton
from pytestqt.qtbot import QtBot

from tests.qt.clips.conftest import Sought
from tests.support.media import tone, write_media

SECONDS = 6.0


@pytest.fixture(scope="session")
def video_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """6 s of a tone with moving pictures."""
    path = tmp_path_factory.mktemp("videos") / "vidéo 'one'.mp4"
    return write_media(path, np.repeat(tone(SECONDS, 16_000), 2, axis=1), 16_000, video=True)


@pytest.fixture
def media(context: Context, video_file: Path) -> OpenMedia:
    local = identify_file(video_file)
    context.gateway.media.register(local)
    return OpenMedia(video_file, local, registered=True, duration=SECONDS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The export folder that the playlist's tab has; its numbers are this test's own."""
    return tmp_path / "exports" / f"d{uuid.uuid4().hex[:8]}"


@pytest.fixture
def panel(context: Context, media: OpenMedia, folder: Path, qtbot: QtBot) -> ClipsPanel:
    if context.player is not None:
        context.player.close()
    context.player = Sought()  # type: ignore[assignment]
    context.settings.update("clips", folder=folder.name, label="slam", duration=1.0, count=2, spread=0.5)
    made = ClipsPanel(context)
    qtbot.addWidget(made)
    context.state.set_media(media)
    context.exports.set_folder(str(folder))
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    return made


def settle(qtbot: QtBot, panel: ClipsPanel, context: Context) -> None:
    """Waits until the Store and the disk have everything."""
    qtbot.waitUntil(lambda: not panel.board.busy)
    qtbot.waitUntil(lambda: WAITING not in panel.commands.signs().values(), timeout=30_000)
    qtbot.waitUntil(lambda: not context.exports.working, timeout=30_000)


def files_in(context: Context, media: OpenMedia) -> list[ClipFileRecord]:
    """What the Store has."""
    return context.gateway.exports.files(media=media.digest)


def mark(panel: ClipsPanel, context: Context, qtbot: QtBot, at: float = 1.0) -> str:
    context.state.set_cursor(at)
    context.actions.action("clips.mark").trigger()
    settle(qtbot, panel, context)
    return panel.table.selected_ids()[0]


def names(folder: Path, name: str = "") -> list[str]:
    """Paths of the files below a folder, with "door" in the place of the test's own folder name."""
    found = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.mp4"))
    return [path.replace(name or folder.name, "door") for path in found]


def file(folder: Path, index: int = 0) -> Path:
    return folder / "vid_001" / f"{folder.name}_001_m1_{index}.mp4"


def press(box: QMessageBox | None, text: str) -> None:
    assert box is not None
    button = next(button for button in box.findChildren(QPushButton) if button.text().replace("&", "") == text)
    button.click()

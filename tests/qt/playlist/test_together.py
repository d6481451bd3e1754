"""Playlist, navigator, player and clips together: from a folder to a saved clip."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut_qt.clips.panel import ClipsPanel
from eightcut_qt.core.context import Context
from eightcut_qt.playlist.columns import Column
from eightcut_qt.playlist.page import PlaylistPage
from eightcut_qt.playlist.panel import PlaylistPanel
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QSplitter
from pytestqt.qtbot import QtBot


@pytest.mark.qt_log_ignore("Could not open media", extend=True)  # FFmpeg's, of a file that was left while it was opened
def test_from_a_folder_to_a_saved_clip(context: Context, folder: Path, qtbot: QtBot) -> None:
    playlist, clips = PlaylistPanel(context), ClipsPanel(context)
    window = QSplitter()
    window.addWidget(playlist)
    window.addWidget(clips)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    playlist.add_paths([folder])
    qtbot.waitUntil(lambda: len(playlist.visible_paths()) == 3)
    page = playlist.tabs.currentWidget()
    assert isinstance(page, PlaylistPage)
    page.view.select([page.model.file(1)])
    page.view.setFocus()
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    state = context.state
    context.settings.update("clips", folder="dog", duration=0.5)
    context.actions.action("clips.mark").trigger()  # The file is not known to the Store yet.
    assert [clip.folder for clip in clips.board.clips] == ["dog"]
    qtbot.waitUntil(lambda: state.media is not None and state.media.registered)
    qtbot.waitUntil(lambda: not clips.board.busy)
    assert state.media is not None
    assert state.media.path == folder / "b2.wav"
    assert [clip.folder for clip in context.gateway.clips.list(media=state.media.digest)] == ["dog"]
    qtbot.waitUntil(lambda: page.model.index(1, Column.CLIPS).data() == "1")
    context.actions.action("playlist.next").trigger()
    assert state.media.path == folder / "below" / "a.wav"
    assert clips.board.clips == ()
    context.navigator.show(page.model.file(1).digest)
    qtbot.waitUntil(lambda: len(clips.board.clips) == 1)

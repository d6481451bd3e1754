"""Opening files and finding media, on real services."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut_client.errors import UnavailableError
from eightcut_client.register import identify_file
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.core.state import OpenMedia
from pytestqt.qtbot import QtBot

from tests.qt.playback.videos import QT_SAYS, write_numbered
from tests.qt.world import FixedServices, Heard
from tests.support.media import tone, write_media, write_video_only

pytestmark = QT_SAYS


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Two videos of different lengths."""
    folder = tmp_path / "videos"
    folder.mkdir()
    return write_numbered(folder / "one.mp4", 50), write_numbered(folder / "two.mp4", 75)


def is_registered(context: Context, path: Path) -> bool:
    """Whether the window shows a file that the Store knows."""
    media = context.state.media
    return media is not None and media.path == path and media.registered


def register(context: Context, path: Path) -> str:
    """Makes a file known to the Store, and returns its digest."""
    local = identify_file(path)
    context.gateway.media.register(local)
    return local.digest


def test_opened_file_is_shown_at_once_then_identified_then_registered(
    context: Context, qtbot: QtBot, files: tuple[Path, Path]
) -> None:
    told: list[OpenMedia | None] = []
    changes: list[Change] = []
    context.state.media_changed.connect(told.append)
    context.bus.changed.connect(changes.append)
    context.navigator.open(files[0])
    assert told == [OpenMedia(files[0])]
    qtbot.waitUntil(lambda: is_registered(context, files[0]) and context.player.is_open)
    media = context.state.media
    assert media is not None
    digest = identify_file(files[0]).digest
    assert media.digest == digest
    assert media.duration == pytest.approx(2.0, abs=0.1)
    assert context.gateway.media.get_many([digest])[digest].filename == "one.mp4"
    assert changes == [Change(Topic.MEDIA, media=frozenset({digest}), source=context.navigator)]


def test_file_opened_meanwhile_wins(context: Context, qtbot: QtBot, files: tuple[Path, Path]) -> None:
    context.navigator.open(files[0])
    context.navigator.open(files[1])
    qtbot.waitUntil(lambda: is_registered(context, files[1]) and context.player.is_open)
    assert context.player.path == files[1]


def test_same_file_again_changes_nothing(context: Context, qtbot: QtBot, files: tuple[Path, Path]) -> None:
    context.navigator.open(files[0])
    qtbot.waitUntil(lambda: is_registered(context, files[0]) and context.player.is_open)
    context.player.seek(1.0)
    with qtbot.assertNotEmitted(context.state.media_changed):
        context.navigator.open(files[0])
    assert context.player.position == 1.0


def test_another_file_of_the_same_name_is_opened_anew(context: Context, qtbot: QtBot, files: tuple[Path, Path]) -> None:
    """Clips would be marked in the wrong media otherwise."""
    context.navigator.open(files[0])
    qtbot.waitUntil(lambda: is_registered(context, files[0]) and context.player.is_open)
    digest = identify_file(files[1]).digest
    files[1].replace(files[0])
    context.navigator.open(files[0])
    qtbot.waitUntil(lambda: (media := context.state.media) is not None and media.digest == digest)
    qtbot.waitUntil(lambda: is_registered(context, files[0]) and context.player.is_open)
    assert context.player.duration == pytest.approx(3.0, abs=0.1)


def test_registers_when_the_services_are_back(
    context: Context, link: FixedServices, heard: Heard, qtbot: QtBot, files: tuple[Path, Path]
) -> None:
    link.error = UnavailableError("Store: not there.")
    context.navigator.open(files[0])
    qtbot.waitUntil(lambda: context.state.media is not None and context.state.media.digest != "")
    qtbot.waitUntil(lambda: context.player.is_open)
    link.error = None
    context.bus.publish(Change(Topic.CONNECTION))
    qtbot.waitUntil(lambda: is_registered(context, files[0]))
    assert heard == []


def test_missing_and_unreadable_files_are_told_of_once(
    context: Context, heard: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("nothing\n" * 50)
    for path in (tmp_path / "gone.mp4", text):
        heard.clear()
        with qtbot.waitSignal(context.player.failed):
            context.navigator.open(path)
        qtbot.waitUntil(lambda: heard != [])
        assert len(heard.errors()) == 1
        assert path.name in heard.errors()[0]
        assert context.state.media is not None
        assert context.state.media.path == path


def test_video_without_sound_is_shown_and_told_of(context: Context, heard: Heard, qtbot: QtBot, tmp_path: Path) -> None:
    path = write_video_only(tmp_path / "silent.mp4")
    context.navigator.open(path)
    qtbot.waitUntil(lambda: heard.errors() != [] and context.player.is_open)
    assert "silent.mp4" in heard.errors()[0]
    assert not is_registered(context, path)


def test_show_goes_to_places_in_two_files(context: Context, qtbot: QtBot, files: tuple[Path, Path]) -> None:
    one, two = (register(context, path) for path in files)
    done: list[str] = []
    context.navigator.show(one, at=1.0, then=lambda: done.append("one"))
    qtbot.waitUntil(lambda: done == ["one"])
    assert (context.player.path, context.player.position) == (files[0], 1.0)
    with qtbot.waitSignal(context.player.range_ended):
        context.navigator.show(two, play=(0.4, 0.6), then=lambda: done.append("two"))
    assert done == ["one", "two"]
    assert (context.player.path, context.player.position) == (files[1], 0.6)
    qtbot.waitUntil(lambda: is_registered(context, files[1]))
    context.navigator.show(two, at=0.2, then=lambda: done.append("at once"))
    assert done[-1] == "at once"
    assert context.player.position == 0.2


def test_show_opens_a_place_that_was_told_at_once(context: Context, qtbot: QtBot, files: tuple[Path, Path]) -> None:
    digest = identify_file(files[0]).digest
    context.navigator.add_place(digest, files[0])
    context.navigator.show(digest, at=0.8)
    assert context.state.media == OpenMedia(files[0])
    qtbot.waitUntil(lambda: context.player.is_open and context.player.position == 0.8)
    context.navigator.show(digest, at=0.4)
    assert context.player.position == 0.4


def test_show_finds_a_file_that_has_moved(
    context: Context, heard: Heard, qtbot: QtBot, files: tuple[Path, Path], tmp_path: Path
) -> None:
    moved = files[0].rename(tmp_path / "moved.mp4")
    digest = register(context, moved)
    context.navigator.add_place(digest, files[0])
    context.navigator.show(digest, at=0.8)
    qtbot.waitUntil(lambda: context.player.is_open and context.player.path == moved)
    assert context.player.position == 0.8
    assert heard.errors() == []


def test_show_notices_that_another_file_lies_there_now(
    context: Context, qtbot: QtBot, files: tuple[Path, Path]
) -> None:
    digest = register(context, files[1])
    context.navigator.add_place(digest, files[0])
    context.navigator.show(digest, at=2.5)
    qtbot.waitUntil(lambda: context.player.is_open and context.player.path == files[1])
    assert context.player.position == 2.5


def test_media_that_is_nowhere_is_named(context: Context, heard: Heard, qtbot: QtBot, files: tuple[Path, Path]) -> None:
    digest = register(context, files[0])
    files[0].unlink()
    done: list[bool] = []
    with qtbot.waitSignal(context.navigator.not_found) as told:
        context.navigator.show(digest, at=1.0, then=lambda: done.append(True))
    assert told.args == [digest]
    assert "one.mp4" in heard.errors()[0]
    assert done == []


def test_media_that_cannot_be_played_is_looked_for_once(
    context: Context, heard: Heard, qtbot: QtBot, tmp_path: Path
) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("nothing\n" * 50)
    digest = identify_file(text).digest
    context.navigator.add_place(digest, text)
    context.navigator.show(digest)
    qtbot.waitUntil(lambda: len(heard.errors()) == 1)
    assert "text.mp4" in heard.errors()[0]


def test_file_wanted_meanwhile_takes_the_place_of_a_show(
    context: Context, qtbot: QtBot, files: tuple[Path, Path]
) -> None:
    digest = register(context, files[0])
    done: list[bool] = []
    context.navigator.show(digest, at=1.0, then=lambda: done.append(True))
    context.navigator.open(files[1])
    qtbot.waitUntil(lambda: is_registered(context, files[1]) and context.player.is_open)
    assert (context.player.path, context.player.position, done) == (files[1], 0.0, [])


def test_sound_only(context: Context, qtbot: QtBot, tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", tone(1.0, 16_000), 16_000)
    context.navigator.open(path)
    qtbot.waitUntil(lambda: is_registered(context, path) and context.player.is_open)

"""Cutting when something is in the way, or when the person is quicker than the disk."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from eightcut_client.errors import UnavailableError
from eightcut_client.register import identify_file
from eightcut_qt.clips.model import Column
from eightcut_qt.clips.panel import ClipsPanel
from eightcut_qt.core.context import Context
from eightcut_qt.core.notices import Level
from eightcut_qt.core.state import OpenMedia
from eightcut_qt.exporting.orders import Batch
from eightcut_qt.exporting.work import merged
from eightcut_qt.shell.window import MainWindow
from pytestqt.qtbot import QtBot

from tests.qt.exporting.conftest import file, files_in, mark, names, press, settle
from tests.qt.world import FixedServices, Heard
from tests.support.media import tone, write_media


def open_sound(context: Context, path: Path, seconds: float) -> OpenMedia:
    local = identify_file(write_media(path, tone(seconds, 16_000), 16_000))
    context.gateway.media.register(local)
    media = OpenMedia(path, local, registered=True, duration=seconds)
    context.state.set_media(media)
    return media


def test_a_folder_that_is_gone_is_made_anew_only_after_a_question(
    panel: ClipsPanel, context: Context, folder: Path, heard: Heard, qtbot: QtBot
) -> None:
    mark(panel, context, qtbot)
    shutil.rmtree(folder)
    mark(panel, context, qtbot, at=3.0)
    assert not folder.exists()
    box = panel.commands.question
    assert box is not None
    assert box.text() == f"{folder} is not there, though clips were exported to it."
    press(box, "Make It Anew")
    settle(qtbot, panel, context)
    assert names(folder) == ["vid_001/door_001_m2_0.mp4", "vid_001/door_001_m2_1.mp4"]
    assert heard.errors() == []


def test_clips_that_are_marked_quickly_are_cut_together(
    panel: ClipsPanel, context: Context, folder: Path, qtbot: QtBot
) -> None:
    runs: list[int] = []
    context.exports.changed.connect(
        lambda: runs.append(0 if context.exports.progress is None else context.exports.progress.total)
    )
    for at in (0.5, 1.5, 2.5, 3.5):
        context.state.set_cursor(at)
        context.actions.action("clips.mark").trigger()
    settle(qtbot, panel, context)
    assert max(runs) == 8
    assert runs[-1] == 0
    assert len(names(folder)) == 8
    qtbot.waitUntil(lambda: [panel.model.index(row, Column.FILES).data() for row in range(4)] == ["2"] * 4)


def test_progress_is_shown_within_one_clip_of_many_files(
    panel: ClipsPanel, context: Context, folder: Path, qtbot: QtBot
) -> None:
    seen: set[int] = set()

    def look() -> None:
        if context.exports.progress is not None and not file(folder).exists():
            seen.add(context.exports.progress.done)

    context.exports.changed.connect(look)
    context.settings.update("export", workers=1)
    context.settings.update("clips", count=5)
    mark(panel, context, qtbot)
    assert seen & {1, 2, 3, 4}


def test_a_mark_that_is_taken_back_at_once_leaves_no_file(
    panel: ClipsPanel, context: Context, media: OpenMedia, folder: Path, qtbot: QtBot
) -> None:
    context.state.set_cursor(1.0)
    context.actions.action("clips.mark").trigger()
    context.actions.action("clips.undo").trigger()
    settle(qtbot, panel, context)
    found = files_in(context, media)
    assert sorted(each.location for each in found) == sorted(folder.rglob("*.mp4"))
    assert len(context.gateway.clips.list(media=media.digest)) == len({each.clip_id for each in found})


def test_a_clip_that_is_deleted_while_it_is_cut_is_no_failure(
    panel: ClipsPanel, context: Context, folder: Path, qtbot: QtBot, heard: Heard
) -> None:
    context.settings.update("export", cut_when_marking=False)
    clips = [mark(panel, context, qtbot, at) for at in (1.0, 3.0)]
    context.gateway.clips.delete([panel.board.store_id(clips[0])])  # The panel is not told yet.
    panel.commands.cut(clips)
    settle(qtbot, panel, context)
    qtbot.waitUntil(lambda: names(folder) == [f"vid_001/door_001_m2_{index}.mp4" for index in range(2)])
    assert (Level.INFO, "The clip was deleted while it was being cut.") in heard
    assert heard.errors() == []


def test_a_clip_that_is_deleted_with_its_files_does_not_come_back_by_undo(
    panel: ClipsPanel, context: Context, media: OpenMedia, qtbot: QtBot
) -> None:
    clip = mark(panel, context, qtbot)
    panel.board.move(clip, 2.0)
    settle(qtbot, panel, context)
    qtbot.waitUntil(lambda: panel.commands.files.of(panel.board.store_id(clip)) is not None)
    panel.commands.delete_from_disk([clip])
    press(panel.commands.question, "Delete from Disk")
    qtbot.waitUntil(lambda: not panel.board.clips)
    for _ in range(2):
        context.actions.action("clips.undo").trigger()
    settle(qtbot, panel, context)
    assert panel.board.clips == ()
    assert context.gateway.clips.list(media=media.digest) == []


def test_closing_leaves_no_half_file(
    panel: ClipsPanel, context: Context, media: OpenMedia, folder: Path, qtbot: QtBot
) -> None:
    context.settings.update("clips", count=30, spread=0.1)
    context.state.set_cursor(0.0)
    context.actions.action("clips.mark").trigger()
    qtbot.waitUntil(lambda: any(folder.rglob("*.part.mp4")), timeout=20_000)
    context.tasks.close()
    recorded = {each.location for each in files_in(context, media)}
    assert {path for path in folder.rglob("*") if path.is_file()} - recorded <= {folder / "dataset.json"}
    del panel


def test_the_window_asks_before_it_is_closed(context: Context, panel: ClipsPanel, qtbot: QtBot) -> None:
    context.settings.update("clips", count=10)
    context.state.set_cursor(0.0)
    context.actions.action("clips.mark").trigger()
    qtbot.waitUntil(lambda: context.exports.busy)
    assert MainWindow._what_runs(_Window(context)).startswith("Clips are being cut.")  # type: ignore[arg-type]
    context.exports.cancel()
    settle(qtbot, panel, context)


class _Window:
    """As much of a window as the question needs."""

    def __init__(self, context: Context) -> None:
        self._context = context


def test_a_sound_is_not_made_into_a_video(
    panel: ClipsPanel, context: Context, tmp_path: Path, heard: Heard, qtbot: QtBot
) -> None:
    media = open_sound(context, tmp_path / "sound.wav", 4.0)
    mark(panel, context, qtbot)
    assert len(heard.errors()) == 1
    assert heard.errors()[0].endswith(".")
    assert files_in(context, media) == []
    context.settings.update("export", format="flac")
    context.actions.action("exporting.cut_all").trigger()
    settle(qtbot, panel, context)
    assert len(list(tmp_path.rglob("*.flac"))) == 2


def test_a_file_shorter_than_a_clip_says_so(
    panel: ClipsPanel, context: Context, tmp_path: Path, heard: Heard, qtbot: QtBot
) -> None:
    open_sound(context, tmp_path / "short.wav", 0.5)
    context.settings.update("export", format="wav")
    mark(panel, context, qtbot, at=0.0)
    assert len(panel.board.clips) == 1
    assert heard.errors() == ["The file is 0.50 s long, shorter than a clip of 1.00 s; choose a shorter duration."]


def test_without_services_nothing_waits_for_ever(
    panel: ClipsPanel, context: Context, link: FixedServices, heard: Heard, qtbot: QtBot
) -> None:
    link.error = UnavailableError("The services are away.")
    context.state.set_cursor(1.0)
    context.actions.action("clips.mark").trigger()
    settle(qtbot, panel, context)
    assert panel.board.clips == ()
    assert panel.commands.signs() == {}
    assert len(heard.errors()) == 1
    context.exports.cut(1, lambda _place: [])
    settle(qtbot, panel, context)
    assert heard.errors()[1] == (
        "Cutting was interrupted. The services are away. Once it is back, Cut All Clips of This File cuts the rest."
    )
    link.error = None


def test_a_clip_that_is_wanted_twice_is_cut_once(
    panel: ClipsPanel, context: Context, folder: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from eightcut_qt.exporting import work

    seen: list[list[int]] = []

    def note(batches: list[Batch]) -> list[Batch]:
        made = merged(batches)
        seen.append([len(batch.items) for batch in made])
        return made

    mark(panel, context, qtbot)
    monkeypatch.setattr(work, "merged", note)
    for _ in range(3):
        context.actions.action("exporting.cut_again").trigger()
    settle(qtbot, panel, context)
    assert all(counts == [1] for counts in seen)
    assert len(names(folder)) == 2
    assert file(folder).exists()


def test_one_clip_that_is_too_long_does_not_keep_the_others(
    panel: ClipsPanel, context: Context, folder: Path, heard: Heard, qtbot: QtBot
) -> None:
    context.settings.update("export", cut_when_marking=False)
    context.settings.update("clips", count=1)
    mark(panel, context, qtbot)
    context.settings.update("clips", duration=60.0)
    mark(panel, context, qtbot, at=2.0)
    context.actions.action("exporting.cut_all").trigger()
    settle(qtbot, panel, context)
    assert len(names(folder)) == 1
    assert len(heard.errors()) == 1
    assert heard.errors()[0].endswith(".")

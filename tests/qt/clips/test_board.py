"""Clips are shown at once; the Store follows, and has the last word."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
from eightcut.store.v1 import clip_pb2
from eightcut.store.v1 import clip_service_pb2 as api
from eightcut.store.v1.profile_service_pb2 import CreateProfileRequest
from eightcut_client.errors import UnavailableError
from eightcut_client.times import to_duration
from eightcut_qt.clips.board import ClipBoard
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.core.operations import Outcome
from eightcut_qt.core.state import OpenMedia
from eightcut_qt.gateway import NewClip
from pytestqt.qtbot import QtBot

from tests.qt.clips.conftest import make_media
from tests.qt.world import FixedServices, Heard


@pytest.fixture
def board(context: Context, media: OpenMedia, qtbot: QtBot) -> ClipBoard:
    context.settings.update("clips", folder="dog", label="woof", category="Animal")
    made = ClipBoard(context)
    context.state.set_media(media)
    return made


def starts(board: ClipBoard) -> list[float]:
    return [clip.start for clip in board.clips]


def in_store(context: Context, media: OpenMedia) -> list[tuple[float, float, str]]:
    return [(clip.start, clip.duration, clip.folder) for clip in context.gateway.clips.list(media=media.digest)]


def settle(qtbot: QtBot, board: ClipBoard) -> None:
    qtbot.waitUntil(lambda: not board.busy)


def test_a_mark_is_shown_at_once_and_saved(context: Context, media: OpenMedia, board: ClipBoard, qtbot: QtBot) -> None:
    board.mark(3.5)
    assert starts(board) == [3.5]
    settle(qtbot, board)
    (kept,) = context.gateway.clips.list(media=media.digest)
    assert (kept.start, kept.duration, kept.folder, kept.label, kept.category) == (3.5, 8.0, "dog", "woof", "Animal")


def test_the_ids_stay_when_the_clips_are_saved_and_read_again(board: ClipBoard, context: Context, qtbot: QtBot) -> None:
    ids = board.mark(3.5)
    settle(qtbot, board)
    with qtbot.waitSignal(context.bus.changed):
        context.bus.publish(Change(Topic.CLIPS))
    settle(qtbot, board)
    assert [clip.id for clip in board.clips] == ids


def test_a_clip_is_changed_while_it_is_still_being_saved(
    context: Context, media: OpenMedia, board: ClipBoard, qtbot: QtBot
) -> None:
    (id_,) = board.mark(3.5)
    board.move(id_, 5.0)
    board.resize(id_, 5.0, 2.0)
    board.edit([id_], folder="cat")
    settle(qtbot, board)
    assert in_store(context, media) == [(5.0, 2.0, "cat")]


def test_undo_and_redo_of_everything(context: Context, media: OpenMedia, board: ClipBoard, qtbot: QtBot) -> None:
    stack = board.undo
    assert stack is not None
    (id_,) = board.mark(1.0)
    board.move(id_, 2.0)
    board.delete([id_])
    assert starts(board) == []
    seen = []
    for _ in range(3):
        stack.undo()
        seen.append(starts(board))
    assert seen == [[2.0], [1.0], []]
    settle(qtbot, board)
    assert in_store(context, media) == []
    for _ in range(2):
        stack.redo()
    settle(qtbot, board)
    assert in_store(context, media) == [(2.0, 8.0, "dog")]
    assert [clip.id for clip in board.clips] == [id_]


def test_a_deleted_scan_export_comes_back_as_one(
    context: Context, media: OpenMedia, board: ClipBoard, qtbot: QtBot
) -> None:
    new = api.NewClip(
        media=media.digest,
        start=to_duration(1.0),
        duration=to_duration(2.0),
        folder="hits",
        origin=clip_pb2.CLIP_ORIGIN_SCAN_EXPORT,
    )
    request = api.BatchCreateClipsRequest(profile=context.gateway.profile, clips=[new])
    context.gateway.connection().clips.BatchCreateClips(request)
    context.bus.publish(Change(Topic.CLIPS))
    qtbot.waitUntil(lambda: len(board.clips) == 1)
    board.delete([board.clips[0].id])
    assert board.undo is not None
    board.undo.undo()
    settle(qtbot, board)
    assert [clip.scan_export for clip in context.gateway.clips.list(media=media.digest)] == [True]


def test_clips_marked_elsewhere_appear(context: Context, media: OpenMedia, board: ClipBoard, qtbot: QtBot) -> None:
    context.gateway.clips.create([NewClip(media.digest, 4.0, 1.0, "dog")])
    context.bus.publish(Change(Topic.CLIPS, media=frozenset({media.digest})))
    qtbot.waitUntil(lambda: starts(board) == [4.0])


def test_a_conflict_shows_what_is_there_and_says_so(
    context: Context, media: OpenMedia, board: ClipBoard, qtbot: QtBot, heard: Heard
) -> None:
    (id_,) = board.mark(3.5)
    settle(qtbot, board)
    (kept,) = context.gateway.clips.list(media=media.digest)
    context.gateway.clips.update(kept, start=9.0)  # The other window.
    board.move(id_, 4.0)
    assert starts(board) == [4.0]
    qtbot.waitUntil(lambda: starts(board) == [9.0])
    assert heard.errors() == ["The clips were changed elsewhere; they are shown as they are now."]
    assert board.undo is not None
    assert board.undo.count() == 1  # The step that was not done is not there to be undone.


def test_what_others_changed_stays_when_another_field_is_changed(
    context: Context, media: OpenMedia, board: ClipBoard, qtbot: QtBot
) -> None:
    (id_,) = board.mark(3.5)
    settle(qtbot, board)
    board.edit([id_], label="bark")
    settle(qtbot, board)
    (kept,) = context.gateway.clips.list(media=media.digest)
    context.gateway.clips.update(kept, start=9.0)
    context.bus.publish(Change(Topic.CLIPS))
    qtbot.waitUntil(lambda: starts(board) == [9.0])
    assert board.undo is not None
    board.undo.undo()
    settle(qtbot, board)
    (kept,) = context.gateway.clips.list(media=media.digest)
    assert (kept.start, kept.label) == (9.0, "woof")


def test_without_services_the_change_is_put_back_and_said(
    context: Context, board: ClipBoard, qtbot: QtBot, link: FixedServices, heard: Heard
) -> None:
    (id_,) = board.mark(3.5)
    settle(qtbot, board)
    link.error = UnavailableError("The services do not answer.")
    board.move(id_, 6.0)
    assert starts(board) == [6.0]
    settle(qtbot, board)
    assert starts(board) == [3.5]
    assert heard.errors() == ["The clips are as they were: the change was not saved. The services do not answer."]
    link.error = None
    board.move(id_, 7.0)
    settle(qtbot, board)
    assert starts(board) == [7.0]


def test_a_file_that_the_store_does_not_know_yet_is_made_known(
    context: Context, board: ClipBoard, tmp_path: Path, qtbot: QtBot
) -> None:
    known = make_media(context, tmp_path / "b.wav", seed=2, registered=False)
    context.state.set_media(OpenMedia(known.path, None, False, 30.0))  # Still being hashed.
    board.mark(1.0)
    context.state.set_media(known)
    board.mark(2.0)
    assert starts(board) == [1.0, 2.0]
    settle(qtbot, board)
    assert [start for start, _, _ in in_store(context, known)] == [1.0, 2.0]


def test_marks_are_saved_although_another_file_is_opened(
    context: Context, media: OpenMedia, board: ClipBoard, tmp_path: Path, qtbot: QtBot
) -> None:
    board.mark(1.0)
    other = make_media(context, tmp_path / "b.wav", seed=2)
    context.state.set_media(other)
    assert starts(board) == []
    settle(qtbot, board)
    assert [start for start, _, _ in in_store(context, media)] == [1.0]
    context.state.set_media(media)
    assert starts(board) == [1.0]


def test_undo_never_touches_another_file(
    context: Context, media: OpenMedia, board: ClipBoard, tmp_path: Path, qtbot: QtBot
) -> None:
    board.mark(1.0)
    assert context.undo.canUndo()
    context.state.set_media(make_media(context, tmp_path / "b.wav", seed=2))
    assert not context.undo.canUndo()
    context.state.set_media(media)
    context.undo.undo()
    settle(qtbot, board)
    assert in_store(context, media) == []


def test_another_profile_has_other_clips(context: Context, board: ClipBoard, qtbot: QtBot, link: FixedServices) -> None:
    from eightcut.store.v1.profile_service_pb2 import CreateProfileRequest

    board.mark(1.0)
    settle(qtbot, board)
    link.profile = f"{link.profile}-2"
    link.connection().profiles.CreateProfile(CreateProfileRequest(profile=link.profile))
    context.bus.publish(Change(Topic.PROFILE))
    assert starts(board) == []
    assert board.undo is not None
    assert not board.undo.canUndo()


def test_the_same_clip_twice_is_refused(board: ClipBoard, qtbot: QtBot, heard: Heard) -> None:
    board.mark(1.0)
    (second,) = board.mark(2.0)
    board.move(second, 1.0)
    assert starts(board) == [1.0, 2.0]
    assert heard[-1][1] == "The same clip is there already."
    settle(qtbot, board)


def test_somebody_else_marked_the_same(
    context: Context, media: OpenMedia, board: ClipBoard, qtbot: QtBot, heard: Heard
) -> None:
    qtbot.waitUntil(lambda: not board.clips)
    settle(qtbot, board)
    context.gateway.clips.create([NewClip(media.digest, 1.0, 8.0, "dog")])
    board.mark(1.0)
    settle(qtbot, board)
    qtbot.waitUntil(lambda: len(board.clips) == 1 and not board.clips[0].id.startswith("new"))
    assert heard[-1][1] == "Somebody else has marked the same clip already."


def test_moves_beyond_the_file_are_refused(board: ClipBoard, qtbot: QtBot, heard: Heard) -> None:
    (id_,) = board.mark(1.0)
    board.move(id_, 30.0)
    board.resize(id_, 1.0, 0.0)
    assert [(clip.start, clip.duration) for clip in board.clips] == [(1.0, 8.0)]
    board.move(id_, -3.0)
    assert starts(board) == [0.0]
    assert len(heard) == 2
    settle(qtbot, board)


def test_next_and_previous_markers_wrap(board: ClipBoard, qtbot: QtBot) -> None:
    for start in (10.0, 5.0, 20.0):
        board.mark(start)
    found = [board.after(time) for time in (5.0, 20.0)]
    back = [board.after(time, backwards=True) for time in (20.0, 5.0)]
    assert [clip.start for clip in (*found, *back) if clip] == [10.0, 5.0, 10.0, 20.0]
    settle(qtbot, board)


def test_without_a_folder_or_a_file_nothing_is_marked(context: Context, board: ClipBoard, heard: Heard) -> None:
    context.settings.update("clips", folder="")
    assert board.mark(1.0) == []
    context.settings.update("clips", folder="dog")
    assert board.mark_sub_profile(1.0, 3) == []
    context.state.set_media(None)
    assert board.mark(1.0) == []
    assert [sentence for _, sentence in heard] == [
        "Give the clips a folder first.",
        "There is no sub-profile 3; add it in the Clips panel.",
        "Open a file first.",
    ]


def test_a_file_that_took_the_name_of_another_has_its_own_clips(
    context: Context, media: OpenMedia, board: ClipBoard, tmp_path: Path, qtbot: QtBot
) -> None:
    board.mark(1.0)
    settle(qtbot, board)
    other = make_media(context, tmp_path / "b.wav", seed=2)
    assert other.local is not None
    context.state.set_media(replace(media, local=replace(other.local, path=media.path)))
    assert starts(board) == []


def test_what_waits_is_saved_in_the_profile_it_was_done_in(
    context: Context, media: OpenMedia, *, board: ClipBoard, link: FixedServices, qtbot: QtBot
) -> None:
    begin = threading.Event()

    def wait() -> Outcome[None]:
        begin.wait(20)
        return Outcome(None, None)

    context.operations.run(wait)
    board.mark(3.5)
    old, link.profile = link.profile, f"{link.profile}-other"
    link.connection().profiles.CreateProfile(CreateProfileRequest(profile=link.profile))
    context.bus.publish(Change(Topic.PROFILE))
    begin.set()
    saved: list[None] = []
    context.operations.run(lambda: Outcome(None, None), done=saved.append)
    qtbot.waitUntil(lambda: bool(saved))
    assert in_store(context, media) == []
    link.profile = old
    assert in_store(context, media) == [(3.5, 8.0, "dog")]

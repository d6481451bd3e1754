"""From a press of E to files on the disk, and what can be done with these."""

from __future__ import annotations

import json
import shutil
import uuid
from pathlib import Path

import av
from eightcut.store.v1.profile_service_pb2 import CreateProfileRequest
from eightcut_client.connection import Connection
from eightcut_client.cutting import CutOptions, SubClip
from eightcut_client.exports import CutItem, ExportTarget, Journal, journal_dir
from eightcut_client.register import identify_file
from eightcut_qt.clips.model import Column
from eightcut_qt.clips.panel import ClipsPanel
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.core.notices import Level
from eightcut_qt.core.state import OpenMedia
from PyQt6.QtCore import Qt, QUrl
from pytestqt.qtbot import QtBot

from tests.qt.exporting.conftest import file, files_in, mark, names, press, settle
from tests.qt.world import Heard


def cell(panel: ClipsPanel, row: int = 0) -> str:
    return str(panel.model.index(row, Column.FILES).data())


def test_the_key_marks_one_clip_and_cuts_its_files(
    panel: ClipsPanel, context: Context, media: OpenMedia, folder: Path, qtbot: QtBot
) -> None:
    qtbot.waitUntil(lambda: "vid_001 · m1" in panel.cutting.next.whole_text())
    context.state.set_cursor(1.0)
    context.actions.action("clips.mark").trigger()
    assert len(panel.board.clips) == 1
    assert cell(panel) == "…"
    assert context.exports.busy or panel.board.busy
    settle(qtbot, panel, context)
    assert names(folder) == ["vid_001/door_001_m1_0.mp4", "vid_001/door_001_m1_1.mp4"]
    assert [(found.start, found.duration, found.label) for found in files_in(context, media)] == [
        (1.0, 1.0, "slam"),
        (1.5, 1.0, "slam"),
    ]
    qtbot.waitUntil(lambda: cell(panel) == "2")
    qtbot.waitUntil(lambda: "vid_001 · m2" in panel.cutting.next.whole_text())
    with av.open(str(file(folder))) as opened:
        assert {stream.codec_context.name for stream in opened.streams} == {"h264", "pcm_s16le"}
    entries = json.loads((folder / "dataset.json").read_text(encoding="utf-8"))
    assert {entry["label"] for entry in entries} == {"slam"}
    assert len(entries) == 2


def test_without_the_switch_several_clips_are_marked(panel: ClipsPanel, context: Context, qtbot: QtBot) -> None:
    context.actions.action("exporting.when_marking").trigger()
    assert not context.settings.value.export.cut_when_marking
    mark(panel, context, qtbot)
    assert [clip.start for clip in panel.board.clips] == [1.0, 1.5]
    assert cell(panel) == ""


def test_without_an_export_folder_clips_are_only_marked(
    panel: ClipsPanel, context: Context, heard: Heard, qtbot: QtBot
) -> None:
    context.exports.set_folder("")
    qtbot.waitUntil(lambda: "no export folder" in panel.cutting.next.whole_text())
    mark(panel, context, qtbot)
    context.actions.action("exporting.cut_selected").trigger()
    assert heard[-1] == (Level.INFO, "Choose an export folder first: in the Clips panel, under Cutting.")


def test_what_lies_there_is_left_and_what_is_missing_is_cut(
    panel: ClipsPanel, context: Context, folder: Path, heard: Heard, qtbot: QtBot
) -> None:
    mark(panel, context, qtbot)
    first = file(folder)
    before = first.stat().st_mtime_ns
    context.actions.action("exporting.cut_selected").trigger()
    settle(qtbot, panel, context)
    assert first.stat().st_mtime_ns == before
    assert heard[-1] == (
        Level.INFO,
        "All of these clips lie in the export folder already; Cut Selected Clips Again cuts over them.",
    )
    first.unlink()
    context.bus.publish(Change(Topic.CLIP_FILES))
    qtbot.waitUntil(lambda: cell(panel) == "1 missing")
    context.actions.action("exporting.cut_all").trigger()
    settle(qtbot, panel, context)
    assert first.exists()
    qtbot.waitUntil(lambda: cell(panel) == "2")


def test_a_moved_clip_is_cut_again_under_its_name(
    panel: ClipsPanel, context: Context, media: OpenMedia, folder: Path, qtbot: QtBot
) -> None:
    clip = mark(panel, context, qtbot)
    panel.board.move(clip, 2.0)
    qtbot.waitUntil(lambda: cell(panel) == "2, changed")
    context.actions.action("exporting.cut_again").trigger()
    settle(qtbot, panel, context)
    assert names(folder) == ["vid_001/door_001_m1_0.mp4", "vid_001/door_001_m1_1.mp4"]
    assert [found.start for found in files_in(context, media)] == [2.0, 2.5]
    qtbot.waitUntil(lambda: cell(panel) == "2")


def test_dataset_json_follows_a_label_that_is_changed_and_changed_back(
    panel: ClipsPanel, context: Context, media: OpenMedia, folder: Path, qtbot: QtBot
) -> None:
    def labels() -> set[str]:
        return {entry["label"] for entry in json.loads((folder / "dataset.json").read_text(encoding="utf-8"))}

    clip = mark(panel, context, qtbot)
    panel.board.edit([clip], label="knock")
    qtbot.waitUntil(lambda: labels() == {"knock"})
    qtbot.waitUntil(lambda: {found.label for found in files_in(context, media)} == {"knock"})
    settle(qtbot, panel, context)
    qtbot.waitUntil(lambda: cell(panel) == "2")
    context.actions.action("clips.undo").trigger()
    qtbot.waitUntil(lambda: labels() == {"slam"})
    settle(qtbot, panel, context)


def test_a_clip_with_files_is_deleted_with_them_after_a_question(
    panel: ClipsPanel, context: Context, media: OpenMedia, folder: Path, qtbot: QtBot
) -> None:
    mark(panel, context, qtbot)
    qtbot.waitUntil(lambda: cell(panel) == "2")
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    box = panel.commands.question
    assert box is not None
    assert box.text() == "Delete this clip and its 2 files from disk?"
    press(box, "Cancel")
    assert len(panel.board.clips) == 1
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    press(panel.commands.question, "Delete from Disk")
    qtbot.waitUntil(lambda: not panel.board.clips)
    settle(qtbot, panel, context)
    assert names(folder) == []
    assert files_in(context, media) == []
    assert context.gateway.clips.list(media=media.digest) == []
    assert json.loads((folder / "dataset.json").read_text(encoding="utf-8")) == []


def test_the_mark_of_a_clip_with_files_is_not_undone(
    panel: ClipsPanel, context: Context, folder: Path, heard: Heard, qtbot: QtBot
) -> None:
    mark(panel, context, qtbot)
    context.actions.action("clips.undo").trigger()
    assert panel.board.clips == ()
    qtbot.waitUntil(lambda: len(panel.board.clips) == 1)
    assert any("Delete from Disk Too" in sentence for sentence in heard.errors())
    assert len(names(folder)) == 2


def test_a_clip_of_another_class_is_cut_there_once_its_files_are_deleted(
    panel: ClipsPanel, context: Context, folder: Path, qtbot: QtBot
) -> None:
    clip, other = mark(panel, context, qtbot), f"{folder.name}_car"
    panel.board.edit([clip], folder=other)
    qtbot.waitUntil(lambda: cell(panel) == "elsewhere")
    panel.table.select_ids([clip])
    context.actions.action("exporting.delete_files").trigger()
    assert panel.commands.question is not None
    assert panel.commands.question.text() == "Delete 2 files from disk?"
    press(panel.commands.question, "Delete from Disk")
    qtbot.waitUntil(lambda: cell(panel) == "")
    assert names(folder) == []
    context.actions.action("exporting.cut_selected").trigger()
    settle(qtbot, panel, context)
    assert len(names(folder.with_name(other))) == 2
    qtbot.waitUntil(lambda: cell(panel) == "2")


def test_the_clips_of_a_file_are_disabled_and_enabled(
    panel: ClipsPanel, context: Context, media: OpenMedia, folder: Path, qtbot: QtBot
) -> None:
    mark(panel, context, qtbot)
    context.actions.action("exporting.disable_video").trigger()
    settle(qtbot, panel, context)
    qtbot.waitUntil(lambda: [clip.folder for clip in panel.board.clips] == [f"{folder.name}_disabled"])
    assert names(folder.parent, folder.name) == [
        "door_disabled/vid_001/door_001_m1_0.mp4",
        "door_disabled/vid_001/door_001_m1_1.mp4",
    ]
    panel.table.select_ids([panel.board.clips[0].id])
    context.actions.action("exporting.enable_folder").trigger()
    settle(qtbot, panel, context)
    qtbot.waitUntil(lambda: [clip.folder for clip in panel.board.clips] == [folder.name])
    assert {Path(found.export_folder) for found in files_in(context, media)} == {folder}


def test_sub_profiles_go_to_folders_of_their_own(
    panel: ClipsPanel, context: Context, folder: Path, qtbot: QtBot
) -> None:
    context.settings.update("clips", sub_profiles=("oak",), count=1)
    context.actions.action("clips.mark_1").trigger()
    settle(qtbot, panel, context)
    assert names(folder.parent, folder.name) == ["door_oak/vid_001/door_oak_001_m1_0.mp4"]


def test_the_folder_of_a_clip_is_shown(panel: ClipsPanel, context: Context, folder: Path, qtbot: QtBot) -> None:
    opened: list[QUrl] = []
    panel.commands.open_url = opened.append
    mark(panel, context, qtbot)
    qtbot.waitUntil(lambda: cell(panel) == "2")
    context.actions.action("exporting.show").trigger()
    assert [Path(url.toLocalFile()) for url in opened] == [folder / "vid_001"]


def test_a_file_that_is_gone_fails_with_a_sentence_and_the_clip_stays(
    panel: ClipsPanel, context: Context, media: OpenMedia, heard: Heard, qtbot: QtBot
) -> None:
    folder = context.exports.folder
    assert folder is not None
    context.settings.update("export", cut_when_marking=False)
    away = folder.parent.parent / "away.mp4"
    shutil.copy(media.path, away)
    local = identify_file(away)
    context.state.set_media(OpenMedia(away, local, registered=True, duration=media.duration))
    mark(panel, context, qtbot)
    away.unlink()
    context.actions.action("exporting.cut_all").trigger()
    settle(qtbot, panel, context)
    assert len(heard.errors()) == 1
    assert heard.errors()[0].endswith(".")
    assert names(folder) == []
    assert len(panel.board.clips) == 2


def test_cutting_is_stopped_and_the_clips_stay(
    panel: ClipsPanel, context: Context, media: OpenMedia, heard: Heard, qtbot: QtBot
) -> None:
    folder = context.exports.folder
    assert folder is not None
    context.settings.update("export", cut_when_marking=False, workers=1)
    context.settings.update("clips", count=40, spread=0.1)
    mark(panel, context, qtbot, at=0.0)
    context.settings.update("clips", count=4)
    context.actions.action("exporting.cut_all").trigger()
    qtbot.waitUntil(lambda: context.exports.progress is not None and context.exports.progress.done > 0, timeout=30_000)
    assert panel.cutting.words.text().startswith("Cutting ")
    panel.cutting.cancel.click()
    settle(qtbot, panel, context)
    assert context.exports.progress is None
    assert len(panel.board.clips) == 40
    found = files_in(context, media)
    assert sorted(each.location for each in found) == sorted(folder.rglob("*.mp4"))
    assert len(found) < 160
    assert any("Stopped" in sentence for _level, sentence in heard)
    assert not context.exports.busy


def test_what_was_ordered_is_done_in_the_profile_in_which_it_was_ordered(
    panel: ClipsPanel, context: Context, media: OpenMedia, services: Connection, qtbot: QtBot
) -> None:
    context.settings.update("export", cut_when_marking=False)
    mark(panel, context, qtbot)
    profile, other = context.gateway.profile, f"other-{uuid.uuid4().hex[:8]}"
    services.profiles.CreateProfile(CreateProfileRequest(profile=other))
    with qtbot.waitSignal(context.exports.changed):
        context.actions.action("exporting.cut_all").trigger()
    context.link.profile = other  # type: ignore[misc]
    context.bus.publish(Change(Topic.PROFILE))
    assert panel.commands.signs() == {}
    settle(qtbot, panel, context)
    assert files_in(context, media) == []
    context.link.profile = profile  # type: ignore[misc]
    assert len(files_in(context, media)) == 4


def test_what_a_killed_process_left_is_healed_when_the_services_are_there(
    context: Context, folder: Path, services: Connection, heard: Heard, qtbot: QtBot
) -> None:
    hidden = folder / "vid_001" / ".door_001_m1_0.dead.part.mp4"
    hidden.parent.mkdir(parents=True)
    hidden.write_bytes(b"half a file")
    journal = Journal(journal_dir(services.data_dir))
    entry = journal.begin("cut", {
        "profile": context.gateway.profile,
        "export_folder": str(folder),
        "temporaries": [f"vid_001/{hidden.name}"],
        "publishing": [],
    })  # fmt: skip
    entry.release()
    context.bus.publish(Change(Topic.CONNECTION))
    assert not context.exports.busy
    qtbot.waitUntil(lambda: not context.exports.working)
    assert not hidden.exists()
    assert heard.errors() == [f"An export to {folder} was interrupted last time; cut again what is missing."]


def test_a_scan_export_is_cut_again_as_it_was(
    panel: ClipsPanel, context: Context, media: OpenMedia, folder: Path, qtbot: QtBot
) -> None:
    assert media.local is not None
    parts = tuple(SubClip(index, 1.0 + index, 1.5) for index in range(3))
    item = CutItem(media.local, parts, 1.0, 3.5, folder.name, "slam")
    options = CutOptions(duration=1.5, crop="1:1", crop_center=1.0)
    context.exports.add([item], options, ExportTarget(folder, "door"))
    settle(qtbot, panel, context)
    qtbot.waitUntil(lambda: cell(panel) == "3")
    assert [clip.scan_export for clip in panel.board.clips] == [True]
    with av.open(str(folder / "vid_001" / "door_001_a1_0.mp4")) as opened:
        picture = opened.streams.video[0].codec_context
        assert picture.width == picture.height
    before = [(found.path, found.start, found.duration) for found in files_in(context, media)]
    panel.table.selectAll()
    context.actions.action("exporting.cut_again").trigger()
    settle(qtbot, panel, context)
    assert [(found.path, found.start, found.duration) for found in files_in(context, media)] == before
    assert len(before) == 3


def test_images_are_cut_and_deleted_from_wherever_the_clip_is_deleted(
    panel: ClipsPanel, context: Context, folder: Path, qtbot: QtBot
) -> None:
    context.settings.update("export", format="webp", name="steps", by_folder=False)
    clip = mark(panel, context, qtbot)
    qtbot.waitUntil(lambda: cell(panel) == "2")
    place = folder / "vid_001"
    assert {path.name for path in place.iterdir()} == {
        "steps_001_m1_0", "steps_001_m1_0.wav", "steps_001_m1_1", "steps_001_m1_1.wav"
    }  # fmt: skip
    panel.board.delete([clip])  # As the timeline's menu does.
    assert len(panel.board.clips) == 1
    press(panel.commands.question, "Delete from Disk")
    qtbot.waitUntil(lambda: not panel.board.clips)
    assert not place.exists() or list(place.iterdir()) == []

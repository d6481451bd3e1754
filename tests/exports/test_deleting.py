"""Deleting clips with their files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from eightcut.store.v1 import clip_file_pb2, export_service_pb2, profile_service_pb2
from eightcut_client.errors import InvalidError, NotFoundError, UnavailableError
from eightcut_client.exports import (
    Journal,
    disk,
    erasing,
    heal,
    relabel_files,
    remove_clips,
    remove_files,
    set_disabled,
)
from eightcut_client.exports.disk import DiskError
from eightcut_client.exports.places import away, is_there, location, spelled, store_key
from eightcut_client.times import to_duration

from tests.exports.conftest import MP4, Desk, assert_whole, dataset, on_disk, share
from tests.exports.test_cut import WEBP


def test_clips_go_with_their_files_wherever_these_are(desk: Desk, video: Path, tmp_path: Path) -> None:
    clips = [desk.mark(video, start) for start in (1.0, 3.0, 5.0)]
    frames = tmp_path / "frames of this test"
    desk.cut([desk.item(video, clip, count=2) for clip in clips[:2]], MP4)
    desk.cut([desk.item(video, clips[0])], WEBP, folder=frames)
    (frames / "vid_001/door_001_m1_0/notes.txt").write_text("mine")
    removed = remove_clips(desk.conn, desk.profile, [clips[0].id, clips[2].id], journal=desk.journal)
    assert (removed.clips, removed.files, removed.erased) == (2, 3, 3)
    assert [clip.id for clip in desk.clips()] == [clips[1].id]
    assert_whole(desk, desk.folder)
    # What somebody else has put into a folder of ours stays.
    assert on_disk(frames) == ["vid_001/door_001_m1_0/notes.txt"]
    assert dataset(frames) == {}
    remove_clips(desk.conn, desk.profile, [clips[1].id], journal=desk.journal)
    assert [path.name for path in desk.folder.iterdir()] == ["dataset.json"]


def test_files_can_go_alone(desk: Desk, video: Path) -> None:
    clip = desk.mark(video, 1.0)
    desk.cut([desk.item(video, clip, count=3)])
    remove_files(desk.conn, desk.profile, [desk.rows()[1].id], journal=desk.journal)
    assert [row.index for row in desk.rows()] == [0, 2]
    assert [found.id for found in desk.clips()] == [clip.id]
    assert_whole(desk, desk.folder)
    with pytest.raises(NotFoundError):
        remove_files(desk.conn, desk.profile, [desk.rows()[0].id, "999999999"], journal=desk.journal)
    assert len(desk.rows()) == 2


def test_labels_change_in_what_was_cut_already(desk: Desk, video: Path) -> None:
    clips = [desk.mark(video, start) for start in (1.0, 3.0, 5.0)]
    desk.cut([desk.item(video, clip, count=2) for clip in clips])
    lost = next(row for row in desk.rows() if row.clip_id == clips[1].id)
    (desk.folder / lost.path).unlink()
    before = {row.id: row for row in desk.rows()}
    labels = {clips[0].id: "new „one“", clips[1].id: "", clips[2].id: "a door"}
    assert relabel_files(desk.conn, desk.profile, labels) == 4
    assert relabel_files(desk.conn, desk.profile, labels) == 0
    for row in desk.rows():
        assert row.label == labels[row.clip_id]
        assert (row.path, row.settings, row.size_bytes) == (
            before[row.id].path,
            before[row.id].settings,
            before[row.id].size_bytes,
        )
    found = dataset(desk.folder)
    assert sorted(found.values()) == ["", "a door", "a door", "a door", "new „one“", "new „one“"]
    assert found[lost.path] == "a door", "what is not here is not listed anew"


def test_a_file_that_another_profile_has_stays(desk: Desk, video: Path) -> None:
    clip = desk.mark(video, 1.0)
    desk.cut([desk.item(video, clip)])
    other = desk.again(desk.profile + "!")
    share(desk, other, video)
    removed = remove_clips(desk.conn, desk.profile, [clip.id], journal=desk.journal)
    assert (removed.clips, removed.files, removed.erased) == (1, 1, 0)
    assert_whole(desk, desk.folder)
    assert len(on_disk(desk.folder)) == 1
    remove_clips(desk.conn, other.profile, [other.clips()[0].id], journal=desk.journal)
    assert on_disk(desk.folder) == []


def test_nothing_goes_when_one_is_unknown_or_of_another_profile(desk: Desk, video: Path) -> None:
    clip = desk.mark(video, 1.0)
    desk.cut([desk.item(video, clip)])
    foreign = desk.again(desk.profile + "!").mark(video, 2.0)
    for wrong in ("999999999", foreign.id):
        for more in ([], [str(900000000 + number) for number in range(30)]):
            with pytest.raises(NotFoundError):
                remove_clips(desk.conn, desk.profile, [clip.id, wrong, *more], journal=desk.journal)
    assert len(desk.clips()) == len(desk.rows()) == len(on_disk(desk.folder)) == 1


def test_a_disk_that_is_not_there_or_read_only(desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clip = desk.mark(video, 1.0)
    desk.cut([desk.item(video, clip)])
    away = desk.folder.rename(desk.folder.with_name("away"))
    with pytest.raises(DiskError, match="connect its disk"):
        remove_clips(desk.conn, desk.profile, [clip.id], journal=desk.journal)
    away.rename(desk.folder)
    with monkeypatch.context() as patch:
        patch.setattr("os.access", lambda *_arguments: False)
        with pytest.raises(DiskError, match="only be read"):
            remove_clips(desk.conn, desk.profile, [clip.id], journal=desk.journal)
    assert_whole(desk, desk.folder)
    assert len(desk.clips()) == len(desk.rows()) == 1
    # Files that somebody has deleted by hand are no obstacle.
    (desk.folder / desk.rows()[0].path).unlink()
    assert remove_clips(desk.conn, desk.profile, [clip.id], journal=desk.journal).erased == 0
    assert_whole(desk, desk.folder)


def test_a_disk_that_fails_in_the_middle_and_a_store_that_goes_away_are_healed(
    desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clips = [desk.mark(video, start) for start in (1.0, 3.0)]
    desk.cut([desk.item(video, clip, count=2) for clip in clips])

    def fail(*_arguments: object, **_more: object) -> bool:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(erasing, "erase", fail)
        with pytest.raises(DiskError, match="still connected"):
            remove_clips(desk.conn, desk.profile, [clips[0].id], journal=desk.journal)
        assert heal(desk.conn, desk.journal)[0].startswith("What was interrupted")
    assert heal(desk.conn, desk.journal) == ["A deletion that was interrupted last time is finished now."]
    assert_whole(desk, desk.folder)
    assert [clip.id for clip in desk.clips()] == [clips[1].id]

    def unreachable(_request: object) -> None:
        raise UnavailableError("Cannot reach the Store.")

    with monkeypatch.context() as patch:
        patch.setattr(desk.conn.clips, "BatchDeleteClips", unreachable)
        with pytest.raises(UnavailableError):
            remove_clips(desk.conn, desk.profile, [clips[1].id], journal=desk.journal)
        with pytest.raises(UnavailableError):
            heal(desk.conn, desk.journal)
    heal(desk.conn, desk.journal)
    assert desk.clips() == []
    assert_whole(desk, desk.folder)


def test_a_deletion_is_finished_also_when_its_profile_was_deleted_since(
    desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = desk.again(desk.profile + "!")
    clip = own.mark(video, 1.0)
    own.cut([own.item(video, clip)])

    def fail(*_arguments: object, **_more: object) -> bool:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(erasing, "erase", fail)
        with pytest.raises(DiskError):
            remove_clips(own.conn, own.profile, [clip.id], journal=own.journal)
    own.conn.profiles.DeleteProfile(profile_service_pb2.DeleteProfileRequest(profile=own.profile))
    assert heal(own.conn, own.journal) == ["A deletion that was interrupted last time is finished now."]
    assert_whole(own, own.folder)
    assert heal(own.conn, own.journal) == []


def test_two_clients_delete_the_same_clips(desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clips = [desk.mark(video, start) for start in (1.0, 3.0)]
    desk.cut([desk.item(video, clip) for clip in clips])
    other = Journal(desk.journal.folder.with_name("another journal"))
    list_files = erasing.list_files

    def listed(*arguments: Any, **more: Any) -> list[clip_file_pb2.ClipFile]:
        found = list(list_files(*arguments, **more))
        monkeypatch.setattr(erasing, "list_files", list_files)
        remove_clips(desk.conn, desk.profile, [clips[0].id], journal=other)
        return found

    monkeypatch.setattr(erasing, "list_files", listed)
    removed = remove_clips(desk.conn, desk.profile, [clip.id for clip in clips], journal=desk.journal)
    assert (removed.clips, removed.files) == (1, 1)
    assert desk.clips() == []
    assert_whole(desk, desk.folder)


def test_a_clip_that_is_cut_while_it_is_deleted_stays_with_its_new_files(
    desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = desk.mark(video, 1.0), desk.mark(video, 3.0)
    desk.cut([desk.item(video, first), desk.item(video, second)])

    def cut_again(step: str) -> None:
        if step == "forget: forgotten":
            record_elsewhere(desk, first.id)

    monkeypatch.setattr(disk, "reached", cut_again)
    removed = remove_clips(desk.conn, desk.profile, [first.id, second.id], journal=desk.journal)
    assert (removed.clips, removed.notes) == (1, [f"Clip {first.id} was cut to files meanwhile, so it stays."])
    assert [clip.id for clip in desk.clips()] == [first.id]
    assert [row.export_folder for row in desk.rows()] == [ELSEWHERE]
    assert not list(desk.journal.folder.glob("*.json"))


ELSEWHERE = r"C:\clips\door"


def record_elsewhere(desk: Desk, clip_id: str, export_folder: str = ELSEWHERE) -> None:
    """Records a file as an import from another machine does."""
    record = export_service_pb2.NewClipFile(
        clip_id=clip_id,
        export_folder=export_folder,
        path="vid_001/door_001_m1_0.mp4",
        start=to_duration(1.0),
        duration=to_duration(1.0),
        settings=clip_file_pb2.CutSettings(format="mp4"),
    )
    desk.conn.exports.RecordClipFiles(export_service_pb2.RecordClipFilesRequest(profile=desk.profile, files=[record]))


@pytest.mark.parametrize("export_folder", [ELSEWHERE, "Z:/clips/door", r"\\nas\clips\door"])
def test_files_on_another_machine_are_forgotten_and_nothing_here_is_touched(
    desk: Desk, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, export_folder: str
) -> None:
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / export_folder / "vid_001/door_001_m1_0.mp4"
    mine.parent.mkdir(parents=True)
    mine.write_text("of this machine, and not of the Store's")
    clip = desk.mark(video, 1.0)
    record_elsewhere(desk, clip.id, export_folder)
    (row,) = desk.rows()
    assert not is_there(row)
    export_folder = row.export_folder  # As the Store writes it.
    assert spelled(row).startswith(export_folder)
    assert relabel_files(desk.conn, desk.profile, {clip.id: "another"}) == 1
    off = set_disabled(desk.conn, desk.profile, folder="door", disabled=True, journal=desk.journal)
    assert (off.clips, off.files, off.missing) == (1, 0, [])
    stays = f"1 file in {export_folder} is not on this machine: what is there stays where it is."
    assert off.notes == [stays]
    assert desk.rows()[0].export_folder == export_folder
    removed = remove_clips(desk.conn, desk.profile, [clip.id], journal=desk.journal)
    assert (removed.clips, removed.files, removed.erased) == (1, 1, 0)
    assert removed.notes == [f"1 file in {export_folder} is not on this machine: only what is known of it was deleted."]
    assert not desk.rows()
    assert mine.read_text() == "of this machine, and not of the Store's"
    assert sorted(path.name for path in mine.parent.iterdir()) == [mine.name]


def test_an_export_folder_that_is_not_known_is_nowhere() -> None:
    row = clip_file_pb2.ClipFile(export_folder="", path="vid_001/a.mp4")
    assert not is_there(row)
    assert spelled(row) == "vid_001/a.mp4"
    with pytest.raises(InvalidError, match="not on this machine"):
        location(row)
    assert away(["", "", "/here"], "so") == ["2 files in a folder that is not known are not on this machine: so."]


def test_what_a_dead_process_of_another_machine_left_is_not_done_here(
    desk: Desk, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ELSEWHERE).mkdir()
    clip = desk.mark(video, 1.0)
    record_elsewhere(desk, clip.id)
    common = {"store": store_key(desk.conn), "profile": desk.profile, "export_folder": ELSEWHERE}
    row = {"id": desk.rows()[0].id, "export_folder": ELSEWHERE, "path": "vid_001/door_001_m1_0.mp4", "images": False}
    move = {"source": ELSEWHERE, "target": f"{ELSEWHERE}_disabled", "path": row["path"], "label": "", "images": False}
    desk.journal.begin("cut", {**common, "temporaries": ["vid_001/.a.part.mp4"], "publishing": []}).release()
    more = {"disabled": True, "moves": [{**move, "ids": [row["id"]]}], "clips": []}
    desk.journal.begin("disable", {**common, **more}).release()
    desk.journal.begin("delete", {**common, "clips": [clip.id], "files": [row]}).release()
    said = heal(desk.conn, desk.journal)
    assert sorted(said) == [
        "A deletion that was interrupted last time is finished now.",
        *[f"What was interrupted last time could not be finished yet: {ELSEWHERE} is not on this machine."] * 2,
    ]
    assert not desk.rows()
    assert [path.name for path in tmp_path.iterdir() if path != desk.journal.folder] == [ELSEWHERE]

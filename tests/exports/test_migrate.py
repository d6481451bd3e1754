"""From folders clip_NNN to folders vid_NNN."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from eightcut.store.v1 import export_service_pb2
from eightcut_client import Connection
from eightcut_client.exports import migrate as module
from eightcut_client.exports.migrate import migrate_layout
from eightcut_client.exports.migrate_survey import is_old
from eightcut_client.exports.names import parse_name

from tests.exports.conftest import Desk, dataset
from tests.exports.migrate_kit import Library, pairs


@pytest.fixture
def library(desk: Desk) -> Library:
    return Library(desk)


def next_numbers(library: Library, video: str) -> tuple[int, int]:
    request = export_service_pb2.PeekNumbersRequest(export_folder=str(library.folder), media=video)
    answer = library.desk.conn.exports.PeekNumbers(request)
    return answer.next_marked, answer.next_scan_export


def peek(library: Library, video: str) -> tuple[int, bool]:
    request = export_service_pb2.PeekNumbersRequest(export_folder=str(library.folder), media=video)
    answer = library.desk.conn.exports.PeekNumbers(request)
    return answer.video_number, answer.video_known


def test_files_of_a_video_come_together_and_everything_follows(library: Library) -> None:
    street, garden = library.video("street.mp4"), library.video("garden.mp4")
    paths = ["clip_001/door_001_0.mp4", "clip_001/door_001_1.mp4", "clip_002/door_002_0.mp4", "clip_003/door_003_0.mp4"]
    for path, video in zip(paths, [street, street, garden, street], strict=True):
        library.add(video, path)
    library.list(paths)
    before = library.disk()
    ids = {row.path.rpartition("/")[2]: row.id for row in library.desk.rows()}
    planned = library.migrate(apply=False)
    new = [
        ("clip_001/door_001_0.mp4", "vid_001/door_001_0.mp4"),
        ("clip_001/door_001_1.mp4", "vid_001/door_001_1.mp4"),
        ("clip_003/door_003_0.mp4", "vid_001/door_003_0.mp4"),
        ("clip_002/door_002_0.mp4", "vid_002/door_002_0.mp4"),
    ]
    assert pairs(planned.moves) == new
    assert (planned.videos, planned.moved) == ({street: 1, garden: 2}, 0)
    assert (library.disk(), sorted(library.rows())) == (before, paths), "a dry run changes nothing"
    assert peek(library, street) == (1, False)
    done = library.migrate()
    assert (pairs(done.moves), done.moved, done.problem) == (new, 4, "")
    assert library.disk() == {target: source for source, target in new}
    assert library.folders() == ["vid_001", "vid_002"]
    assert {row.path.rpartition("/")[2]: row.id for row in library.desk.rows()} == ids
    assert sorted(library.rows()) == sorted(target for _, target in new)
    assert dataset(library.folder) == {target: f"label of {source}" for source, target in new}
    assert peek(library, garden) == (2, True)
    assert next_numbers(library, garden) == (1, 1), "no number of a clip is used up"
    assert not list(library.desk.journal.folder.iterdir())
    again = library.migrate()
    assert (again.moves, again.moved, again.missing) == ([], 0, [])


def test_two_profiles_share_a_folder_and_files(library: Library) -> None:
    other = library.desk.again(f"{library.desk.profile[-50:]} other")
    video = library.video("street.mp4")
    library.add(video, "clip_001/a.mp4")
    library.record(video, "clip_001/a.mp4", profile=other.profile)
    library.add(video, "clip_002/b.mp4", profile=other.profile)
    assert library.migrate().moved == 2
    assert library.rows() == ["vid_001/a.mp4"]
    assert library.rows(other.profile) == ["vid_001/a.mp4", "vid_001/b.mp4"]
    assert set(library.disk()) == {"vid_001/a.mp4", "vid_001/b.mp4"}


def test_a_vid_folder_of_the_same_video_takes_them_and_loses_nothing(library: Library) -> None:
    video = library.video("street.mp4")
    library.add(video, "vid_001/door_001_m1_0.mp4")
    library.put("vid_001/taken.mp4", "vid_001/Case.MP4", content="foreign")
    for number, name in enumerate(["taken.mp4", "case.mp4", "free.mp4"], 1):
        library.add(video, f"clip_{number:03d}/{name}")
    library.put("clip_001/taken.txt")
    library.record(video, "vid_001/gone.mp4")
    library.add(video, "clip_004/gone.mp4")
    library.list(["clip_001/taken.mp4"])
    done = library.migrate()
    assert pairs(done.moves) == [
        ("clip_001/taken.mp4", "vid_001/taken_2.mp4"),
        ("clip_002/case.mp4", "vid_001/case_2.mp4"),
        ("clip_003/free.mp4", "vid_001/free.mp4"),
        ("clip_004/gone.mp4", "vid_001/gone_2.mp4"),
    ]
    assert [move.renamed for move in done.moves] == [True, True, False, True]
    assert library.disk() == {
        "vid_001/door_001_m1_0.mp4": "vid_001/door_001_m1_0.mp4",
        "vid_001/taken.mp4": "foreign",
        "vid_001/Case.MP4": "foreign",
        "vid_001/taken_2.mp4": "clip_001/taken.mp4",
        "vid_001/taken_2.txt": "clip_001/taken.txt",
        "vid_001/case_2.mp4": "clip_002/case.mp4",
        "vid_001/free.mp4": "clip_003/free.mp4",
        "vid_001/gone_2.mp4": "clip_004/gone.mp4",
    }
    assert dataset(library.folder) == {"vid_001/taken_2.mp4": "label of clip_001/taken.mp4"}


def test_a_vid_folder_of_another_video_or_of_nobody_is_left_alone(library: Library) -> None:
    street, garden = library.video("street.mp4"), library.video("garden.mp4")
    library.add(garden, "vid_001/a.mp4")
    library.put("vid_004/unknown.mp4")
    library.add(street, "clip_001/a.mp4")
    assert library.migrate(apply=False).videos == {street: 5}
    done = library.migrate()
    assert pairs(done.moves) == [("clip_001/a.mp4", "vid_005/a.mp4")]
    assert library.disk()["vid_001/a.mp4"] == "vid_001/a.mp4"


def test_folders_that_only_begin_with_clip_are_left_alone(library: Library) -> None:
    video = library.video("street.mp4")
    others = [
        "clip_art/a.mp4", "clip_12b/a.mp4", "clip_001_old/a.mp4", "clip_/a.mp4", "clips/a.mp4", "Clip_001/a.mp4",
        "clip_001/sub/a.mp4", "clip_٣/a.mp4",
    ]  # fmt: skip
    for path in others:
        assert not is_old(path)
        library.add(video, path)
    library.add(video, "clip_002/a.mp4")
    library.put("clip_art/b.mp4")
    done = library.migrate()
    assert pairs(done.moves) == [("clip_002/a.mp4", "vid_001/a.mp4")]
    assert set(library.disk()) == {*others, "clip_art/b.mp4", "vid_001/a.mp4"}
    assert done.strangers == ["clip_001/sub"]


def test_images_sounds_and_companions_go_along_and_strangers_stay(library: Library) -> None:
    video = library.video("street.mp4")
    library.put("clip_001/d.5_0/frame_0001.webp", "clip_001/d.5_0/frame_0002.webp", "clip_001/d.5_0.wav")
    library.record(video, "clip_001/d.5_0", images=True)
    library.add(video, "clip_002/d_1.mp4")
    library.put("clip_002/d_1.txt", "clip_002/d_1.mp4.json", "clip_002/d_1.5.mp4", "clip_002/d_10.txt", "clip_002/x")
    library.add(video, "clip_003/d_1.mp4")
    library.put("clip_003/d_1.txt")
    done = library.migrate()
    assert set(library.disk()) == {
        "vid_001/d.5_0/frame_0001.webp",
        "vid_001/d.5_0/frame_0002.webp",
        "vid_001/d.5_0.wav",
        "vid_001/d_1.mp4",
        "vid_001/d_1.txt",
        "vid_001/d_1.mp4.json",
        "vid_001/d_1_2.mp4",
        "vid_001/d_1_2.txt",
        "clip_002/d_1.5.mp4",
        "clip_002/d_10.txt",
        "clip_002/x",
    }
    assert done.strangers == ["clip_002/d_1.5.mp4", "clip_002/d_10.txt", "clip_002/x"]
    assert library.disk()["vid_001/d_1_2.txt"] == "clip_003/d_1.txt"
    assert library.folders() == ["clip_002", "vid_001"]


def test_new_names_are_none_that_numbers_are_read_from(library: Library) -> None:
    video = library.video("street.mp4")
    library.put("vid_001/door_001_m1_0.mp4")
    library.record(video, "vid_001/other.mp4")
    library.add(video, "clip_001/door_001_m1_0.mp4")
    (move,) = library.migrate().moves
    assert move.target == "vid_001/door_001_m1_0_2.mp4"
    assert parse_name("door_001_m1_0_2.mp4") is None


def test_what_is_recorded_and_not_there_is_named_and_left(library: Library) -> None:
    video = library.video("street.mp4")
    library.record(video, "clip_001/gone.mp4")
    library.add(video, "clip_001/a.mp4")
    done = library.migrate()
    assert (done.missing, pairs(done.moves)) == (["clip_001/gone.mp4"], [("clip_001/a.mp4", "vid_001/a.mp4")])
    assert library.rows() == ["clip_001/gone.mp4", "vid_001/a.mp4"]


def test_files_that_lie_in_the_new_place_unrecorded_are_found(library: Library) -> None:
    """As after a move whose journal was lost, or what the old program's own move has left behind."""
    other = library.desk.again(f"{library.desk.profile[-50:]} other")
    street, garden = library.video("street.mp4"), library.video("garden.mp4")
    library.put("vid_003/a.mp4", "vid_003/b.mp4", "vid_003/twice.mp4", "vid_004/twice.mp4", "vid_005/large.mp4")
    library.add(garden, "vid_006/garden.mp4")
    library.put("vid_006/c.mp4")
    library.record(street, "clip_001/a.mp4")
    library.record(street, "clip_002/b.mp4")
    library.record(street, "vid_003/b.mp4", profile=other.profile)
    for number, name in enumerate(["twice.mp4", "c.mp4", "none.mp4"], 3):
        library.record(street, f"clip_{number:03d}/{name}")
    library.record(street, "clip_006/large.mp4", size=5000)
    library.add(street, "clip_007/d.mp4")
    library.list(["clip_001/a.mp4"])
    planned = library.migrate(apply=False)
    done = library.migrate()
    assert (
        pairs(done.found)
        == pairs(planned.found)
        == [
            ("clip_001/a.mp4", "vid_003/a.mp4"),
            ("clip_002/b.mp4", "vid_003/b.mp4"),
        ]
    )
    missing = ["clip_003/twice.mp4", "clip_004/c.mp4", "clip_005/none.mp4", "clip_006/large.mp4"]
    assert done.missing == planned.missing == missing
    assert pairs(done.moves) == [("clip_007/d.mp4", "vid_003/d.mp4")], "the folder where its files are is the video's"
    assert set(library.rows()) == {"vid_003/a.mp4", "vid_003/b.mp4", *missing, "vid_003/d.mp4", "vid_006/garden.mp4"}
    assert dataset(library.folder) == {"vid_003/a.mp4": "label of clip_001/a.mp4"}


def test_a_video_whose_files_were_all_moved_by_the_old_program_keeps_their_folder(library: Library) -> None:
    video = library.video("street.mp4")
    library.put("vid_007/a.mp4")
    library.record(video, "clip_001/a.mp4")
    library.add(video, "clip_002/b.mp4")
    planned, done = library.migrate(apply=False), library.migrate()
    assert pairs(planned.moves) == pairs(done.moves) == [("clip_002/b.mp4", "vid_007/b.mp4")]
    assert (peek(library, video), library.rows()) == ((7, True), ["vid_007/a.mp4", "vid_007/b.mp4"])


def test_all_export_folders_are_looked_at_and_one_that_is_gone_stops_no_other(
    library: Library, conn: Connection, tmp_path: Path
) -> None:
    video = library.video("street.mp4")
    library.add(video, "clip_001/a.mp4")
    gone, empty = tmp_path / "gone", tmp_path / "none"
    library.record(video, "clip_001/a.mp4", folder=gone)
    found = migrate_layout(conn, apply=True, journal=library.desk.journal)
    mine = {one.folder: one for one in found if one.folder.is_relative_to(tmp_path)}
    assert mine[gone].problem == f"{gone} is not there: connect its disk."
    assert mine[library.folder].moved == 1
    assert [row.path for row in library.desk.rows() if row.export_folder == str(gone)] == ["clip_001/a.mp4"]
    empty.mkdir()
    (one,) = migrate_layout(conn, folders=[empty], apply=True, journal=library.desk.journal)
    assert (one.moves, one.problem) == ([], "")


def test_the_disabled_sibling_has_the_same_numbers(library: Library, conn: Connection) -> None:
    other, video = library.video("garden.mp4"), library.video("street.mp4")
    library.add(other, "clip_001/z.mp4")
    library.add(video, "clip_002/a.mp4")
    sibling = library.folder.with_name(f"{library.folder.name}_disabled")
    (sibling / "clip_002").mkdir(parents=True)
    (sibling / "clip_002" / "b.mp4").touch()
    library.record(video, "clip_002/b.mp4", folder=sibling)
    found = migrate_layout(conn, folders=[library.folder, sibling], apply=True, journal=library.desk.journal)
    assert [pairs(one.moves) for one in found] == [
        [("clip_001/z.mp4", "vid_001/z.mp4"), ("clip_002/a.mp4", "vid_002/a.mp4")],
        [("clip_002/b.mp4", "vid_002/b.mp4")],
    ]


def test_many_files_go_in_batches(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BATCH", 7)
    video = library.video("street.mp4")
    for number in range(30):
        library.add(video, f"clip_{number:03d}/a.mp4")
    told: list[tuple[int, int]] = []
    (done,) = migrate_layout(
        library.desk.conn,
        folders=[library.folder],
        apply=True,
        journal=library.desk.journal,
        on_progress=lambda *numbers: told.append(numbers),
    )
    assert (done.moved, told) == (30, [(7, 30), (14, 30), (21, 30), (28, 30), (30, 30)])
    assert set(library.disk()) == set(library.rows())
    assert set(library.disk()) == {"vid_001/a.mp4", *(f"vid_001/a_{number}.mp4" for number in range(2, 31))}
    assert set(library.disk().values()) == {f"clip_{number:03d}/a.mp4" for number in range(30)}


@pytest.mark.parametrize("name", ["a'b\"c.mp4", "a\nb.mp4", "é" * 120 + ".mp4", "con.mp4", " .mp4", "-x.mp4", "…" * 84])
def test_names_of_all_kinds(library: Library, name: str) -> None:
    video = library.video("street.mp4")
    for number in (1, 2):
        library.add(video, f"clip_{number:03d}/{name}")
    done = library.migrate()
    assert (done.moved, done.problem) == (2, "")
    assert set(library.rows()) == set(library.disk())
    assert sorted(library.disk().values()) == [f"clip_001/{name}", f"clip_002/{name}"]


def test_strangers_with_names_that_are_no_text(library: Library) -> None:
    video = library.video("street.mp4")
    library.add(video, "clip_001/a.mp4")
    odd = os.fsencode(library.folder) + b"/clip_001/a.\xff"
    Path(os.fsdecode(odd)).write_text("odd")
    Path(os.fsdecode(odd + b"\xfe.mp4")).write_text("odd")
    done = library.migrate()
    assert (done.moved, done.strangers) == (1, ["clip_001/a.\udcff\udcfe.mp4"])
    assert Path(os.fsdecode(os.fsencode(library.folder) + b"/vid_001/a.\xff")).exists()

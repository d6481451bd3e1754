"""What gets in the way of a move to the new layout: other people, other disks, disks that refuse or vanish."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from eightcut_client.errors import UnavailableError
from eightcut_client.exports import disk, heal
from eightcut_client.exports import migrate_steps as steps

from tests.exports.conftest import Desk, dataset
from tests.exports.migrate_kit import Library, pairs, part_disks


@pytest.fixture
def library(desk: Desk) -> Library:
    return Library(desk)


def test_a_name_that_somebody_takes_meanwhile_is_not_overwritten(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = library.video("street.mp4")
    library.add(video, "clip_001/a.mp4")
    library.put("clip_001/a.wav", "clip_001/a.txt")

    def reached(step: str) -> None:
        if step == "migrate-layout: begun":
            library.put("vid_001/a.mp4", content="foreign")

    monkeypatch.setattr(disk, "reached", reached)
    done = library.migrate()
    assert pairs(done.moves) == [("clip_001/a.mp4", "vid_001/a_2.mp4")]
    assert library.disk() == {
        "vid_001/a.mp4": "foreign",
        "vid_001/a_2.mp4": "clip_001/a.mp4",
        "vid_001/a_2.txt": "clip_001/a.txt",
        "vid_001/a_2.wav": "clip_001/a.wav",
    }
    assert library.rows() == ["vid_001/a_2.mp4"]


def test_a_path_that_somebody_records_meanwhile_is_left_to_them(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = library.video("street.mp4")
    library.add(video, "clip_001/a.mp4")
    library.add(video, "clip_002/b.mp4")

    def reached(step: str) -> None:
        if step == "migrate: moved":
            library.record(video, "vid_001/a.mp4")

    monkeypatch.setattr(disk, "reached", reached)
    done = library.migrate()
    assert pairs(done.moves) == [("clip_002/b.mp4", "vid_001/b.mp4")]
    assert library.disk() == {"clip_001/a.mp4": "clip_001/a.mp4", "vid_001/b.mp4": "clip_002/b.mp4"}


def test_between_two_disks_files_are_copied_whole(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    video = library.video("street.mp4")
    library.add(video, "clip_001/a.mp4")
    library.put("clip_002/b_0/frame_0001.webp", "clip_002/b_0.wav")
    library.record(video, "clip_002/b_0", images=True)
    part_disks(monkeypatch.setattr)
    assert library.migrate().moved == 2
    assert library.disk() == {
        "vid_001/a.mp4": "clip_001/a.mp4",
        "vid_001/b_0/frame_0001.webp": "clip_002/b_0/frame_0001.webp",
        "vid_001/b_0.wav": "clip_002/b_0.wav",
    }
    assert library.folders() == ["vid_001"]


def test_to_a_real_other_disk(library: Library) -> None:
    shm = Path("/dev/shm")
    if not shm.is_dir() or shm.stat().st_dev == library.folder.parent.stat().st_dev:
        pytest.skip("there is no other disk here")
    video = library.video("street.mp4")
    library.add(video, "vid_001/first.mp4")
    library.add(video, "clip_001/a.mp4")
    other = shm / f"8cut-test-{os.getpid()}"
    other.mkdir()
    try:
        (library.folder / "vid_001" / "first.mp4").rename(library.folder / "first.mp4")
        (library.folder / "vid_001").rmdir()
        (library.folder / "vid_001").symlink_to(other)
        assert library.migrate().moved == 1
        assert (other / "a.mp4").read_text() == "clip_001/a.mp4"
        assert library.folders() == ["vid_001"]
    finally:
        for file in other.iterdir():
            file.unlink()
        other.rmdir()


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EACCES, errno.EIO])
def test_a_disk_that_refuses_in_the_middle_leaves_all_consistent(
    library: Library, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    video = library.video("street.mp4")
    names = [f"clip_{index:03d}/{index}.mp4" for index in range(4)]
    for name in names:
        library.add(video, name)
    library.put("clip_002/2.txt")
    library.list(names)
    moved = [0]

    def refusing(source: Path, target: Path) -> None:
        if moved[0] == 3:
            raise OSError(number, os.strerror(number), str(target))
        moved[0] += 1
        original(source, target)

    original = steps.rename_new
    monkeypatch.setattr(steps, "rename_new", refusing)
    done = library.migrate()
    assert done.problem.endswith((".", "?"))
    assert (done.moved, "\n" in done.problem) == (2, False)
    files = {path for path in library.disk() if path.endswith(".mp4")}
    assert files == set(library.rows()) == set(dataset(library.folder))
    assert files == {"vid_001/0.mp4", "vid_001/1.mp4", "clip_002/2.mp4", "clip_003/3.mp4"}
    assert "clip_002/2.txt" in library.disk(), "what belongs together stays together"
    assert not list(library.desk.journal.folder.glob("*.json"))
    monkeypatch.setattr(steps, "rename_new", original)
    assert library.migrate().moved == 2
    assert set(library.rows()) == {f"vid_001/{index}.mp4" for index in range(4)}


def test_a_disk_that_vanishes_in_the_middle_is_healed_when_it_is_back(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    video = library.video("street.mp4")
    for index in range(3):
        library.add(video, f"clip_{index:03d}/{index}.mp4")
    away = library.folder.with_name("away")
    original = steps.rename_new
    left = [2]

    def vanishing(source: Path, target: Path) -> None:
        left[0] -= 1
        if left[0] == 0:
            library.folder.rename(away)
            library.folder.mkdir()  # An empty mount point.
        original(source, target)

    monkeypatch.setattr(steps, "rename_new", vanishing)
    done = library.migrate()
    assert done.problem.endswith("see whether its disk is still connected.")
    assert sorted(library.rows()) == [f"clip_{index:03d}/{index}.mp4" for index in range(3)]
    (sentence,) = heal(library.desk.conn, library.desk.journal)
    assert sentence.endswith(f"{library.folder} is not there: connect its disk.")
    assert len(list(library.desk.journal.folder.glob("*.json"))) == 1, "kept for when the disk is back"
    assert list(library.folder.iterdir()) == []
    library.folder.rmdir()
    away.rename(library.folder)
    (sentence,) = heal(library.desk.conn, library.desk.journal)
    assert sentence.startswith("3 of the files")
    assert set(library.disk()) == set(library.rows()) == {f"vid_001/{index}.mp4" for index in range(3)}
    assert heal(library.desk.conn, library.desk.journal) == []


def test_ctrl_c_leaves_all_consistent(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    video = library.video("street.mp4")
    for index in range(3):
        library.add(video, f"clip_{index:03d}/{index}.mp4")
    left = [2]

    def reached(step: str) -> None:
        left[0] -= step == "migrate: one moved"
        if left[0] == 0:
            left[0] = -1
            raise KeyboardInterrupt

    monkeypatch.setattr(disk, "reached", reached)
    with pytest.raises(KeyboardInterrupt):
        library.migrate()
    assert set(library.disk()) == set(library.rows()) == {"vid_001/0.mp4", "vid_001/1.mp4", "clip_002/2.mp4"}
    assert not list(library.desk.journal.folder.glob("*.json"))


def test_a_store_that_does_not_answer_is_told_later(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    video = library.video("street.mp4")
    library.add(video, "clip_001/a.mp4")
    library.list(["clip_001/a.mp4"])
    say = steps._say

    def silent(*_: object) -> None:
        raise UnavailableError("The Store does not answer.")

    monkeypatch.setattr(steps, "_say", silent)
    with pytest.raises(UnavailableError):
        library.migrate()
    assert (list(library.disk()), library.rows()) == (["vid_001/a.mp4"], ["clip_001/a.mp4"])
    monkeypatch.setattr(steps, "_say", say)
    (sentence,) = heal(library.desk.conn, library.desk.journal)
    assert sentence == f"1 of the files that were on their way in {library.folder} is at its new place now."
    assert library.rows() == list(dataset(library.folder)) == ["vid_001/a.mp4"]


def test_a_file_in_place_of_the_folder_is_said(library: Library) -> None:
    video = library.video("street.mp4")
    library.record(video, "vid_001/x.mp4")
    library.add(video, "clip_001/a.mp4")
    library.put("vid_001")
    done = library.migrate()
    assert done.problem == f"{library.folder / 'vid_001'} is no folder: give it another name, and do it again."
    assert library.disk() == {"clip_001/a.mp4": "clip_001/a.mp4", "vid_001": "vid_001"}
    assert not list(library.desk.journal.folder.glob("*.json"))

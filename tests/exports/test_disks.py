"""Disks that are full, read-only or gone, and a Store that goes away, in the middle of an export."""

from __future__ import annotations

import errno
import os
import queue
import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from eightcut_client.cutting import CutJob, CutOutcome, Ffmpeg, TargetUnwritableError, run_cut
from eightcut_client.cutting import DiskFullError as CutDiskFullError
from eightcut_client.errors import UnavailableError
from eightcut_client.exports import CutItem, Journal, disk, heal, journal, set_disabled
from eightcut_client.exports.disk import DiskError, DiskFullError, FolderGoneError
from eightcut_client.media import MediaError

from tests.exports.conftest import Desk, assert_whole, on_disk

Fault = Callable[[CutJob], None]


def marked(desk: Desk, video: Path, count: int = 8) -> list[CutItem]:
    return [desk.item(video, desk.mark(video, start / 2)) for start in range(count)]


@pytest.fixture
def after_three(monkeypatch: pytest.MonkeyPatch) -> Callable[[Fault], None]:
    """Lets something happen when the fourth file is to be cut, and records each file at once."""
    monkeypatch.setattr("eightcut_client.exports.cutting_run._BATCH", 1)

    def set_up(fault: Fault) -> None:
        cut = []

        def run(job: CutJob, ffmpeg: Ffmpeg, **more: Any) -> CutOutcome:
            cut.append(job)
            if len(cut) > 3:
                fault(job)
            return run_cut(job, ffmpeg, **more)

        monkeypatch.setattr("eightcut_client.exports.cutting_run.run_cut", run)

    return set_up


def test_full(desk: Desk, video: Path, after_three: Callable[[Fault], None]) -> None:
    def full(job: CutJob) -> None:
        raise CutDiskFullError("There is no room.")

    after_three(full)
    with pytest.raises(TargetUnwritableError, match="no room"):
        desk.cut(marked(desk, video), workers=1)
    assert len(desk.rows()) == 3
    assert_whole(desk, desk.folder)


def test_full_as_its_statistics_say(
    desk: Desk, video: Path, after_three: Callable[[Fault], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoil(job: CutJob) -> None:
        # ffmpeg says something odd, and there is no room.
        usage = shutil.disk_usage(job.target.parent)._replace(free=0)
        monkeypatch.setattr("shutil.disk_usage", lambda _folder: usage)
        raise MediaError("Something odd.")

    after_three(spoil)
    with pytest.raises(DiskFullError, match="no room left"):
        desk.cut(marked(desk, video), workers=1)
    assert len(desk.rows()) == 3
    assert_whole(desk, desk.folder)


def test_gone(desk: Desk, video: Path, after_three: Callable[[Fault], None]) -> None:
    away = desk.folder.with_name("away")
    gone: list[Path] = []

    def go(_job: CutJob) -> None:
        if not gone:
            gone.append(desk.folder.rename(away))

    after_three(go)
    with pytest.raises((DiskError, TargetUnwritableError)) as caught:
        desk.cut(marked(desk, video), workers=1)
    assert "\n" not in str(caught.value)
    assert not desk.folder.exists(), "an empty mount point was filled"
    recorded = len(desk.rows())
    assert recorded <= 3
    with pytest.raises(FolderGoneError, match="connect its disk"):
        desk.cut([desk.found(video, 8.0)])
    away.rename(desk.folder)
    heal(desk.conn, desk.journal)
    assert_whole(desk, desk.folder)
    assert len(desk.rows()) >= recorded
    shutil.rmtree(desk.folder)
    assert desk.cut([desk.found(video, 8.0)], create=True).files


def test_gone_and_what_it_was_mounted_on_in_its_place(desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = desk.folder.with_name("away")
    threads = ThreadPoolExecutor

    def go(*arguments: Any, **more: Any) -> ThreadPoolExecutor:
        desk.folder.rename(away)
        desk.folder.mkdir()
        return threads(*arguments, **more)

    items = marked(desk, video, 3)
    with monkeypatch.context() as patch:
        patch.setattr("eightcut_client.exports.cutting_run.ThreadPoolExecutor", go)
        with pytest.raises(DiskError, match="still connected"):
            desk.cut(items)
    assert not list(desk.folder.iterdir()), "an empty mount point was filled"
    desk.folder.rmdir()
    away.rename(desk.folder)
    heal(desk.conn, desk.journal)
    assert_whole(desk, desk.folder)
    assert desk.rows() == []


def test_read_only(desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.folder.mkdir()
    monkeypatch.setattr("os.access", lambda *_arguments: False)
    items = marked(desk, video, 1)
    with pytest.raises(DiskError, match="only be read"):
        desk.cut(items)
    monkeypatch.undo()

    def refuse(*_arguments: object, **_more: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(desk.folder))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(DiskError, match="only be read"):
        desk.cut(items)


def test_a_disk_that_fails_when_files_get_their_names(desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("eightcut_client.exports.publishing.sync_folder", fail)
        with pytest.raises(DiskFullError):
            desk.cut(marked(desk, video, 2))
    assert desk.rows() == []
    assert heal(desk.conn, desk.journal) == [
        f"An export to {desk.folder} was interrupted last time; 2 files of it could still be recorded."
    ]
    assert len(desk.rows()) == 2
    assert_whole(desk, desk.folder)


def test_what_was_left_for_another_store_is_not_touched(desk: Desk, tmp_path: Path) -> None:
    document = {"store": "server:elsewhere", "profile": "p", "export_folder": str(tmp_path), "publishing": []}
    for kind, more in (("cut", {}), ("not known", {"store": f"server:{desk.conn.address('store')}"})):
        desk.journal.begin(kind, {**document, "temporaries": ["vid_001/.x.part"], **more}).release()
    (tmp_path / "vid_001").mkdir()
    (tmp_path / "vid_001" / ".x.part").touch()
    assert heal(desk.conn, desk.journal) == []
    assert on_disk(tmp_path / "vid_001") == [".x.part"]
    assert len(list(desk.journal.folder.glob("*.json"))) == 2


def test_a_journal_that_cannot_be_written(desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(journal, "write_atomically", fail)
    with pytest.raises(DiskFullError):
        desk.cut(marked(desk, video, 1))
    assert on_disk(desk.folder) == []
    assert not list(desk.journal.folder.glob("*.json"))


@pytest.mark.parametrize("call", ["PeekNumbers", "ReserveNumbers", "RecordClipFiles", "ListClipFiles"])
def test_a_store_that_goes_away(desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    items = marked(desk, video, 3)

    def unreachable(_request: object) -> None:
        raise UnavailableError("Cannot reach the Store.")

    with monkeypatch.context() as patch:
        patch.setattr(desk.conn.exports, call, unreachable)
        with pytest.raises(UnavailableError):
            desk.cut(items)
    heal(desk.conn, desk.journal)
    assert_whole(desk, desk.folder)
    assert len(desk.rows()) == (3 if call == "RecordClipFiles" else 0)
    desk.cut(items)
    assert len(desk.rows()) == 3
    assert_whole(desk, desk.folder)


def test_what_is_complete_when_the_store_goes_away_gets_no_name_without_being_in_the_journal(
    desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = marked(desk, video, 3)
    others_complete = threading.Event()

    class Ended(queue.SimpleQueue[Any]):
        """Tells when all three files are complete."""

        def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
            super().put(item, block, timeout)
            if self.qsize() == 2:
                others_complete.set()

    def unreachable(_request: object) -> None:
        assert others_complete.wait(30)
        raise UnavailableError("Cannot reach the Store.")

    with monkeypatch.context() as patch:
        patch.setattr("eightcut_client.exports.cutting_run._BATCH", 1)
        patch.setattr(queue, "SimpleQueue", Ended)
        patch.setattr(desk.conn.exports, "RecordClipFiles", unreachable)
        with pytest.raises(UnavailableError):
            desk.cut(items, workers=1)
    heal(desk.conn, desk.journal)
    assert_whole(desk, desk.folder)
    assert len(desk.rows()) == 1


def test_two_clients_and_two_profiles_on_one_folder(desk: Desk, video: Path, other_video: Path) -> None:
    other = desk.again(desk.profile + "!")
    second = Desk(desk.conn, desk.profile, desk.folder, Journal(desk.journal.folder.with_name("j2")), desk.store)
    works = []
    for number, (own, path) in enumerate(((desk, video), (second, other_video), (other, video), (desk, other_video))):
        works.append((own, [own.item(path, own.mark(path, number + step / 4)) for step in range(6)]))
        works.append((own, [own.found(path, 4 + number + step / 4) for step in range(4)]))
    with ThreadPoolExecutor(len(works)) as pool:
        results = list(pool.map(lambda work: work[0].cut(work[1]), works))
    assert not any(result.failed for result in results)
    paths = [file.path for result in results for file in result.files]
    assert len(paths) == len(set(paths)) == 40
    assert_whole(desk, desk.folder)


def test_new_folders_are_on_the_disk_before_their_files_are_recorded(
    desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[tuple[int, int]] = set()
    fsync = os.fsync

    def remember(descriptor: int) -> None:
        fsync(descriptor)
        status = os.fstat(descriptor)
        synced.add((status.st_dev, status.st_ino))

    monkeypatch.setattr(os, "fsync", remember)
    at_record: list[set[tuple[int, int]]] = []
    monkeypatch.setattr(
        disk,
        "reached",
        lambda name: at_record.append(set(synced)) if name in ("publish: named", "disable: moved") else None,
    )
    folder = desk.folder / "new" / "door"
    desk.folder.parent.mkdir(exist_ok=True)
    desk.cut(marked(desk, video, 1), folder=folder)
    set_disabled(desk.conn, desk.profile, folder="door", disabled=True, journal=desk.journal)
    off = folder.with_name("door_disabled")
    first = (desk.folder.parent, desk.folder, folder.parent, folder, folder / "vid_001")
    for places, then in zip((first, (folder.parent, off, off / "vid_001")), at_record, strict=True):
        for place in places:
            if place.exists():
                assert (place.stat().st_dev, place.stat().st_ino) in then, place

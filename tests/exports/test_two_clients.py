"""Two clients, perhaps of two persons, at work in one export folder at once."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
from eightcut_client.cutting import CutJob, CutOptions, CutOutcome, run_cut
from eightcut_client.exports import ExportResult, Journal, publishing, remove_clips
from eightcut_client.exports.dataset import read_entries
from eightcut_client.locks import drop_lock, take_lock

from tests.exports.conftest import WAV, Desk, assert_whole, on_disk
from tests.exports.test_cut import WEBP


def second(desk: Desk) -> Desk:
    """Another client of the same person."""
    return dataclasses.replace(desk, journal=Journal(desk.journal.folder.with_name("another journal")))


@pytest.mark.parametrize("scan", [False, True])
def test_clips_that_both_cut_at_once_have_one_set_of_files(
    desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch, scan: bool
) -> None:
    items = [
        desk.found(video, float(start)) if scan else desk.item(video, desk.mark(video, float(start)), count=2)
        for start in range(2)
    ]
    # Neither records anything before both have planned and cut everything.
    both = threading.Barrier(2)
    publish = publishing.publish_clips

    def together(*arguments: Any, **more: Any) -> Any:
        both.wait(timeout=30)
        return publish(*arguments, **more)

    monkeypatch.setattr("eightcut_client.exports.cutting_run.publish_clips", together)
    monkeypatch.setattr("eightcut_client.exports.cutting_run._PERIOD", 60.0)
    results: list[ExportResult] = []
    threads = [threading.Thread(target=lambda own=own: results.append(own.cut(items))) for own in (desk, second(desk))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(desk.rows()) == len(on_disk(desk.folder)) == (2 if scan else 4)
    assert len(desk.clips()) == 2
    paths = {row.path for row in desk.rows()}
    assert [{file.path for file in result.files} for result in results] == [paths, paths]
    assert not any(result.failed for result in results)
    assert_whole(desk, desk.folder)


def test_a_folder_that_another_client_empties_and_removes_is_there_when_it_is_needed(
    desk: Desk, video: Path, other_video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = desk.mark(other_video, 1.0)
    desk.cut([desk.item(other_video, gone)])
    cut: list[CutJob] = []

    def run(job: CutJob, *arguments: Any, **more: Any) -> CutOutcome:
        cut.append(job)
        if len(cut) == 1:
            remove_clips(desk.conn, desk.profile, [gone.id], journal=second(desk).journal)
            assert not (desk.folder / "vid_001").exists()
        return run_cut(job, *arguments, **more)

    monkeypatch.setattr("eightcut_client.exports.cutting_run.run_cut", run)
    items = [desk.item(path, desk.mark(path, 3.0)) for path in (video, other_video)]
    assert not desk.cut(items, workers=1).failed
    assert on_disk(desk.folder) == ["vid_001/door_001_m2_0.wav", "vid_002/door_002_m1_0.wav"]
    assert_whole(desk, desk.folder)


@pytest.mark.parametrize("options", [WAV, WEBP], ids=["wav", "webp"])
def test_a_file_just_like_ours_that_a_client_of_another_store_puts_there_stays_theirs(
    desk: Desk, video: Path, monkeypatch: pytest.MonkeyPatch, options: CutOptions
) -> None:
    publish = publishing.publish
    name = "door_001_m1_0" if options is WEBP else "door_001_m1_0.wav"

    def at_the_same_moment(temporary: Path, final: Path, *, replace: bool = False) -> None:
        if final.name == name:
            (shutil.copytree if temporary.is_dir() else shutil.copy2)(temporary, final)
        publish(temporary, final, replace=replace)

    monkeypatch.setattr(publishing, "publish", at_the_same_moment)
    ((_, sentence),) = desk.cut([desk.item(video, desk.mark(video, 1.0))], options).failed
    assert sentence == f"{name} is the name of another file already; cut the clip again."
    assert {path.split("/")[1] for path in on_disk(desk.folder)} == {name}
    assert desk.rows() == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be two persons")
def test_a_lock_that_another_person_left_is_no_obstacle() -> None:
    change = """if True:
        import os, sys
        from pathlib import Path
        from eightcut_client.exports.dataset import update_dataset
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
        update_dataset(Path(sys.argv[1]), put={"a": "b"})
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        folder.chmod(0o777)
        # As after a kill.
        drop_lock(take_lock(folder / ".dataset.lock", shared=True))
        subprocess.run([sys.executable, "-c", change, place], check=True)
        assert read_entries(folder) == {"a": "b"}
        assert not (folder / ".dataset.lock").exists()

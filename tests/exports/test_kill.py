"""Killed after every single step of everything that changes disk and Store; the next start heals."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import av
import pytest
from eightcut.store.v1 import profile_service_pb2
from eightcut_client.cutting import CutOptions
from eightcut_client.exports import CutItem, Journal, heal

from tests.conftest import ROOT
from tests.exports.conftest import WAV, Desk, assert_whole, on_disk
from tests.exports.remembered import remembering

Order = dict[str, Any]
Perform = Callable[[Desk, int, Order], bool]


@pytest.fixture(scope="module")
def zygote() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.exports.zygote"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def perform(zygote: subprocess.Popen[str], kept: Path, monkeypatch: pytest.MonkeyPatch) -> Perform:
    """Performs an operation that is killed after so many steps; tells whether it was."""

    monkeypatch.setattr("eightcut_client.exports.cutting_run.run_cut", remembering(kept))

    def order(desk: Desk, steps: int, what: Order) -> bool:
        assert zygote.stdin is not None
        assert zygote.stdout is not None
        fixed = {
            "store": desk.store,
            "profile": desk.profile,
            "journal": str(desk.journal.folder),
            "folder": str(desk.folder),
            "steps": steps,
            "kept": str(kept),
        }
        zygote.stdin.write(json.dumps(fixed | what) + "\n")
        zygote.stdin.flush()
        answer = zygote.stdout.readline().strip()
        assert answer in ("killed", "0")
        return answer == "killed"

    return order


def after_every_step(desk: Desk) -> Iterator[tuple[int, Desk]]:
    """A fresh profile, folder and journal for each number of steps; the test ends it when nothing was killed."""
    for steps in range(1, 100):
        name = f"{desk.profile[-50:]} {steps}"
        desk.conn.profiles.CreateProfile(profile_service_pb2.CreateProfileRequest(profile=name))
        folder = desk.folder.with_name(f"{desk.folder.name} {steps}")
        yield (
            steps,
            dataclasses.replace(desk, profile=name, folder=folder, journal=Journal(folder.with_name(f"j{steps}"))),
        )
    raise AssertionError("it never ended")


def order_of(items: Sequence[CutItem], options: CutOptions = WAV) -> Order:
    return {
        "do": "cut",
        "format": options.format,
        "items": [
            {
                "media": str(item.media.path),
                "files": [[sub.index, sub.start, sub.duration] for sub in item.files],
                "start": item.start,
                "clip": item.clip_id,
            }
            for item in items
        ],
    }


def assert_no_half_files(folder: Path) -> None:
    """Everything that has a final name is complete."""
    for name in on_disk(folder) if folder.is_dir() else []:
        if not name.rpartition("/")[2].startswith("."):
            with av.open(os.fspath(folder / name)) as container:
                assert sum(frame.samples for frame in container.decode(audio=0)) == 16_000


@pytest.mark.slow
def test_cutting(desk: Desk, video: Path, perform: Perform) -> None:
    for steps, own in after_every_step(desk):
        items = [own.item(video, own.mark(video, 1.0), count=2), own.found(video, 5.0)]
        killed = perform(own, steps, order_of(items))
        assert_no_half_files(own.folder)
        there = {row.path for row in own.rows()}
        assert there <= set(on_disk(own.folder) if own.folder.is_dir() else []), "a row without a file"
        assert len([clip for clip in own.clips() if clip.origin == 2]) == len([p for p in there if "_a" in p])
        heal(own.conn, own.journal)
        assert_whole(own, own.folder)
        assert there <= {row.path for row in own.rows()}, "what was recorded was lost"
        if killed and steps % 4:
            continue
        own.cut(items)
        assert len(own.rows()) == 3
        assert len(own.clips()) == 2
        assert_whole(own, own.folder)
        if not killed:
            assert steps > 8
            return


@pytest.mark.slow
def test_cutting_again_in_another_format_and_with_fewer_files(desk: Desk, video: Path, perform: Perform) -> None:
    for steps, own in after_every_step(desk):
        clip = own.mark(video, 1.0)
        own.cut([own.item(video, clip, count=2)])
        items = [own.item(video, clip)]
        killed = perform(own, steps, order_of(items, dataclasses.replace(WAV, format="flac")))
        assert_no_half_files(own.folder)
        assert on_disk(own.folder), "the old files went before the new ones came"
        heal(own.conn, own.journal)
        assert_whole(own, own.folder)
        assert len(own.rows()) in (1, 2)
        if killed and steps % 4:
            continue
        own.cut(items, dataclasses.replace(WAV, format="flac"))
        (row,) = own.rows()
        assert row.path == "vid_001/door_001_m1_0.flac"
        assert_whole(own, own.folder)
        if not killed:
            assert steps > 8
            return


@pytest.mark.slow
def test_deleting(desk: Desk, video: Path, perform: Perform) -> None:
    for steps, own in after_every_step(desk):
        kept, gone = own.mark(video, 1.0), own.mark(video, 3.0)
        own.cut([own.item(video, kept), own.item(video, gone, count=2)])
        other = own.again(f"{own.profile}!")
        shared = other.mark(video, 1.0)
        other.cut([other.item(video, shared)])
        killed = perform(own, steps, {"do": "delete", "clips": [gone.id]})
        heal(own.conn, own.journal)
        assert_whole(own, own.folder)
        if steps == 1:  # Before the journal knew of it: nothing happened.
            assert len(own.clips()) == 2
            continue
        assert [clip.id for clip in own.clips()] == [kept.id]
        assert [row.clip_id for row in own.rows()] == [kept.id]
        assert not any("_m2_" in name for name in on_disk(own.folder))
        if not killed:
            assert steps > 4
            return


@pytest.mark.slow
@pytest.mark.parametrize("way", ["disable", "enable"])
def test_disabling_and_enabling(desk: Desk, video: Path, other_video: Path, perform: Perform, way: str) -> None:
    for steps, own in after_every_step(desk):
        clips = [own.mark(video, 1.0), own.mark(other_video, 3.0)]
        own.cut([own.item(video, clips[0]), own.item(other_video, clips[1], count=2)])
        off = own.folder.with_name(own.folder.name + "_disabled")
        if way == "enable":
            assert not perform(own, 1000, {"do": "disable"})
        killed = perform(own, steps, {"do": way})
        assert_no_half_files(own.folder)
        heal(own.conn, own.journal)
        assert_whole(own, own.folder, off)
        if steps == 1:  # Before the journal knew of it: nothing happened.
            assert len(on_disk(own.folder if way == "disable" else off)) == 3
            continue
        source, target = (own.folder, off) if way == "disable" else (off, own.folder)
        assert len(on_disk(target)) == 3
        assert not on_disk(source)
        assert {clip.folder for clip in own.clips()} == {"door_disabled" if way == "disable" else "door"}
        if not killed:
            assert steps > 5
            return

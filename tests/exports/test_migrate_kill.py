"""Killed after every single step of a move to the new layout; the next start heals."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from eightcut.store.v1 import profile_service_pb2
from eightcut_client.exports import Journal, heal

from tests.conftest import ROOT
from tests.exports.conftest import Desk, dataset
from tests.exports.migrate_kit import Library


@pytest.fixture(scope="module")
def zygote() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.exports.migrate_zygote"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        yield process
        assert process.stdin is not None
        process.stdin.close()


def killed_after(zygote: subprocess.Popen[str], desk: Desk, steps: int, *, across: bool) -> bool:
    assert zygote.stdin is not None
    assert zygote.stdout is not None
    order = {
        "store": desk.store,
        "journal": str(desk.journal.folder),
        "folder": str(desk.folder),
        "steps": steps,
        "across": across,
    }
    zygote.stdin.write(json.dumps(order) + "\n")
    zygote.stdin.flush()
    answer = zygote.stdout.readline().strip()
    assert answer in ("killed", "0")
    return answer == "killed"


def prepared(desk: Desk, steps: int) -> Library:
    name = f"{desk.profile[-50:]} {steps}"
    desk.conn.profiles.CreateProfile(profile_service_pb2.CreateProfileRequest(profile=name))
    folder = desk.folder.with_name(f"{desk.folder.name} {steps}")
    own = dataclasses.replace(desk, profile=name, folder=folder, journal=Journal(folder.with_name(f"j{steps}")))
    library = Library(own)
    street, garden = library.video("street.mp4"), library.video("garden.mp4")
    library.put("vid_001/b.mp4", content="foreign")
    library.record(street, "vid_001/other.mp4")
    library.add(street, "clip_001/a.mp4")
    library.put("clip_001/a.txt")
    library.add(street, "clip_002/b.mp4")
    library.put("clip_003/c/frame_0001.webp", "clip_003/c/frame_0002.webp", "clip_003/c.wav")
    library.record(garden, "clip_003/c", images=True)
    library.put("vid_001/found.mp4")
    library.record(street, "clip_004/found.mp4")
    library.list(["clip_001/a.mp4", "clip_002/b.mp4", "clip_003/c", "clip_004/found.mp4"])
    return library


@pytest.mark.slow
@pytest.mark.parametrize("across", [False, True], ids=["one disk", "two disks"])
def test_killed_at_every_step(desk: Desk, zygote: subprocess.Popen[str], across: bool) -> None:
    for steps in range(1, 100):
        library = prepared(desk, steps)
        contents = sorted(library.disk().values())
        killed = killed_after(zygote, library.desk, steps, across=across)
        assert set(contents) <= set(library.disk().values()), "a file was lost"
        heal(library.desk.conn, library.desk.journal)
        assert sorted(library.disk().values()) == contents, "a file was doubled or lost"
        assert not list(library.desk.journal.folder.glob("*.json"))
        rows, listed = set(library.rows()) - {"vid_001/other.mp4"}, set(dataset(library.folder))
        assert rows == listed, "the Store and dataset.json say different things"
        there = {path for path in rows if (library.folder / path).exists()}
        assert rows - there <= {"clip_004/found.mp4"}
        library.migrate()
        assert library.disk() == {
            "vid_001/a.mp4": "clip_001/a.mp4",
            "vid_001/a.txt": "clip_001/a.txt",
            "vid_001/b.mp4": "foreign",
            "vid_001/b_2.mp4": "clip_002/b.mp4",
            "vid_001/found.mp4": "vid_001/found.mp4",
            "vid_002/c/frame_0001.webp": "clip_003/c/frame_0001.webp",
            "vid_002/c/frame_0002.webp": "clip_003/c/frame_0002.webp",
            "vid_002/c.wav": "clip_003/c.wav",
        }
        assert library.folders() == ["vid_001", "vid_002"]
        final = {"vid_001/a.mp4", "vid_001/b_2.mp4", "vid_001/found.mp4", "vid_002/c"}
        assert set(library.rows()) - {"vid_001/other.mp4"} == set(dataset(library.folder)) == final
        if not killed:
            assert steps > (25 if across else 15)
            return
    pytest.fail("it never ended")

"""`8cut clips cut`, `files`, `delete`, `disable` and `enable`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from eightcut_client.cutting import find_ffmpeg
from eightcut_client.exports import Journal, journal_dir

from tests.cli.conftest import Cli, recording


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Twenty seconds with a picture, of the test's own."""
    return recording(tmp_path / "street.mp4", [3.0], duration=20.0, seed=abs(hash(tmp_path)) % 100_000, video=True)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An export folder whose name no other test has."""
    return tmp_path / f"out {tmp_path.parent.name} {tmp_path.name}"


def mark(cli: Cli, file: Path, *starts: float, folder: str = "door") -> list[str]:
    return [
        cli(
            "clips",
            "add",
            file,
            "--start",
            start,
            "--folder",
            folder,
            "--duration",
            2,
            "--label",
            f"at {start}",
            "--json",
        ).json["clip"]["id"]
        for start in starts
    ]


def test_clips_are_cut_listed_and_cut_no_second_time(cli: Cli, video: Path, out: Path) -> None:
    first, second = mark(cli, video, 1, 4)
    planned = cli("clips", "cut", "--folder", "door", "--to", out, "--count", 2, "--dry-run", "--json").json
    assert (planned["planned"], planned["files"], planned["skipped"]) == (4, [], 0)
    assert not out.exists()
    done = cli(
        "clips", "cut", "--folder", "door", "--to", out, "--count", 2, "--spread", 0.5, "--name", "creak", "--json"
    ).json
    assert sorted(file["path"] for file in done["files"]) == [
        f"vid_001/creak_001_m{number}_{index}.mp4" for number in (1, 2) for index in (0, 1)
    ]
    assert {file["duration"] for file in done["files"]} == {2.0}
    assert sorted(file["start"] for file in done["files"]) == [1.0, 1.5, 4.0, 4.5]
    (third,) = mark(cli, video, 8)
    again = cli("clips", "cut", "--folder", "door", "--to", out, "--format", "wav", "--json").json
    assert [file["clip"] for file in again["files"]] == [third]
    assert again["skipped"] == 2
    listed = cli("clips", "files", "--json").json["files"]
    assert {file["clip"] for file in listed} == {first, second, third}
    assert all(file["present"] and Path(file["file"]).is_file() for file in listed)
    Path(listed[0]["file"]).unlink()
    lines = cli("clips", "files", video, "--folder", "door").out.splitlines()
    assert len([line for line in lines if line.endswith("missing")]) == 1
    Path(listed[1]["file"]).rename(out / "by hand")
    restored = cli("clips", "cut", first, third, "--to", out, "--count", 2, "--spread", 0.5, "--json").json
    assert ([file["path"] for file in restored["files"]], restored["skipped"]) == (
        ["vid_001/creak_001_m1_0.mp4", "vid_001/creak_001_m1_1.mp4"], 1
    )  # fmt: skip
    labels = {entry["label"] for entry in json.loads((out / "dataset.json").read_text())}
    assert labels == {"at 1", "at 4", "at 8"}
    over = cli("clips", "cut", first, "--to", out, "--overwrite")
    assert (over.code, over.out) == (0, f"cut 1 file of 1 clip to {out}\n")
    assert (out / "vid_001" / "creak_001_m1_0.mp4").exists()
    assert not (out / "vid_001" / "creak_001_m1_1.mp4").exists()


def test_each_folder_of_clips_can_have_its_export_folder(cli: Cli, video: Path, out: Path) -> None:
    mark(cli, video, 1)
    mark(cli, video, 3, folder="dog: 'big' \"one\"")
    done = cli("clips", "cut", "--file", video, "--to", out / "{folder}", "--format", "wav", "--json")
    assert {Path(folder).name for folder in done.json["export_folders"]} == {"door", "dog_ 'big' _one_"}
    assert done.err == ""
    mixed = cli("clips", "cut", "--file", video, "--to", out / "all", "--format", "wav")
    assert mixed.code == 0
    assert "warning: Clips of 2 folders go to one export folder" in mixed.err


def test_a_file_that_is_gone_and_a_clip_that_is_too_long_stop_no_other(
    cli: Cli, video: Path, out: Path, tmp_path: Path
) -> None:
    gone = recording(tmp_path / "gone.wav", [], duration=5.0, seed=77)
    short = recording(tmp_path / "short.wav", [], duration=1.5, seed=78)
    for file in (video, gone, short):
        mark(cli, file, 1)
    gone.unlink()
    done = cli("clips", "cut", "--folder", "door", "--to", out, "--format", "flac", "--json")
    assert done.code == 1
    assert len(done.err.splitlines()) == 2
    assert "gone.wav is not where it was" in done.err
    assert "short.wav" in done.err
    document = json.loads(done.out)
    assert len(document["files"]) == 1
    assert len(document["failures"]) == 2


def test_deleting_a_clip_that_has_files_takes_a_word(cli: Cli, video: Path, out: Path) -> None:
    first, second, third = mark(cli, video, 1, 4, 8)
    cli("clips", "cut", first, second, "--to", out, "--format", "wav")
    cli("clips", "delete", first, third).failed_with("--files", "--keep-files")
    cli("clips", "delete", first, "--files", "--keep-files").failed_with("either", code=2)
    assert cli("clips", "delete", third, "--json").json == {"deleted": 1}
    assert cli("clips", "delete", first, "--files", "--json").json == {"deleted": 1, "files": 1}
    assert [entry["label"] for entry in json.loads((out / "dataset.json").read_text())] == ["at 4"]
    assert cli("clips", "delete", second, "--keep-files", "--json").json == {"deleted": 1}
    assert len(list((out / "vid_001").iterdir())) == 1


def test_disabling_and_enabling(cli: Cli, video: Path, out: Path) -> None:
    first, second = mark(cli, video, 1, 4)
    cli("clips", "cut", first, "--to", out, "--format", "wav")
    off = out.with_name(out.name + "_disabled")
    planned = cli("clips", "disable", "--folder", "door", "--dry-run", "--json").json
    assert planned == {
        "clips": 2, "files": 1, "folders": [{"from": str(out), "to": str(off)}], "missing": [], "dry_run": True
    }  # fmt: skip
    assert not off.exists()
    done = cli("clips", "disable", video)
    assert done.out.splitlines() == ["disabled 2 clips, 1 file", f"  {out} → {off}"]
    assert {clip["folder"] for clip in cli("clips", "list", "--json").json["clips"]} == {"door_disabled"}
    assert len(list(off.glob("vid_*/*"))) == 1
    assert cli("clips", "enable", "--folder", "door").code == 0
    assert len(list(out.glob("vid_*/*"))) == 1
    assert {file["clip"] for file in cli("clips", "files", "--json").json["files"]} == {first}
    assert second in {clip["id"] for clip in cli("clips", "list", "--folder", "door", "--json").json["clips"]}
    cli("clips", "disable").failed_with("say which clips", code=2)
    cli("clips", "disable", "--folder", "cat").failed_with("no clips in cat")
    assert cli("clips", "disable", "--folder", "door").code == 0
    cli("clips", "cut", "--folder", "door", "--to", out).failed_with("are disabled", "8cut clips enable --folder door")


@pytest.mark.parametrize(
    ("arguments", "words", "code"),
    [
        ([], "say what to cut", 2),
        (["--folder", "door", "--duration", "0"], "more than 0", 2),
        (["--folder", "door", "--spread", "0", "--count", "2"], "spread", 2),
        (["--folder", "door", "--crop-center", "1.5"], "no centre", 2),
        (["--folder", "door", "--crop-center", "0.1"], "say --crop", 2),
        (["--folder", "door", "--crop-keys", "1:0.2"], "say --crop", 2),
        (["--folder", "door", "--crop-keys", "1:2,x"], "keyframe", 2),
        (["--folder", "door", "--crop-keys", "1:2"], "keyframe", 2),
        (["--folder", "door", "--format", "avi"], "avi", 2),
        (["--folder", "cat"], "no clips in cat", 1),
        (["99999999"], "no clip 99999999", 1),
        (["x"], "no id", 2),
        (["--folder", "door", "--to", ""], "--to is empty", 2),
    ],
)
def test_what_makes_no_sense(cli: Cli, video: Path, out: Path, *, arguments: list[str], words: str, code: int) -> None:
    mark(cli, video, 1)
    cli("clips", "cut", "--to", out, *arguments).failed_with(words, code=code)
    assert not out.exists()


def test_export_folders_that_are_unfit(cli: Cli, served: Path, video: Path, out: Path, tmp_path: Path) -> None:
    (clip,) = mark(cli, video, 1)
    cli("clips", "cut", clip, "--to", served / "clips").failed_with("own data")
    cli("clips", "cut", clip, "--to", video).failed_with("is no folder")
    cli("clips", "cut", clip, "--to", "/proc/here").failed_with("cannot be made")
    cli("clips", "cut", clip, "--to", tmp_path / ("n" * 300)).failed_with("too long", "choose a shorter one")
    assert cli("clips", "cut", clip, "--to", out, "--format", "wav").code == 0
    out.rename(tmp_path / "unplugged")
    gone = cli("clips", "cut", clip, "--to", out, "--format", "wav", "--overwrite")
    gone.failed_with("connect its disk", "--create")
    cli("clips", "delete", clip, "--files").failed_with("connect its disk")
    cli("clips", "disable", "--folder", "door").failed_with("connect its disk", "--keep-files")
    assert cli("clips", "disable", "--folder", "door", "--keep-files", "--json").json["clips"] == 1
    assert cli("clips", "enable", "--folder", "door", "--keep-files", "--json").json["clips"] == 1
    assert cli("clips", "cut", clip, "--to", out, "--format", "wav", "--overwrite", "--create").code == 0


@pytest.mark.slow
def test_an_interrupted_export_goes_on_where_it_stopped(
    cli: Cli, served: Path, video: Path, out: Path, request: pytest.FixtureRequest
) -> None:
    marks = video.with_name("marks.csv")
    marks.write_text("file,start,duration,folder\n" + "".join(f"street.mp4,{n / 4},3,door\n" for n in range(12)))
    assert cli("clips", "import", marks).code == 0
    cut = ["clips", "cut", "--folder", "door", "--to", out, "--name", "door", "--workers", 1]
    whole = [*cut, "--data-dir", served, "--profile", request.node.nodeid[-90:]]
    slow = video.with_name("slow")
    slow.write_text(f'#!/bin/sh\nsleep 0.2\nexec "{find_ffmpeg().path}" "$@"\n')
    slow.chmod(0o755)
    with subprocess.Popen(
        [sys.executable, "-m", "eightcut_cli", *map(str, whole)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "EIGHTCUT_FFMPEG": str(slow)},
    ) as process:
        deadline = time.monotonic() + 60
        while not list(out.glob("vid_001/door_*")):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        output, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert output == b""
    assert errors.decode().splitlines()[-1] == "8cut: interrupted; the same command again continues where it stopped."
    files = cli("clips", "files", "--json").json["files"]
    assert 0 < len(files) < 12
    assert {file["path"] for file in files} == {f"vid_001/{path.name}" for path in (out / "vid_001").iterdir()}
    done = cli(*cut, "--json").json
    assert (len(done["files"]), done["skipped"]) == (12 - len(files), len(files))
    assert len(list((out / "vid_001").iterdir())) == len(json.loads((out / "dataset.json").read_text())) == 12


def test_what_cannot_be_finished_yet_is_said_once(cli: Cli, served: Path, video: Path, out: Path) -> None:
    clips = mark(cli, video, 1, 4)
    assert cli("clips", "cut", *clips, "--to", out, "--format", "wav", "--json").json["planned"] == 2
    gone = out.with_name("gone")
    document = {"store": f"data:{served.resolve()}", "profile": "p", "export_folder": str(gone), "publishing": []}
    journal = Journal(journal_dir(served))
    journal.begin("cut", {**document, "temporaries": ["vid_001/.x.part"]}).release()
    try:
        for command in (
            ("delete", clips[0], "--files"),
            ("cut", "--folder", "door", "--to", out, "--overwrite", "--format", "wav"),
        ):
            done = cli("clips", *command)
            assert (done.code, done.err.count(f"{gone} is not there")) == (0, 1), done.err
    finally:
        gone.mkdir()
    assert cli("clips", "cut", "--folder", "door", "--to", out).code == 0
    assert not list(journal.folder.glob("*.json"))

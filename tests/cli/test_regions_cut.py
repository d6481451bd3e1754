"""`8cut regions cut`: what scans found, as files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, Document, recording


@pytest.fixture(scope="module")
def street(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of video with beeps at 10 s, at 30 to 36 s, and at 50 s."""
    folder = tmp_path_factory.mktemp("street")
    return recording(folder / "street 'x'.mp4", [10.0, 30.0, 32.0, 34.0, 50.0], seed=7, video=True)


@pytest.fixture
def scanned(trained: Cli, street: Path) -> Document:
    """Its scan."""
    (scan,) = trained("scan", street, "--model", "LOGMEL", "--json").json["scans"]
    assert len(scan["regions"]) == 3
    return dict(scan)


def test_all_enabled_regions_are_cut_and_recorded_as_scan_exports(
    trained: Cli, scanned: Document, tmp_path: Path
) -> None:
    first, second, third = (region["id"] for region in scanned["regions"])
    trained("regions", "disable", third)
    to = tmp_path / "beeps"
    told = trained("regions", "cut", scanned["id"], "--to", to, "--folder", "found", "--label", "a beep", "--name", "b")
    assert told.code == 0, told.err
    assert told.out.splitlines()[0] == "street 'x'.mp4: 2 regions → 2 files"
    assert told.out.splitlines()[-1] == f"cut 2 files of 2 clips to {to}"
    made = sorted(path.relative_to(to).as_posix() for path in to.rglob("*.mp4"))
    assert made == ["vid_001/b_001_a1_0.mp4", "vid_001/b_001_a2_0.mp4"]
    dataset = json.loads((to / "dataset.json").read_text())
    assert sorted((entry["path"], entry["label"]) for entry in dataset) == [(path, "a beep") for path in made]
    clips = [c for c in trained("clips", "list", "--json").json["clips"] if c["origin"] == "scan_export"]
    assert [(c["folder"], c["label"], c["duration"]) for c in clips] == [("found", "a beep", 8.0)] * 2
    assert sum(line.endswith("  scan export") for line in trained("clips", "list").out.splitlines()) == 2
    middles = [(region["start"] + region["end"]) / 2 for region in scanned["regions"][:2]]
    assert [c["start"] + 4 for c in clips] == pytest.approx(middles)
    shown = trained("scans", "show", scanned["id"]).out.splitlines()
    assert [line.split()[-1] for line in shown[-3:]] == ["exported", "exported", "disabled"]
    assert trained("scans", "show", scanned["id"], "--json").json["exported"] == [first, second]


def test_what_was_exported_is_skipped_unless_asked_for(trained: Cli, scanned: Document, tmp_path: Path) -> None:
    at = ["regions", "cut", scanned["id"], "--to", tmp_path / "out", "--folder", "found", "--format", "wav"]
    first = trained(*at, scanned["regions"][0]["id"], "--json").json
    assert (first["planned"], first["skipped"], len(first["files"])) == (1, 0, 1)
    rest = trained(*at, "--json").json
    assert (rest["planned"], rest["skipped"], len(rest["files"])) == (2, 1, 2)
    assert rest["scans"][0]["exported"] == [scanned["regions"][0]["id"]]
    nothing = trained(*at)
    assert nothing.out.splitlines() == [
        "street 'x'.mp4: 0 regions → 0 files, 3 already exported",
        "nothing to cut. --again cuts what was exported before once more.",
    ]
    # The same clips: cut over under their names.
    again = trained(*at, "--again", "--json").json
    assert sorted(file["path"] for file in again["files"]) == sorted(
        file["path"] for file in first["files"] + rest["files"]
    )
    assert len(list((tmp_path / "out").rglob("*.wav"))) == 3


def test_clips_cut_leaves_scan_exports_alone_unless_they_are_named(
    trained: Cli, scanned: Document, street: Path, tmp_path: Path
) -> None:
    to = ["--to", tmp_path / "out", "--format", "wav"]
    made = trained(
        "regions", "cut", scanned["id"], *to, "--folder", "only", "--duration", "2", "--spread", "2", "--json"
    )
    files = made.json["files"]
    told = trained("clips", "cut", "--folder", "only", "--file", street, *to, "--overwrite")
    told.failed_with("scan exports", "name their ids")
    ids = sorted({file["clip"] for file in files})
    assert len(files) > len(ids), "a region longer than a clip has several files"
    again = trained("clips", "cut", *ids, *to, "--overwrite", "--json").json["files"]
    assert sorted((one["path"], one["start"], one["duration"]) for one in again) == [
        (one["path"], one["start"], one["duration"]) for one in files
    ]


def test_a_new_scan_knows_what_was_exported(trained: Cli, scanned: Document, street: Path, tmp_path: Path) -> None:
    at = ["--to", tmp_path / "out", "--folder", "found", "--format", "wav", "--json"]
    assert len(trained("regions", "cut", scanned["id"], *at).json["files"]) == 3
    (later,) = trained("scan", street, "--model", "LOGMEL", "--rescan", "--json").json["scans"]
    assert later["id"] != scanned["id"]
    assert trained("regions", "cut", later["id"], *at).json["skipped"] == 3


def test_a_dry_run_counts_and_leaves_no_trace(trained: Cli, scanned: Document, tmp_path: Path) -> None:
    chosen = scanned["regions"][1]
    trained("regions", "disable", chosen["id"])
    at = ["regions", "cut", scanned["id"], "--to", tmp_path / "out", "--folder", "found", "--dry-run"]
    assert trained(*at).out == "street 'x'.mp4: 2 regions → 2 files\n"
    # A region that is named counts, also when it is disabled.
    short = trained(*at[:3], chosen["id"], *at[3:], "--duration", "2", "--spread", "1", "--json").json
    (clip,) = short["scans"][0]["planned"]
    assert clip["regions"] == [chosen["id"]]
    assert clip["start"] == chosen["start"]
    length = chosen["end"] - chosen["start"]
    assert short["planned"] == len(clip["files"]) >= length - 2
    assert clip["files"][1]["start"] == pytest.approx(chosen["start"] + 1)
    fused = trained(*at, "--fuse-gap", "60", "--json").json
    assert (fused["scans"][0]["clips"], fused["scans"][0]["regions"]) == (1, 2)
    none = trained(*at, "--min-duration", "30")
    assert none.out == "street 'x'.mp4: 0 regions → 0 files, 2 too short\n"
    assert not (tmp_path / "out").exists()
    assert {c["origin"] for c in trained("clips", "list", "--json").json["clips"]} == {"marked"}


def test_the_newest_scans_of_many_files(trained: Cli, scanned: Document, street: Path, tmp_path: Path) -> None:
    at = ["--to", tmp_path / "{folder}", "--folder", "found", "--format", "wav"]
    told = trained("regions", "cut", "--latest", "LOGMEL", street.parent, tmp_path, *at, "--json").json
    assert [scan["scan"] for scan in told["scans"]] == [scanned["id"]]
    assert len(told["files"]) == 3
    assert (tmp_path / "found" / "vid_001").is_dir()
    # Files in folders may be anything, those that are named may not.
    other = recording(tmp_path / "other.wav", [], duration=10.0)
    again = trained("regions", "cut", "--latest", "LOGMEL", tmp_path, street, *at)
    assert again.code == 0
    assert "not scanned with LOGMEL" in again.err
    lost = trained("regions", "cut", "--latest", "LOGMEL", other, street, *at)
    lost.failed_with("other.wav", "8cut scan")


def test_a_source_that_is_gone_is_named(trained: Cli, tmp_path: Path) -> None:
    file = recording(tmp_path / "gone.wav", [10.0], duration=30.0, seed=3)
    (scan,) = trained("scan", file, "--model", "LOGMEL", "--json").json["scans"]
    file.unlink()
    at = ["regions", "cut", scan["id"], "--to", tmp_path / "out", "--folder", "found"]
    told = trained(*at)
    told.failed_with("gone.wav", "not where it was")
    assert trained(*at, "--json").code == 1
    assert not (tmp_path / "out").exists()


def test_media_shorter_than_a_clip_are_named(trained: Cli, scanned: Document, tmp_path: Path) -> None:
    at = ["regions", "cut", scanned["id"], "--to", tmp_path / "out", "--folder", "found", "--duration", "100"]
    trained(*at).failed_with("street 'x'.mp4", "shorter")
    trained(*at, "--dry-run").failed_with("street 'x'.mp4", "shorter")


@pytest.mark.parametrize(
    "case",
    [
        (["{scan}", "999999999"], 1, "999999999"),
        (["999999999"], 1, "999999999"),
        (["soon"], 2, "soon"),
        (["{scan}", "--spread", "0.01"], 2, "0.1"),
        (["{scan}", "--duration", "4000"], 2, "3600"),
        (["--latest", "LOGMEL", "none.wav"], 1, "none.wav"),
    ],
)
def test_wrong_words_are_refused(
    trained: Cli, scanned: Document, tmp_path: Path, case: tuple[list[str], int, str]
) -> None:
    words, code, told = case
    given = [word.format(scan=scanned["id"]) for word in words]
    done = trained("regions", "cut", *given, "--to", tmp_path / "out", "--folder", "found")
    assert done.code == code, done.err
    assert told in done.err
    assert "Traceback" not in done.err
    bad = trained("regions", "cut", scanned["id"], "--to", tmp_path / "out", "--folder", "a/b")
    bad.failed_with("a/b", code=2)
    assert not (tmp_path / "out").exists()


def test_a_region_may_have_the_number_of_its_scan(trained: Cli, scanned: Document, tmp_path: Path) -> None:
    at = ["--to", tmp_path / "out", "--folder", "found", "--dry-run", "--json"]
    told = trained("regions", "cut", scanned["id"], scanned["id"], *at)
    if scanned["id"] in [region["id"] for region in scanned["regions"]]:
        assert told.json["scans"][0]["planned"][0]["regions"] == [scanned["id"]]
    else:
        told.failed_with("no region")


@pytest.mark.slow
def test_a_killed_export_goes_on_where_it_stopped(
    trained: Cli, served: Path, scanned: Document, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    to = tmp_path / "out"
    at = ["regions", "cut", scanned["id"], "--to", str(to), "--folder", "found", "--duration", "1", "--spread", "0.2"]
    whole = ["--data-dir", str(served), "--profile", request.node.nodeid[-90:], "--workers", "1"]
    planned = trained(*at, "--dry-run", "--json").json["planned"]
    assert planned > 10
    with subprocess.Popen(
        [sys.executable, "-m", "eightcut_cli", *at, *whole],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=dict(os.environ),
    ) as process:
        deadline = time.monotonic() + 60
        while process.poll() is None and not list(to.rglob("[!.]*.mp4")) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
    visible = {path for path in to.rglob("*.mp4") if not path.name.startswith(".")}
    assert visible, "nothing was cut in a minute"
    assert trained(*at).code == 0
    files = trained("clips", "files", "--json").json["files"]
    assert len(files) == planned
    assert all(file["present"] for file in files)
    here = sorted(path for path in to.rglob("*") if path.is_file() and path.name != "dataset.json")
    assert here == sorted(Path(file["file"]) for file in files)
    entries = json.loads((to / "dataset.json").read_text())
    assert sorted(to / entry["path"] for entry in entries) == here
    clips = [c for c in trained("clips", "list", "--json").json["clips"] if c["origin"] == "scan_export"]
    assert len(clips) == len({(c["start"], c["duration"]) for c in clips}) == 3
    assert trained(*at, "--json").json["planned"] == 0

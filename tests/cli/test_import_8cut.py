"""`8cut import-8cut`: from the old library to clips that can be trained on."""

from __future__ import annotations

import json
import os
import shlex
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.ancestor.old_library import add, clip, make, region, state
from tests.cli.conftest import BEEPS, Cli, Finished, in_profile, recording, run_process
from tests.cli.test_questions import answer

Import = Callable[..., Finished]


@pytest.fixture
def profile(request: pytest.FixtureRequest) -> str:
    """A profile of the test's own, which the import makes."""
    name: str = request.node.nodeid[-90:]
    return name


@pytest.fixture
def cli(local: Cli, served: Path, profile: str) -> Cli:
    return in_profile(local, served, profile)


@pytest.fixture
def old_import(local: Cli, served: Path) -> Import:
    def run(*arguments: object) -> Finished:
        return local("--data-dir", served, "import-8cut", *arguments)

    return run


def library(path: Path, media: Path, profile: str, **more: Any) -> Path:
    """Clips of beeps, a scan of two ages, a hard negative and a hidden file."""
    mine = {"profile": profile, "source_path": str(media)}
    clips = [
        clip(media.name, beep - 1, folder="/clips/beep", number=number, index=index, clip_duration=4.0, label="high")
        | mine
        for number, beep in enumerate(BEEPS, start=1)
        for index in range(2)
    ]
    found = [
        region(media.name, 15.0, 17.0, profile=profile, scan_timestamp="20250102_030405"),
        region(
            media.name, 60.5, 62.0, profile=profile, scan_timestamp="20250102_030405", orig_start_time=60.0, disabled=1
        ),
        region(media.name, 15.5, 17.0, profile=profile),
    ]
    return make(
        path,
        processed=[*clips, *more.get("processed", ())],
        scan_results=found,
        hard_negatives=[{"filename": media.name, "start_time": 30.0, "source_model": "LOGMEL"} | mine],
        hidden_files=[{"filename": media.name, "profile": profile}],
    )


@pytest.fixture(scope="module")
def beeps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recording(tmp_path_factory.mktemp("old") / "beeps.wav", BEEPS, duration=120.0, seed=9)


def test_all_comes_along_and_only_once(old_import: Import, cli: Cli, beeps: Path, tmp_path: Path, profile: str) -> None:
    path = library(tmp_path / ".8cut.db", beeps, profile)
    before = state(path)
    dry = old_import(path, "--dry-run", "--json").json
    assert dry["dry_run"] is True
    assert dry["new_profiles"] == [profile]
    assert cli("clips", "list").code == 1  # Nothing was written: the profile is not there.
    done = old_import(path, "--yes", "--json").json
    assert [(one["table"], one["rows"], one["added"], one["equal"]) for one in done["tables"]] == [
        ("processed", 6, 6, True),
        ("scan_results", 3, 3, True),
        ("hard_negatives", 1, 1, True),
        ("hidden_files", 1, 1, True),
    ]
    assert all(one["sha256_old"] == one["sha256_new"] for one in done["tables"])
    assert (done["clips"], done["scans"]) == (3, 2)
    assert done["media"]["found"] == 1
    clips = cli("clips", "list", "--json").json["clips"]
    assert [(one["start"], one["duration"], one["folder"], one["label"]) for one in clips] == [
        (beep - 1, 4.0, "beep", "high") for beep in BEEPS
    ]
    again = old_import(path, "--yes", "--json").json
    assert [(one["added"], one["known"], one["equal"]) for one in again["tables"]] == [
        (0, one["rows"], True) for one in done["tables"]
    ]
    assert cli("clips", "list", "--json").json["clips"] == clips
    assert state(path) == before
    assert sorted(file.name for file in tmp_path.iterdir()) == [".8cut.db"]


def test_what_was_imported_works_like_anything_else(
    old_import: Import, cli: Cli, beeps: Path, tmp_path: Path, profile: str
) -> None:
    assert old_import(library(tmp_path / "8cut.db", beeps, profile), "--yes").code == 0
    scans = cli("scans", "list", beeps, "--json").json["scans"]
    assert [(scan["model"], scan["count"]) for scan in scans] == [("LOGMEL", 2)]
    assert "  imported  2 regions, best 0.75" in cli("scans", "list", beeps).out
    assert cli("scans", "show", scans[0]["id"]).out.startswith("beeps.wav  LOGMEL\n")
    regions = cli("scans", "show", scans[0]["id"], "--json").json["regions"]
    assert [(one["start"], one["end"], one["disabled"], one["original_start"]) for one in regions] == [
        (15.0, 17.0, False, 15.0),
        (60.5, 62.0, True, 60.0),
    ]
    negatives = cli("negatives", "list", "--json").json["negatives"]
    assert [(one["start"], one["source_model"]) for one in negatives] == [(30.0, "LOGMEL")]
    trained = cli("train", "--folder", "beep", "--model", "LOGMEL", "--margin", "5", "--json").json["classifier"]
    assert trained["examples"]["positive"] == 3
    new = cli("scan", beeps, "--model", "LOGMEL", "--json").json["scans"][0]
    versions = cli("scans", "list", beeps, "--json").json["scans"]
    # What is imported is older than all that was made here.
    assert [scan["id"] for scan in versions] == [new["id"], scans[0]["id"]]


def test_a_later_import_adds_what_is_new(
    old_import: Import, cli: Cli, beeps: Path, tmp_path: Path, profile: str
) -> None:
    path = library(tmp_path / "8cut.db", beeps, profile)
    old_import(path, "--yes")
    deleted = cli("clips", "list", "--json").json["clips"][0]["id"]
    assert cli("clips", "delete", deleted, "--keep-files").code == 0
    with closing(sqlite3.connect(path)) as connection, connection:
        add(connection, processed=[clip(beeps.name, 70.0, number=9, profile=profile, source_path=str(beeps))])
    processed = old_import(path, "--yes", "--json").json["tables"][0]
    # What was deleted here stays deleted.
    assert (processed["added"], processed["known"], processed["changed"], processed["equal"]) == (1, 4, 2, None)
    assert [one["start"] for one in cli("clips", "list", "--json").json["clips"]] == [59.0, 70.0, 94.0]
    assert "changed since: those rows stay as they are here; --restore brings back" in old_import(path, "--dry-run").out
    processed = old_import(path, "--yes", "--restore", "--json").json["tables"][0]
    assert (processed["added"], processed["known"], processed["equal"]) == (2, 5, True)
    assert [one["start"] for one in cli("clips", "list", "--json").json["clips"]] == [14.0, 59.0, 70.0, 94.0]


def test_the_report_for_a_person(old_import: Import, beeps: Path, tmp_path: Path, profile: str) -> None:
    folder = tmp_path / "clips" / "beep"
    rows = [
        clip("gone.mp4", 1.0, folder=str(folder), profile=profile, source_path="/usb/gone.mp4"),
        clip("gone.mp4", 1.0, folder=str(folder), index=1, profile=profile, source_path="/usb/gone.mp4"),
    ]
    (folder / "vid_001").mkdir(parents=True)
    (folder / "vid_001/gone_001_m1_0.mp4").touch()
    (tmp_path / "models").mkdir()
    (tmp_path / "models/LOGMEL_beep.joblib").symlink_to("/dev/zero")
    path = library(tmp_path / "8cut.db", beeps, profile, processed=rows)
    shown = old_import(path, "--dry-run")
    assert shown.code == 0
    assert "media: 1 of 2 found" in shown.out
    assert "left out of training until “8cut media locate FOLDER” finds them: /usb/gone.mp4" in shown.out
    assert "1 are where the old program put them, 7 are not" in shown.out
    assert (
        f"  LOGMEL_beep.joblib: 8cut train --folder beep --model LOGMEL_beep --profile {shlex.quote(profile)}"
        in shown.out
    )
    done = old_import(path, "--yes").out
    assert "imported 4 clips with 8 files, 2 scans with 3 regions, 1 hard negative, 1 hidden file" in done
    assert done.count("equal") == 4


def test_damaged_rows_stop_it_unless_they_may_be_left_out(
    old_import: Import, cli: Cli, beeps: Path, tmp_path: Path, profile: str
) -> None:
    bad = [clip(beeps.name, -5.0, number=50, profile=profile), clip("", 5.0, number=51, profile=profile)]
    path = library(tmp_path / "8cut.db", beeps, profile, processed=bad)
    old_import(path, "--yes").failed_with("row 7 of processed (start_time is negative), and 1 more", "--skip-damaged")
    assert cli("clips", "list").code == 1
    told = old_import(path, "--dry-run", "--json")
    assert told.err.endswith("rows that cannot be understood stop an import: --skip-damaged leaves them out.\n")
    assert told.json["damaged"] == [
        {"table": "processed", "row": 7, "why": "start_time is negative"},
        {"table": "processed", "row": 8, "why": "filename is empty"},
    ]
    done = old_import(path, "--yes", "--skip-damaged", "--json").json
    assert (done["tables"][0]["rows"], done["tables"][0]["damaged"], done["tables"][0]["added"]) == (8, 2, 6)
    # There is nothing to say --yes to.
    assert old_import(path, "--skip-damaged").err == ""


def test_media_that_moved_are_found_in_a_folder(
    old_import: Import, cli: Cli, beeps: Path, tmp_path: Path, profile: str
) -> None:
    path = library(tmp_path / "8cut.db", Path("/usb/beeps.wav"), profile)
    assert old_import(path, "--dry-run", "--without-media", "--media", beeps.parent).code == 2
    assert old_import(path, "--dry-run", "--json").json["media"]["not_found"] == [
        {"filename": "beeps.wav", "path": "/usb/beeps.wav"}
    ]
    assert old_import(path, "--yes", "--without-media", "--json").json["media"]["found"] == 0
    # The next import finds it: what was known by name only is joined with it.
    done = old_import(path, "--yes", "--media", beeps.parent, "--json").json
    assert (done["media"]["found"], done["media"]["located"]) == (1, 1)
    assert [(one["added"], one["equal"]) for one in done["tables"]] == [(0, True)] * 4
    assert len(cli("clips", "list", beeps, "--json").json["clips"]) == 3


def test_where_nobody_can_be_asked_only_the_report_comes(
    old_import: Import, cli: Cli, beeps: Path, tmp_path: Path, profile: str
) -> None:
    path = library(tmp_path / "8cut.db", beeps, profile)
    told = old_import(path)
    assert told.code == 0
    assert told.out == old_import(path, "--dry-run").out
    assert "nothing was imported: say --yes" in told.err
    assert cli("clips", "list").code == 1, "the profile was not made"
    old_import(path, "--dry-run", "--timezone", "Middle/Earth").failed_with("no time zone 'Middle/Earth'")
    old_import(path, "--dry-run", "--media", tmp_path / "none").failed_with("there is no folder", code=2)


def test_the_default_is_the_library_in_the_home_folder(old_import: Import, beeps: Path, profile: str) -> None:
    home = Path(os.environ["HOME"])
    old_import("--dry-run").failed_with(f"There is no file {home / '.8cut.db'}.")
    library(home / ".8cut.db", beeps, profile)
    assert old_import("--dry-run", "--json").json["database"] == str(home / ".8cut.db")


@pytest.mark.parametrize(("content", "sentence"), [(b"", "is empty"), (b"x" * 5000, "is no SQLite database")])
def test_other_files_are_named(old_import: Import, tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "8cut.db"
    path.write_bytes(content)
    old_import(path, "--yes").failed_with("8cut.db", sentence)


@pytest.mark.slow
def test_the_real_command_with_services_of_its_own(beeps: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    path = library(tmp_path / "8cut.db", beeps, "default")
    damaged = tmp_path / "damaged.db"
    damaged.write_bytes(path.read_bytes()[:3000])
    run_process(["import-8cut", damaged, "--yes", "--data-dir", data], HOME=str(tmp_path)).failed_with(
        "damaged.db is damaged"
    )
    done = run_process(["import-8cut", path, "--yes", "--data-dir", data, "--json"], HOME=str(tmp_path))
    assert done.err == ""
    assert all(one["equal"] for one in json.loads(done.out)["tables"])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo terminals")
def test_a_person_is_asked(served: Path, cli: Cli, beeps: Path, tmp_path: Path, profile: str) -> None:
    path = library(tmp_path / "8cut.db", beeps, profile)
    code, error = answer(b"n\n", "import-8cut", path, "--data-dir", served)
    assert code == 1
    assert "Import 11 rows into the Store?" in error
    assert error.endswith("8cut: nothing was imported.\n")
    assert cli("clips", "list").code == 1
    assert answer(b"y\n", "import-8cut", path, "--data-dir", served)[0] == 0
    assert len(cli("clips", "list", "--json").json["clips"]) == 3
    # There is nothing to ask about what is there already.
    assert answer(b"", "import-8cut", path, "--data-dir", served)[0] == 0
    assert "imported nothing: no row is new" in cli("import-8cut", path, "--yes").out

"""`8cut media`: what is known, and finding what was imported by name."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.ancestor.old_library import clip, make, region
from tests.cli.conftest import BEEPS, Cli, in_profile, recording


@pytest.fixture
def profile(request: pytest.FixtureRequest) -> str:
    name: str = request.node.nodeid[-90:]
    return name


@pytest.fixture
def cli(local: Cli, served: Path, profile: str) -> Cli:
    return in_profile(local, served, profile)


@pytest.fixture(scope="module")
def beeps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recording(tmp_path_factory.mktemp("located") / "beeps.wav", BEEPS, duration=100.0, seed=11)


def imported(cli: Cli, tmp_path: Path, profile: str, filename: str, **more: Any) -> None:
    """Imports three clips and a scan of a file that is nowhere."""
    rows = [
        clip(filename, beep - 1, folder="/clips/beep", number=number, profile=profile, clip_duration=4.0, **more)
        for number, beep in enumerate(BEEPS, start=1)
    ]
    found = [region(filename, 15.0, 17.0, profile=profile, scan_timestamp="20250102_030405")]
    path = make(tmp_path / "8cut.db", processed=rows, scan_results=found)
    assert cli("import-8cut", path, "--yes").code == 0


def unlocated(cli: Cli) -> list[str]:
    return [media["filename"] for media in cli("media", "list", "--unlocated", "--json").json["media"]]


def test_media_are_listed(cli: Cli, beeps: Path, tmp_path: Path, profile: str) -> None:
    imported(cli, tmp_path, profile, "listed.wav", source_path="/usb/listed.wav")
    assert "listed.wav" in unlocated(cli)
    (one,) = cli("media", "list", "--json").json["media"]
    assert (one["filename"], one["path"], one["unlocated"]) == ("listed.wav", "/usb/listed.wav", True)
    assert "not found" in cli("media", "list").out
    cli("clips", "add", beeps, "--start", "1", "--folder", "beep")
    assert [media["unlocated"] for media in cli("media", "list", "--json").json["media"]] == [True, False]


def test_located_media_have_all_that_was_known_of_them(cli: Cli, beeps: Path, tmp_path: Path, profile: str) -> None:
    imported(cli, tmp_path, profile, "named.wav", source_path="/usb/named.wav")
    folder = tmp_path / "videos" / "deep"
    folder.mkdir(parents=True)
    file = Path(shutil.copy(beeps, folder / "named.wav"))
    done = cli("media", "locate", tmp_path / "videos", "--json").json
    assert [(one["filename"], one["file"], one["moved"] > 0) for one in done["located"]] == [
        ("named.wav", str(file), True)
    ]
    assert "named.wav" not in unlocated(cli)
    assert len(cli("clips", "list", file, "--json").json["clips"]) == 3
    assert [scan["count"] for scan in cli("scans", "list", file, "--json").json["scans"]] == [1]
    assert cli("train", "--folder", "beep", "--model", "LOGMEL", "--margin", "5").code == 0
    assert cli("scan", file, "--model", "LOGMEL").code == 0
    assert "named.wav" not in cli("media", "locate", tmp_path / "videos").out


def test_a_file_that_was_renamed_is_named(cli: Cli, beeps: Path, tmp_path: Path, profile: str) -> None:
    imported(cli, tmp_path, profile, "a=b.wav")
    file = Path(shutil.copy(beeps, tmp_path / "c=d.wav"))
    cli("media", "locate", "--file", "nothing").failed_with("NAME=FILE", code=2)
    cli("media", "locate").failed_with("say where to look", code=2)
    cli("media", "locate", "--file", f"x.wav={file}").failed_with("No file is looked for as x.wav")
    cli("media", "locate", "--file", f"a=b.wav={tmp_path / 'none.wav'}").failed_with("There is no file")
    done = cli("media", "locate", "--file", f"a=b.wav={file}", "--json").json
    assert [one["filename"] for one in done["located"]] == ["a=b.wav"]
    assert len(cli("clips", "list", file, "--json").json["clips"]) == 3


def test_nobody_guesses_which_of_several_files_is_meant(cli: Cli, beeps: Path, tmp_path: Path, profile: str) -> None:
    imported(cli, tmp_path, profile, "twice.wav")
    for place in ("one", "two"):
        (tmp_path / place).mkdir()
    shutil.copy(beeps, tmp_path / "one" / "twice.wav")
    recording(tmp_path / "two" / "twice.wav", [5.0], duration=10.0)
    shown = cli("media", "locate", tmp_path / "one", tmp_path / "two")
    assert "twice.wav: several files have this name, say --file twice.wav=FILE" in shown.out
    assert "twice.wav" in unlocated(cli)
    assert cli("media", "locate", "--file", f"twice.wav={tmp_path / 'two' / 'twice.wav'}").code == 0
    assert "twice.wav" not in unlocated(cli)


def test_a_shorter_file_of_the_same_name_is_not_taken(cli: Cli, tmp_path: Path, profile: str) -> None:
    imported(cli, tmp_path, profile, "short.wav")
    file = recording(tmp_path / "short.wav", [1.0], duration=3.0)
    done = cli("media", "locate", tmp_path)
    assert done.code == 0
    assert f"The file short.wav in {tmp_path} was not taken: it is 3.0 s long" in done.err
    assert "short.wav" in unlocated(cli)
    # Who knows better says so.
    assert cli("media", "locate", "--file", f"short.wav={file}").code == 0
    assert "short.wav" not in unlocated(cli)


def test_what_is_no_media_is_said(cli: Cli, tmp_path: Path, profile: str) -> None:
    imported(cli, tmp_path, profile, "text.wav")
    (tmp_path / "text.wav").write_text("no sound at all")
    done = cli("media", "locate", tmp_path)
    assert done.code == 0
    assert "text.wav was found, but:" in done.err
    assert cli("media", "locate", "--file", f"text.wav={tmp_path / 'text.wav'}").code == 1
    assert "text.wav" in unlocated(cli)

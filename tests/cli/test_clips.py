"""`8cut clips` and `8cut folders`."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Cli

CLIP_FIELDS = {"id", "media", "filename", "start", "duration", "folder", "label"}


def test_a_clip_is_marked_and_listed(cli: Cli, sound: Path) -> None:
    clip = cli("clips", "add", sound, "--start", "20.0625", "--folder", "beep", "--label", "high", "--json").json[
        "clip"
    ]
    assert clip.keys() >= CLIP_FIELDS
    assert clip["media"] == hashlib.sha256(sound.read_bytes()).hexdigest()
    assert clip["filename"] == "sound.wav"
    assert (clip["start"], clip["duration"]) == (20.0625, 8.0)
    assert (clip["folder"], clip["label"]) == ("beep", "high")
    assert cli("clips", "list", "--json").json == {"clips": [clip]}
    assert cli("--json", "clips", "list", sound, "--folder", "beep").json == {"clips": [clip]}
    assert cli("--json", "clips", "list", "--folder", "other").json == {"clips": []}
    assert "0:20.1" in cli("clips", "list").out


def test_the_same_clip_again_is_the_clip_that_is_there(cli: Cli, sound: Path, tmp_path: Path) -> None:
    first = cli("clips", "add", sound, "--start", "0:03", "--folder", "beep", "--json").json
    copy = shutil.copy(sound, tmp_path / "copy.wav")
    again = cli("clips", "add", copy, "--start", "3.0", "--folder", "beep", "--json").json
    assert again["clip"]["id"] == first["clip"]["id"]
    assert (first["created"], again["created"]) == (True, False)
    assert len(cli("clips", "list", "--json").json["clips"]) == 1


def test_a_label_that_is_no_text_is_refused(cli: Cli, sound: Path) -> None:
    cli("clips", "add", sound, "--start", "1", "--folder", "beep", "--label", "caf\udce9").failed_with("UTF-8")


def test_clips_are_deleted_all_or_none(cli: Cli, sound: Path) -> None:
    ids = [
        cli("clips", "add", sound, "--start", start, "--folder", "beep", "--json").json["clip"]["id"]
        for start in (1, 2, 3)
    ]
    cli("clips", "delete", ids[0], "999999999").failed_with("999999999")
    assert len(cli("clips", "list", "--json").json["clips"]) == 3
    assert cli("clips", "delete", ids[0], ids[2], ids[0], "--json").json == {"deleted": 2}
    assert [clip["id"] for clip in cli("clips", "list", "--json").json["clips"]] == [ids[1]]


def test_folders_are_counted(cli: Cli, sound: Path) -> None:
    for start, folder in ((1, "beep"), (2, "beep"), (3, "hum_disabled")):
        cli("clips", "add", sound, "--start", start, "--folder", folder)
    folders = cli("folders", "--json").json["folders"]
    assert [(f["name"], f["clips"], f["media"], f["disabled"]) for f in folders] == [
        ("beep", 2, 1, False),
        ("hum_disabled", 1, 1, True),
    ]
    assert "takes no part" in cli("folders").out


def test_a_csv_is_imported(cli: Cli, sound: Path, tmp_path: Path) -> None:
    shutil.copy(sound, tmp_path / "sound.wav")
    table = tmp_path / "marks.csv"
    table.write_text("file,start,duration,folder,label\nsound.wav,1.5,8,beep,high\n\nsound.wav,0:10,4.25,hum,\n")
    assert cli("clips", "import", table, "--json").json == {"added": 2, "skipped": 0}
    assert cli("clips", "import", table, "--json").json == {"added": 0, "skipped": 2}
    clips = cli("clips", "list", "--json").json["clips"]
    assert [(c["start"], c["duration"], c["folder"], c["label"]) for c in clips] == [
        (1.5, 8.0, "beep", "high"),
        (10.0, 4.25, "hum", ""),
    ]


def test_categories_are_kept_and_imported(cli: Cli, sound: Path, tmp_path: Path) -> None:
    added = cli("clips", "add", sound, "--start", "1", "--folder", "beep", "--category", "Animal", "--json").json
    assert added["clip"]["category"] == "Animal"
    table = tmp_path / "marks.csv"
    table.write_text(f"category,file,start,folder\nHousehold,{sound},2,beep\n,{sound},3,beep\n")
    assert cli("clips", "import", table, "--json").json == {"added": 2, "skipped": 0}
    clips = cli("clips", "list", "--json").json["clips"]
    assert [clip["category"] for clip in clips] == ["Animal", "Household", ""]
    lines = cli("clips", "list").out.splitlines()
    assert lines[0].split() == ["id", "file", "start", "length", "folder", "label", "category"]
    assert lines[-2].split()[-1] == "Household"


def test_a_csv_of_a_european_spreadsheet_is_imported(
    cli: Cli, sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(sound.parent)
    table = tmp_path / "marks.csv"
    table.write_bytes("\ufeffFile;Start\r\nsound.wav;2,5\r\n".encode())
    assert cli("clips", "import", table, "--folder", "beep", "--json").json == {"added": 1, "skipped": 0}
    clip = cli("clips", "list", "--json").json["clips"][0]
    assert (clip["start"], clip["duration"], clip["folder"]) == (2.5, 8.0, "beep")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["line 1", "file"]),
        ("file,duration\nsound.wav,8\n", ["line 1", "start"]),
        ("file,start,start\nsound.wav,8,8\n", ["line 1", "twice"]),
        ("file,start,folder\nsound.wav,1,a\nsound.wav,soon,a\n", ["line 3", "column start", "soon"]),
        ("file,start,folder\nsound.wav,1,a\nsound.wav,-1,a\n", ["line 3", "column start"]),
        ("file,start,folder\nsound.wav,1,a\nsound.wav,nan,a\n", ["line 3", "column start"]),
        ("file,start,folder\nsound.wav,1,a\nsound.wav,60.5,a\n", ["line 3", "column start", "beyond the end"]),
        ("file,start,folder\nsound.wav,1,a\nnowhere.wav,1,a\n", ["line 3", "column file", "nowhere.wav"]),
        ("file,start,folder\nsound.wav,1,a\nmarks.csv,1,a\n", ["line 3", "column file", "marks.csv"]),
        ("file,start,folder\nsound.wav,1,a\n,1,a\n", ["line 3", "column file"]),
        ("file,start,folder\nsound.wav,1,a\nsound.wav,1,\n", ["line 3", "column folder"]),
        ("file,start,duration,folder\nsound.wav,1,8,a\nsound.wav,1,0,a\n", ["line 3", "column duration"]),
        ("file,start,folder\nsound.wav,1,a\nsound.wav,1,a,b,c\n", ["line 3", "5 fields"]),
        ('file,start,folder\n"sound.wav,1,a\n', ["marks.csv"]),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_written(
    cli: Cli, sound: Path, tmp_path: Path, text: str, words: list[str]
) -> None:
    shutil.copy(sound, tmp_path / "sound.wav")
    table = tmp_path / "marks.csv"
    table.write_text(text)
    cli("clips", "import", table).failed_with(*words)
    assert cli("clips", "list", "--json").json == {"clips": []}


def test_a_csv_that_is_no_text_is_refused(cli: Cli, tmp_path: Path) -> None:
    table = tmp_path / "marks.csv"
    table.write_bytes(b"file,start\n\xff\x00\xfa,1\n")
    cli("clips", "import", table).failed_with("marks.csv", "no text file")
    cli("clips", "import", tmp_path / "none.csv").failed_with("none.csv")

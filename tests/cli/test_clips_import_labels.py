"""`8cut clips import` of labels of other programs, and `8cut clips export`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from eightcut_client.formats import FORMATS, Entry, RegionList, write

from tests.cli.conftest import Cli

LABELS = "1.5\t3.25\tknock\n\\\t100\t2000\n10.0\t10.0\tdoor/left\n"
SPANS = [Entry("1", 1.52, 3.24, label="knock"), Entry("2", 10.0, 14.0, label="tür: “a, b”")]


def clips_of(cli: Cli) -> list[tuple[float, float, str, str]]:
    found = cli("clips", "list", "--json").json["clips"]
    return [(clip["start"], clip["duration"], clip["folder"], clip["label"]) for clip in found]


def test_labels_become_clips_in_folders_of_their_text(cli: Cli, sound: Path, tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_text(LABELS)
    assert cli("clips", "import", file, "--media", sound, "--json").json == {"added": 2, "skipped": 0}
    assert clips_of(cli) == [(1.5, 1.75, "knock", ""), (10.0, 8.0, "door_left", "door/left")]
    assert cli("clips", "import", file, "--media", sound, "--json").json == {"added": 0, "skipped": 2}


def test_a_folder_and_a_length_of_points_can_be_named(cli: Cli, sound: Path, tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_text(LABELS)
    cli("clips", "import", file, "--media", sound, "--folder", "all", "--duration", "2.5")
    assert clips_of(cli) == [(1.5, 1.75, "all", "knock"), (10.0, 2.5, "all", "door/left")]


def test_a_dry_run_says_what_would_come(cli: Cli, sound: Path, tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_text(LABELS)
    told = cli("clips", "import", file, "--media", sound, "--dry-run")
    assert told.out == "2 clips would be marked: 1 in door_left, 1 in knock\n"
    document = cli("clips", "import", file, "--media", sound, "--dry-run", "--json").json
    assert document == {"rows": 2, "folders": {"knock": 1, "door_left": 1}}
    assert clips_of(cli) == []


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_recognised(cli: Cli, sound: Path, tmp_path: Path, name: str) -> None:
    file = tmp_path / "labels"
    file.write_text(write(RegionList(sound.name, "LOGMEL", SPANS), name), encoding="utf-8")
    told = cli("clips", "import", file, "--media", sound, "--folder", "beep", "--json")
    assert told.json == {"added": 2, "skipped": 0}
    assert told.err == ""
    found = clips_of(cli)
    assert [clip[0] for clip in found] == [1.52, 10.0]
    assert [clip[1] for clip in found] == [1.72, 4.0]
    # Tables of regions name the model: the plain table of clips has no column for it.
    named = {"csv": ["", ""], "json": ["LOGMEL", "LOGMEL"]}.get(name, ["knock", "tür: “a, b”"])
    assert [clip[3] for clip in found] == named


def test_regions_that_were_exported_come_back_without_the_disabled_ones(cli: Cli, sound: Path, tmp_path: Path) -> None:
    regions = [Entry("1", 1.0, 2.0, 0.9), Entry("2", 3.0, 4.5, 0.8, disabled=True), Entry("3", 20.0, 22.5, 0.7)]
    for name in ("csv", "json"):
        file = tmp_path / f"regions.{name}"
        file.write_text(write(RegionList(str(sound), "LOGMEL", regions), name))
        told = cli("clips", "import", file, "--folder", f"beep {name}")
        assert told.out == "added 2 clips\n"
        assert told.err == "8cut: 1 disabled region was left out.\n"
    assert [(clip[0], clip[1]) for clip in clips_of(cli)][::2] == [(1.0, 1.0), (20.0, 2.5)]


def test_clips_go_out_and_come_back_whole(cli: Cli, served: Path, local: Cli, sound: Path, tmp_path: Path) -> None:
    cli("clips", "add", sound, "--start", 1.5, "--folder", "knock", "--label", 'say "a,\nb"', "--category", "Household")
    cli("clips", "add", sound, "--start", 20, "--duration", 2, "--folder", "beep")
    table = tmp_path / "found.csv"
    table.write_text(f"file,start,folder,origin\n{sound},30,beep,scan_export\n")
    cli("clips", "import", table)
    before = clips_of(cli)
    for name in ("csv", "json"):
        file = tmp_path / f"clips.{name}"
        told = cli("clips", "export", "--format", name, "--output", file)
        assert told.out == f"wrote 3 clips to {file}\n"
        profile = f"{name}-{tmp_path.name}"
        local("profiles", "create", profile, "--data-dir", served)
        at = ["--data-dir", served, "--profile", profile, "--json"]
        assert local("clips", "import", file, *at).json == {"added": 3, "skipped": 0}
        after = local("clips", "list", *at).json["clips"]
        assert [(c["start"], c["duration"], c["folder"], c["label"]) for c in after] == before
        assert [c["category"] for c in after] == ["Household", "", ""]
        # A training leaves out what nobody has listened to, here as there.
        assert [c["origin"] for c in after] == ["marked", "marked", "scan_export"]


def test_clips_are_handed_on_as_labels(cli: Cli, sound: Path, tmp_path: Path) -> None:
    cli("clips", "add", sound, "--start", 1.5, "--folder", "knock", "--label", "three knocks")
    cli("clips", "add", sound, "--start", 20, "--folder", "beep", "--duration", 2)
    assert cli("clips", "export", "--format", "audacity").out == (
        "1.500000\t9.500000\tthree knocks\n20.000000\t22.000000\tbeep\n"
    )
    assert cli("clips", "export", sound, "--folder", "beep", "--format", "srt").out == (
        "1\n00:00:20,000 --> 00:00:22,000\nbeep\n\n"
    )
    document = cli("clips", "export", "--format", "edl", "--fps", "29.97df", "--json").json
    assert document["format"] == "edl"
    assert "00:00:19;29 00:00:21;29" in document["text"]
    assert len(cli("clips", "export", "--json").json["clips"]) == 2
    cli("clips", "export", "--format", "edl", "--fps", "26").failed_with("26", "29.97df")
    other = shutil.copy(sound, tmp_path / "other.wav")
    with other.open("ab") as file:
        file.write(b"\0")
    cli("clips", "add", other, "--start", 1, "--folder", "knock")
    cli("clips", "export", "--format", "audacity").failed_with("2 files", "csv")


def test_labels_that_name_their_file_need_no_media(cli: Cli, sound: Path, tmp_path: Path) -> None:
    shutil.copy(sound, tmp_path / "sound.wav")
    file = tmp_path / "table.txt"
    file.write_text(
        "Begin Time (s)\tEnd Time (s)\tBegin File\tAnnotation\n1\t2\tsound.wav\towl\n3\t4\tother.wav\tjay\n"
    )
    cli("clips", "import", file).failed_with("table.txt line 3", "other.wav")
    assert clips_of(cli) == []
    told = cli("clips", "import", file, "--media", sound)
    assert (told.out, told.err) == ("added 1 clip\n", "8cut: 1 label of other files was left out.\n")
    cli("clips", "import", file, "--media", shutil.copy(sound, tmp_path / "third.wav")).failed_with(
        "2 files", "--media"
    )
    file.write_text(
        "Begin Time (s)\tEnd Time (s)\tBegin Path\tAnnotation\n5\t6\tC:\\a\\sound.wav\tx\n7\t8\tC:\\b.wav\ty\n"
    )
    assert cli("clips", "import", file, "--media", tmp_path / "sound.wav", "--dry-run").out.endswith(": 1 in x\n")


def test_latin_1_is_read_and_said(cli: Cli, sound: Path, tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_bytes("1\t2\tTür\n".encode("latin-1"))
    assert "Latin-1" in cli("clips", "import", file, "--media", sound).err
    assert clips_of(cli) == [(1.0, 1.0, "Tür", "")]
    table = tmp_path / "spreadsheet.csv"
    table.write_bytes(f"file;start;folder\r\n{sound};2,5;Fuß\r\n".encode("latin-1"))
    assert "Latin-1" in cli("clips", "import", table).err
    assert clips_of(cli)[1] == (2.5, 8.0, "Fuß", "")


@pytest.mark.parametrize(
    "case",
    [
        (LABELS, [], ["labels.txt line 1", "--media"]),
        ("start,end,label\n1,2,a\n", [], ["labels.txt line 1", "“file”", "--media"]),
        ("1\t2\ta\n75.5\t80\tb\n", ["--media", "sound"], ["labels.txt line 2", "beyond the end"]),
        ("1\t2\ta\n3\t4\t\n", ["--media", "sound"], ["labels.txt line 2", "--folder"]),
        ("1\t2\ta\nx\t4\tb\n", ["--media", "sound"], ["labels.txt line 2", "“x”"]),
        ("1\t2\ta\n3\t9999\tb\n", ["--media", "sound"], ["labels.txt line 2", "an hour"]),
        ("1\t2\t" + "a" * 1001 + "\n", ["--media", "sound", "--folder", "f"], ["labels.txt line 1", "1,000"]),
        ("1\t2\ta\n", ["--media", "none.wav"], ["none.wav"]),
        ("1\t2\ta\n", ["--media", "sound", "--format", "srt"], ["labels.txt line 1", "times"]),
        ('[{"start": 1, "end": 2, "label": "\\ud800"}]', ["--media", "sound", "--folder", "f"], ["label 1"]),
        ("[{}]", ["--media", "sound"], ["labels.txt label 1", "start"]),
    ],
)
def test_a_wrong_label_is_named_and_nothing_is_written(
    cli: Cli, sound: Path, tmp_path: Path, case: tuple[str, list[str], list[str]]
) -> None:
    text, options, words = case
    file = tmp_path / "labels.txt"
    file.write_text(text)
    cli("clips", "import", file, *(str(sound) if one == "sound" else one for one in options)).failed_with(*words)
    assert clips_of(cli) == []


def test_wrong_options_are_refused(cli: Cli, sound: Path, tmp_path: Path) -> None:
    file = tmp_path / "labels.txt"
    file.write_text(LABELS)
    at = ["clips", "import", file, "--media", sound]
    cli(*at, "--duration", "0").failed_with("--duration", code=2)
    cli(*at, "--folder", "a/b").failed_with("a/b", code=2)
    assert cli(*at, "--format", "midi").code == 2


def test_an_output_that_cannot_be_written_leaves_what_was_there(cli: Cli, sound: Path, tmp_path: Path) -> None:
    cli("clips", "add", sound, "--start", 1, "--folder", "knock")
    cli("clips", "export", "--output", tmp_path / "none" / "clips.csv").failed_with("none/clips.csv cannot")
    cli("clips", "export", "--output", "/dev/full").failed_with("/dev/full cannot be written", "space")
    target = tmp_path / "clips.csv"
    target.write_text("old")
    link = tmp_path / "link.csv"
    link.symlink_to(target)
    assert cli("clips", "export", "--output", link).code == 0
    assert link.is_symlink()
    assert target.read_text().startswith("file,start,duration")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clips.csv", "link.csv"]


def test_json_of_the_list_command_is_read_too(cli: Cli, sound: Path, tmp_path: Path) -> None:
    cli("clips", "add", sound, "--start", 1.5, "--folder", "knock")
    file = tmp_path / "clips.json"
    file.write_text(json.dumps(cli("clips", "list", "--json").json))
    assert cli("clips", "import", file, "--media", sound, "--json").json == {"added": 0, "skipped": 1}

"""The whole loop: mark, train, scan, correct, train, scan, compare."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import BEEPS, Cli, Document, recording, run_process

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


def train(cli: Cli, *options: object) -> Document:
    arguments = ["--folder", "beep", "--model", "LOGMEL", "--margin", "5", *options]
    classifier: Document = cli("train", *arguments, "--json").json["classifier"]
    return classifier


def covers(regions: list[Document], time: float) -> bool:
    return any(region["start"] <= time + 2 and region["end"] >= time for region in regions)


def test_training_tells_what_it_was_made_from(trained: Cli) -> None:
    listed = trained("classifiers", "list", "--json").json["classifiers"]
    assert [(c["model"], c["version"], c["active"]) for c in listed] == [("LOGMEL", 1, True)]
    classifier = train(trained)
    assert classifier.keys() >= {"id", "model", "version", "threshold", "metrics", "examples"}
    assert (classifier["model"], classifier["version"], classifier["active"]) == ("LOGMEL", 2, True)
    assert 0 < classifier["threshold"] < 1
    assert classifier["examples"].keys() >= {"positive", "negative", "hard_negative", "auto_negative"}
    assert classifier["examples"]["positive"] == 3
    assert classifier["examples"]["auto_negative"] > 0
    assert classifier["metrics"]["notes"], "with 3 clips in one file nothing honest can be said without a note"
    named = train(trained, "--name", "door")
    assert (named["model"], named["version"]) == ("LOGMEL_door", 1)
    again = trained("train", "--folder", "beep", "--model", "LOGMEL_door", "--margin", "5")
    assert "LOGMEL_door v2" in again.out
    listed = trained("classifiers", "list", "--json").json["classifiers"]
    assert [(c["model"], c["version"], c["active"]) for c in listed] == [
        ("LOGMEL_door", 2, True),
        ("LOGMEL_door", 1, False),
        ("LOGMEL", 2, True),
        ("LOGMEL", 1, False),
    ]
    assert all(c.keys() >= {"id", "model", "version", "active", "create_time", "metrics"} for c in listed)
    back = trained("classifiers", "activate", named["id"], "--json").json
    assert (back["classifier"]["version"], back["classifier"]["active"]) == (1, True)
    assert trained("classifiers", "show", listed[0]["id"], "--json").json["classifier"]["active"] is False
    assert "LOGMEL_door v2" in trained("classifiers", "show", listed[0]["id"]).out
    assert trained("classifiers", "delete", listed[0]["id"], "--json").json == {"deleted": 1}


def test_a_scan_finds_what_is_there(trained: Cli, tmp_path: Path) -> None:
    file = recording(tmp_path / "scan.mp4", [30.0, 75.0], duration=100.0, seed=8, video=True)
    scans = trained("scan", file, "--model", "LOGMEL", "--scores", "--json").json["scans"]
    assert len(scans) == 1
    scan = scans[0]
    assert scan.keys() >= {"id", "file", "media", "model", "classifier", "create_time", "threshold", "regions"}
    assert scan["file"] == str(file)
    assert MOMENT.fullmatch(scan["create_time"])
    assert all(region.keys() >= {"id", "start", "end", "score", "disabled"} for region in scan["regions"])
    assert covers(scan["regions"], 30.0)
    assert covers(scan["regions"], 75.0)
    assert not covers(scan["regions"], 50.0)
    track = scan["window_scores"]
    assert (track["window"], track["hop"], len(track["scores"])) == (8.0, 1.0, 93)
    assert all(0 <= score <= 1 for score in track["scores"])
    assert max(track["scores"]) == pytest.approx(max(region["score"] for region in scan["regions"]), abs=1e-6)
    shown = trained("scans", "show", scan["id"], "--json").json
    assert (shown["id"], shown["regions"]) == (scan["id"], scan["regions"])
    assert "window_scores" not in shown
    picture = trained("scans", "show", scan["id"], "--plot").out
    assert "█" in picture
    assert "0:30" in picture or "0:2" in picture


def test_the_same_scan_is_not_made_twice_unless_asked_for(trained: Cli, tmp_path: Path) -> None:
    file = recording(tmp_path / "scan.wav", [30.0], seed=8)

    def scan(*options: object) -> Document:
        found: Document = trained("scan", file, "--model", "LOGMEL", *options, "--json").json["scans"][0]
        return found

    first, second = scan(), scan()
    assert (first["reused"], second["reused"]) == (False, True)
    assert second["id"] == first["id"]
    assert scan("--rescan")["id"] != first["id"]
    assert scan("--threshold", "0.999")["threshold"] == 0.999
    assert scan("--threshold", "0.999")["reused"] is True
    assert scan("--threshold", "0.999", "--bounds", "union")["reused"] is False
    train(trained)
    assert scan()["reused"] is False
    history = trained("scans", "list", file, "--json").json["scans"]
    assert len(history) == 5
    assert all(
        v.keys() >= {"id", "model", "classifier", "create_time", "count", "max_score", "pinned"} for v in history
    )
    times = [version["create_time"] for version in history]
    assert times == sorted(times, reverse=True)


def test_history_knows_a_file_that_is_gone(trained: Cli, tmp_path: Path) -> None:
    file = recording(tmp_path / "gone_later.wav", [30.0], seed=8)
    scan_id = trained("scan", file, "--model", "LOGMEL", "--json").json["scans"][0]["id"]
    file.unlink()
    assert [v["id"] for v in trained("scans", "list", "gone_later.wav", "--json").json["scans"]] == [scan_id]
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d  v1  \d+ region", trained("scans", "list", "gone_later.wav").out)
    trained("scans", "list", "never_there.wav").failed_with("never_there.wav")


def test_regions_are_judged_and_exported(trained: Cli, tmp_path: Path) -> None:
    file = recording(tmp_path / "scan.wav", [20.0, 60.0, 100.0], duration=130.0, seed=8)
    scan = trained("scan", file, "--model", "LOGMEL", "--json").json["scans"][0]
    ids = [region["id"] for region in scan["regions"]]
    assert len(ids) >= 2
    assert trained("regions", "disable", ids[0], ids[0], "--json").json["regions"][0]["disabled"] is True
    shown = trained("scans", "show", scan["id"], "--json").json["regions"]
    assert [region["disabled"] for region in shown] == [True] + [False] * (len(ids) - 1)
    assert len(trained("regions", "export", scan["id"], "--json").json["regions"]) == len(ids) - 1
    exported = trained("regions", "export", scan["id"], "--format", "audacity", "--all").out.splitlines()
    assert len(exported) == len(ids)
    target = tmp_path / "regions.txt"
    done = trained("regions", "export", scan["id"], "--format", "raven", "--output", target, "--json").json
    assert done["regions"] == len(ids) - 1
    assert target.read_text().startswith("Selection\t")
    assert trained("regions", "export", scan["id"], "--format", "csv", "--json").json["text"].startswith("file,")
    assert trained("regions", "enable", ids[0], "--json").json["regions"][0]["disabled"] is False
    resized = trained("regions", "resize", ids[0], "--start", "1:00.5", "--end", "70.125", "--json").json["region"]
    assert (resized["start"], resized["end"]) == (60.5, 70.125)
    assert resized["original_start"] == scan["regions"][0]["start"]
    trained("regions", "resize", ids[0], "--start", "70.1").failed_with("0.5")
    assert trained("regions", "disable", ids[1], "--negative", "--json").code == 0
    (negative,) = trained("negatives", "list", "--json").json["negatives"]
    assert (negative["start"], negative["source_model"]) == (scan["regions"][1]["start"], "LOGMEL")
    merged = trained("regions", "merge", *ids[:2], "--json").json["region"]
    assert len(trained("scans", "show", scan["id"], "--json").json["regions"]) == len(ids) - 1
    assert len(trained("regions", "unmerge", merged["id"], "--json").json["regions"]) == 2
    deleted = trained("regions", "delete", ids[1], ids[1], "--json").json["regions"]
    assert [(region["id"], region["deleted"]) for region in deleted] == [(ids[1], True)]
    assert len(trained("scans", "show", scan["id"], "--json").json["regions"]) == len(ids) - 1
    assert trained("scans", "list", file, "--json").json["scans"][0]["count"] == len(ids) - 1
    trained("regions", "disable", ids[1]).failed_with("restore it first")
    assert "1 region restored" in trained("regions", "restore", ids[1]).out
    assert len(trained("scans", "show", scan["id"], "--json").json["regions"]) == len(ids)


def test_versions_are_compared_pinned_and_deleted(trained: Cli, tmp_path: Path) -> None:
    file = recording(tmp_path / "scan.wav", [20.0, 60.0], duration=100.0, seed=8)

    def scan(*options: object) -> Document:
        found: Document = trained("scan", file, "--model", "LOGMEL", *options, "--json").json["scans"][0]
        return found

    before, after = scan(), scan("--threshold", "1.0")
    diff = trained("scans", "diff", before["id"], after["id"], "--json").json
    assert diff.keys() == {"gained", "lost", "moved", "kept"}
    assert len(diff["lost"]) + len(diff["kept"]) + len(diff["moved"]) == len(before["regions"])
    same = trained("scans", "diff", before["id"], before["id"], "--json").json
    assert len(same["kept"]) == len(before["regions"])
    assert all("before" in region for region in same["kept"])
    assert "kept" in trained("scans", "diff", before["id"], before["id"]).out
    pinned = trained("scans", "pin", before["id"], "--json").json["scan"]
    assert pinned["pinned"] is True
    for _ in range(6):
        scan("--rescan")
    ids = [version["id"] for version in trained("scans", "list", file, "--json").json["scans"]]
    assert len(ids) == 6
    assert ids[-1] == before["id"], "the pinned one stays beside the five newest"
    assert trained("scans", "pin", before["id"], "--unpin", "--json").json["scan"]["pinned"] is False
    assert trained("scans", "delete", ids[0], ids[1], "--json").json == {"deleted": 2}
    trained("scans", "delete", ids[2], ids[0]).failed_with(ids[0])
    assert len(trained("scans", "list", file, "--json").json["scans"]) == 4


def test_scans_that_differ_in_their_threshold_alone_are_told_apart(trained: Cli, tmp_path: Path) -> None:
    file = recording(tmp_path / "new.wav", [20.0], seed=71)
    trained("scan", file, "--model", "LOGMEL")
    assert "threshold" not in trained("scans", "list", file).out
    trained("scan", file, "--model", "LOGMEL", "--threshold", "0.125")
    newest, oldest = trained("scans", "list", file).out.splitlines()
    assert "threshold 0.125" in newest
    assert "threshold" in oldest


def test_folders_and_all_known_media_are_scanned(trained: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "shots"
    folder.mkdir()
    files = [recording(folder / name, [20.0], seed=seed) for seed, name in enumerate(("a.wav", "b.wav"))]
    (folder / "notes.txt").write_text("no media")
    scans = trained("scan", folder, "--model", "LOGMEL", "--json").json["scans"]
    assert [scan["file"] for scan in scans] == [str(file) for file in files]
    files[1].unlink()
    done = trained("scan", "--all", "--model", "LOGMEL", "--rescan", "--json")
    assert sorted(Path(scan["file"]).name for scan in done.json["scans"]) == ["a.wav", "train.wav"]
    assert "b.wav" in done.err


def test_hard_negatives_take_part_unless_left_out(trained: Cli, train_file: Path) -> None:
    trained("negatives", "add", train_file, "--at", "30", "40", "--model", "LOGMEL")
    assert train(trained)["examples"]["hard_negative"] == 2
    assert train(trained, "--no-hard-negatives")["examples"]["hard_negative"] == 0
    assert len(trained("negatives", "list", "--json").json["negatives"]) == 2


@pytest.mark.slow
def test_the_loop_with_services_of_its_own(tmp_path: Path) -> None:
    """Every command as a process of its own, each with its own services: the embedded default."""
    data = ["--data-dir", str(tmp_path / "data"), "--json"]

    def run(*arguments: object) -> Document:
        done = run_process([*arguments, *data])
        assert "Traceback" not in done.err
        return done.json

    media = tmp_path / "media"
    media.mkdir()
    recording(media / "train.wav", BEEPS, duration=120.0, seed=5)
    marks = media / "marks.csv"
    marks.write_text("file,start,duration,folder\n" + "".join(f"train.wav,{b - 1},4,beep\n" for b in BEEPS))
    assert run("clips", "import", marks) == {"added": 3, "skipped": 0}
    first = run("train", "--folder", "beep", "--model", "LOGMEL", "--margin", "5")["classifier"]
    file = recording(media / "scan.mp4", [30.0], seed=8, video=True)
    before = run("scan", file, "--model", "LOGMEL")["scans"][0]
    assert covers(before["regions"], 30.0)
    run("negatives", "add", file, "--at", "45", "--model", "LOGMEL")
    second = run("train", "--folder", "beep", "--model", "LOGMEL", "--margin", "5")["classifier"]
    assert (first["version"], second["version"]) == (1, 2)
    assert second["examples"]["hard_negative"] == 1
    after = run("scan", file, "--model", "LOGMEL")["scans"][0]
    assert [version["id"] for version in run("scans", "list", file)["scans"]] == [after["id"], before["id"]]
    assert run("scans", "diff", before["id"], after["id"]).keys() == {"gained", "lost", "moved", "kept"}
    assert not list((tmp_path / "data").glob("services.json"))
    shutil.rmtree(tmp_path / "data")

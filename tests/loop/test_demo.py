"""`make demo`."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_demo_runs_to_its_end_and_finds_the_knocks(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = subprocess.run(
        [sys.executable, "-m", "demo", str(folder)],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    steps = re.findall(r"^─+ (\d)\. (.+?) ─+$", done.stdout, re.MULTILINE)
    assert [number for number, _ in steps] == ["1", "2", "3", "4", "5"]
    commands = [line.split()[2] for line in done.stdout.splitlines() if line.startswith("$ 8cut ")]
    assert [commands[index] for index in (0, 1, 2, 3, -2, -1)] == [
        "clips",
        "folders",
        "train",
        "scan",
        "regions",
        "clips",
    ]
    assert (commands.count("train"), commands.count("scan")) == (2, 2)
    first, second = done.stdout.split("3. Tell it")
    truth = 8  # knocks in the two videos that are scanned
    for told in (first, second):
        assert told.count("│ knock ") == truth
        assert len(re.findall(r"│ knock +│ found", told)) >= truth / 2
    assert "LOGMEL v2" in second
    assert second.count("█") > 50, "pictures of the score tracks"
    assert second.count("gained") >= 2
    assert str(folder) in done.stdout.replace("\n", "")
    assert (folder / "street.mp4").is_file()
    entries = json.loads((folder / "dataset" / "door_knock" / "dataset.json").read_text())
    cut = sorted((folder / "dataset" / "door_knock").glob("vid_*/door_knock_*_a*_0.mp4"))
    assert [entry["label"] for entry in entries] == ["a knock"] * len(cut)
    assert len(cut) >= truth / 2


def test_the_demo_removes_no_folder_that_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "precious").touch()
    command = [sys.executable, "-m", "demo", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "is there already" in done.stderr
    assert (tmp_path / "precious").exists()

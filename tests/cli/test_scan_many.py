"""Several files in one command."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import eightcut_cli.scanning
import pytest
from eightcut_client import scan_file
from eightcut_client.errors import PreconditionError

from tests.cli.conftest import Cli, recording
from tests.support.media import noise, write_media

MISSING = "The weights of EAT are not here: `8cut models pull EAT` brings them."


def minutes(folder: Path, count: int) -> list[Path]:
    return [write_media(folder / f"{n}.wav", noise(30, 16_000, seed=n), 16_000) for n in range(count)]


def test_files_are_scanned_together_and_told_in_their_order(
    trained: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(3)

    def at_once(*arguments: Any, **keywords: Any) -> Any:
        together.wait(20)
        return scan_file(*arguments, **keywords)

    monkeypatch.setattr(eightcut_cli.scanning, "scan_file", at_once)
    files = minutes(tmp_path, 5)
    bad = tmp_path / "bad.wav"
    bad.write_text("no media")
    done = trained("scan", *files[:2], bad, *files[2:], "--model", "LOGMEL", "--jobs", "3", "--json")
    assert done.code == 1
    assert [line for line in done.err.splitlines() if " done" not in line] == [
        "8cut: bad.wav is not an audio or video file that 8-cut can read."
    ]
    document = json.loads(done.out)
    assert [scan["file"] for scan in document["scans"]] == [str(file) for file in files]
    assert [failure["file"] for failure in document["failures"]] == [str(bad)]


def test_a_copy_finds_the_scan_of_its_twin(trained: Cli, tmp_path: Path) -> None:
    (file,) = minutes(tmp_path, 1)
    copy = tmp_path / "copy.wav"
    copy.write_bytes(file.read_bytes())
    scans = trained("scan", file, copy, "--model", "LOGMEL", "--jobs", "2", "--json").json["scans"]
    assert [scan["file"] for scan in scans] == [str(file), str(copy)]
    assert scans[0]["id"] == scans[1]["id"]
    assert sorted(scan["reused"] for scan in scans) == [False, True]


def test_what_no_file_can_get_around_is_one_sentence(
    trained: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = threading.Barrier(2)

    def refuse(*_arguments: object, **_keywords: object) -> None:
        together.wait(20)
        raise PreconditionError(MISSING, reason="EMBEDDER_NOT_READY")

    monkeypatch.setattr(eightcut_cli.scanning, "scan_file", refuse)
    done = trained("scan", *minutes(tmp_path, 5), "--model", "LOGMEL", "--jobs", "2")
    done.failed_with(MISSING)
    assert done.err == f"8cut: {MISSING}\n"


@pytest.mark.parametrize("jobs", ["0", "33", "x"])
def test_a_number_of_jobs_that_makes_no_sense(local: Cli, jobs: str) -> None:
    local("scan", "a.wav", "--model", "LOGMEL", "--jobs", jobs).failed_with("--jobs", code=2)


def test_an_embedder_without_weights_names_the_command_that_brings_them(trained: Cli, tmp_path: Path) -> None:
    file = recording(tmp_path / "a.wav", [20.0], seed=77)
    trained("clips", "add", file, "--start", "19", "--folder", "beep")
    trained("train", "--folder", "beep", "--model", "BEATS").failed_with("`8cut models pull BEATS`")

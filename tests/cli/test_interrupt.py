"""Ctrl+C, and readers that go away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, recording, run_process


@pytest.mark.slow
def test_an_interrupted_scan_ends_cleanly_and_goes_on_where_it_stopped(local: Cli, tmp_path: Path) -> None:
    data = tmp_path / "data"
    at = ["--data-dir", str(data), "--json"]
    file = recording(tmp_path / "train.wav", [15.0, 60.0], duration=90.0, seed=5)
    for start in ("14", "59"):
        assert local("clips", "add", file, "--start", start, "--folder", "beep", "--duration", "4", *at).code == 0
    assert local("train", "--folder", "beep", "--model", "LOGMEL", "--margin", "5", *at).code == 0
    long = recording(tmp_path / "long.wav", [100.0], duration=700.0, seed=6)
    longer = recording(tmp_path / "longer.wav", [100.0], duration=900.0, seed=7)
    with subprocess.Popen(
        [sys.executable, "-m", "eightcut_cli", "scan", str(long), str(longer), "--model", "LOGMEL", *at],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        deadline = time.monotonic() + 60
        while len(list(data.glob("tracks/**/*.partial"))) < 2:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == b""
    assert err.decode().splitlines()[-1] == "8cut: interrupted; the same command again continues where it stopped."
    assert b"Traceback" not in err
    again = run_process(["scan", str(long), str(longer), "--model", "LOGMEL", *at]).json
    assert len(again["scans"]) == 2
    for scan in again["scans"]:
        assert any(region["start"] <= 102 and region["end"] >= 100 for region in scan["regions"])
    assert not list(data.glob("tracks/**/*.partial"))


def test_a_reader_that_has_had_enough_is_no_error(served: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "eightcut_cli", "profiles", "list", "--data-dir", str(served)],
        stdout=writer,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")

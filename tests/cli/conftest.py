"""The command line, run in this process against services that `8cut serve` runs, or as a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from eightcut_cli.__main__ import main

from tests.support.media import noise, tone, write_media

RATE = 16_000
BEEPS = [15.0, 60.0, 95.0]
Document = dict[str, Any]


@dataclass(frozen=True)
class Finished:
    """A command that ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Document:
        """Its one document, after a look that it went well and that nothing else was printed."""
        assert self.code == 0, self.err
        document: Document = json.loads(self.out)
        return document

    def failed_with(self, *words: str, code: int = 1) -> None:
        """It ended with this code and one line on stderr that holds all these words."""
        assert self.code == code, (self.code, self.err)
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        assert "internal error" not in self.err, self.err
        for word in words:
            assert word in lines[0], lines[0]


Cli = Callable[..., Finished]


def run_process(arguments: Sequence[object], timeout: float = 100, **environment: str) -> Finished:
    """Runs the real command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "eightcut_cli", *map(str, arguments)],
        capture_output=True,
        timeout=timeout,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        check=False,
    )
    return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())


@pytest.fixture
def local(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Runs a command in this process, as it is given."""

    def run(*arguments: object) -> Finished:
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Finished(code, captured.out, captured.err)

    return run


@contextlib.contextmanager
def serving(data_dir: Path, *options: str) -> Iterator[None]:
    """Runs `8cut serve` on a data folder, and sees that it ends without a word."""
    with subprocess.Popen(
        [sys.executable, "-m", "eightcut_cli", "serve", "--data-dir", str(data_dir), "--json", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "HOME": str(data_dir.parent)},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        if not line:
            pytest.fail(f"8cut serve did not start: {process.stderr.read().decode()}")
        try:
            assert {service["name"] for service in json.loads(line)["services"]} == {"store", "inference", "trainer"}
            yield
        finally:
            process.terminate()
            output, errors = process.communicate(timeout=30)
        assert (process.returncode, output, errors) == (0, b"", b"")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder on which `8cut serve` runs."""
    data_dir = tmp_path_factory.mktemp("served")
    with serving(data_dir):
        yield data_dir


def in_profile(local: Cli, served: Path, profile: str) -> Cli:
    """Runs a command in this process on the served data folder, in this profile."""

    def run(*arguments: object) -> Finished:
        return local("--data-dir", served, "--profile", profile, *arguments)

    return run


@pytest.fixture
def cli(served: Path, local: Cli, request: pytest.FixtureRequest) -> Cli:
    """Runs a command in this process on the served data folder, in an empty profile of the test's own."""
    profile = request.node.nodeid[-90:]
    assert local("profiles", "create", profile, "--data-dir", served).code == 0
    return in_profile(local, served, profile)


@pytest.fixture(scope="session")
def train_file(served: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording with beeps; the profile "trained" has clips of them in the folder "beep", and a classifier LOGMEL."""
    file = recording(tmp_path_factory.mktemp("train") / "train.wav", BEEPS, duration=120.0, seed=5)
    marks = file.with_name("marks.csv")
    marks.write_text("file,start,duration,folder\n" + "".join(f"train.wav,{beep - 1},4,beep\n" for beep in BEEPS))
    at = ["--data-dir", served, "--profile", "trained", "--json"]
    home = str(file.parent)
    assert run_process(["profiles", "create", "trained", *at], HOME=home).code == 0
    assert run_process(["clips", "import", marks, *at], HOME=home).json == {"added": 3, "skipped": 0}
    train = ["train", "--folder", "beep", "--model", "LOGMEL", "--margin", "5"]
    assert run_process([*train, *at], HOME=home).code == 0
    return file


@pytest.fixture
def trained(served: Path, local: Cli, request: pytest.FixtureRequest, train_file: Path) -> Cli:
    """As `cli`, but the profile is a copy of "trained"."""
    profile = request.node.nodeid[-90:]
    assert local("profiles", "duplicate", "trained", profile, "--data-dir", served).code == 0
    return in_profile(local, served, profile)


def recording(
    path: Path, beeps: Sequence[float], *, duration: float = 60.0, seed: int = 0, video: bool = False
) -> Path:
    """Writes noise with a 2-second beep at each of these times."""
    signal = noise(duration, RATE, amplitude=0.05, seed=seed)
    beep = tone(2.0, RATE, frequency=1000.0, amplitude=0.5)
    for start in beeps:
        at = round(start * RATE)
        signal[at : at + len(beep)] += beep[: len(signal) - at]
    return write_media(path, signal.astype(np.float32), RATE, video=video)


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of noise with a beep at 20 s."""
    return recording(tmp_path_factory.mktemp("media") / "sound.wav", [20.0])

"""What several benchmarks need: the command line in a folder of its own, long recordings, and how to print figures."""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import signal

from demo.sounds import RATE, mix

SAMPLE_RATE = 16_000
CYCLE_SECONDS = 600
KNOCKS = tuple(range(30, 600, 45))


@dataclass(frozen=True)
class Cli:
    """`8cut` on a data folder.

    Attributes:
        folder: Where it runs; the data folder is folder/data.
    """

    folder: Path

    def command(self, *arguments: str) -> list[str]:
        """The whole command line."""
        return [sys.executable, "-m", "eightcut_cli", "--data-dir", str(self.folder / "data"), *arguments]

    def run(self, *arguments: str) -> dict[str, Any]:
        """Runs it with --json and returns the document; raises SystemExit with its stderr when it fails."""
        result = subprocess.run(self.command(*arguments, "--json"), cwd=self.folder, capture_output=True, check=False)
        if result.returncode:
            raise SystemExit(f"8cut {' '.join(arguments)} failed: {result.stderr.decode()}")
        document: dict[str, Any] = json.loads(result.stdout)
        return document

    def seconds(self, *arguments: str) -> float:
        """Wall-clock time of one run, from start to exit."""
        start = time.perf_counter()
        self.run(*arguments)
        return time.perf_counter() - start


def write_recording(path: Path, seconds: int) -> None:
    """Writes a WAV file (16 kHz, mono) of knocks in a room, the same ten minutes again and again."""
    events = [(float(start), "knock") for start in KNOCKS]
    audio, _ = mix(np.random.default_rng(0), "room", CYCLE_SECONDS, events)
    narrow = signal.resample_poly(audio, SAMPLE_RATE, RATE)
    pcm = (np.clip(narrow, -1, 1) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        for _ in range(seconds // CYCLE_SECONDS):
            file.writeframes(pcm.tobytes())
        file.writeframes(pcm[: seconds % CYCLE_SECONDS * SAMPLE_RATE].tobytes())


def mark_knocks(cli: Cli, path: Path) -> None:
    """Marks the knocks of a recording's first ten minutes in the folder `knock`, and trains LOGMEL on them."""
    rows = [f"{path},{start - 1},8" for start in KNOCKS]
    marks = cli.folder / "marks.csv"
    marks.write_text("\n".join(["file,start,duration", *rows]), encoding="utf-8")
    cli.run("clips", "import", str(marks), "--folder", "knock")
    cli.run("train", "--folder", "knock", "--model", "LOGMEL")


def fresh_home(folder: Path) -> None:
    """Points HOME at a new folder, so that no benchmark touches the caches and settings of the person who runs it."""
    home = folder / "home"
    home.mkdir()
    os.environ["HOME"] = str(home)
    for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        os.environ.pop(name, None)


def median_seconds(work: Callable[[], object], runs: int) -> float:
    """Median wall-clock time of several runs, in seconds."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def machine() -> str:
    """One line that names the machine as far as a figure needs it."""
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"


def table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Prints a table in the form that docs/performance.md takes."""
    print(f"\n{title} ({machine()})\n")
    print(f"| {' | '.join(header)} |")
    print(f"|{'---|' * len(header)}")
    for row in rows:
        print(f"| {' | '.join(str(cell) for cell in row)} |")

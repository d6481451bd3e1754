"""The same rounds through the real command line and the real services: what a user gets."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.detection_quality.recordings import GRID, Recording
from benchmarks.detection_quality.rounds import MOST_HARD_NEGATIVES, Figures, figures
from benchmarks.support import Cli


class CommandLine:
    """`8cut` on a data folder of its own, one profile per task.

    Args:
        audio: Folder of the recordings.
        folder: Where data and marks are kept.
    """

    def __init__(self, audio: Path, folder: Path) -> None:
        self._audio = audio.absolute()
        self._folder = folder
        self._cli = Cli(folder)

    def run_rounds(self, train: Recording, scan: Recording, test: Recording, label: str) -> tuple[Figures, Figures]:
        """Figures before and after one round of hard negatives."""
        profile = f"{train.name} {scan.name} {test.name} {label}"
        self._cli.run("profiles", "create", profile)
        self._mark(profile, train, label)
        first = self._train_and_test(profile, test, label)
        wrong = self._false_alarms(profile, scan, label)
        if not wrong:
            return first, first
        places = [argument for start in wrong for argument in ("--at", f"{start:.6f}")]
        self._run(profile, "negatives", "add", str(self._audio / scan.name), *places, "--model", "LOGMEL")
        return first, self._train_and_test(profile, test, label)

    def _mark(self, profile: str, recording: Recording, label: str) -> None:
        marks = self._folder / "marks.csv"
        with marks.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["file", "start", "duration"])
            starts = recording.clip_starts(label)
            rows.writerows([self._audio / recording.name, start, GRID.window_s] for start in starts)
        self._run(profile, "clips", "import", str(marks), "--folder", label)

    def _train_and_test(self, profile: str, test: Recording, label: str) -> Figures:
        self._run(profile, "train", "--folder", label, "--model", "LOGMEL")
        scan = self._scan(profile, test, "--scores")
        spans = [(region["start"], region["end"]) for region in scan["regions"]]
        return figures(np.array(scan["window_scores"]["scores"]), spans, test.events.get(label, []))

    def _false_alarms(self, profile: str, recording: Recording, label: str) -> list[float]:
        """Starts of the best-scoring regions that overlap no event of the label."""
        events = recording.events.get(label, [])
        wrong = [
            region
            for region in self._scan(profile, recording)["regions"]
            if not any(region["start"] < end and region["end"] > start for start, end in events)
        ]
        wrong.sort(key=lambda region: -region["score"])
        return [region["start"] for region in wrong[:MOST_HARD_NEGATIVES]]

    def _scan(self, profile: str, recording: Recording, *options: str) -> dict[str, Any]:
        document = self._run(profile, "scan", str(self._audio / recording.name), "--model", "LOGMEL", *options)
        scan: dict[str, Any] = document["scans"][0]
        return scan

    def _run(self, profile: str, *arguments: str) -> dict[str, Any]:
        return self._cli.run("--profile", profile, *arguments)

"""Prints detection quality: ``python -m benchmarks.detection_quality AUDIO_DIR [--all-roles]``.

AUDIO_DIR holds rec_train.mp4, rec_scan.mp4, rec_test.mp4, events.csv and marks.csv.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import numpy as np

from benchmarks.detection_quality.recipes import ancestor, eightcut
from benchmarks.detection_quality.recordings import Recording, labels_of, read_recordings
from benchmarks.detection_quality.rounds import Figures, run_rounds

NAMES = ("rec_train.mp4", "rec_scan.mp4", "rec_test.mp4")
RECIPES = {"8-cut": eightcut, "ancestor": ancestor}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection_quality", description=__doc__)
    parser.add_argument("audio", type=Path, help="folder with the recordings, events.csv and marks.csv")
    parser.add_argument("--all-roles", action="store_true", help="also with the roles of the recordings swapped")
    options = parser.parse_args()
    recordings = read_recordings(options.audio, NAMES)
    orders = list(itertools.permutations(recordings)) if options.all_roles else [tuple(recordings)]
    print(f"{'':34}{'before hard negatives':>32}{'after':>32}")
    print(f"{'train > scan > test':22}{'target':12}" + f"{'window AP':>16}{'event F1':>16}" * 2)
    print(f"{'':34}" + f"{'8-cut  anc.':>16}" * 4)
    found = [row for order in orders for label in labels_of(recordings) for row in [_task(order, label)] if row]
    means = {name: np.nanmean([row[name] for row in found], axis=0) for name in RECIPES}
    _print_row("mean", "", {name: means[name] for name in RECIPES})
    overlaps = np.nanmean([row["8-cut"] for row in found], axis=0)[[2, 3, 6, 7]]
    print(
        f"\nIntersection over union of matched regions with their events, 8-cut: {overlaps[0]:.2f} before, "
        f"{overlaps[2]:.2f} after; with the union of windows as bounds {overlaps[1]:.2f} and {overlaps[3]:.2f}."
    )


def _task(order: tuple[Recording, ...], label: str) -> dict[str, list[float]] | None:
    train, scan, test = order
    if not train.events.get(label) or not test.events.get(label):
        return None
    found = {name: _flat(run_rounds(recipe, train, scan, test, label)) for name, recipe in RECIPES.items()}
    roles = " > ".join(recording.name.removeprefix("rec_").split(".")[0] for recording in order)
    _print_row(roles, label, found)
    return found


def _flat(rounds: tuple[Figures, Figures]) -> list[float]:
    return [figure for f in rounds for figure in (f.average_precision, f.f1, f.overlap, f.union_overlap)]


def _print_row(roles: str, label: str, found: dict[str, list[float]]) -> None:
    cells = [f"{found['8-cut'][i]:.3f}  {found['ancestor'][i]:.3f}" for i in (0, 1, 4, 5)]
    print(f"{roles:22}{label:12}" + "".join(f"{cell:>16}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()

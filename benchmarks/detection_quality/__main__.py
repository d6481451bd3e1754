"""Detection quality of 8-cut against the ancestor's recipe on the same vectors.

    python -m benchmarks.detection_quality AUDIO_DIR [--functions] [--all-roles]

AUDIO_DIR holds rec_train.mp4, rec_scan.mp4, rec_test.mp4, events.csv and marks.csv. For every label: train on the
first, mark up to 20 false alarms of the second as hard negatives, test on the third before and after. 8-cut is run as a
user runs it, through `8cut train` and `8cut scan`; with --functions its learning is called in this process, which gives
the same figures sooner.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.detection_quality.recipes import ancestor, eightcut
from benchmarks.detection_quality.recordings import Recording, labels_of, read_recordings
from benchmarks.detection_quality.rounds import Figures, run_rounds
from benchmarks.detection_quality.through_cli import CommandLine
from benchmarks.support import fresh_home, machine

NAMES = ("rec_train.mp4", "rec_scan.mp4", "rec_test.mp4")
Rounds = Callable[[Recording, Recording, Recording, str], tuple[Figures, Figures]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.detection_quality", description=__doc__)
    parser.add_argument("audio", type=Path, help="folder with the recordings, events.csv and marks.csv")
    parser.add_argument("--functions", action="store_true", help="call the learning directly instead of the command")
    parser.add_argument("--all-roles", action="store_true", help="also with the roles of the recordings swapped")
    options = parser.parse_args()
    recordings = read_recordings(options.audio, NAMES)
    orders = list(itertools.permutations(recordings)) if options.all_roles else [tuple(recordings)]
    with tempfile.TemporaryDirectory() as scratch:
        fresh_home(Path(scratch))
        ours = (
            partial(run_rounds, eightcut) if options.functions else CommandLine(options.audio, Path(scratch)).run_rounds
        )
        contestants: dict[str, Rounds] = {"8-cut": ours, "ancestor": partial(run_rounds, ancestor)}
        print(f"8-cut through {'its functions' if options.functions else 'the command line'} ({machine()})\n")
        print(f"{'':34}{'before hard negatives':>32}{'after':>32}")
        print(f"{'train > scan > test':22}{'target':12}" + f"{'window AP':>16}{'event F1':>16}" * 2)
        print(f"{'':34}" + f"{'8-cut  anc.':>16}" * 4)
        labels = labels_of(recordings)
        found = [row for order in orders for label in labels if (row := _task(contestants, order, label))]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a column without any figure: its mean is printed as nan
        means = {name: np.nanmean([row[name] for row in found], axis=0) for name in contestants}
    _print_row("mean", "", {name: [float(value) for value in means[name]] for name in contestants})
    ratios = [means["8-cut"][i] / means["ancestor"][i] for i in (0, 1, 4, 5)]
    print(f"{'ratio':34}" + "".join(f"{ratio:>16.2f}" for ratio in ratios))
    overlaps = means["8-cut"][[2, 3, 6, 7]]
    print("\nIntersection over union of matched regions with their events:")
    print(f"trimmed bounds {overlaps[0]:.2f} before, {overlaps[2]:.2f} after", end="")
    print(f"; union of windows {overlaps[1]:.2f} and {overlaps[3]:.2f}" if options.functions else "")


def _task(contestants: dict[str, Rounds], order: tuple[Recording, ...], label: str) -> dict[str, list[float]] | None:
    train, scan, test = order
    if not train.events.get(label) or not test.events.get(label):
        return None
    found = {name: _flat(rounds(train, scan, test, label)) for name, rounds in contestants.items()}
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

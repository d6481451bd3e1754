"""One task: train, test, mark the false alarms of another recording, train again, test again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from eightcut_scoring.metrics import average_precision, event_counts, match_events, window_truth
from eightcut_scoring.regions import Region, build_regions

from benchmarks.detection_quality.recipes import Recipe, Scores, Trained
from benchmarks.detection_quality.recordings import GRID, Recording, Span

#: Hard negatives that are marked at most.
MOST_HARD_NEGATIVES = 20


@dataclass(frozen=True)
class Figures:
    """What one test found.

    Attributes:
        average_precision: Over windows.
        f1: Over events.
        overlap: Intersection over union of matched regions with their events, mean; NaN when none matched.
        union_overlap: The same with the bounds of the union of windows.
    """

    average_precision: float
    f1: float
    overlap: float
    union_overlap: float


def run_rounds(
    recipe: Recipe, train: Recording, scan: Recording, test: Recording, label: str
) -> tuple[Figures, Figures]:
    """Figures before and after one round of hard negatives."""
    first = recipe(train, label, [])
    hard = [(scan, region.start) for region in false_alarms(first, scan, label)]
    second = recipe(train, label, hard) if hard else first
    return measure(first, test, label), measure(second, test, label)


def false_alarms(trained: Trained, recording: Recording, label: str) -> list[Region]:
    """The best-scoring regions that overlap no event of the label."""
    events = recording.events.get(label, [])
    regions = build_regions(trained.score(recording.vectors), GRID, trained.threshold)
    wrong = [r for r in regions if not any(r.start < end and r.end > start for start, end in events)]
    return sorted(wrong, key=lambda region: -region.score)[:MOST_HARD_NEGATIVES]


def measure(trained: Trained, recording: Recording, label: str) -> Figures:
    """Figures of a classifier on a recording."""
    scores = trained.score(recording.vectors)
    regions = build_regions(scores, GRID, trained.threshold)
    unions = [(region.union_start, region.union_end) for region in regions]
    return figures(scores, [(r.start, r.end) for r in regions], recording.events.get(label, []), unions)


def figures(scores: Scores, spans: Sequence[Span], events: Sequence[Span], unions: Sequence[Span] = ()) -> Figures:
    """Figures of a scan: its scores and the bounds of its regions, against the true events."""
    pairs = match_events(spans, events)
    return Figures(
        average_precision(window_truth(events, GRID, len(scores)), scores),
        event_counts(spans, events).f1,
        _mean_overlap([(spans[i], events[j]) for i, j in pairs]),
        _mean_overlap([(unions[i], events[j]) for i, j in pairs] if unions else []),
    )


def _mean_overlap(pairs: Sequence[tuple[Span, Span]]) -> float:
    return float(np.mean([_overlap(one, other) for one, other in pairs])) if pairs else float("nan")


def _overlap(one: Span, other: Span) -> float:
    shared = max(0.0, min(one[1], other[1]) - max(one[0], other[0]))
    return shared / (max(one[1], other[1]) - min(one[0], other[0]))

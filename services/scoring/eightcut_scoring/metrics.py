"""How good scores and regions are: window average precision, and precision, recall and F1 of matched events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from eightcut_scoring.windows import WindowGrid

Span = tuple[float, float]

#: An event makes a window positive when it overlaps it by this many seconds, or lies in it whole.
MIN_OVERLAP_S = 0.5
#: A region is widened by this many seconds on each side before it is matched.
TOLERANCE_S = 1.0


@dataclass(frozen=True, slots=True)
class EventCounts:
    """Matched and unmatched regions and events.

    Attributes:
        matched: Pairs of a region and an event.
        regions: Regions in all.
        events: Events in all.
    """

    matched: int
    regions: int
    events: int

    def __add__(self, other: EventCounts) -> EventCounts:
        return EventCounts(self.matched + other.matched, self.regions + other.regions, self.events + other.events)

    @property
    def precision(self) -> float:
        """Share of regions that match an event; 0 without regions."""
        return self.matched / self.regions if self.regions else 0.0

    @property
    def recall(self) -> float:
        """Share of events that a region matches; 0 without events."""
        return self.matched / self.events if self.events else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return self.f_beta(1.0)

    def f_beta(self, beta: float) -> float:
        """F-beta (C. van Rijsbergen, 1979): recall counts beta times as much as precision; 0 when nothing matches."""
        squared = beta * beta
        weighted = squared * self.events + self.regions
        return (1 + squared) * self.matched / weighted if weighted else 0.0


def window_truth(events: Sequence[Span], grid: WindowGrid, count: int) -> npt.NDArray[np.bool_]:
    """Which windows hold an event: by at least half a second, or the whole of it; bool ``[count]``."""
    truth = np.zeros(count, dtype=bool)
    starts = np.arange(count) * grid.hop_s
    for start, end in events:
        overlap = np.minimum(starts + grid.window_s, end) - np.maximum(starts, start)
        truth |= overlap >= min(MIN_OVERLAP_S, end - start) - 1e-9
    return truth


def average_precision(
    truth: npt.NDArray[np.bool_],
    scores: npt.NDArray[np.floating[Any]],
    weights: npt.NDArray[np.floating[Any]] | None = None,
) -> float:
    """Area under the precision-recall curve as a step function; windows of equal score enter together.

    Args:
        truth: Which windows are positive, ``[n]``.
        scores: Their scores, ``[n]``; higher is more positive.
        weights: What each window counts for; 1 without.

    Returns:
        0 to 1; NaN when no window is positive.
    """
    weight = np.ones(len(truth)) if weights is None else np.asarray(weights, dtype=np.float64)
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(np.where(truth, weight, 0.0)[order])
    seen = np.cumsum(weight[order])
    if not len(hits) or hits[-1] == 0:
        return float("nan")
    last_of_ties = np.append(np.flatnonzero(np.diff(scores[order]) != 0), len(order) - 1)
    recall = hits[last_of_ties] / hits[-1]
    precision = hits[last_of_ties] / seen[last_of_ties]
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))


def match_events(
    regions: Sequence[Span], events: Sequence[Span], tolerance_s: float = TOLERANCE_S
) -> list[tuple[int, int]]:
    """The largest set of pairs (region, event) that overlap, each used once.

    Both are stretches on one line, so taking them in order of their ends and giving each region the first free
    event it overlaps is nearly, but not always, best where several overlap; augmenting paths (H. Kuhn, 1955)
    make it best.
    """
    overlaps = [
        [j for j, event in enumerate(events) if start - tolerance_s < event[1] and end + tolerance_s > event[0]]
        for start, end in regions
    ]
    owner: dict[int, int] = {}

    def place(region: int, tried: set[int]) -> bool:
        for event in overlaps[region]:
            if event in tried:
                continue
            tried.add(event)
            if event not in owner or place(owner[event], tried):
                owner[event] = region
                return True
        return False

    for region in range(len(regions)):
        place(region, set())
    return sorted((region, event) for event, region in owner.items())


def event_counts(regions: Sequence[Span], events: Sequence[Span], tolerance_s: float = TOLERANCE_S) -> EventCounts:
    """Regions against events: how many match."""
    return EventCounts(len(match_events(regions, events, tolerance_s)), len(regions), len(events))

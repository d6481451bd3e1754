"""In which order regions are judged: arithmetic on arrays."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_SLACK = 1e-3  # Seconds: window starts that differ by less are the same.


class Order(StrEnum):
    """Which regions come first."""

    SCORE = "score"
    """Those with the highest score."""
    UNCERTAINTY = "uncertainty"
    """Those whose score is nearest to the version's threshold."""
    DISAGREEMENT = "disagreement"
    """Those that another version scores most differently; see `disagreement`."""


def best_at(scores: npt.NDArray[np.float32], starts: Floats, ends: Floats, *, window: float, hop: float) -> Floats:
    """Return the best score that a version gives to places in the media, NaN where it has no window.

    The windows of a place are those that begin in it and lie within it; of a place that is shorter than a window,
    those that begin where it begins.

    Args:
        scores: The version's score track, [windows].
        starts: Where the places start, seconds.
        ends: Where they end.
        window: Length of the version's windows, seconds.
        hop: Their distance.
    """
    last = np.maximum(starts, ends - window)
    first = np.clip(np.ceil((starts - _SLACK) / hop), 0, len(scores)).astype(np.intp)
    stop = np.clip(np.floor((last + _SLACK) / hop) + 1, 0, len(scores)).astype(np.intp)
    if not len(first):
        return np.zeros(0)
    bounded = np.append(scores.astype(np.float64), -np.inf)
    best = np.maximum.reduceat(bounded, np.column_stack([first, stop]).ravel())[::2]
    return np.where(stop > first, best, np.nan)


def disagreement(scores: Floats, other: Floats, other_threshold: float) -> Floats:
    """Return sort keys of regions: [regions, 2], to be sorted by the first column, then the second.

    With s a region's score and o the best score that the other version gives to the same place, the first column is 0
    where the other version finds nothing (o below its threshold: the region was gained or lost between the two), 1
    where it does, 2 where it has no score; the second is -|s - o|, so that those that differ most come first.

    Args:
        scores: Of the regions, in the version that found them.
        other: Best scores at the same places in the other version (`best_at`).
        other_threshold: From which score on the other version finds something.
    """
    known = ~np.isnan(other)
    rank = np.where(known, np.where(other < other_threshold, 0.0, 1.0), 2.0)
    return np.column_stack([rank, np.where(known, -np.abs(scores - np.where(known, other, 0.0)), 0.0)])

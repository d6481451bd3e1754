"""Which regions are marked as hard negatives, and where a mark is put."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Collection, Iterable
from operator import attrgetter

import numpy as np
import numpy.typing as npt

from eightcut_qt.core.records import NegativeRecord, RegionRecord

_EDGES, _ID = (attrgetter("union_start"), attrgetter("union_end")), attrgetter("id")
_SLACK = 1e-3  # Seconds: starts that differ by less are the same.


class NegativeMarks:
    """The hard negatives of a media by start, looked at from the regions of one version."""

    def __init__(self, negatives: Iterable[NegativeRecord] = (), window: float = 8.0) -> None:
        """Take them.

        Args:
            negatives: All of the media.
            window: Length of the version's windows, seconds.
        """
        self.all = tuple(sorted(negatives, key=lambda negative: negative.start))
        self._starts = [negative.start for negative in self.all]
        self._window = window

    def of(self, region: RegionRecord) -> tuple[NegativeRecord, ...]:
        """Return those that make a region a hard negative: windows that start in it and lie within its windows."""
        first, last = mark_range(region, self._window)
        found = slice(
            bisect.bisect_left(self._starts, first - _SLACK), bisect.bisect_right(self._starts, last + _SLACK)
        )
        return self.all[found]

    def is_marked(self, region: RegionRecord) -> bool:
        """Tell whether there is one."""
        first, last = mark_range(region, self._window)
        place = bisect.bisect_left(self._starts, first - _SLACK)
        return place < len(self._starts) and self._starts[place] <= last + _SLACK

    def marked(self, regions: Collection[RegionRecord]) -> frozenset[str]:
        """Return the ids of those that are marked; thousands at once."""
        if not self._starts:
            return frozenset()
        first, end = (np.fromiter(map(edge, regions), np.float64, len(regions)) for edge in _EDGES)
        last = np.maximum(first, end - self._window)
        place = np.searchsorted(self._starts, first - _SLACK)
        found = np.append(self._starts, np.inf)[place] <= last + _SLACK
        return frozenset(itertools.compress(map(_ID, regions), found.tolist()))


def mark_range(region: RegionRecord, window: float) -> tuple[float, float]:
    """Return between which times the windows of a region start, seconds."""
    return region.union_start, max(region.union_start, region.union_end - window)


def mark_place(region: RegionRecord, window: float, hop: float, scores: npt.NDArray[np.float32] | None) -> float:
    """Return where a region is marked, seconds: at the start of its window with the best score.

    Args:
        region: The region.
        window: Length of the version's windows, seconds.
        hop: Their distance, seconds.
        scores: The score track, float32 [windows]; without one the mark is put at the region's first window.
    """
    first, last = mark_range(region, window)
    if scores is None or not len(scores):
        return first
    low = max(math.ceil((first - _SLACK) / hop), 0)
    high = min(math.floor((last + _SLACK) / hop), len(scores) - 1)
    if high < low:
        return first
    return round((low + int(np.argmax(scores[low : high + 1]))) * hop, 6)

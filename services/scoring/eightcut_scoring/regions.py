"""From window scores to regions: where in the file the sound is.

A window scores high when the sound is anywhere in it, so the union of the windows at or above the threshold
overstates an event by up to a window less a hop on each side. The trimmed bounds go where the evidence is. Let
k1..k2 be a run of such windows. Window k1 has evidence that its predecessor has not: it lies in the last hop of
k1. Window k2 has evidence that its successor has not: it lies in the first hop of k2. The trimmed region is the
hull of these two stretches. For a short event that is the intersection of the run's windows; for one longer
than a window it is the event itself; both to within a hop. A run that begins with the file's first window has
no predecessor to compare with, one that ends with its last no successor: there the other side decides.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import numpy as np
import numpy.typing as npt

from eightcut_scoring.windows import WindowGrid

#: No region is shorter than this (seconds), unless its windows are.
MIN_REGION_S = 0.5


class Bounds(Enum):
    """Which bounds become a region's start and end."""

    TRIMMED = "trimmed"
    UNION = "union"


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of a file that a scan found; times in seconds from its beginning.

    Attributes:
        start: Start, by the bounds that were asked for.
        end: End, after the start.
        score: The best score of its windows.
        union_start: Start of its first window.
        union_end: End of its last window.
        first_window: Index of its first window.
        last_window: Index of its last window.
        peak_window: The first window with the best score.
    """

    start: float
    end: float
    score: float
    union_start: float
    union_end: float
    first_window: int
    last_window: int
    peak_window: int


class RegionBuilder:
    """Builds regions from scores that arrive in any chunks, each emitted as soon as no later window can change it.

    Args:
        grid: The windows that the scores belong to.
        threshold: A window whose score is at least this belongs to a region.
        fuse_gap_s: Regions whose bounds (the ones asked for) lie at most this many seconds apart become one; 0
            fuses those that touch.
        bounds: Which bounds the regions get.

    Raises:
        ValueError: The threshold is no number from 0 to 1, or the gap is negative or not finite.
    """

    def __init__(
        self, grid: WindowGrid, threshold: float, fuse_gap_s: float = 0.0, bounds: Bounds | str = Bounds.TRIMMED
    ) -> None:
        if not 0 <= threshold <= 1:
            raise ValueError(f"a threshold must lie between 0 and 1, not at {threshold}")
        if not (math.isfinite(fuse_gap_s) and fuse_gap_s >= 0):
            raise ValueError(f"the gap over which regions are fused must be 0 s or more, not {fuse_gap_s}")
        self._grid = grid
        # Scores are float32: a threshold that was shown as 0.9 must catch the float32 score 0.9.
        self._threshold = np.float32(threshold)
        self._gap = fuse_gap_s
        self._bounds = Bounds(bounds)
        self._next = 0
        self._run: list[np.float32] = []
        self._pending: Region | None = None

    def push(self, scores: npt.NDArray[np.floating[Any]] | Iterable[float]) -> list[Region]:
        """Takes the scores of the next windows ``[n]``; returns the regions that closed, in order.

        Raises:
            ValueError: A score is not a number.
        """
        values = np.asarray(scores, dtype=np.float32)
        if np.isnan(values).any():
            raise ValueError("a score is not a number")
        closed: list[Region] = []
        above = values >= self._threshold
        edges = np.flatnonzero(np.diff(above)) + 1
        for start, stop in zip([0, *edges], [*edges, len(values)], strict=True):
            if start == stop:
                continue
            if above[start]:
                self._run.extend(values[start:stop])
            else:
                self._end_run(closed, at_file_end=False)
            self._next += int(stop - start)
            self._release(closed)
        return closed

    def finish(self) -> list[Region]:
        """The file has ended: returns the regions that were still open. The builder is then used up."""
        closed: list[Region] = []
        self._end_run(closed, at_file_end=True)
        if self._pending is not None:
            closed.append(self._pending)
            self._pending = None
        return closed

    def _end_run(self, closed: list[Region], *, at_file_end: bool) -> None:
        if not self._run:
            return
        region = self._region(self._next - len(self._run), np.asarray(self._run), at_file_end=at_file_end)
        self._run = []
        if self._pending is None:
            self._pending = region
        elif region.start <= self._pending.end + self._gap:
            self._pending = _fused(self._pending, region)
        else:
            closed.append(self._pending)
            self._pending = region

    def _release(self, closed: list[Region]) -> None:
        """Emits the waiting region once every later one must start too far behind it."""
        if self._pending is None or self._run:
            return
        # No region starts before its first window does.
        if self._grid.start(self._next) > self._pending.end + self._gap:
            closed.append(self._pending)
            self._pending = None

    def _region(self, first: int, scores: npt.NDArray[np.float32], *, at_file_end: bool) -> Region:
        last = first + len(scores) - 1
        peak = int(np.argmax(scores))
        union = self._grid.start(first), self._grid.end(last)
        start, end = union
        if self._bounds is Bounds.TRIMMED:
            start, end = _trimmed(self._grid, first, last, at_file_end=at_file_end)
            start, end = _at_least(MIN_REGION_S, start, end, union)
        return Region(
            start=start,
            end=end,
            score=float(scores[peak]),
            union_start=union[0],
            union_end=union[1],
            first_window=first,
            last_window=last,
            peak_window=first + peak,
        )


def build_regions(
    scores: npt.NDArray[np.floating[Any]] | Iterable[float],
    grid: WindowGrid,
    threshold: float,
    fuse_gap_s: float = 0.0,
    bounds: Bounds | str = Bounds.TRIMMED,
) -> list[Region]:
    """The regions of a whole file's scores ``[n]``, ordered by start and apart from each other.

    Arguments and errors as `RegionBuilder`.
    """
    builder = RegionBuilder(grid, threshold, fuse_gap_s, bounds)
    return [*builder.push(scores), *builder.finish()]


def _trimmed(grid: WindowGrid, first: int, last: int, *, at_file_end: bool) -> tuple[float, float]:
    """The hull of the last hop of the run's first window and the first hop of its last one, in seconds."""
    hop = grid.hop_s
    entry = grid.end(first) - hop  # where evidence came into sight
    leave = grid.start(last)  # where it went out of sight
    if first == 0:
        entry = min(entry, leave)
    if at_file_end:
        leave = max(leave, grid.end(first) - hop)
    return min(entry, leave), max(entry, leave) + hop


def _at_least(length: float, start: float, end: float, union: tuple[float, float]) -> tuple[float, float]:
    """Widens a stretch evenly to a length, inside the union."""
    missing = length - (end - start)
    if missing <= 0:
        return max(start, union[0]), min(end, union[1])
    start = max(union[0], min(start - missing / 2, union[1] - length))
    return start, min(union[1], start + length)


def _fused(one: Region, other: Region) -> Region:
    best = one if one.score >= other.score else other
    return Region(
        start=min(one.start, other.start),
        end=max(one.end, other.end),
        score=best.score,
        union_start=one.union_start,
        union_end=max(one.union_end, other.union_end),
        first_window=one.first_window,
        last_window=other.last_window,
        peak_window=best.peak_window,
    )

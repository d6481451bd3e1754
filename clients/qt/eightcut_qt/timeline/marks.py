"""Regions, clips and curves as columns of numbers, so that thousands are drawn and found at once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from eightcut_qt.core.records import ClipRecord, RegionRecord

Floats: TypeAlias = npt.NDArray[np.float64]
Flags: TypeAlias = npt.NDArray[np.bool_]
Counts: TypeAlias = npt.NDArray[np.intp]

_ID, _START, _DISABLED = attrgetter("id"), attrgetter("start"), attrgetter("disabled")
_NUMBERS = {name: attrgetter(name) for name in ("start", "end", "score", "original_start", "original_end")}


@dataclass(frozen=True, slots=True, eq=False)
class RegionMarks:
    """Regions by start; every column has a value for each."""

    ids: tuple[str, ...]
    start: Floats
    end: Floats
    score: Floats
    disabled: Flags
    negative: Flags
    original_start: Floats
    original_end: Floats
    rows: dict[str, int] = field(repr=False)

    @classmethod
    def of(cls, regions: Sequence[RegionRecord], negative: Collection[str] = ()) -> RegionMarks:
        """Make them of regions in any order; ``negative``: ids of those that are marked as hard negatives."""
        ordered = sorted(regions, key=_START)
        count = len(ordered)
        ids = tuple(map(_ID, ordered))
        marked = frozenset(negative)
        columns = {name: np.fromiter(map(value, ordered), np.float64, count) for name, value in _NUMBERS.items()}
        return cls(
            ids=ids,
            **columns,
            disabled=np.fromiter(map(_DISABLED, ordered), np.bool_, count),
            negative=np.fromiter(map(marked.__contains__, ids), np.bool_, count),
            rows=dict(zip(ids, range(count), strict=True)),
        )

    @classmethod
    def none(cls) -> RegionMarks:
        """Return no regions."""
        return cls.of(())

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.ids)

    def with_bounds(self, id_: str, start: float, end: float) -> RegionMarks:
        """Return them with other bounds of one, which keeps its row."""
        row = self.rows[id_]
        starts, ends = self.start.copy(), self.end.copy()
        starts[row], ends[row] = start, end
        return replace(self, start=starts, end=ends)

    def with_regions(self, changed: Collection[RegionRecord], negative: Collection[str]) -> RegionMarks | None:
        """Return them with some that have changed, and others marked; None: all have to be made anew.

        Args:
            changed: Regions as they are now; the others are as they were.
            negative: Ids of all that are marked as hard negatives.
        """
        rows = [row for region in changed if (row := self.rows.get(region.id)) is not None]
        if len(rows) < len(changed):
            return None
        made = replace(self, negative=self.chosen(negative))
        for name in (*_NUMBERS, "disabled"):
            column = getattr(self, name).copy()
            column[rows] = [getattr(region, name) for region in changed]
            made = replace(made, **{name: column})
        return None if np.any(np.diff(made.start) < 0) else made

    def chosen(self, ids: Collection[str]) -> Flags:
        """Return which of them have these ids."""
        made = np.zeros(len(self.ids), np.bool_)
        made[[row for id_ in ids if (row := self.rows.get(id_)) is not None]] = True
        return made

    def at(self, time: float, slack: float, threshold: float) -> int | None:
        """Return the row of the region at a time, that with the best score of several; None: there is none."""
        hit = (self.start <= time + slack) & (self.end >= time - slack) & (self.score >= threshold)
        rows = np.flatnonzero(hit)
        if not len(rows):
            return None
        inside = rows[(self.start[rows] <= time) & (self.end[rows] >= time)]
        rows = inside if len(inside) else rows
        return int(rows[np.argmax(self.score[rows])])

    def edge_at(self, time: float, slack: float, threshold: float, preferred: Flags) -> tuple[int, bool] | None:
        """Return the row of the region whose edge is nearest to a time, and whether it is its end.

        Args:
            time: Seconds.
            slack: How far it may be away, seconds.
            threshold: Regions below have no edges.
            preferred: Regions whose edges win over nearer ones (the selected).
        """
        best: tuple[bool, float, int, bool] | None = None
        for edges, is_end in ((self.start, False), (self.end, True)):
            distance = np.abs(edges - time)
            for row in np.flatnonzero((distance <= slack) & (self.score >= threshold))[:64]:
                found = (not preferred[row], float(distance[row]), int(row), is_end)
                best = found if best is None or found < best else best
        return None if best is None else (best[2], best[3])

    def next_to(self, time: float, threshold: float, current: int | None, *, backwards: bool) -> int | None:
        """Return the row of the next region that is shown, from the current one or a time on; None: no more."""
        rows = np.flatnonzero(self.score >= threshold)
        if current is not None:
            rows = rows[rows < current] if backwards else rows[rows > current]
        elif backwards:
            rows = rows[self.start[rows] < time]
        else:
            rows = rows[self.start[rows] > time]
        if not len(rows):
            return None
        return int(rows[-1] if backwards else rows[0])

    def between(self, first: int, last: int, threshold: float) -> list[str]:
        """Return the ids of the regions that are shown, from one row to another."""
        low, high = min(first, last), max(first, last)
        return [self.ids[row] for row in range(low, high + 1) if self.score[row] >= threshold]


@dataclass(frozen=True, slots=True, eq=False)
class ClipMarks:
    """Clips by start; every column has a value for each."""

    clips: tuple[ClipRecord, ...]
    start: Floats
    end: Floats
    folder: Counts
    """Which of `folders`."""
    folders: tuple[str, ...]
    exported: Flags
    """Exported from a scan, not marked by a person."""

    @classmethod
    def of(cls, clips: Sequence[ClipRecord]) -> ClipMarks:
        """Make them."""
        ordered = tuple(sorted(clips, key=lambda clip: clip.start))
        folders = tuple(dict.fromkeys(clip.folder for clip in ordered))
        number = {folder: index for index, folder in enumerate(folders)}
        return cls(
            ordered,
            np.array([clip.start for clip in ordered], np.float64),
            np.array([clip.end for clip in ordered], np.float64),
            np.array([number[clip.folder] for clip in ordered], np.intp),
            folders,
            np.array([clip.scan_export for clip in ordered], np.bool_),
        )

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.clips)

    def moved(self, id_: str, start: float) -> ClipMarks:
        """Return them with one at another place."""
        return ClipMarks.of([replace(clip, start=start) if clip.id == id_ else clip for clip in self.clips])

    def at(self, time: float, slack: float) -> ClipRecord | None:
        """Return the clip at a time, the one that starts last of several."""
        rows = np.flatnonzero((self.start <= time + slack) & (self.end >= time - slack))
        return self.clips[int(rows[-1])] if len(rows) else None


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Scores over time.

    Attributes:
        scores: Of each window; NaN where there is none (yet).
        first: Middle of the first window, seconds.
        hop: Seconds from one window to the next.
    """

    scores: npt.NDArray[np.float32]
    first: float
    hop: float

    @classmethod
    def of(cls, scores: npt.NDArray[np.float32] | None, window: float, hop: float) -> Curve | None:
        """Make it; None where there are no scores."""
        return None if scores is None or not len(scores) or hop <= 0 else cls(scores, window / 2, hop)

    def at(self, time: float) -> float | None:
        """Return the score at a time, between the windows' middles."""
        place = (time - self.first) / self.hop
        if not -0.5 <= place <= len(self.scores) - 0.5:
            return None
        left = min(max(int(np.floor(place)), 0), len(self.scores) - 1)
        right = min(left + 1, len(self.scores) - 1)
        share = min(max(place - left, 0.0), 1.0)
        value = float(self.scores[left] * (1 - share) + self.scores[right] * share)
        return None if np.isnan(value) else value

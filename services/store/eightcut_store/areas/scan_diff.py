"""What a rescan changed: regions of two scans matched one to one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from eightcut_runtime import FailedPrecondition
from sqlalchemy.orm import Session

from eightcut_store.areas.regions import enabled_regions
from eightcut_store.tables import Region

MOST_REGIONS = 5000
"""Larger comparisons are refused."""


class Difference(NamedTuple):
    """What only the newer scan has, what only the older one has, and pairs of (older, newer)."""

    gained: list[Region]
    lost: list[Region]
    moved: list[tuple[Region, Region]]
    kept: list[tuple[Region, Region]]


def diff_scans(session: Session, before_id: int, after_id: int, tolerance_us: int) -> Difference:
    """Compares the enabled regions of two scans of one media.

    Raises:
        FailedPrecondition: They are of different media, or have too many regions.
        NotFound: RESOURCE_UNKNOWN.
    """
    older, before = enabled_regions(session, before_id)
    newer, after = enabled_regions(session, after_id)
    if older.media_id != newer.media_id:
        raise FailedPrecondition("The two scans are of different media.", subject="scans")
    total = len(before) + len(after)
    if total > MOST_REGIONS:
        raise FailedPrecondition(
            f"The two scans have {total:,} regions; at most {MOST_REGIONS:,} can be compared.", subject="scans"
        )
    return match(before, after, tolerance_us)


def match(before: Sequence[Region], after: Sequence[Region], tolerance_us: int) -> Difference:
    """Matches regions that overlap one to one, the largest overlap first; both are ordered by start."""
    partner: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, j in sorted(_overlaps(before, after)):
        if i not in partner and j not in taken:
            partner[i] = j
            taken.add(j)
    moved: list[tuple[Region, Region]] = []
    kept: list[tuple[Region, Region]] = []
    for i, old in enumerate(before):
        if i in partner:
            new = after[partner[i]]
            shift = max(abs(old.start_us - new.start_us), abs(old.end_us - new.end_us))
            (moved if shift > tolerance_us else kept).append((old, new))
    return Difference(
        gained=[new for j, new in enumerate(after) if j not in taken],
        lost=[old for i, old in enumerate(before) if i not in partner],
        moved=moved,
        kept=kept,
    )


def _overlaps(before: Sequence[Region], after: Sequence[Region]) -> list[tuple[int, int, int]]:
    """Returns (negative overlap, index, index) of all pairs that overlap."""
    found: list[tuple[int, int, int]] = []
    first = 0
    longest = max((region.end_us - region.start_us for region in after), default=0)
    for i, old in enumerate(before):
        # Whatever starts so early ends before this region and all later ones.
        while first < len(after) and after[first].start_us + longest <= old.start_us:
            first += 1
        for j in range(first, len(after)):
            new = after[j]
            if new.start_us >= old.end_us:
                break
            overlap = min(old.end_us, new.end_us) - max(old.start_us, new.start_us)
            if overlap > 0:
                found.append((-overlap, i, j))
    return found

"""Deleting regions, and restoring them under their old ids."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from eightcut_store.areas.regions import SeenRegion, find_regions, refuse_merged
from eightcut_store.tables import Region, Scan


def set_deleted(session: Session, seen: Sequence[SeenRegion], *, deleted: bool) -> list[Region]:
    """Deletes or restores all of them or none, merged ones with their parts; one that is so already stays as it is.

    Raises:
        EtagMismatch: Naming the first that somebody changed.
        FailedPrecondition: One is hidden, as a part of a merged region.
        InvalidArgument: One is named twice.
        NotFound: RESOURCE_UNKNOWN.
    """
    regions = find_regions(session, seen)
    for region in regions:
        refuse_merged(region)
    changed = [region for region in regions if region.deleted != deleted]
    for region in [*changed, *_parts(session, changed)]:
        region.deleted = deleted
        region.revision += 1
    session.flush()
    _count_again(session, {region.scan_id for region in changed})
    return regions


def _parts(session: Session, wholes: Sequence[Region]) -> list[Region]:
    """Returns what the regions were merged from, and the parts of these."""
    found: list[Region] = []
    level = wholes
    while level:
        ids = [region.id for region in level]
        level = session.scalars(select(Region).where(Region.merged_into.in_(ids))).all()
        found += level
    return found


def _count_again(session: Session, scan_ids: Collection[int]) -> None:
    """Counts the regions of scans that show, and finds their best score."""
    for scan_id in scan_ids:
        query = select(func.count(), func.max(Region.score)).where(
            Region.scan_id == scan_id, Region.merged_into.is_(None), ~Region.deleted
        )
        scan = session.get_one(Scan, scan_id)
        scan.region_count, scan.best_score = session.execute(query).one()
    session.flush()

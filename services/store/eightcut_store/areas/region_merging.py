"""Merging regions, and taking a merge back."""

from __future__ import annotations

from collections.abc import Sequence

from eightcut_runtime import FailedPrecondition
from sqlalchemy import select
from sqlalchemy.orm import Session

from eightcut_store.areas.regions import SeenRegion, find_regions, refuse_hidden
from eightcut_store.tables import Region, Scan


def merge_regions(session: Session, seen: Sequence[SeenRegion]) -> Region:
    """Makes one region of several, from the first start to the last end; the parts are kept and hidden.

    It is switched off only if all of its parts are.

    Raises:
        EtagMismatch: Somebody changed a part since.
        FailedPrecondition: A part is merged already, or deleted, or of another scan.
        InvalidArgument: A part is named twice.
        NotFound: RESOURCE_UNKNOWN.
    """
    parts = find_regions(session, seen)
    if len({part.scan_id for part in parts}) > 1:
        raise FailedPrecondition("Only regions of one scan can be merged.", subject="regions")
    for part in parts:
        refuse_hidden(part)
    whole = Region(
        scan_id=parts[0].scan_id,
        start_us=min(part.start_us for part in parts),
        end_us=max(part.end_us for part in parts),
        score=max(part.score for part in parts),
        disabled=all(part.disabled for part in parts),
        original_start_us=min(part.original_start_us for part in parts),
        original_end_us=max(part.original_end_us for part in parts),
        union_start_us=min(part.union_start_us for part in parts),
        union_end_us=max(part.union_end_us for part in parts),
        revision=1,
    )
    session.add(whole)
    session.flush()
    for part in parts:
        part.merged_into = whole.id
        part.revision += 1
    session.get_one(Scan, whole.scan_id).region_count -= len(parts) - 1
    session.flush()
    return whole


def unmerge_region(session: Session, seen: SeenRegion) -> Sequence[Region]:
    """Takes a merge back; returns the parts by start.

    Raises:
        EtagMismatch: Somebody changed the region since.
        FailedPrecondition: It was not merged from parts, or is itself part of another one, or is deleted.
        NotFound: RESOURCE_UNKNOWN.
    """
    whole = find_regions(session, [seen])[0]
    if whole.merged_into is not None:
        raise FailedPrecondition(
            f"Region {whole.id} is part of the merged region {whole.merged_into}: take that merge back first.",
            subject=f"region {whole.id}",
        )
    refuse_hidden(whole)
    query = select(Region).where(Region.merged_into == whole.id).order_by(Region.start_us, Region.id)
    parts = session.scalars(query).all()
    if not parts:
        raise FailedPrecondition(f"Region {whole.id} was not merged from parts.", subject=f"region {whole.id}")
    for part in parts:
        part.merged_into = None
        part.revision += 1
    session.flush()
    session.get_one(Scan, whole.scan_id).region_count += len(parts) - 1
    session.delete(whole)
    session.flush()
    return parts

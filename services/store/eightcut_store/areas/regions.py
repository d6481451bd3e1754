"""Regions: listing, resizing, disabling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eightcut_runtime import FailedPrecondition, InvalidArgument
from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from eightcut_store.areas.lookups import check_etag, check_within, unknown
from eightcut_store.areas.scans import get_scan
from eightcut_store.tables import Media, Region, Scan

SHORTEST_US = 500_000
"""A region may not be resized to less than half a second."""


@dataclass(frozen=True)
class SeenRegion:
    """A region as the client last saw it; an empty etag fits always."""

    id: int
    etag: str


def list_regions(
    session: Session, scan_id: int, *, include_merged: bool, after: tuple[int, ...] | None, limit: int
) -> Sequence[Region]:
    """Returns regions by start, deleted ones left out; ``after`` is (start, id)."""
    query = (
        select(Region)
        .where(Region.scan_id == scan_id, ~Region.deleted)
        .order_by(Region.start_us, Region.id)
        .limit(limit)
    )
    if not include_merged:
        query = query.where(Region.merged_into.is_(None))
    if after is not None:
        query = query.where(tuple_(Region.start_us, Region.id) > tuple_(*after))
    return session.scalars(query).all()


def find_regions(session: Session, seen: Sequence[SeenRegion]) -> list[Region]:
    """Returns the regions in the order asked for, unchanged since they were seen.

    Raises:
        EtagMismatch: Naming the first that somebody changed.
        InvalidArgument: One is named twice.
        NotFound: RESOURCE_UNKNOWN, naming the first that is not there.
    """
    ids = [region.id for region in seen]
    if len(set(ids)) < len(ids):
        raise InvalidArgument("A region is named twice.", field="regions")
    rows = {region.id: region for region in session.scalars(select(Region).where(Region.id.in_(ids)))}
    for region in seen:
        if region.id not in rows:
            raise unknown("region", region.id)
        check_etag("region", region.id, region.etag, rows[region.id].revision)
    return [rows[number] for number in ids]


def update_region(
    session: Session, seen: SeenRegion, *, start_us: int | None, end_us: int | None, disabled: bool | None
) -> Region:
    """Changes what is not None; the bounds as found stay known.

    Raises:
        EtagMismatch: Somebody changed it since.
        FailedPrecondition: It is hidden, as a part of a merged region, or deleted.
        InvalidArgument: BEYOND_END, or it would be too short.
        NotFound: RESOURCE_UNKNOWN.
    """
    region = find_regions(session, [seen])[0]
    refuse_hidden(region)
    before = (region.start_us, region.end_us, region.disabled)
    if start_us is not None or end_us is not None:
        _resize(session, region, start_us, end_us)
    if disabled is not None:
        region.disabled = disabled
    if (region.start_us, region.end_us, region.disabled) != before:
        region.revision += 1
    session.flush()
    return region


def set_disabled(session: Session, seen: Sequence[SeenRegion], *, disabled: bool) -> list[Region]:
    """Disables or enables all of them or none.

    Raises:
        EtagMismatch: Naming the first that somebody changed.
        FailedPrecondition: One is hidden, as a part of a merged region, or deleted.
        InvalidArgument: One is named twice.
        NotFound: RESOURCE_UNKNOWN.
    """
    regions = find_regions(session, seen)
    for region in regions:
        refuse_hidden(region)
    for region in regions:
        if region.disabled != disabled:
            region.disabled = disabled
            region.revision += 1
    session.flush()
    return regions


def enabled_regions(session: Session, scan_id: int) -> tuple[Scan, Sequence[Region]]:
    """Returns a scan and its regions that are shown and switched on, by start.

    Raises:
        NotFound: RESOURCE_UNKNOWN.
    """
    scan = get_scan(session, scan_id).scan
    query = (
        select(Region)
        .where(Region.scan_id == scan_id, Region.merged_into.is_(None), ~Region.deleted, ~Region.disabled)
        .order_by(Region.start_us, Region.id)
    )
    return scan, session.scalars(query).all()


def refuse_hidden(region: Region) -> None:
    """Refuses a region that nobody sees.

    Raises:
        FailedPrecondition: It is a part of a merged region, or deleted.
    """
    refuse_merged(region)
    if region.deleted:
        raise FailedPrecondition(f"Region {region.id} is deleted: restore it first.", subject=f"region {region.id}")


def refuse_merged(region: Region) -> None:
    """Refuses a region that shows as part of another one.

    Raises:
        FailedPrecondition: It is a part of a merged region.
    """
    if region.merged_into is not None:
        raise FailedPrecondition(
            f"Region {region.id} is part of the merged region {region.merged_into}: "
            f"name that one, or take the merge back first.",
            subject=f"region {region.id}",
        )


def _resize(session: Session, region: Region, start_us: int | None, end_us: int | None) -> None:
    start = region.start_us if start_us is None else start_us
    end = region.end_us if end_us is None else end_us
    media = select(Media).join(Scan, Scan.media_id == Media.id).where(Scan.id == region.scan_id)
    length = session.scalars(media).one()
    check_within(length, start, "start")
    if end_us is not None:
        check_within(length, end, "end", inclusive=True)
    if end <= start:
        raise InvalidArgument(
            f"A region cannot end at {end / 1e6:g} s when it starts at {start / 1e6:g} s.",
            field="start" if end_us is None else "end",
        )
    if end - start < SHORTEST_US:
        raise InvalidArgument(
            f"A region of {(end - start) / 1e6:g} s is too short: it needs {SHORTEST_US / 1e6:g} s at least.",
            field="start" if end_us is None else "end",
        )
    region.start_us, region.end_us = start, end

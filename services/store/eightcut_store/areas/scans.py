"""Scans: finding, pinning, deleting."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from eightcut_store.areas.lookups import check_etag, find_media, find_profile, unknown
from eightcut_store.tables import Media, Profile, Region, Scan

NEWEST_FIRST = (Scan.imported, Scan.id.desc())
"""Order of versions: those from an old library are older than all that were made here."""

IMPORTED_OFFSET = 2**53


class FoundScan(NamedTuple):
    """A scan with the names of what it belongs to."""

    scan: Scan
    profile: str
    media: str


def sequence_of(scan: Scan) -> int:
    """Returns a number that only grows in the order of versions; it is negative for imported ones."""
    return scan.id - IMPORTED_OFFSET if scan.imported else scan.id


def get_scan(session: Session, scan_id: int) -> FoundScan:
    """Returns one version.

    Raises:
        NotFound: RESOURCE_UNKNOWN.
    """
    found = session.execute(_found().where(Scan.id == scan_id)).first()
    if found is None:
        raise unknown("scan", scan_id)
    return FoundScan(*found)


def latest_scan(session: Session, profile: str, media: str, model: str) -> FoundScan:
    """Returns the newest version, or the newest unstamped rows of an old database when there is no version.

    Raises:
        NotFound: PROFILE_UNKNOWN, MEDIA_UNKNOWN, or RESOURCE_UNKNOWN when there is neither.
    """
    query = (
        _found()
        .where(Profile.name == profile, Media.digest == media, Scan.model == model)
        .order_by(Scan.stamped.desc(), *NEWEST_FIRST)
        .limit(1)
    )
    found = session.execute(query).first()
    if found is None:
        find_profile(session, profile)
        find_media(session, media)
        raise unknown("scan", f"of this media with {model}")
    return FoundScan(*found)


def list_scans(
    session: Session, profile: Profile, *, media: Media | None, model: str, before: int | None, limit: int
) -> list[FoundScan]:
    """Returns versions, the newest first, those whose `sequence_of` is below ``before``; unstamped rows are none."""
    query = _found().where(Scan.profile_id == profile.id, Scan.stamped).order_by(*NEWEST_FIRST).limit(limit)
    if media is not None:
        query = query.where(Scan.media_id == media.id)
    if model:
        query = query.where(Scan.model == model)
    if before is not None:
        imported = Scan.imported & (Scan.id < before + IMPORTED_OFFSET)
        query = query.where(imported if before < 0 else Scan.imported | (Scan.id < before))
    return [FoundScan(*row) for row in session.execute(query)]


def pin_scan(session: Session, scan_id: int, *, pinned: bool, etag: str) -> FoundScan:
    """Pins or unpins; a version that is no longer pinned is pruned with the next scan.

    Raises:
        EtagMismatch: Somebody changed it since.
        NotFound: RESOURCE_UNKNOWN.
    """
    found = get_scan(session, scan_id)
    check_etag("scan", scan_id, etag, found.scan.revision)
    if found.scan.pinned != pinned:
        found.scan.pinned = pinned
        found.scan.revision += 1
    return found


def delete_scans(session: Session, ids: list[int]) -> None:
    """Deletes scans with their regions and score tracks."""
    bulk = {"synchronize_session": False}
    # Regions first, at once: by cascade they would go scan by scan.
    session.execute(delete(Region).where(Region.scan_id.in_(ids)), execution_options=bulk)
    session.execute(delete(Scan).where(Scan.id.in_(ids)), execution_options=bulk)


def _found() -> Select[Scan, str, str]:
    return (
        select(Scan, Profile.name, Media.digest)
        .join(Profile, Profile.id == Scan.profile_id)
        .join(Media, Media.id == Scan.media_id)
    )

"""Media and hidden media."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from eightcut_store.areas.clock import now_us
from eightcut_store.areas.lookups import find_all_media
from eightcut_store.tables import AdoptedMedia, Clip, HardNegative, HiddenMedia, Media, Profile, Scan


def known_media(session: Session, digests: Sequence[str]) -> list[Media]:
    """Returns those that are registered, in the order asked for.

    For a digest that stood for media until these were located, these are returned, with the digest that they have now.
    """
    found = {media.digest: media for media in session.scalars(select(Media).where(Media.digest.in_(set(digests))))}
    gone = set(digests) - found.keys()
    if gone:
        located = select(AdoptedMedia.digest, Media).join(Media, Media.id == AdoptedMedia.media_id)
        found |= dict(session.execute(located.where(AdoptedMedia.digest.in_(gone))).all())
    return [found[digest] for digest in digests if digest in found]


def is_current(media: Media, filename: str, path_hint: str, size_bytes: int, duration_us: int) -> bool:
    """Says whether registering with these values would change nothing."""
    path = path_hint or media.path_hint
    new = (filename, path, size_bytes, duration_us)
    return new == (media.filename, media.path_hint, media.size_bytes, media.duration_us)


def register_media(
    session: Session, digest: str, *, filename: str, path_hint: str, size_bytes: int, duration_us: int
) -> Media:
    """Makes media known or refreshes what is known; an empty path hint keeps the one that is there."""
    media = session.scalar(select(Media).where(Media.digest == digest))
    if media is None:
        media = Media(digest=digest, path_hint="", create_us=now_us())
        session.add(media)
    media.filename = filename
    media.path_hint = path_hint or media.path_hint
    media.size_bytes = size_bytes
    media.duration_us = duration_us
    session.flush()
    return media


def list_media(
    session: Session, profile: Profile | None, filename: str, after: int | None, limit: int, *, unlocated: bool = False
) -> Sequence[Media]:
    """Returns media in the order of registration, with a profile only those in which it holds something.

    With ``unlocated`` only those whose file was not found.
    """
    query = select(Media).order_by(Media.id).limit(limit)
    if profile is not None:
        used = (
            exists().where(table.profile_id == profile.id, table.media_id == Media.id)
            for table in (Clip, HardNegative, Scan)
        )
        query = query.where(or_(*used))
    if filename:
        query = query.where(Media.filename == filename)
    if unlocated:
        query = query.where(Media.unlocated)
    if after is not None:
        query = query.where(Media.id > after)
    return session.scalars(query).all()


def set_hidden(session: Session, profile: Profile, digests: Sequence[str], *, hidden: bool) -> int:
    """Hides or shows media; returns how many changed.

    Raises:
        NotFound: MEDIA_UNKNOWN.
    """
    wanted = {media.id for media in find_all_media(session, digests).values()}
    rows = session.scalars(
        select(HiddenMedia).where(HiddenMedia.profile_id == profile.id, HiddenMedia.media_id.in_(wanted))
    ).all()
    present = {row.media_id: row for row in rows}
    changed = wanted - present.keys() if hidden else wanted & present.keys()
    for media_id in sorted(changed):
        if hidden:
            session.add(HiddenMedia(profile_id=profile.id, media_id=media_id))
        else:
            session.delete(present[media_id])
    return len(changed)


def list_hidden(session: Session, profile: Profile, after: int | None, limit: int) -> Sequence[Media]:
    """Returns the hidden media of a profile in the order of registration."""
    query = (
        select(Media)
        .join(HiddenMedia, HiddenMedia.media_id == Media.id)
        .where(HiddenMedia.profile_id == profile.id)
        .order_by(Media.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(Media.id > after)
    return session.scalars(query).all()

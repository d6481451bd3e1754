"""Hard negatives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, delete, func, insert, or_, select
from sqlalchemy.orm import Session

from eightcut_store.areas.clock import now_us
from eightcut_store.areas.lookups import check_within, find_all_media, unknown
from eightcut_store.tables import HardNegative, Media, Profile


@dataclass(frozen=True)
class NewHardNegative:
    """A place to be marked; ``field`` is its path in the request."""

    media: str
    start_us: int
    source_model: str
    field: str


@dataclass(frozen=True)
class Filter:
    """Which hard negatives; conditions that are set must all hold."""

    source_model: str | None = None
    media: str = ""
    text: str = ""


class FoundNegative(NamedTuple):
    """A hard negative with the digest of its media."""

    negative: HardNegative
    media: str


def mark(session: Session, profile: Profile, wanted: Sequence[NewHardNegative]) -> tuple[list[FoundNegative], int]:
    """Marks the places that are not marked yet; returns all, in the order asked for, and how many are new.

    Raises:
        InvalidArgument: BEYOND_END.
        NotFound: MEDIA_UNKNOWN.
    """
    media = find_all_media(session, [place.media for place in wanted])
    for place in wanted:
        check_within(media[place.media], place.start_us, f"{place.field}.start")
    starts = [place.start_us for place in wanted]
    ids = {found.id for found in media.values()}
    query = select(HardNegative).where(
        HardNegative.profile_id == profile.id,
        HardNegative.media_id.in_(ids),
        HardNegative.start_us.between(min(starts), max(starts)),
    )
    marked = {(row.media_id, row.start_us): row for row in session.scalars(query)}
    now = now_us()
    new: dict[tuple[int, int], dict[str, object]] = {}
    for place in wanted:
        key = (media[place.media].id, place.start_us)
        if key not in marked and key not in new:
            new[key] = {
                "profile_id": profile.id,
                "media_id": key[0],
                "start_us": key[1],
                "source_model": place.source_model,
                "create_us": now,
            }
    if new:
        statement = insert(HardNegative).returning(HardNegative, sort_by_parameter_order=True)
        marked |= {(row.media_id, row.start_us): row for row in session.scalars(statement, list(new.values()))}
    found = [FoundNegative(marked[media[place.media].id, place.start_us], place.media) for place in wanted]
    return found, len(new)


def list_negatives(
    session: Session, profile: Profile, chosen: Filter, before: int | None, limit: int
) -> tuple[list[FoundNegative], int]:
    """Returns hard negatives, the newest first, those with an id below ``before``, and how many match in all."""
    condition = _condition(profile, chosen)
    total = select(func.count()).select_from(HardNegative).join(Media, Media.id == HardNegative.media_id)
    query = (
        select(HardNegative, Media.digest)
        .join(Media, Media.id == HardNegative.media_id)
        .where(condition)
        .order_by(HardNegative.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(HardNegative.id < before)
    return [FoundNegative(*row) for row in session.execute(query)], session.scalar(total.where(condition)) or 0


def delete_negatives(session: Session, profile: Profile, ids: Sequence[int]) -> int:
    """Deletes all of them or none; returns how many.

    Raises:
        NotFound: RESOURCE_UNKNOWN, naming the first that the profile does not have.
    """
    mine = select(HardNegative.id).where(HardNegative.profile_id == profile.id, HardNegative.id.in_(ids))
    known = set(session.scalars(mine))
    for number in ids:
        if number not in known:
            raise unknown("hard_negative", number)
    session.execute(
        delete(HardNegative).where(HardNegative.id.in_(known)), execution_options={"synchronize_session": False}
    )
    return len(known)


def clear_negatives(session: Session, profile: Profile, chosen: Filter, *, validate_only: bool) -> int:
    """Deletes what matches, or only counts it."""
    matching = select(HardNegative.id).join(Media, Media.id == HardNegative.media_id).where(_condition(profile, chosen))
    count = session.scalar(select(func.count()).select_from(matching.subquery())) or 0
    if count and not validate_only:
        statement = delete(HardNegative).where(HardNegative.id.in_(matching))
        session.execute(statement, execution_options={"synchronize_session": False})
    return count


def _condition(profile: Profile, chosen: Filter) -> ColumnElement[bool]:
    condition = HardNegative.profile_id == profile.id
    if chosen.source_model is not None:
        condition &= HardNegative.source_model == chosen.source_model
    if chosen.media:
        condition &= Media.digest == chosen.media
    if chosen.text:
        text = chosen.text.lower()
        condition &= or_(
            func.lower(Media.filename).contains(text, autoescape=True),
            func.lower(HardNegative.source_model).contains(text, autoescape=True),
        )
    return condition

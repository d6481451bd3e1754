"""Clips: making, finding, changing, deleting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from eightcut_runtime import AlreadyExists, FailedPrecondition, InvalidArgument
from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from eightcut_store.areas.clock import now_us
from eightcut_store.areas.labels import use_labels
from eightcut_store.areas.lookups import check_etag, check_within, find_all_media, unknown
from eightcut_store.tables import Clip, ClipFile, Media, Profile

MARKED = 1
SCAN_EXPORT = 2


@dataclass(frozen=True)
class NewClip:
    """A clip to be made; times in microseconds, ``field`` is its path in the request."""

    media: str
    start_us: int
    duration_us: int
    folder: str
    label: str
    category: str
    origin: int
    field: str


class FoundClip(NamedTuple):
    """A clip with the names of what it belongs to."""

    clip: Clip
    profile: str
    media: str


class _Place(NamedTuple):
    media_id: int
    start_us: int
    duration_us: int
    folder: str


def create_clips(session: Session, profile: Profile, wanted: Sequence[NewClip]) -> list[FoundClip]:
    """Makes the clips that are not there yet and returns these; the others are left as they are.

    Raises:
        InvalidArgument: BEYOND_END.
        NotFound: MEDIA_UNKNOWN.
    """
    media = find_all_media(session, [clip.media for clip in wanted])
    rows = _missing(session, profile, media, wanted)
    if not rows:
        return []
    digests = {found.id: found.digest for found in media.values()}
    made = session.scalars(insert(Clip).returning(Clip, sort_by_parameter_order=True), rows)
    return [FoundClip(clip, profile.name, digests[clip.media_id]) for clip in made]


def provide_clips(session: Session, profile: Profile, wanted: Sequence[NewClip]) -> list[int]:
    """Makes the clips that are not there yet, in a few statements; returns the ids of all.

    Raises:
        InvalidArgument: BEYOND_END.
        NotFound: MEDIA_UNKNOWN.
    """
    media = find_all_media(session, [clip.media for clip in wanted])
    rows = _missing(session, profile, media, wanted)
    if rows:
        session.execute(insert(Clip), rows)
    query = select(Clip.id, Clip.media_id, Clip.start_us, Clip.duration_us, Clip.folder).where(
        Clip.profile_id == profile.id,
        Clip.media_id.in_({found.id for found in media.values()}),
        Clip.start_us.in_({clip.start_us for clip in wanted}),
    )
    places = {_Place(*row[1:]): row.id for row in session.execute(query)}
    return [places[_place(media, clip)] for clip in wanted]


def _missing(
    session: Session, profile: Profile, media: Mapping[str, Media], wanted: Sequence[NewClip]
) -> list[dict[str, Any]]:
    """Returns the rows of clips that are not there yet, each once; their labels count as used."""
    for clip in wanted:
        check_within(media[clip.media], clip.start_us, f"{clip.field}.start")
    taken = _places(session, profile, {found.id for found in media.values()}, wanted)
    now = now_us()
    rows = []
    for clip in wanted:
        place = _place(media, clip)
        if place in taken:
            continue
        taken.add(place)
        rows.append(
            {
                **place._asdict(),
                "profile_id": profile.id,
                "label": clip.label,
                "category": clip.category,
                "origin": clip.origin,
                "create_us": now,
                "revision": 1,
            }
        )
    use_labels(session, profile.id, [str(row["label"]) for row in rows])
    return rows


def _place(media: Mapping[str, Media], clip: NewClip) -> _Place:
    return _Place(media[clip.media].id, clip.start_us, clip.duration_us, clip.folder)


def duplicate_of(session: Session, profile: Profile, wanted: NewClip) -> AlreadyExists:
    """Returns the error that names the clip which is there in place of ``wanted``."""
    query = (
        select(Clip.id)
        .join(Media, Media.id == Clip.media_id)
        .where(Clip.profile_id == profile.id, Media.digest == wanted.media, Clip.start_us == wanted.start_us)
        .where(Clip.duration_us == wanted.duration_us, Clip.folder == wanted.folder)
    )
    return _duplicate(session.scalars(query).one())


def get_clip(session: Session, clip_id: int) -> FoundClip:
    """Returns one clip.

    Raises:
        NotFound: RESOURCE_UNKNOWN.
    """
    query = (
        select(Clip, Profile.name, Media.digest)
        .join(Profile, Profile.id == Clip.profile_id)
        .join(Media, Media.id == Clip.media_id)
        .where(Clip.id == clip_id)
    )
    found = session.execute(query).first()
    if found is None:
        raise unknown("clip", clip_id)
    return FoundClip(*found)


def list_clips(
    session: Session,
    profile: Profile,
    *,
    folder: str,
    media: Media | None,
    after: tuple[int, ...] | None,
    limit: int,
) -> list[FoundClip]:
    """Returns clips by registration of their media, then by start; ``after`` is (media id, start, id)."""
    query = (
        select(Clip, Media.digest)
        .join(Media, Media.id == Clip.media_id)
        .where(Clip.profile_id == profile.id)
        .order_by(Clip.media_id, Clip.start_us, Clip.id)
        .limit(limit)
    )
    if folder:
        query = query.where(Clip.folder == folder)
    if media is not None:
        query = query.where(Clip.media_id == media.id)
    if after is not None:
        media_id, start_us, clip_id = after
        query = query.where(
            Clip.media_id >= media_id,
            (Clip.media_id > media_id)
            | (Clip.start_us > start_us)
            | ((Clip.start_us == start_us) & (Clip.id > clip_id)),
        )
    return [FoundClip(clip, profile.name, digest) for clip, digest in session.execute(query)]


def update_clip(
    session: Session,
    clip_id: int,
    *,
    start_us: int | None,
    duration_us: int | None,
    folder: str | None,
    label: str | None,
    category: str | None,
    etag: str,
) -> FoundClip:
    """Changes what is not None.

    Raises:
        AlreadyExists: DUPLICATE: the same clip is there.
        EtagMismatch: Somebody changed it since.
        InvalidArgument: BEYOND_END, or an empty folder.
        NotFound: RESOURCE_UNKNOWN.
    """
    found = get_clip(session, clip_id)
    clip = found.clip
    check_etag("clip", clip_id, etag, clip.revision)
    if start_us is not None:
        check_within(session.get_one(Media, clip.media_id), start_us, "start")
    if folder == "":
        raise InvalidArgument("A clip needs a folder.", field="folder")
    before = (clip.start_us, clip.duration_us, clip.folder, clip.label, clip.category)
    new_start = clip.start_us if start_us is None else start_us
    new_duration = clip.duration_us if duration_us is None else duration_us
    new_folder = clip.folder if folder is None else folder
    new_label = clip.label if label is None else label
    new_category = clip.category if category is None else category
    twin = session.scalar(
        select(Clip.id)
        .where(Clip.profile_id == clip.profile_id, Clip.media_id == clip.media_id, Clip.start_us == new_start)
        .where(Clip.duration_us == new_duration, Clip.folder == new_folder, Clip.id != clip.id)
    )
    if twin is not None:
        raise _duplicate(twin)
    if (new_start, new_duration, new_folder, new_label, new_category) != before:
        clip.start_us, clip.duration_us, clip.folder = new_start, new_duration, new_folder
        clip.category = new_category
        if new_label != clip.label:
            use_labels(session, clip.profile_id, [new_label])
            clip.label = new_label
        clip.revision += 1
    session.flush()
    return found


def delete_clips(session: Session, profile: Profile, ids: Sequence[int], *, forget_files: bool = False) -> int:
    """Deletes all of them or none; returns how many. What is recorded of their files goes with them.

    Raises:
        FailedPrecondition: CLIP_HAS_FILES, unless ``forget_files`` is set.
        NotFound: RESOURCE_UNKNOWN, naming the first that the profile does not have.
    """
    known = set(session.scalars(select(Clip.id).where(Clip.profile_id == profile.id, Clip.id.in_(ids))))
    for clip_id in ids:
        if clip_id not in known:
            raise unknown("clip", clip_id)
    if not forget_files:
        cut = session.scalar(select(ClipFile.clip_id).where(ClipFile.clip_id.in_(known)).limit(1))
        if cut is not None:
            raise FailedPrecondition(
                f"The clip {cut} is cut to files: delete them with it, or say that they are to be forgotten.",
                reason="CLIP_HAS_FILES",
                subject=f"clip {cut}",
                metadata={"clip": str(cut)},
            )
    session.execute(delete(Clip).where(Clip.id.in_(known)), execution_options={"synchronize_session": False})
    return len(known)


def _places(session: Session, profile: Profile, media_ids: set[int], wanted: Sequence[NewClip]) -> set[_Place]:
    starts = [clip.start_us for clip in wanted]
    query = select(Clip.media_id, Clip.start_us, Clip.duration_us, Clip.folder).where(
        Clip.profile_id == profile.id, Clip.media_id.in_(media_ids), Clip.start_us.between(min(starts), max(starts))
    )
    return {_Place(*row) for row in session.execute(query)}


def _duplicate(clip_id: int) -> AlreadyExists:
    return AlreadyExists(
        f"The same clip is there already: {clip_id}.",
        resource_type="clip",
        resource_name=str(clip_id),
        metadata={"type": "clip", "id": str(clip_id)},
    )

"""Giving unlocated media their file: all that belongs to what stood for it moves to the media that it is."""

from __future__ import annotations

from typing import Any, NamedTuple, cast

from eightcut_runtime import FailedPrecondition
from sqlalchemy import Update, delete, func, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session, aliased

from eightcut_store.areas.clip_merging import merge_clips
from eightcut_store.areas.export_numbers import hand_numbers_on
from eightcut_store.areas.lookups import find_media
from eightcut_store.areas.media import register_media
from eightcut_store.tables import (
    AdoptedMedia,
    Clip,
    HardNegative,
    HiddenMedia,
    ImportedRow,
    Media,
    Scan,
)

_BULK = {"synchronize_session": False}
# Numbers of eightcut.store.v1.ImportedTable.
_NEGATIVES, _HIDDEN = 3, 4


class Adopted(NamedTuple):
    """The media, how many clips, hard negatives, scans and hidden entries moved, and how many of them were there."""

    media: Media
    moved: int
    merged: int


def adopt_media(
    session: Session, digest: str, file: str, *, filename: str, path_hint: str, size_bytes: int, duration_us: int
) -> Adopted:
    """Registers the file with the digest ``file`` and gives it all that belongs to the unlocated media ``digest``.

    Raises:
        FailedPrecondition: The media is not unlocated, or ``file`` is no file either.
        NotFound: MEDIA_UNKNOWN.
    """
    waiting = session.scalar(select(Media).where(Media.digest == digest))
    known = session.scalar(select(Media).where(Media.digest == file))
    if known is not None and known.unlocated:
        raise FailedPrecondition("The file's digest is one of media that are not located.", subject=f"media {file}")
    if waiting is None:
        before = session.scalar(select(AdoptedMedia).where(AdoptedMedia.digest == digest))
        if before is None:
            find_media(session, digest)
        elif known is not None and before.media_id == known.id:
            return Adopted(known, 0, 0)
    if waiting is None or not waiting.unlocated:
        raise FailedPrecondition("This media is located already.", subject=f"media {digest}")
    found = register_media(
        session, file, filename=filename, path_hint=path_hint, size_bytes=size_bytes, duration_us=duration_us
    )
    return Adopted(found, *take_over(session, waiting, found))


def take_over(session: Session, waiting: Media, found: Media) -> tuple[int, int]:
    """Moves all from one media to another, joins what is there already, and remembers what stood for it.

    Returns:
        How many clips, hard negatives, scans and hidden entries moved, and how many of them were there already.
    """
    old, new, digest = waiting.id, found.id, waiting.digest
    session.flush()
    counts = [_move_clips(session, old, new), _move_negatives(session, old, new), _move_hidden(session, old, new)]
    scans = update(Scan).where(Scan.media_id == old).values(media_id=new, revision=Scan.revision + 1)
    counts.append((_changed(session, scans), 0))
    hand_numbers_on(session, old, new)
    _changed(session, update(AdoptedMedia).where(AdoptedMedia.media_id == old).values(media_id=new))
    session.add(AdoptedMedia(digest=digest, media_id=new))
    session.delete(waiting)
    session.flush()
    # Rows that were read before name media that are gone.
    session.expire_all()
    return sum(moved for moved, _ in counts), sum(merged for _, merged in counts)


def _move_clips(session: Session, old: int, new: int) -> tuple[int, int]:
    there = aliased(Clip)
    pairs = session.execute(
        select(Clip, there)
        .join(
            there,
            (there.profile_id == Clip.profile_id)
            & (there.start_us == Clip.start_us)
            & (there.duration_us == Clip.duration_us)
            & (there.folder == Clip.folder),
        )
        .where(Clip.media_id == old, there.media_id == new)
    ).all()
    for clip, kept in pairs:
        before = (kept.label, kept.category)
        # What only the clip that goes says.
        kept.label = kept.label or clip.label
        kept.category = kept.category or clip.category
        if (kept.label, kept.category) != before:
            kept.revision += 1
    session.flush()
    merge_clips(session, [(clip.id, kept.id) for clip, kept in pairs])
    move = update(Clip).where(Clip.media_id == old).values(media_id=new, revision=Clip.revision + 1)
    return len(pairs) + _changed(session, move), len(pairs)


def _move_negatives(session: Session, old: int, new: int) -> tuple[int, int]:
    there = aliased(HardNegative)
    pairs = session.execute(
        select(HardNegative.id, there.id)
        .join(there, (there.profile_id == HardNegative.profile_id) & (there.start_us == HardNegative.start_us))
        .where(HardNegative.media_id == old, there.media_id == new)
    ).all()
    for dropped, kept in pairs:
        became = ImportedRow.target_id.in_((dropped, -dropped)) & (ImportedRow.kind == _NEGATIVES)
        session.execute(update(ImportedRow).where(became).values(target_id=-kept), execution_options=_BULK)
        session.execute(delete(HardNegative).where(HardNegative.id == dropped), execution_options=_BULK)
    move = update(HardNegative).where(HardNegative.media_id == old).values(media_id=new)
    return len(pairs) + _changed(session, move), len(pairs)


def _move_hidden(session: Session, old: int, new: int) -> tuple[int, int]:
    profiles = select(HiddenMedia.profile_id).where(HiddenMedia.media_id == new)
    both = (HiddenMedia.media_id == old) & HiddenMedia.profile_id.in_(profiles)
    merged = session.scalar(select(func.count()).where(both)) or 0
    session.execute(delete(HiddenMedia).where(both), execution_options=_BULK)
    moved = _changed(session, update(HiddenMedia).where(HiddenMedia.media_id == old).values(media_id=new))
    for sign in (1, -1):
        became = (ImportedRow.kind == _HIDDEN) & (ImportedRow.target_id == sign * old)
        session.execute(update(ImportedRow).where(became).values(target_id=sign * new), execution_options=_BULK)
    return moved + merged, merged


def _changed(session: Session, statement: Update) -> int:
    result = session.execute(statement, execution_options=_BULK)
    return cast("CursorResult[Any]", result).rowcount

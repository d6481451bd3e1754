"""Making one clip of two that are the same."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from eightcut_store.areas.clips import MARKED
from eightcut_store.tables import Clip, ClipFile

_BULK = {"synchronize_session": False}
_BATCH = 1000


def merge_clips(session: Session, pairs: Sequence[tuple[int, int]]) -> None:
    """Makes one of two clips that are the same: the first of each pair goes, its files and a person's mark stay.

    Args:
        session: A writing one.
        pairs: The clip that goes, and the one that stays.
    """
    if not pairs:
        return
    for start in range(0, len(pairs), _BATCH):
        batch = dict(pairs[start : start + _BATCH])
        marked = select(Clip.id).where(Clip.id.in_(batch), Clip.origin == MARKED)
        keep = [batch[dropped] for dropped in session.scalars(marked)]
        with_files = session.scalars(select(ClipFile.clip_id).where(ClipFile.clip_id.in_(batch)).distinct()).all()
        if with_files:
            session.connection().execute(
                update(ClipFile).where(ClipFile.clip_id == bindparam("dropped")).values(clip_id=bindparam("kept")),
                [{"dropped": dropped, "kept": batch[dropped]} for dropped in with_files],
            )
        session.execute(delete(Clip).where(Clip.id.in_(batch)), execution_options=_BULK)
        upgraded = update(Clip).where(Clip.id.in_(keep), Clip.origin != MARKED)
        session.execute(upgraded.values(origin=MARKED, revision=Clip.revision + 1), execution_options=_BULK)

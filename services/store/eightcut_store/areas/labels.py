"""Labels, ordered by their last use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from eightcut_store.areas.clock import now_us
from eightcut_store.tables import Clip, Label, Profile


class UsedLabel(NamedTuple):
    """A label, the clips that carry it, and when it was last given."""

    name: str
    clips: int
    last_use_us: int


def use_labels(session: Session, profile_id: int, names: Sequence[str]) -> None:
    """Records that these labels were given, the last of them last; empty ones are none."""
    # The last place of a name in the list counts.
    used = [name for name in reversed(dict.fromkeys(reversed(names))) if name]
    if not used:
        return
    newest = session.scalar(select(func.max(Label.last_use)).where(Label.profile_id == profile_id)) or 0
    rows = session.scalars(select(Label).where(Label.profile_id == profile_id, Label.name.in_(used)))
    known = {label.name: label for label in rows}
    now = now_us()
    for order, name in enumerate(used, newest + 1):
        label = known.get(name)
        if label is None:
            session.add(Label(profile_id=profile_id, name=name, last_use=order, last_use_us=now))
        else:
            label.last_use, label.last_use_us = order, now
    session.flush()


def list_labels(session: Session, profile: Profile, limit: int) -> list[UsedLabel]:
    """Returns the labels that clips carry, the last used first."""
    query = (
        select(Label.name, func.count(), Label.last_use_us)
        .join(Clip, (Clip.profile_id == Label.profile_id) & (Clip.label == Label.name))
        .where(Label.profile_id == profile.id)
        .group_by(Label.profile_id, Label.name, Label.last_use, Label.last_use_us)
        .order_by(Label.last_use.desc())
        .limit(limit)
    )
    return [UsedLabel(*row) for row in session.execute(query)]

"""The order of labels that come with imported clips."""

from __future__ import annotations

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from eightcut_store.tables import Label


class NewLabels:
    """Gathers labels; those that a profile does not know yet were used before all that it knows."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._last_use: dict[int, dict[str, int]] = {}

    def note(self, profile_id: int, label: str, create_us: int) -> None:
        """Notes that a clip was labelled; an empty label is none."""
        if label:
            labels = self._last_use.setdefault(profile_id, {})
            labels[label] = max(labels.get(label, create_us), create_us)

    def save(self) -> None:
        """Adds the labels in the order in which they were last used."""
        for profile_id, labels in self._last_use.items():
            mine = Label.profile_id == profile_id
            known = set(self._session.scalars(select(Label.name).where(mine)))
            oldest = self._session.scalar(select(func.min(Label.last_use)).where(mine))
            new = sorted((last_use_us, name) for name, last_use_us in labels.items() if name not in known)
            first = 1 if oldest is None else oldest - len(new)
            values = [
                {"profile_id": profile_id, "name": name, "last_use": order, "last_use_us": last_use_us}
                for order, (last_use_us, name) in enumerate(new, first)
            ]
            if values:
                self._session.execute(insert(Label), values)

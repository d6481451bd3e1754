"""Profiles."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped

from eightcut_store.tables.base import Base, Id, Micros, Name


class Profile(Base):
    """An independent set of clips, hard negatives, scans and classifiers."""

    __tablename__ = "profiles"
    __table_args__ = (UniqueConstraint("name"), {"sqlite_autoincrement": True})

    id: Mapped[Id]
    name: Mapped[Name]
    keep_versions: Mapped[int]
    create_us: Mapped[Micros]
    revision: Mapped[int]

"""Clips and the labels that they were given."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eightcut_store.tables.base import Base, Id, Micros, Name, Number


class Clip(Base):
    """A marked stretch of media."""

    __tablename__ = "clips"
    __table_args__ = (
        # Also serves the order in which clips are listed.
        UniqueConstraint("profile_id", "media_id", "start_us", "duration_us", "folder"),
        Index(None, "profile_id", "folder", "media_id"),
        Index(None, "profile_id", "label"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    profile_id: Mapped[Number] = mapped_column(ForeignKey("profiles.id", ondelete="CASCADE"))
    media_id: Mapped[Number] = mapped_column(ForeignKey("media.id"))
    start_us: Mapped[Micros]
    duration_us: Mapped[Micros]
    folder: Mapped[Name]
    label: Mapped[Name]
    category: Mapped[Name] = mapped_column(server_default="")
    origin: Mapped[int] = mapped_column(SmallInteger)
    create_us: Mapped[Micros]
    revision: Mapped[int]


class Label(Base):
    """When a label was last given to a clip; the order comes from ``last_use``, which no clock disturbs."""

    __tablename__ = "labels"

    profile_id: Mapped[Number] = mapped_column(ForeignKey("profiles.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[Name] = mapped_column(primary_key=True)
    last_use: Mapped[Number]
    last_use_us: Mapped[Micros]

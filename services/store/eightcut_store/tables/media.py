"""Media, and which of them a profile hides."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from eightcut_store.tables.base import Base, Id, Micros, Name, Number


class Media(Base):
    """A video or audio file; the order of ids is the order of registration.

    Never deleted, but for unlocated media, of which no file was found when they were imported: their digest is of name
    and place, and they end when the file is located.
    """

    __tablename__ = "media"
    __table_args__ = (
        UniqueConstraint("digest"),
        Index(None, "filename", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    digest: Mapped[Name]
    filename: Mapped[Name]
    path_hint: Mapped[str]
    size_bytes: Mapped[Number]
    duration_us: Mapped[Micros]
    create_us: Mapped[Micros]
    unlocated: Mapped[bool] = mapped_column(server_default=false())


class HiddenMedia(Base):
    """Media that a profile hides."""

    __tablename__ = "hidden_media"

    profile_id: Mapped[Number] = mapped_column(ForeignKey("profiles.id", ondelete="CASCADE"), primary_key=True)
    media_id: Mapped[Number] = mapped_column(ForeignKey("media.id"), primary_key=True)

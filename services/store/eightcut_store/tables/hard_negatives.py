"""Hard negatives."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eightcut_store.tables.base import Base, Id, Micros, Name, Number


class HardNegative(Base):
    """A place where a classifier was wrong."""

    __tablename__ = "hard_negatives"
    __table_args__ = (
        UniqueConstraint("profile_id", "media_id", "start_us"),
        Index(None, "profile_id", "source_model"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    profile_id: Mapped[Number] = mapped_column(ForeignKey("profiles.id", ondelete="CASCADE"))
    media_id: Mapped[Number] = mapped_column(ForeignKey("media.id"))
    start_us: Mapped[Micros]
    source_model: Mapped[Name]
    create_us: Mapped[Micros]

"""Training runs and their events."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, SmallInteger, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from eightcut_store.tables.base import Base, Document, Id, MaybeMicros, Micros, Number

_ACTIVE = text("state IN (1, 2)")


class TrainingRun(Base):
    """One training. ``state`` is a number of eightcut.store.v1.TrainingState; 1 and 2 are QUEUED and RUNNING."""

    __tablename__ = "training_runs"
    __table_args__ = (
        Index(None, "profile_id", "id"),
        # At most one active run of a spec.
        Index(
            "uq_training_runs_active",
            "profile_id",
            "spec_hash",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    profile_id: Mapped[Number] = mapped_column(ForeignKey("profiles.id", ondelete="CASCADE"))
    spec: Mapped[Document]
    spec_hash: Mapped[str]
    state: Mapped[int] = mapped_column(SmallInteger)
    create_us: Mapped[Micros]
    end_us: Mapped[MaybeMicros]
    classifier_id: Mapped[Number | None]
    error_reason: Mapped[str]
    error_message: Mapped[str]
    last_seq: Mapped[Number]
    cancel_requested: Mapped[bool]
    copied_from: Mapped[Number | None]


class TrainingEvent(Base):
    """What happened in a run: a state, or progress (stage, done, total), or a note."""

    __tablename__ = "training_events"

    run_id: Mapped[Number] = mapped_column(ForeignKey("training_runs.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[Number] = mapped_column(primary_key=True)
    time_us: Mapped[Micros]
    state: Mapped[int | None] = mapped_column(SmallInteger)
    stage: Mapped[str | None]
    done: Mapped[int | None]
    total: Mapped[int | None]
    note: Mapped[str | None] = mapped_column(Text)

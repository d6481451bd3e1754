"""Scans, their regions and score tracks."""

from __future__ import annotations

from sqlalchemy import Double, ForeignKey, Index, LargeBinary, SmallInteger, false, text
from sqlalchemy.orm import Mapped, mapped_column

from eightcut_store.tables.base import Base, Id, MaybeMicros, Micros, Name, Number


class Scan(Base):
    """One version of a media's results under one model. Its id is its place in the order of versions.

    ``create_us`` is absent, and ``stamped`` false, for rows of an old database. ``region_count`` and
    ``best_score`` are over the regions that are neither merged into another nor deleted; whoever changes regions
    keeps them right. ``imported`` versions come from an old library: whatever their id, they are older than those that
    were made here. ``classifier_id`` is no foreign key: a scan outlives the classifier.
    """

    __tablename__ = "scans"
    __table_args__ = (
        # The newest of (profile, media, model) is the last entry of a range of this index.
        Index(None, "profile_id", "media_id", "model", "stamped", "id"),
        Index(None, "profile_id", "stamped", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    profile_id: Mapped[Number] = mapped_column(ForeignKey("profiles.id", ondelete="CASCADE"))
    media_id: Mapped[Number] = mapped_column(ForeignKey("media.id"))
    model: Mapped[Name]
    classifier_id: Mapped[Number | None]
    classifier_version: Mapped[int]
    stamped: Mapped[bool]
    create_us: Mapped[MaybeMicros]
    threshold: Mapped[float] = mapped_column(Double)
    fuse_gap_us: Mapped[MaybeMicros]
    bounds: Mapped[int | None] = mapped_column(SmallInteger)
    window_us: Mapped[Micros]
    hop_us: Mapped[Micros]
    window_count: Mapped[int]
    region_count: Mapped[int]
    best_score: Mapped[float | None] = mapped_column(Double)
    pinned: Mapped[bool]
    revision: Mapped[int]
    copied_from: Mapped[Number | None]
    imported: Mapped[bool] = mapped_column(server_default=false())


class ScoreChunk(Base):
    """A stretch of a score track: float32, little-endian, at most `CHUNK_WINDOWS` of them."""

    __tablename__ = "score_chunks"

    scan_id: Mapped[Number] = mapped_column(ForeignKey("scans.id", ondelete="CASCADE"), primary_key=True)
    first_window: Mapped[int] = mapped_column(primary_key=True)
    scores: Mapped[bytes] = mapped_column(LargeBinary)


CHUNK_WINDOWS = 65536
"""Windows in every chunk of a score track but the last."""


class Region(Base):
    """A stretch that a scan found, as the person left it.

    A deleted one stays for as long as its scan, so that it can be restored; the parts of a merged region are deleted
    and restored with it.
    """

    __tablename__ = "regions"
    __table_args__ = (
        Index(None, "scan_id", "start_us", "id"),
        # Few regions are merged; without it every deleted region would search the whole table.
        Index(
            None,
            "merged_into",
            sqlite_where=text("merged_into IS NOT NULL"),
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    scan_id: Mapped[Number] = mapped_column(ForeignKey("scans.id", ondelete="CASCADE"))
    start_us: Mapped[Micros]
    end_us: Mapped[Micros]
    score: Mapped[float] = mapped_column(Double)
    disabled: Mapped[bool]
    original_start_us: Mapped[Micros]
    original_end_us: Mapped[Micros]
    union_start_us: Mapped[Micros]
    union_end_us: Mapped[Micros]
    merged_into: Mapped[Number | None] = mapped_column(ForeignKey("regions.id"))
    deleted: Mapped[bool] = mapped_column(server_default=false())
    revision: Mapped[int]

"""Clips as files, and the numbers in their names."""

from __future__ import annotations

from sqlalchemy import Double, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from eightcut_store.tables.base import Base, Document, Id, Micros, Name, Number


class ClipFile(Base):
    """A file that was cut from a clip. Several profiles may record one file.

    ``more`` is eightcut.store.v1.CutSettings as JSON, of the settings that have no column here; empty where there are
    none.
    """

    __tablename__ = "clip_files"
    __table_args__ = (
        UniqueConstraint("profile_id", "export_folder", "path"),
        Index(None, "clip_id", "sub_index"),
        # Who else has recorded a file.
        Index(None, "path"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    profile_id: Mapped[Number] = mapped_column(ForeignKey("profiles.id", ondelete="CASCADE"))
    clip_id: Mapped[Number] = mapped_column(ForeignKey("clips.id", ondelete="CASCADE"))
    export_folder: Mapped[Name]
    path: Mapped[Name]
    sub_index: Mapped[int]
    start_us: Mapped[Micros]
    duration_us: Mapped[Micros]
    label: Mapped[Name]
    format: Mapped[str]
    short_side: Mapped[int]
    crop_ratio: Mapped[str]
    crop_center: Mapped[float] = mapped_column(Double)
    clip_count: Mapped[int]
    clip_duration_us: Mapped[Micros]
    spread_us: Mapped[Micros]
    more: Mapped[Document]
    size_bytes: Mapped[Number]
    create_us: Mapped[Micros]


class ExportCounter(Base):
    """The last number that a video got in an export folder, so that none is used twice.

    ``folder_key`` is the last part of the folder's path without "_disabled", case-folded.
    """

    __tablename__ = "export_counters"

    folder_key: Mapped[Name] = mapped_column(primary_key=True)
    last_video: Mapped[int]


class ExportVideo(Base):
    """The number of a video in an export folder, and the last numbers that its clips got."""

    __tablename__ = "export_videos"
    __table_args__ = (UniqueConstraint("folder_key", "number"),)

    folder_key: Mapped[Name] = mapped_column(primary_key=True)
    media_id: Mapped[Number] = mapped_column(ForeignKey("media.id"), primary_key=True)
    number: Mapped[int]
    last_marked: Mapped[int]
    last_scan_export: Mapped[int]

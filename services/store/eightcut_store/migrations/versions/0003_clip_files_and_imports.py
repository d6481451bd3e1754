"""Clips have files, files have numbers; libraries can be imported."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("media", recreate="never") as media:
        media.add_column(sa.Column("unlocated", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("scans", recreate="never") as scans:
        scans.add_column(sa.Column("imported", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "clip_files",
        sa.Column("id", _KEY, sa.Identity(), nullable=False),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("clip_id", sa.BigInteger(), nullable=False),
        sa.Column("export_folder", _NAME, nullable=False),
        sa.Column("path", _NAME, nullable=False),
        sa.Column("sub_index", sa.Integer(), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("duration_us", sa.BigInteger(), nullable=False),
        sa.Column("label", _NAME, nullable=False),
        sa.Column("format", sa.String(), nullable=False),
        sa.Column("short_side", sa.Integer(), nullable=False),
        sa.Column("crop_ratio", sa.String(), nullable=False),
        sa.Column("crop_center", sa.Double(), nullable=False),
        sa.Column("clip_count", sa.Integer(), nullable=False),
        sa.Column("clip_duration_us", sa.BigInteger(), nullable=False),
        sa.Column("spread_us", sa.BigInteger(), nullable=False),
        sa.Column("more", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("create_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_clip_files"),
        sa.ForeignKeyConstraint(["profile_id"], ["profiles.id"], name="fk_clip_files_profile_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name="fk_clip_files_clip_id", ondelete="CASCADE"),
        sa.UniqueConstraint("profile_id", "export_folder", "path", name="uq_clip_files_profile_id_export_folder_path"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_clip_files_clip_id_sub_index", "clip_files", ["clip_id", "sub_index"])
    op.create_index("ix_clip_files_path", "clip_files", ["path"])
    op.create_table(
        "export_counters",
        sa.Column("folder_key", _NAME, nullable=False),
        sa.Column("last_video", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("folder_key", name="pk_export_counters"),
    )
    op.create_table(
        "export_videos",
        sa.Column("folder_key", _NAME, nullable=False),
        sa.Column("media_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("last_marked", sa.Integer(), nullable=False),
        sa.Column("last_scan_export", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("folder_key", "media_id", name="pk_export_videos"),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name="fk_export_videos_media_id"),
        sa.UniqueConstraint("folder_key", "number", name="uq_export_videos_folder_key_number"),
    )
    op.create_table(
        "imported_rows",
        sa.Column("kind", sa.SmallInteger(), nullable=False),
        sa.Column("source_key", sa.LargeBinary(), nullable=False),
        sa.Column("target_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "source_key", name="pk_imported_rows"),
    )
    op.create_table(
        "adopted_media",
        sa.Column("digest", _NAME, nullable=False),
        sa.Column("media_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_adopted_media"),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name="fk_adopted_media_media_id"),
    )

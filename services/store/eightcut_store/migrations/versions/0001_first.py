"""The first form of the Store's database."""

from __future__ import annotations

import time

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def _key() -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", number, sa.Identity(always=False), nullable=False)


def upgrade() -> None:
    _profiles()
    _media()
    _clips()
    _hard_negatives()
    _classifiers()
    _scans()
    _scan_contents()
    _training_runs()
    _requests()
    profiles = sa.table(
        "profiles", sa.column("name"), sa.column("keep_versions"), sa.column("create_us"), sa.column("revision")
    )
    now = time.time_ns() // 1000
    op.execute(profiles.insert().values(name="default", keep_versions=5, create_us=now, revision=1))


def _profiles() -> None:
    op.create_table(
        "profiles",
        _key(),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("keep_versions", sa.Integer(), nullable=False),
        sa.Column("create_us", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profiles")),
        sa.UniqueConstraint("name", name=op.f("uq_profiles_name")),
        sqlite_autoincrement=True,
    )


def _media() -> None:
    op.create_table(
        "media",
        _key(),
        sa.Column("digest", _NAME, nullable=False),
        sa.Column("filename", _NAME, nullable=False),
        sa.Column("path_hint", sa.String(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("duration_us", sa.BigInteger(), nullable=False),
        sa.Column("create_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("digest", name=op.f("uq_media_digest")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_media_filename_id"), "media", ["filename", "id"], unique=False)
    op.create_table(
        "hidden_media",
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("media_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_hidden_media_media_id")),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profiles.id"], name=op.f("fk_hidden_media_profile_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("profile_id", "media_id", name=op.f("pk_hidden_media")),
    )


def _clips() -> None:
    op.create_table(
        "clips",
        _key(),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("media_id", sa.BigInteger(), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("duration_us", sa.BigInteger(), nullable=False),
        sa.Column("folder", _NAME, nullable=False),
        sa.Column("label", _NAME, nullable=False),
        sa.Column("origin", sa.SmallInteger(), nullable=False),
        sa.Column("create_us", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_clips_media_id")),
        sa.ForeignKeyConstraint(["profile_id"], ["profiles.id"], name=op.f("fk_clips_profile_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clips")),
        sa.UniqueConstraint(
            "profile_id",
            "media_id",
            "start_us",
            "duration_us",
            "folder",
            name=op.f("uq_clips_profile_id_media_id_start_us_duration_us_folder"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_clips_profile_id_folder_media_id"), "clips", ["profile_id", "folder", "media_id"], unique=False
    )
    op.create_index(op.f("ix_clips_profile_id_label"), "clips", ["profile_id", "label"], unique=False)
    op.create_table(
        "labels",
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("last_use", sa.BigInteger(), nullable=False),
        sa.Column("last_use_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["profile_id"], ["profiles.id"], name=op.f("fk_labels_profile_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("profile_id", "name", name=op.f("pk_labels")),
    )


def _hard_negatives() -> None:
    op.create_table(
        "hard_negatives",
        _key(),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("media_id", sa.BigInteger(), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("source_model", _NAME, nullable=False),
        sa.Column("create_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_hard_negatives_media_id")),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profiles.id"], name=op.f("fk_hard_negatives_profile_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hard_negatives")),
        sa.UniqueConstraint(
            "profile_id", "media_id", "start_us", name=op.f("uq_hard_negatives_profile_id_media_id_start_us")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_hard_negatives_profile_id_source_model"),
        "hard_negatives",
        ["profile_id", "source_model"],
        unique=False,
    )


def _classifiers() -> None:
    op.create_table(
        "classifiers",
        _key(),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("embedder", _NAME, nullable=False),
        sa.Column("name", _NAME, nullable=False),
        sa.Column("model", _NAME, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("card_hash", sa.String(), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("metrics", sa.Text(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("create_us", sa.BigInteger(), nullable=False),
        sa.Column("weights_sha256", sa.String(), nullable=False),
        sa.Column("copied_from", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profiles.id"], name=op.f("fk_classifiers_profile_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classifiers")),
        sa.UniqueConstraint("profile_id", "model", "version", name=op.f("uq_classifiers_profile_id_model_version")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "uq_classifiers_active",
        "classifiers",
        ["profile_id", "model"],
        unique=True,
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "model_counters",
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("model", _NAME, nullable=False),
        sa.Column("last_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profiles.id"], name=op.f("fk_model_counters_profile_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("profile_id", "model", name=op.f("pk_model_counters")),
    )
    op.create_table(
        "classifier_weights",
        sa.Column("classifier_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("weights", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["classifier_id"], ["classifiers.id"], name=op.f("fk_classifier_weights_classifier_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("classifier_id", name=op.f("pk_classifier_weights")),
    )


def _scans() -> None:
    op.create_table(
        "scans",
        _key(),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("media_id", sa.BigInteger(), nullable=False),
        sa.Column("model", _NAME, nullable=False),
        sa.Column("classifier_id", sa.BigInteger(), nullable=True),
        sa.Column("classifier_version", sa.Integer(), nullable=False),
        sa.Column("stamped", sa.Boolean(), nullable=False),
        sa.Column("create_us", sa.BigInteger(), nullable=True),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("fuse_gap_us", sa.BigInteger(), nullable=True),
        sa.Column("bounds", sa.SmallInteger(), nullable=True),
        sa.Column("window_us", sa.BigInteger(), nullable=False),
        sa.Column("hop_us", sa.BigInteger(), nullable=False),
        sa.Column("window_count", sa.Integer(), nullable=False),
        sa.Column("region_count", sa.Integer(), nullable=False),
        sa.Column("best_score", sa.Double(), nullable=True),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("copied_from", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_scans_media_id")),
        sa.ForeignKeyConstraint(["profile_id"], ["profiles.id"], name=op.f("fk_scans_profile_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scans")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_scans_profile_id_media_id_model_stamped_id"),
        "scans",
        ["profile_id", "media_id", "model", "stamped", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_scans_profile_id_stamped_id"), "scans", ["profile_id", "stamped", "id"], unique=False)


def _scan_contents() -> None:
    op.create_table(
        "regions",
        _key(),
        sa.Column("scan_id", sa.BigInteger(), nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("original_start_us", sa.BigInteger(), nullable=False),
        sa.Column("original_end_us", sa.BigInteger(), nullable=False),
        sa.Column("union_start_us", sa.BigInteger(), nullable=False),
        sa.Column("union_end_us", sa.BigInteger(), nullable=False),
        sa.Column("merged_into", sa.BigInteger(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["merged_into"], ["regions.id"], name=op.f("fk_regions_merged_into")),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name=op.f("fk_regions_scan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_regions")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_regions_merged_into"),
        "regions",
        ["merged_into"],
        unique=False,
        sqlite_where=sa.text("merged_into IS NOT NULL"),
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    op.create_index(op.f("ix_regions_scan_id_start_us_id"), "regions", ["scan_id", "start_us", "id"], unique=False)
    op.create_table(
        "score_chunks",
        sa.Column("scan_id", sa.BigInteger(), nullable=False),
        sa.Column("first_window", sa.Integer(), nullable=False),
        sa.Column("scores", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name=op.f("fk_score_chunks_scan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("scan_id", "first_window", name=op.f("pk_score_chunks")),
    )


def _training_runs() -> None:
    op.create_table(
        "training_runs",
        _key(),
        sa.Column("profile_id", sa.BigInteger(), nullable=False),
        sa.Column("spec", sa.Text(), nullable=False),
        sa.Column("spec_hash", sa.String(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("create_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=True),
        sa.Column("classifier_id", sa.BigInteger(), nullable=True),
        sa.Column("error_reason", sa.String(), nullable=False),
        sa.Column("error_message", sa.String(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("copied_from", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profiles.id"], name=op.f("fk_training_runs_profile_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_runs")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_training_runs_profile_id_id"), "training_runs", ["profile_id", "id"], unique=False)
    op.create_index(
        "uq_training_runs_active",
        "training_runs",
        ["profile_id", "spec_hash"],
        unique=True,
        sqlite_where=sa.text("state IN (1, 2)"),
        postgresql_where=sa.text("state IN (1, 2)"),
    )
    op.create_table(
        "training_events",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("time_us", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=True),
        sa.Column("stage", sa.String(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["run_id"], ["training_runs.id"], name=op.f("fk_training_events_run_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "seq", name=op.f("pk_training_events")),
    )


def _requests() -> None:
    op.create_table(
        "answered_requests",
        sa.Column("request_id", _NAME, nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("create_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_answered_requests")),
    )
    op.create_index(op.f("ix_answered_requests_create_us"), "answered_requests", ["create_us"], unique=False)

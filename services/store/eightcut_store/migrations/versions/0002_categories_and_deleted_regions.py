"""Clips have a category, and regions can be deleted and restored.

Columns with a constant default are added without rewriting the table, however many rows it has; SQLite's
batch mode does so too, and a copy of ``regions``, which refers to itself, would break those references.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_NAME = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    with op.batch_alter_table("clips", recreate="never") as clips:
        clips.add_column(sa.Column("category", _NAME, server_default="", nullable=False))
    with op.batch_alter_table("regions", recreate="never") as regions:
        regions.add_column(sa.Column("deleted", sa.Boolean(), server_default=sa.false(), nullable=False))

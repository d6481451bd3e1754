"""What all tables have in common: names of constraints, types of keys, times and texts."""

from __future__ import annotations

from typing import Annotated, TypeAlias

from sqlalchemy import BigInteger, Identity, Integer, MetaData, String, Text
from sqlalchemy.orm import DeclarativeBase, mapped_column

# SQLite numbers rows by itself only where the type is INTEGER to the letter.
_KEY = BigInteger().with_variant(Integer(), "sqlite")

NAME = String().with_variant(String(collation="C"), "postgresql")
"""A text that is compared and ordered by its code points, the same on every database."""

Id: TypeAlias = Annotated[int, mapped_column(_KEY, Identity(), primary_key=True)]
"""Number from the database, never used again: AUTOINCREMENT on SQLite, an identity column on PostgreSQL."""

Micros: TypeAlias = Annotated[int, mapped_column(BigInteger)]
"""Whole microseconds: from the beginning of the media, or since 1970 in UTC."""

MaybeMicros: TypeAlias = Annotated[int | None, mapped_column(BigInteger)]
"""As `Micros`, or unknown."""

Number: TypeAlias = Annotated[int, mapped_column(BigInteger)]
"""A 64-bit number."""

Name: TypeAlias = Annotated[str, mapped_column(NAME)]
"""See `NAME`."""

Document: TypeAlias = Annotated[str, mapped_column(Text)]
"""A protobuf message as JSON."""


class Base(DeclarativeBase):
    """Base of all tables."""

    # Constraints with names can be changed by later migrations.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

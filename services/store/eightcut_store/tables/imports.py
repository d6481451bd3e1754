"""What was imported from an old library, so that nothing is imported twice."""

from __future__ import annotations

from sqlalchemy import ForeignKey, LargeBinary, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from eightcut_store.tables.base import Base, Name, Number


class ImportedRow(Base):
    """A row of an old library, and what became of it: also when that was deleted since.

    ``kind`` is a number of eightcut.store.v1.ImportedTable, or 0 for a scan, which is a group of rows there.
    """

    __tablename__ = "imported_rows"

    kind: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    source_key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    target_id: Mapped[Number]


class AdoptedMedia(Base):
    """A digest of name and place that stood for media until their file was located, or would without their file."""

    __tablename__ = "adopted_media"

    digest: Mapped[Name] = mapped_column(primary_key=True)
    media_id: Mapped[Number] = mapped_column(ForeignKey("media.id"))

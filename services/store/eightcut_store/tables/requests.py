"""Answered requests that carried an idempotency key."""

from __future__ import annotations

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from eightcut_store.tables.base import Base, Micros, Name


class AnsweredRequest(Base):
    """The answer that a request id got, kept for a week.

    ``fingerprint`` is the SHA-256 of method and request; ``answer`` the response message, compressed with zlib.
    """

    __tablename__ = "answered_requests"
    __table_args__ = (Index(None, "create_us"),)

    request_id: Mapped[Name] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    create_us: Mapped[Micros]

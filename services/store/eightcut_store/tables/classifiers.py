"""Classifier versions and their weights."""

from __future__ import annotations

from sqlalchemy import Double, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from eightcut_store.tables.base import Base, Document, Id, Micros, Name, Number


class Classifier(Base):
    """One version of a trained model."""

    __tablename__ = "classifiers"
    __table_args__ = (
        UniqueConstraint("profile_id", "model", "version"),
        Index(
            "uq_classifiers_active",
            "profile_id",
            "model",
            unique=True,
            sqlite_where=text("active"),
            postgresql_where=text("active"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[Id]
    profile_id: Mapped[Number] = mapped_column(ForeignKey("profiles.id", ondelete="CASCADE"))
    embedder: Mapped[Name]
    name: Mapped[Name]
    model: Mapped[Name]
    version: Mapped[int]
    active: Mapped[bool]
    card_hash: Mapped[str]
    threshold: Mapped[float] = mapped_column(Double)
    metrics: Mapped[Document]
    spec: Mapped[Document]
    create_us: Mapped[Micros]
    weights_sha256: Mapped[str]
    copied_from: Mapped[Number | None]


class ClassifierWeights(Base):
    """The weights, apart, so that lists do not read them."""

    __tablename__ = "classifier_weights"

    classifier_id: Mapped[Number] = mapped_column(
        ForeignKey("classifiers.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    weights: Mapped[bytes] = mapped_column(LargeBinary)


class ModelCounter(Base):
    """The last version number that a model got, so that none is used twice."""

    __tablename__ = "model_counters"

    profile_id: Mapped[Number] = mapped_column(ForeignKey("profiles.id", ondelete="CASCADE"), primary_key=True)
    model: Mapped[Name] = mapped_column(primary_key=True)
    last_version: Mapped[int]

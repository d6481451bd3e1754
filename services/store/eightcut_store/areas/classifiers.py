"""Classifier versions: registering, finding, activating, deleting."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from eightcut_runtime import DataLoss, FailedPrecondition, NotFound
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from eightcut_store.areas.clock import now_us
from eightcut_store.areas.lookups import find_profile, unknown
from eightcut_store.tables import Classifier, ClassifierWeights, ModelCounter, Profile


@dataclass(frozen=True)
class NewClassifier:
    """A version to be registered; ``metrics`` and ``spec`` are protobuf messages as JSON."""

    embedder: str
    name: str
    card_hash: str
    threshold: float
    metrics: str
    spec: str
    weights: bytes


def model_of(embedder: str, name: str) -> str:
    """Returns what users type: ``ID``, or ``ID_name`` with a name."""
    return f"{embedder}_{name}" if name else embedder


def list_classifiers(
    session: Session, profile: Profile, model: str, before: int | None, limit: int
) -> Sequence[Classifier]:
    """Returns versions, the newest first, those with an id below ``before``."""
    query = select(Classifier).where(Classifier.profile_id == profile.id).order_by(Classifier.id.desc()).limit(limit)
    if model:
        query = query.where(Classifier.model == model)
    if before is not None:
        query = query.where(Classifier.id < before)
    return session.scalars(query).all()


def get_classifier(session: Session, classifier_id: int) -> tuple[Classifier, str]:
    """Returns a version and the name of its profile.

    Raises:
        NotFound: RESOURCE_UNKNOWN.
    """
    query = (
        select(Classifier, Profile.name)
        .join(Profile, Profile.id == Classifier.profile_id)
        .where(Classifier.id == classifier_id)
    )
    found = session.execute(query).first()
    if found is None:
        raise unknown("classifier", classifier_id)
    return found[0], found[1]


def active_classifier(session: Session, profile_name: str, model: str) -> tuple[Classifier, str]:
    """Returns the active version of a model and the name of its profile.

    Raises:
        NotFound: PROFILE_UNKNOWN or MODEL_UNKNOWN.
    """
    profile = find_profile(session, profile_name)
    found = session.scalar(
        select(Classifier).where(Classifier.profile_id == profile.id, Classifier.model == model, Classifier.active)
    )
    if found is None:
        raise NotFound(
            f'No classifier {model} is trained and active in the profile "{profile_name}".',
            resource_type="model",
            resource_name=model,
            reason="MODEL_UNKNOWN",
            metadata={"model": model},
        )
    return found, profile.name


def weights_of(session: Session, classifier: Classifier) -> bytes:
    """Returns the weights, checked against their hash.

    Raises:
        DataLoss: CORRUPT: they do not match it.
    """
    kept = session.get(ClassifierWeights, classifier.id)
    if kept is None or hashlib.sha256(kept.weights).hexdigest() != classifier.weights_sha256:
        raise DataLoss(
            f"The stored weights of classifier {classifier.id} are damaged: train it again.", reason="CORRUPT"
        )
    return kept.weights


def register(session: Session, profile_id: int, new: NewClassifier, *, activate: bool) -> Classifier:
    """Adds the next version of a model, with its weights."""
    model = model_of(new.embedder, new.name)
    counter = session.get(ModelCounter, (profile_id, model))
    if counter is None:
        counter = ModelCounter(profile_id=profile_id, model=model, last_version=0)
        session.add(counter)
    counter.last_version += 1
    classifier = Classifier(
        profile_id=profile_id,
        embedder=new.embedder,
        name=new.name,
        model=model,
        version=counter.last_version,
        active=False,
        card_hash=new.card_hash,
        threshold=new.threshold,
        metrics=new.metrics,
        spec=new.spec,
        create_us=now_us(),
        weights_sha256=hashlib.sha256(new.weights).hexdigest(),
    )
    session.add(classifier)
    session.flush()
    session.add(ClassifierWeights(classifier_id=classifier.id, weights=new.weights))
    session.flush()
    if activate:
        make_active(session, classifier)
    return classifier


def make_active(session: Session, classifier: Classifier) -> int | None:
    """Makes a version the active one of its model; returns the id of the one before, None if none or the same."""
    if classifier.active:
        return None
    others = (
        (Classifier.profile_id == classifier.profile_id) & (Classifier.model == classifier.model) & Classifier.active
    )
    previous = session.scalar(select(Classifier.id).where(others))
    # In this order: no two versions may be active, not even for a moment.
    session.execute(update(Classifier).where(others).values(active=False))
    classifier.active = True
    session.flush()
    return previous


def delete_classifier(session: Session, classifier_id: int) -> None:
    """Deletes a version that is not active.

    Raises:
        FailedPrecondition: It is active.
        NotFound: RESOURCE_UNKNOWN.
    """
    classifier, _ = get_classifier(session, classifier_id)
    if classifier.active:
        raise FailedPrecondition(
            f"Classifier {classifier_id} is the active version of {classifier.model}: activate another one first.",
            subject=f"classifier {classifier_id}",
        )
    session.delete(classifier)

"""Classifier versions, fetched from the Store and kept by id."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass

from eightcut.store.v1 import classifier_pb2, classifier_service_pb2
from eightcut_runtime import DataLoss, NotFound
from eightcut_runtime.logs import fields
from eightcut_scoring.classifier import ClassifierModel

from eightcut_inference.store_client import StoreClient

logger = logging.getLogger(__name__)

_KEPT = 64


@dataclass(frozen=True)
class Classifier:
    """A classifier version that can score.

    Attributes:
        id: The version's id.
        model_name: ``ID`` or ``ID_name``.
        embedder: Embedder id.
        card_hash: Hash of the card it was made under.
        threshold: Its own.
        model: What scores.
    """

    id: str
    model_name: str
    embedder: str
    card_hash: str
    threshold: float
    model: ClassifierModel


class Classifiers:
    """Fetches classifiers; a version never changes, so its weights are fetched once.

    Args:
        store: Where they are.
    """

    def __init__(self, store: StoreClient) -> None:
        self._store = store
        self._kept: OrderedDict[tuple[str, str], ClassifierModel] = OrderedDict()

    async def active(self, profile: str, model: str) -> Classifier:
        """The active version of a model.

        Raises:
            NotFound: PROFILE_UNKNOWN or MODEL_UNKNOWN (the Store's error, passed on).
            DataLoss: The weights do not match their digest.
            Unavailable: The Store does not answer.
        """
        selector = classifier_service_pb2.GetClassifierRequest(
            active=classifier_service_pb2.ActiveModel(profile=profile, model=model)
        )
        return await self._loaded(await self._store.classifier(selector))

    async def by_id(self, profile: str, classifier_id: str) -> Classifier:
        """A version by id; NotFound RESOURCE_UNKNOWN when there is none in this profile, else as `active`."""
        found = await self._store.classifier(classifier_service_pb2.GetClassifierRequest(id=classifier_id))
        if found.profile != profile:
            raise NotFound(
                f"There is no classifier {classifier_id} in the profile {profile}.",
                resource_type="classifier",
                resource_name=classifier_id,
                metadata={"type": "classifier", "id": classifier_id},
            )
        return await self._loaded(found)

    async def _loaded(self, found: classifier_pb2.Classifier) -> Classifier:
        key = found.id, found.weights_sha256
        model = self._kept.get(key)
        if model is None:
            request = classifier_service_pb2.GetClassifierRequest(id=found.id, include_weights=True)
            full = await self._store.classifier(request)
            model = await asyncio.to_thread(_model, full)
            self._kept[key] = model
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return Classifier(
            id=found.id,
            model_name=found.model,
            embedder=found.embedder,
            card_hash=found.card_hash,
            threshold=found.threshold,
            model=model,
        )


def _model(found: classifier_pb2.Classifier) -> ClassifierModel:
    try:
        model = ClassifierModel.from_bytes(found.weights, sha256=found.weights_sha256)
        _require_card(model, found.card_hash)
    except ValueError as error:
        logger.exception("a classifier cannot be used", extra=fields(classifier=found.id))
        raise DataLoss(
            f"The stored weights of classifier {found.id} are damaged: train it again.",
            reason="CORRUPT",
            metadata={"type": "classifier", "id": found.id},
        ) from error
    return model


def _require_card(model: ClassifierModel, card_hash: str) -> None:
    if model.card_hash != card_hash:
        raise ValueError("the weights were made under another card than the Store says")

"""The embedders of a server as its methods see them."""

from __future__ import annotations

import logging

from eightcut.common.v1 import embedder_pb2
from eightcut.inference.v1 import embedder_pb2 as inference_embedder_pb2
from eightcut_runtime import BlockingPool, FailedPrecondition, NotFound

from eightcut_inference.embedders.base import Embedder
from eightcut_inference.embedders.card import EmbedderCard
from eightcut_inference.embedders.registry import Registry, UnknownEmbedderError

logger = logging.getLogger(__name__)


class Catalogue:
    """Looks embedders up, and loads them off the event loop.

    Args:
        registry: All of them.
        threads: For loading.
        device: Where they run.
        dtype: Their arithmetic.
    """

    def __init__(self, registry: Registry, threads: BlockingPool, *, device: str, dtype: str) -> None:
        self._registry = registry
        self._threads = threads
        self._device = device
        self._dtype = dtype

    async def get(self, embedder_id: str) -> Embedder:
        """The embedder, loaded.

        Raises:
            NotFound: EMBEDDER_UNKNOWN.
            FailedPrecondition: EMBEDDER_NOT_READY, it cannot be loaded here.
        """
        try:
            return await self._threads.run(self._registry.get, embedder_id)
        except UnknownEmbedderError as error:
            known = ", ".join(sorted(card.id for card in self._registry.cards()))
            raise NotFound(
                f"There is no embedder {embedder_id}; this server knows {known}.",
                reason="EMBEDDER_UNKNOWN",
                resource_type="embedder",
                resource_name=embedder_id,
                metadata={"embedder": embedder_id, "known": known.replace(" ", "")},
            ) from error
        except OSError as error:
            logger.warning("the embedder %s cannot be loaded", embedder_id, exc_info=True)
            raise FailedPrecondition(
                _reason(embedder_id),
                reason="EMBEDDER_NOT_READY",
                subject=embedder_id,
                metadata={"embedder": embedder_id},
            ) from error

    async def describe(self) -> list[inference_embedder_pb2.Embedder]:
        """All embedders by id, each with whether it can run now."""
        cards = sorted(self._registry.cards(), key=lambda card: card.id)
        return [await self._describe(card) for card in cards]

    async def _describe(self, card: EmbedderCard) -> inference_embedder_pb2.Embedder:
        message = inference_embedder_pb2.Embedder(card=card_message(card), device=self._device, dtype=self._dtype)
        try:
            await self.get(card.id)
            message.ready = True
        except FailedPrecondition as error:
            message.reason = error.message
        return message


def card_message(card: EmbedderCard) -> embedder_pb2.EmbedderCard:
    """The card as the API writes it."""
    return embedder_pb2.EmbedderCard(
        id=card.id,
        dim=card.dim,
        sample_rate_hz=card.sample_rate,
        preprocessing=card.preprocessing,
        layers=card.layers,
        pooling=card.pooling,
        hub_repo=card.repo,
        hub_revision=card.revision,
        file=card.file,
        sha256=card.sha256,
        licence=card.licence,
        options=card.options,
        card_hash=card.key(),
    )


def _reason(embedder_id: str) -> str:
    return f"The weights of {embedder_id} cannot be read here: `8cut models pull {embedder_id}` brings them."

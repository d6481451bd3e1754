"""The embedders of a server as its methods see them."""

from __future__ import annotations

from dataclasses import dataclass

from eightcut.common.v1 import embedder_pb2
from eightcut.inference.v1 import embedder_pb2 as inference_embedder_pb2
from eightcut_runtime import BlockingPool, NotFound

from eightcut_inference.devices import Device
from eightcut_inference.embedders.base import Model, NotReadyError
from eightcut_inference.embedders.card import EmbedderCard
from eightcut_inference.embedders.registry import Registry, UnknownEmbedderError
from eightcut_inference.engine.failures import not_ready


@dataclass(frozen=True)
class ReadyModel:
    """A model that can run here.

    Attributes:
        model: The embedder.
        card: Its card as it is now; new weights make another one.
    """

    model: Model
    card: EmbedderCard


class Catalogue:
    """Looks embedders up, off the event loop; never loads or hashes weights.

    Args:
        registry: All of them.
        threads: For looking at files.
        host: Where embedders run that need no device.
        devices: Where the others run.
    """

    def __init__(self, registry: Registry, threads: BlockingPool, *, host: Device, devices: list[Device]) -> None:
        self._registry = registry
        self._threads = threads
        self._host = host
        self._devices = devices

    async def get(self, embedder_id: str) -> ReadyModel:
        """The embedder and its card.

        Raises:
            NotFound: EMBEDDER_UNKNOWN.
            FailedPrecondition: EMBEDDER_NOT_READY, it cannot run here; the message says what changes that.
        """
        try:
            model = self._registry.model(embedder_id)
            return ReadyModel(model, await self._threads.run(model.card))
        except UnknownEmbedderError as error:
            known = ", ".join(sorted(model.id for model in self._registry.models()))
            raise NotFound(
                f"There is no embedder {embedder_id}; this server knows {known}.",
                reason="EMBEDDER_UNKNOWN",
                resource_type="embedder",
                resource_name=embedder_id,
                metadata={"embedder": embedder_id, "known": known.replace(" ", "")},
            ) from error
        except NotReadyError as error:
            raise not_ready(embedder_id, error) from error

    async def describe(self) -> list[inference_embedder_pb2.Embedder]:
        """All embedders by id, each with whether it can run now."""
        models = sorted(self._registry.models(), key=lambda model: model.id)
        return await self._threads.run(lambda: [self._describe(model) for model in models])

    def _describe(self, model: Model) -> inference_embedder_pb2.Embedder:
        devices = [self._host] if model.on_host else self._devices
        message = inference_embedder_pb2.Embedder(
            device=",".join(device.name for device in devices), dtype=devices[0].dtype
        )
        try:
            message.card.CopyFrom(card_message(model.card()))
            message.ready = True
        except NotReadyError as error:
            message.card.CopyFrom(card_message(model.outline()))
            message.reason = str(error)
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

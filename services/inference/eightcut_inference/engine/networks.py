"""The networks on one device: loaded when they are first asked for, dropped when room is needed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from eightcut_runtime import Aborted

from eightcut_inference.devices import Device, DeviceOutOfMemoryError
from eightcut_inference.embedders.base import Embedder, Model, NotReadyError
from eightcut_inference.embedders.card import EmbedderCard
from eightcut_inference.engine.failures import device_memory, not_ready
from eightcut_inference.engine.work import Network

logger = logging.getLogger(__name__)


class Networks:
    """For one event loop; loading happens in threads, one at a time.

    Args:
        device: Where they are.
        max_batch: Windows in one batch, at most.
    """

    def __init__(self, device: Device, max_batch: int) -> None:
        self._device = device
        self._max_batch = max_batch
        self._loaded: dict[str, Network] = {}
        self._loading: dict[tuple[str, str], asyncio.Task[Network]] = {}
        self._turn = asyncio.Lock()

    @property
    def ids(self) -> list[str]:
        """Of the embedders that are loaded."""
        return sorted(self._loaded)

    @asynccontextmanager
    async def use(self, model: Model, card: EmbedderCard) -> AsyncIterator[Network]:
        """The network with the weights that the card describes, kept while the block lasts.

        Raises:
            FailedPrecondition: EMBEDDER_NOT_READY.
            ResourceExhausted: DEVICE_MEMORY.
            Aborted: The weights were replaced since the card was made.
            DeviceLostError: The device does not answer any more.
        """
        network = await self._get(model, card)
        network.users += 1
        try:
            yield network
        finally:
            network.users -= 1

    async def _get(self, model: Model, card: EmbedderCard) -> Network:
        key = card.key()
        known = self._loaded.get(model.id)
        if known is not None and known.card_key == key:
            return known
        loading = self._loading.get((model.id, key))
        if loading is None:
            loading = asyncio.create_task(self._load(model, card))
            self._loading[model.id, key] = loading
            loading.add_done_callback(lambda done: self._loading_ended(model.id, key, done))
        # One that stops waiting does not stop the loading: others wait for it too.
        return await asyncio.shield(loading)

    def _loading_ended(self, embedder_id: str, key: str, done: asyncio.Task[Network]) -> None:
        del self._loading[embedder_id, key]
        if not done.cancelled():
            done.exception()  # asked for, so that asyncio does not complain when nobody waits any more

    async def _load(self, model: Model, card: EmbedderCard) -> Network:
        async with self._turn:
            # Weights of another card are not needed again.
            self._loaded.pop(model.id, None)
            try:
                embedder = await self._bring(model)
                current = await asyncio.to_thread(model.card)
            except NotReadyError as error:
                raise not_ready(model.id, error) from error
            except DeviceOutOfMemoryError as error:
                raise device_memory(model.id, self._device.name) from error
            if current.key() != card.key():
                raise Aborted(f"The weights of {model.id} were replaced meanwhile: open the stream again.")
            network = Network(model.id, card.key(), card.dim, embedder, self._max_batch)
            self._loaded[model.id] = network
            return network

    async def _bring(self, model: Model) -> Embedder:
        logger.info("%s is loaded onto %s", model.id, self._device.name)
        try:
            return await asyncio.to_thread(model.load, self._device)
        except DeviceOutOfMemoryError:
            idle = [network.id for network in self._loaded.values() if network.users == 0]
            if not idle:
                raise
        logger.info("%s makes room on %s: %s go", model.id, self._device.name, ", ".join(idle))
        for embedder_id in idle:
            del self._loaded[embedder_id]
        return await asyncio.to_thread(model.load, self._device)

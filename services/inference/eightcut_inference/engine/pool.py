"""All engines of a server: one for each device, and one for embedders that need none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eightcut_inference.devices import Device, DeviceLostError
from eightcut_inference.embedders.base import FloatArray, Model, Piece
from eightcut_inference.embedders.card import EmbedderCard
from eightcut_inference.engine.engine import Engine
from eightcut_inference.engine.failures import device_lost
from eightcut_inference.engine.networks import Networks
from eightcut_inference.metrics.meter import Reading

MAX_BATCH = {"cuda": 64, "mps": 16, "cpu": 8}
"""Windows in one batch, at most, by the device's kind."""
_HOST_BATCH = 64
# Batches that may wait for a device: enough to fill the next one from several clients.
_BATCHES_WAITING = 8


@dataclass(frozen=True)
class DeviceStatus:
    """How a device is doing.

    Attributes:
        device: Which.
        lost: It does not answer any more.
        embedders: Ids of those whose weights are on it.
        windows_waiting: Windows that no batch has taken yet.
        reading: Its meter.
    """

    device: Device
    lost: bool
    embedders: Sequence[str]
    windows_waiting: int
    reading: Reading


class EnginePool:
    """Embeds on the least loaded device; made on the event loop that its callers run on.

    Args:
        devices: Where networks run; at least one.
        max_batch: Windows in one batch on a device, at most; None takes what suits its kind.
        on_no_device: Called once, on the event loop, when the last device is lost.
    """

    def __init__(
        self,
        devices: Sequence[Device] = (Device(),),
        *,
        max_batch: int | None = None,
        on_no_device: Callable[[], None] = lambda: None,
    ) -> None:
        self._on_no_device = on_no_device
        self._devices = [self._workplace(device, max_batch or MAX_BATCH[device.kind]) for device in devices]
        self._host = self._workplace(Device(), _HOST_BATCH)

    @property
    def devices(self) -> list[Device]:
        """Where networks run."""
        return [place.engine.device for place in self._devices]

    @property
    def host(self) -> Device:
        """Where embedders run that need no device."""
        return self._host.engine.device

    async def embed(self, model: Model, card: EmbedderCard, pieces: Sequence[Piece]) -> FloatArray:
        """Vectors float32 ``[n, dim]`` of all windows of the pieces, in order.

        A caller that is cancelled leaves: what has not reached the device never does.

        Args:
            model: The embedder.
            card: Its card as the caller knows it; weights that do not belong to it are never used.
            pieces: From the model's stream.

        Raises:
            FailedPrecondition: EMBEDDER_NOT_READY.
            ResourceExhausted: DEVICE_MEMORY.
            Unavailable: DEVICE_LOST; or the server is stopping.
            Aborted: The weights were replaced since the card was made.
        """
        place = self._host if model.on_host else self._least_loaded()
        return await place.embed(model, card, pieces)

    def status(self) -> list[DeviceStatus]:
        """How the devices are doing. Embedders that need no device count with the processor where it is one of them."""
        return [place.status() for place in self._devices]

    async def aclose(self) -> None:
        """Lets the batches that run end, refuses the rest, and ends the threads."""
        for place in (*self._devices, self._host):
            await place.engine.aclose()

    def _least_loaded(self) -> _Workplace:
        left = [place for place in self._devices if not place.engine.lost]
        if not left:
            raise device_lost(", ".join(device.name for device in self.devices))
        return min(left, key=lambda place: place.windows)

    def _workplace(self, device: Device, max_batch: int) -> _Workplace:
        engine = Engine(
            device,
            max_waiting=_BATCHES_WAITING * max_batch,
            # Only CUDA works on while Python does something else.
            in_flight=2 if device.kind == "cuda" else 1,
            on_lost=self._lost,
        )
        return _Workplace(engine, Networks(device, max_batch))

    def _lost(self) -> None:
        if all(place.engine.lost for place in self._devices) or self._host.engine.lost:
            self._on_no_device()


class _Workplace:
    """A device with its thread and its networks."""

    def __init__(self, engine: Engine, networks: Networks) -> None:
        self.engine = engine
        self.windows = 0  # of requests that are on it or wait for it
        self._networks = networks

    async def embed(self, model: Model, card: EmbedderCard, pieces: Sequence[Piece]) -> FloatArray:
        windows = sum(piece.windows for piece in pieces)
        self.windows += windows
        try:
            async with self._networks.use(model, card) as network:
                return await self.engine.embed(network, pieces)
        except DeviceLostError as error:
            self.engine.lose()
            raise device_lost(self.engine.device.name) from error
        finally:
            self.windows -= windows

    def status(self) -> DeviceStatus:
        engine = self.engine
        return DeviceStatus(engine.device, engine.lost, self._networks.ids, engine.windows_waiting, engine.meter.read())

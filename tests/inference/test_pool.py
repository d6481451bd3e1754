"""Several devices: who gets the work, loading, memory, and what is left when one is lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import numpy as np
import pytest
from eightcut_inference.devices import Device, DeviceLostError, DeviceOutOfMemoryError
from eightcut_inference.embedders.base import Embedder, NotReadyError
from eightcut_inference.embedders.card import EmbedderCard
from eightcut_inference.engine import EnginePool
from eightcut_runtime import Aborted, FailedPrecondition, ResourceExhausted, Unavailable

from tests.inference.fakes import Probe, ProbePiece, card

Pool = Callable[..., EnginePool]


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    """Makes pools of devices by name."""
    made: list[EnginePool] = []

    def make(*names: str, **options: object) -> EnginePool:
        made.append(EnginePool([Device(name) for name in names], **options))  # type: ignore[arg-type] # as they come
        return made[-1]

    yield make
    for one in made:
        await one.aclose()


def windows(count: int) -> list[ProbePiece]:
    return [ProbePiece(np.arange(count * 4, dtype=np.float32).reshape(count, 4))]


class Many(Probe):
    """A model whose embedders, one for each device, are probes of their own.

    Attributes:
        on: The probes by device.
        trouble: What loading onto a device raises, once each.
        loading: Loading waits until it is set.
    """

    def __init__(self, made_of: EmbedderCard | None = None) -> None:
        super().__init__(made_of)
        self.on: dict[str, Probe] = {}
        self.trouble: dict[str, list[Exception]] = {}
        self.loading = threading.Event()
        self.loading.set()

    def replace_weights(self, card: EmbedderCard) -> None:
        self._card = card

    def load(self, device: Device) -> Embedder:
        assert self.loading.wait(30)
        self.loads.append(device.name)
        if self.trouble.get(device.name):
            raise self.trouble[device.name].pop()
        return self.on.setdefault(device.name, Probe(self._card))


async def test_devices_share_the_load(pool: Pool) -> None:
    two, model = pool("cuda:0", "cuda:1"), Many()
    probes = [model.on.setdefault(name, Probe()) for name in ("cuda:0", "cuda:1")]
    for probe in probes:
        probe.gate.clear()
    tasks = [asyncio.create_task(two.embed(model, model.card(), windows(3))) for _ in range(4)]
    while not all(probe.entered for probe in probes):  # noqa: ASYNC110 - other threads count
        await asyncio.sleep(0.001)
    for probe in probes:
        probe.gate.set()
    for result in await asyncio.gather(*tasks):
        np.testing.assert_array_equal(result, windows(3)[0].features)
    assert [probe.embedded for probe in probes] == [6, 6]
    assert [status.reading.windows for status in two.status()] == [6, 6]
    assert [status.embedders for status in two.status()] == [["PROBE"], ["PROBE"]]
    assert sorted(model.loads) == ["cuda:0", "cuda:1"]


async def test_a_network_is_loaded_once_however_many_ask_and_even_if_the_first_leaves(pool: Pool) -> None:
    one, model = pool("cpu"), Many()
    model.loading.clear()
    tasks = [asyncio.create_task(one.embed(model, model.card(), windows(1))) for _ in range(3)]
    await asyncio.sleep(0.01)
    tasks[0].cancel()
    model.loading.set()
    await asyncio.gather(*tasks[1:])
    assert model.loads == ["cpu"]


async def test_new_weights_replace_the_old(pool: Pool) -> None:
    one, model = pool("cpu"), Many()
    old = model.card()
    await one.embed(model, old, windows(1))
    model.replace_weights(card(version="2"))
    # A stream that began with the old weights goes on with them as long as they are there.
    await one.embed(model, old, windows(1))
    await one.embed(model, model.card(), windows(1))
    assert model.loads == ["cpu", "cpu"]
    with pytest.raises(Aborted, match="replaced"):
        await one.embed(model, old, windows(1))


async def test_idle_networks_make_room_for_one_that_does_not_fit(pool: Pool) -> None:
    one, idle, busy, late = pool("cpu"), Many(card("IDLE")), Many(card("BUSY")), Many(card("LATE"))
    for model in (idle, busy):
        await one.embed(model, model.card(), windows(1))
    busy.on["cpu"].gate.clear()
    running = asyncio.create_task(one.embed(busy, busy.card(), windows(1)))
    await asyncio.sleep(0.01)
    late.trouble["cpu"] = [DeviceOutOfMemoryError()]
    loading = asyncio.create_task(one.embed(late, late.card(), windows(1)))
    while len(late.loads) < 2:  # noqa: ASYNC110 - another thread counts
        await asyncio.sleep(0.001)
    busy.on["cpu"].gate.set()
    await asyncio.gather(running, loading)
    assert one.status()[0].embedders == ["BUSY", "LATE"]


async def test_a_network_that_does_not_fit_at_all_is_refused(pool: Pool) -> None:
    one, model = pool("cpu"), Many()
    model.trouble["cpu"] = [DeviceOutOfMemoryError()]
    with pytest.raises(ResourceExhausted) as raised:
        await one.embed(model, model.card(), windows(1))
    assert (raised.value.reason, raised.value.metadata["embedder"]) == ("DEVICE_MEMORY", "PROBE")
    # The next one who asks is a new attempt.
    assert len(await one.embed(model, model.card(), windows(1))) == 1


async def test_weights_that_turn_out_to_be_unusable_are_not_ready(pool: Pool) -> None:
    one, model = pool("cpu"), Many()
    model.trouble["cpu"] = [NotReadyError("The weights of PROBE are damaged: `8cut models pull PROBE` brings them.")]
    with pytest.raises(FailedPrecondition, match="8cut models pull PROBE") as raised:
        await one.embed(model, model.card(), windows(1))
    assert raised.value.reason == "EMBEDDER_NOT_READY"


@pytest.mark.parametrize("when", ["loading", "running"])
async def test_what_is_left_works_on_when_a_device_is_lost(pool: Pool, when: str) -> None:
    ended: list[str] = []
    two, model = pool("cuda:0", "cuda:1", on_no_device=lambda: ended.append("end")), Many()
    if when == "loading":
        model.trouble["cuda:0"] = [DeviceLostError("gone")]
    else:
        model.on["cuda:0"] = Probe()
        model.on["cuda:0"].lost = True
    with pytest.raises(Unavailable, match="cuda:0 stopped answering") as raised:
        await two.embed(model, model.card(), windows(1))
    assert raised.value.reason == "DEVICE_LOST"
    for _ in range(3):
        assert len(await two.embed(model, model.card(), windows(2))) == 2
    assert [status.lost for status in two.status()] == [True, False]
    assert not ended
    model.on["cuda:1"].lost = True
    with pytest.raises(Unavailable, match="cuda:1 stopped"):
        await two.embed(model, model.card(), windows(1))
    assert ended == ["end"]
    with pytest.raises(Unavailable, match="cuda:0, cuda:1 stopped") as raised:
        await two.embed(model, model.card(), windows(1))
    assert raised.value.reason == "DEVICE_LOST"


async def test_embedders_of_the_processor_need_no_device(pool: Pool) -> None:
    one, model = pool("cuda:0"), Many()
    model.on_host = True
    await one.embed(model, model.card(), windows(100))
    assert model.loads == ["cpu"]
    assert model.on["cpu"].threads == {"engine cpu"}


async def test_a_batch_is_as_large_as_the_person_says(pool: Pool) -> None:
    one, model = pool("cpu", max_batch=3), Many()
    await one.embed(model, model.card(), windows(7))
    assert model.on["cpu"].batches == [3, 3, 1]

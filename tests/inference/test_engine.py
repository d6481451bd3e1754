"""The engine of a device: batches, order, faults, callers that leave, memory that runs out, a device that is lost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest
from eightcut_inference.devices import Device, DeviceLostError, DeviceOutOfMemoryError
from eightcut_inference.embedders.base import FloatArray, Launched, Piece
from eightcut_inference.engine.engine import Engine
from eightcut_inference.engine.work import Network
from eightcut_runtime import ResourceExhausted, Unavailable

from tests.inference.fakes import Probe, ProbePiece, card


@pytest.fixture
async def engine(probe: Probe) -> AsyncIterator[Engine]:
    engine = Engine(Device(), max_waiting=16)
    yield engine
    probe.gate.set()
    await engine.aclose()


@pytest.fixture
def network(probe: Probe) -> Network:
    return network_of(probe)


def network_of(probe: Probe, limit: int = 8) -> Network:
    return Network(probe.id, probe.card().key(), 4, probe, limit)


def rows(count: int, first: float = 0.0) -> np.ndarray:
    return (first + np.arange(count * 4, dtype=np.float32)).reshape(count, 4)


def windows(count: int, first: float = 0.0) -> list[ProbePiece]:
    return [ProbePiece(rows(count, first))]


async def waiting(engine: Engine, count: int) -> None:
    """Returns when so many windows wait in the queue."""
    while engine.windows_waiting < count:  # noqa: ASYNC110 - another thread moves it
        await asyncio.sleep(0.001)


async def held(engine: Engine, network: Network, probe: Probe) -> asyncio.Task[np.ndarray]:
    """Keeps the engine busy with one window until the gate opens."""
    probe.gate.clear()
    first = asyncio.create_task(engine.embed(network, windows(1, -100)))
    while probe.entered == 0:  # noqa: ASYNC110 - another thread counts
        await asyncio.sleep(0.001)
    return first


async def test_requests_share_batches_which_are_filled_and_get_their_own_rows(
    engine: Engine, network: Network, probe: Probe
) -> None:
    first = await held(engine, network, probe)
    tasks = [asyncio.create_task(engine.embed(network, windows(3, 100 * index))) for index in range(3)]
    await waiting(engine, 9)
    probe.gate.set()
    for index, task in enumerate(tasks):
        np.testing.assert_array_equal(await task, rows(3, 100 * index))
    await first
    assert probe.batches == [1, 8, 1]


async def test_a_large_request_goes_in_batches_and_keeps_its_order(
    engine: Engine, network: Network, probe: Probe
) -> None:
    pieces = windows(20) + windows(17, 80)
    np.testing.assert_array_equal(await engine.embed(network, pieces), rows(37))
    assert probe.batches == [8, 8, 8, 8, 5]
    assert (await engine.embed(network, [])).shape == (0, 4)


async def test_embedders_are_not_mixed(engine: Engine, network: Network, probe: Probe) -> None:
    other = Probe(card("OTHER"))
    networks = [network, network_of(other)]
    first = await held(engine, network, probe)
    tasks = [asyncio.create_task(engine.embed(one, windows(2))) for one in networks * 2]
    await waiting(engine, 8)
    probe.gate.set()
    await asyncio.gather(first, *tasks)
    assert (probe.batches, other.batches) == ([1, 4], [4])


async def test_the_windows_of_a_caller_that_has_gone_never_reach_the_device(
    engine: Engine, network: Network, probe: Probe
) -> None:
    first = await held(engine, network, probe)
    gone = asyncio.create_task(engine.embed(network, windows(4)))
    await waiting(engine, 4)
    gone.cancel()
    await asyncio.wait([gone])
    stays = asyncio.create_task(engine.embed(network, windows(2)))
    await waiting(engine, 2)
    probe.gate.set()
    await asyncio.gather(first, stays)
    assert probe.batches == [1, 2]


async def test_a_fault_stays_with_the_request_that_caused_it(engine: Engine, network: Network, probe: Probe) -> None:
    probe.poison = 203.0
    first = await held(engine, network, probe)
    tasks = [asyncio.create_task(engine.embed(network, windows(2, first))) for first in (0.0, 200.0, 400.0)]
    await waiting(engine, 6)
    probe.gate.set()
    results = await asyncio.gather(first, *tasks, return_exceptions=True)
    assert [type(result) for result in results] == [np.ndarray, np.ndarray, RuntimeError, np.ndarray]


async def test_vectors_that_are_no_numbers_are_a_fault(engine: Engine, network: Network) -> None:
    features = rows(1)
    features[0, 0] = np.nan
    with pytest.raises(RuntimeError, match="finite"):
        await engine.embed(network, [ProbePiece(features)])


async def test_what_waits_is_bounded_and_the_first_to_come_is_the_first_to_go(
    engine: Engine, network: Network, probe: Probe
) -> None:
    first = await held(engine, network, probe)
    tasks = [asyncio.create_task(engine.embed(network, windows(5, index))) for index in range(6)]
    await waiting(engine, 15)
    await asyncio.sleep(0.05)
    assert engine.windows_waiting == 15
    tasks[4].cancel()
    probe.gate.set()
    results = await asyncio.gather(first, *tasks, return_exceptions=True)
    assert [isinstance(result, np.ndarray) for result in results] == [True, True, True, True, True, False, True]
    assert probe.embedded == 26


async def test_when_memory_runs_out_batches_are_halved_and_the_work_goes_on(
    engine: Engine, network: Network, probe: Probe
) -> None:
    probe.fits = 3
    results = await asyncio.gather(*(engine.embed(network, windows(5, 100 * index)) for index in range(3)))
    for index, result in enumerate(results):
        np.testing.assert_array_equal(result, rows(5, 100 * index))
    assert network.limit == 2
    assert probe.embedded == 15
    probe.batches.clear()
    await engine.embed(network, windows(4))
    assert probe.batches == [2, 2]


async def test_a_window_that_fits_nowhere_is_refused_and_others_go_on(
    engine: Engine, network: Network, probe: Probe
) -> None:
    probe.fits = 0
    with pytest.raises(ResourceExhausted, match="memory of cpu is too small for PROBE") as raised:
        await engine.embed(network, windows(4))
    assert raised.value.reason == "DEVICE_MEMORY"
    np.testing.assert_array_equal(await engine.embed(network_of(Probe(card("OTHER"))), windows(2)), rows(2))


async def test_a_lost_device_fails_all_its_requests_and_says_so_once(network: Network, probe: Probe) -> None:
    told: list[str] = []
    engine = Engine(Device("cuda:1"), in_flight=2, on_lost=lambda: told.append("lost"))
    first = await held(engine, network, probe)
    second = asyncio.create_task(engine.embed(network, windows(2)))
    await waiting(engine, 2)
    probe.lost = True
    probe.gate.set()
    results = [*await asyncio.gather(first, second, return_exceptions=True)]
    results += await asyncio.gather(engine.embed(network, windows(1)), return_exceptions=True)
    for result in results:
        assert isinstance(result, Unavailable)
        assert (result.reason, result.metadata["device"]) == ("DEVICE_LOST", "cuda:1")
        assert "cuda:1" in result.message
    assert (engine.lost, told) == (True, ["lost"])
    await engine.aclose()


async def test_a_stopping_engine_refuses(network: Network, probe: Probe) -> None:
    engine = Engine(Device())
    first = await held(engine, network, probe)
    second = asyncio.create_task(engine.embed(network_of(Probe(card("OTHER"))), windows(1)))
    await waiting(engine, 1)
    closing = asyncio.create_task(engine.aclose())
    await asyncio.sleep(0.05)
    probe.gate.set()
    await closing
    np.testing.assert_array_equal(await first, rows(1, -100))
    with pytest.raises(Unavailable):
        await second
    with pytest.raises(Unavailable):
        await engine.embed(network, windows(1))


class Slow:
    """An embedder that computes elsewhere, as a GPU does: its rows are there when the test says so.

    Attributes:
        happened: What was done, in order.
        ready: Released once for each batch whose rows are there.
        lost: Reading rows finds the device lost.
        full: Numbers of the attempts to launch that find no room.
    """

    def __init__(self) -> None:
        self.happened: list[str] = []
        self.ready = threading.Semaphore(0)
        self.lost = False
        self.full: set[int] = set()
        self._attempts = 0
        self._launched = 0

    def launch(self, pieces: Sequence[Piece]) -> Launched:
        self._attempts += 1
        if self._attempts in self.full:
            self.happened.append("full")
            raise DeviceOutOfMemoryError("no room")
        self._launched += 1
        self.happened.append(f"launch {self._launched}")
        return SlowBatch(self, self._launched, sum(piece.windows for piece in pieces))

    async def until(self, *what: str) -> None:
        while self.happened != list(what):  # noqa: ASYNC110 - another thread appends
            await asyncio.sleep(0.001)


class SlowBatch:
    def __init__(self, slow: Slow, number: int, count: int) -> None:
        self._slow, self._number, self._count = slow, number, count

    def rows(self) -> FloatArray:
        assert self._slow.ready.acquire(timeout=30)
        if self._slow.lost:
            raise DeviceLostError("gone")
        self._slow.happened.append(f"rows {self._number}")
        return np.full((self._count, 4), self._number, np.float32)


async def test_the_next_batch_is_launched_before_the_rows_of_the_one_before_are_read() -> None:
    slow = Slow()
    engine = Engine(Device("cuda:0"), in_flight=2)
    task = asyncio.create_task(engine.embed(Network("SLOW", "", 4, slow, 2), windows(7)))
    await slow.until("launch 1", "launch 2")
    slow.ready.release()
    # Two at most: the third waits until the first is read.
    await slow.until("launch 1", "launch 2", "rows 1", "launch 3")
    slow.ready.release(3)
    result = await task
    assert result[:, 0].tolist() == [1, 1, 2, 2, 3, 3, 4]
    reading = engine.meter.read()
    assert (reading.windows, reading.embedders["SLOW"].batches, reading.batch_windows) == (7, 4, 7 / 4)
    assert 0 < reading.utilisation <= 1
    await engine.aclose()


async def test_what_was_read_before_the_device_was_lost_is_kept() -> None:
    slow = Slow()
    engine = Engine(Device("cuda:0"), in_flight=2)
    network = Network("SLOW", "", 4, slow, 2)
    tasks = [asyncio.create_task(engine.embed(network, windows(2))) for _ in range(4)]
    await slow.until("launch 1", "launch 2")
    slow.ready.release()
    await tasks[0]
    slow.lost = True
    slow.ready.release(3)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [np.ndarray, Unavailable, Unavailable, Unavailable]
    await engine.aclose()


@pytest.mark.parametrize("lost", [False, True])
async def test_a_window_for_which_there_is_no_room_waits_for_what_runs_beside_it(lost: bool) -> None:
    slow = Slow()
    engine = Engine(Device("cuda:0"), in_flight=2)
    slow.full, slow.lost = {2}, lost
    task = asyncio.create_task(engine.embed(Network("SLOW", "", 4, slow, 1), windows(2)))
    await slow.until("launch 1", "full")
    slow.ready.release(2)
    (result,) = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(result, Unavailable if lost else np.ndarray)
    assert slow.happened[2:] == ([] if lost else ["rows 1", "launch 2", "rows 2"])
    await engine.aclose()

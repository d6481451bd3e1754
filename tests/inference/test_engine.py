"""The engine thread: batches, order, faults, callers that leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
from eightcut_inference.engine import Engine
from eightcut_runtime import Unavailable

from tests.inference.fakes import Probe, card


@pytest.fixture
async def engine(probe: Probe) -> AsyncIterator[Engine]:
    engine = Engine(max_batch=8, max_waiting=16)
    yield engine
    probe.gate.set()
    await engine.aclose()


def windows(count: int, first: float = 0.0) -> np.ndarray:
    return (first + np.arange(count * 4, dtype=np.float32)).reshape(count, 4)


async def waiting(engine: Engine, count: int) -> None:
    """Returns when so many windows wait in the queue."""
    while sum(len(entry.features) for entry in engine._queue) < count:  # noqa: ASYNC110 - another thread moves it
        await asyncio.sleep(0.001)


async def held(engine: Engine, probe: Probe) -> asyncio.Task[np.ndarray]:
    """Keeps the engine busy with one window until the gate opens."""
    probe.gate.clear()
    first = asyncio.create_task(engine.embed(probe, windows(1, -100)))
    while probe.entered == 0:  # noqa: ASYNC110 - another thread counts
        await asyncio.sleep(0.001)
    return first


async def test_requests_share_batches_and_get_their_own_rows(engine: Engine, probe: Probe) -> None:
    first = await held(engine, probe)
    tasks = [asyncio.create_task(engine.embed(probe, windows(3, 100 * index))) for index in range(3)]
    await waiting(engine, 9)
    probe.gate.set()
    for index, task in enumerate(tasks):
        np.testing.assert_array_equal(await task, windows(3, 100 * index))
    await first
    assert probe.batches == [1, 6, 3]


async def test_a_large_request_goes_in_batches_and_keeps_its_order(engine: Engine, probe: Probe) -> None:
    np.testing.assert_array_equal(await engine.embed(probe, windows(37)), windows(37))
    assert probe.batches == [8, 8, 8, 8, 5]


async def test_embedders_are_not_mixed(engine: Engine, probe: Probe) -> None:
    other = Probe(card("OTHER"))
    first = await held(engine, probe)
    tasks = [asyncio.create_task(engine.embed(embedder, windows(2))) for embedder in (probe, other, probe, other)]
    await waiting(engine, 8)
    probe.gate.set()
    await asyncio.gather(first, *tasks)
    assert (probe.batches, other.batches) == ([1, 4], [4])


async def test_a_caller_that_has_gone_costs_nothing(engine: Engine, probe: Probe) -> None:
    first = await held(engine, probe)
    gone = asyncio.create_task(engine.embed(probe, windows(4)))
    await waiting(engine, 4)
    gone.cancel()
    await asyncio.wait([gone])
    stays = asyncio.create_task(engine.embed(probe, windows(2)))
    await waiting(engine, 2)
    probe.gate.set()
    await asyncio.gather(first, stays)
    assert probe.batches == [1, 2]


async def test_a_fault_stays_with_the_request_that_caused_it(engine: Engine, probe: Probe) -> None:
    probe.poison = 203.0
    first = await held(engine, probe)
    tasks = [asyncio.create_task(engine.embed(probe, windows(2, first))) for first in (0.0, 200.0, 400.0)]
    await waiting(engine, 6)
    probe.gate.set()
    results = await asyncio.gather(first, *tasks, return_exceptions=True)
    assert [type(result) for result in results] == [np.ndarray, np.ndarray, RuntimeError, np.ndarray]


async def test_vectors_that_are_no_numbers_are_a_fault(engine: Engine, probe: Probe) -> None:
    features = windows(1)
    features[0, 0] = np.nan
    with pytest.raises(RuntimeError, match="finite"):
        await engine.embed(probe, features)


async def test_what_waits_is_bounded_and_the_first_to_come_is_the_first_to_go(engine: Engine, probe: Probe) -> None:
    first = await held(engine, probe)
    tasks = [asyncio.create_task(engine.embed(probe, windows(5, index))) for index in range(6)]
    await waiting(engine, 15)
    await asyncio.sleep(0.05)
    assert sum(len(entry.features) for entry in engine._queue) == 15
    tasks[4].cancel()
    probe.gate.set()
    results = await asyncio.gather(first, *tasks, return_exceptions=True)
    assert [isinstance(result, np.ndarray) for result in results] == [True, True, True, True, True, False, True]
    assert probe.embedded == 26


async def test_a_stopping_engine_refuses(probe: Probe) -> None:
    engine = Engine()
    first = await held(engine, probe)
    second = asyncio.create_task(engine.embed(Probe(card("OTHER")), windows(1)))
    await waiting(engine, 1)
    closing = asyncio.create_task(engine.aclose())
    await asyncio.sleep(0.05)
    probe.gate.set()
    await closing
    np.testing.assert_array_equal(await first, windows(1, -100))
    with pytest.raises(Unavailable):
        await second
    with pytest.raises(Unavailable):
        await engine.embed(probe, windows(1))

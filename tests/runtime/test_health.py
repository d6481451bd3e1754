"""What the health service tells, and when."""

import asyncio

import pytest
from eightcut_runtime import NotFound
from eightcut_runtime.health import Health
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

SERVING, NOT_SERVING = HealthCheckResponse.SERVING, HealthCheckResponse.NOT_SERVING


async def status(health: Health, service: str = "") -> int:
    return (await health.Check(HealthCheckRequest(service=service), None)).status


async def test_everything_is_down_until_ready_and_after_the_stop() -> None:
    health = Health()
    health.add_service("a")
    assert (await status(health), await status(health, "a")) == (NOT_SERVING, NOT_SERVING)
    health.set_ready()
    assert (await status(health), await status(health, "a")) == (SERVING, SERVING)
    await health.stop()
    health.set_healthy(True, "a")
    assert (await status(health), await status(health, "a")) == (NOT_SERVING, NOT_SERVING)
    with pytest.raises(NotFound):
        await status(health, "nobody")


async def test_an_unhealthy_server_takes_its_services_down_and_not_the_reverse() -> None:
    health = Health()
    health.add_service("a")
    health.set_ready()
    health.set_healthy(False, "a")
    assert (await status(health), await status(health, "a")) == (SERVING, NOT_SERVING)
    health.set_healthy(True, "a")
    health.set_healthy(False)
    assert (await status(health), await status(health, "a")) == (NOT_SERVING, NOT_SERVING)


async def test_a_watcher_that_is_busy_when_the_server_stops_still_hears_of_it() -> None:
    health = Health()
    health.set_ready()
    watch = health.Watch(HealthCheckRequest(), None)
    assert (await anext(watch)).status == SERVING
    await health.stop()
    assert [state.status async for state in watch] == [NOT_SERVING]


async def test_a_probe_decides() -> None:
    health = Health()
    health.set_ready()
    answers: list[bool | Exception] = [True]
    asked: asyncio.Queue[None] = asyncio.Queue()

    async def probe() -> bool:
        asked.put_nowait(None)
        if isinstance(answers[0], Exception):
            raise answers[0]
        return answers[0]

    health.watch(probe, every=0.001)
    for answer, expected in ((True, SERVING), (False, NOT_SERVING), (True, SERVING), (OSError("gone"), NOT_SERVING)):
        answers[0] = answer
        while not asked.empty():
            asked.get_nowait()
        # The second question from now on comes after the first answer was used.
        await asyncio.wait_for(asked.get(), 30)
        await asyncio.wait_for(asked.get(), 30)
        assert await status(health) == expected
    await health.stop()
    last = asked.qsize()
    await asyncio.sleep(0.01)
    assert asked.qsize() == last

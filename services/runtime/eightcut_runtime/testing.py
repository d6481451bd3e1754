"""Services inside a test's own process, started by the same code as in production."""

from __future__ import annotations

import argparse
import asyncio
import threading
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

import grpc

from eightcut_runtime.addresses import parse_address
from eightcut_runtime.host import ServiceHost
from eightcut_runtime.options import ServeOptions
from eightcut_runtime.service import ServiceSpec

T = TypeVar("T")


class LoopThread:
    """An event loop in a daemon thread. gRPC dislikes several loops in a process: tests share one."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="test services", daemon=True).start()

    def run(self, work: Coroutine[Any, Any, T], timeout: float | None = 60.0) -> T:
        """Returns what ``work`` returns, run on the loop; raises what it raises."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout)


@cache
def shared_loop() -> LoopThread:
    """Returns the loop that test services run on, started with the first call."""
    return LoopThread()


@dataclass(frozen=True)
class RunningService:
    """A service that a test may call.

    Attributes:
        address: Where it listens.
        host: What runs it.
        loop: Where it runs.
    """

    address: str
    host: ServiceHost
    loop: LoopThread

    def channel(self, options: Sequence[tuple[str, Any]] = ()) -> grpc.Channel:
        """Returns a new plain channel to it, to be closed by the caller."""
        # Without its own pool a channel would share the connection of another channel with the same target.
        return grpc.insecure_channel(self.address, options=[("grpc.use_local_subchannel_pool", 1), *options])

    def stop(self, grace: float | None = None) -> None:
        """Stops it as a signal would; stopping again does no harm."""
        self.loop.run(self.host.stop(grace))


@contextmanager
def serve_in_thread(
    spec: ServiceSpec,
    argv: Sequence[str] = (),
    *,
    listen: str = "127.0.0.1:0",
    options: ServeOptions | None = None,
) -> Iterator[RunningService]:
    """Serves ``spec`` until the block ends, then stops it without grace.

    Args:
        spec: The service.
        argv: The service's own options (what ``spec.add_arguments`` added), as on its command line.
        listen: Address, used without ``options``.
        options: Everything else, with its own address.

    Raises:
        StartError: As the real program would.
    """
    parser = argparse.ArgumentParser(prog=spec.name)
    spec.add_arguments(parser)
    arguments = parser.parse_args(list(argv))
    chosen = options or ServeOptions(listen=parse_address(listen), limits=spec.limits)
    loop = shared_loop()

    async def start() -> ServiceHost:
        host = ServiceHost(spec, chosen, arguments)
        await host.start()
        return host

    host = loop.run(start())
    running = RunningService(host.address, host, loop)
    try:
        yield running
    finally:
        running.stop()

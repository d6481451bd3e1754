"""Health of a server and of each of its services, after grpc.health.v1."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import grpc
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1.health_pb2 import (
    HealthCheckRequest,
    HealthCheckResponse,
    HealthListRequest,
    HealthListResponse,
)

from eightcut_runtime.errors import NotFound

logger = logging.getLogger(__name__)


class Health:
    """Answers Check, List and Watch.

    Everything is NOT_SERVING until the service is ready, and for good once it stops; then also every Watch ends,
    which otherwise would hold up the stop for the whole grace time.
    """

    def __init__(self) -> None:
        self._healthy: dict[str, bool] = {"": True}
        self._ready = False
        self._stopping = False
        self._changed = asyncio.Event()
        self._probes: set[asyncio.Task[None]] = set()

    def add_service(self, service: str) -> None:
        """Makes a service known, healthy."""
        self._healthy.setdefault(service, True)

    def set_ready(self) -> None:
        """From now on what is healthy is SERVING."""
        self._ready = True
        self._notify()

    def set_healthy(self, healthy: bool, service: str = "") -> None:
        """Sets the health of one service, or with ``""`` of the whole server.

        An unhealthy server makes all of its services NOT_SERVING. Only for use on the event loop.
        """
        if self._healthy.get(service) != healthy:
            logger.log(
                logging.INFO if healthy else logging.WARNING,
                "%s is %s",
                service or "the server",
                "healthy" if healthy else "unhealthy",
            )
            self._healthy[service] = healthy
            self._notify()

    def watch(self, probe: Callable[[], Awaitable[bool]], *, every: float, service: str = "") -> None:
        """Sets the health from ``probe`` now and then every so many seconds; one that raises is unhealthy."""
        task = asyncio.create_task(self._probe(probe, every, service))
        self._probes.add(task)
        task.add_done_callback(self._probes.discard)

    async def stop(self) -> None:
        """Makes everything NOT_SERVING, for good, and lets the watchers know."""
        self._stopping = True
        probes = list(self._probes)
        for probe in probes:
            probe.cancel()
        await asyncio.gather(*probes, return_exceptions=True)
        self._notify()
        await asyncio.sleep(0)

    async def Check(self, request: HealthCheckRequest, _context: object) -> HealthCheckResponse:
        """Returns the present status; NOT_FOUND for a service that is not there."""
        if request.service not in self._healthy:
            raise NotFound("This server has no such service.")
        return HealthCheckResponse(status=self._status(request.service))

    async def Watch(self, request: HealthCheckRequest, _context: object) -> AsyncIterator[HealthCheckResponse]:
        """Yields the status and each change; ends when the server stops."""
        last: int | None = None
        while True:
            changed = self._changed
            status = self._status(request.service)
            if status != last:
                yield HealthCheckResponse(status=status)
                last = status
            elif self._stopping:
                return
            else:
                # Only with nothing left to tell: the status may have changed while the last one was written.
                await changed.wait()

    async def List(self, _request: HealthListRequest, _context: object) -> HealthListResponse:
        """Returns the status of every service."""
        return HealthListResponse(
            statuses={name: HealthCheckResponse(status=self._status(name)) for name in self._healthy}
        )

    def _status(self, service: str) -> HealthCheckResponse.ServingStatus:
        if service not in self._healthy:
            return HealthCheckResponse.SERVICE_UNKNOWN
        up = self._ready and not self._stopping and self._healthy[""] and self._healthy[service]
        return HealthCheckResponse.SERVING if up else HealthCheckResponse.NOT_SERVING

    def _notify(self) -> None:
        # Each change has an event of its own, so that no watcher misses one between two waits.
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _probe(self, probe: Callable[[], Awaitable[bool]], every: float, service: str) -> None:
        while True:
            try:
                healthy = await probe()
            except Exception:
                logger.exception("the health probe failed")
                healthy = False
            self.set_healthy(healthy, service)
            await asyncio.sleep(every)


def add_health(health: Health, server: grpc.aio.Server) -> None:
    """Registers the health service."""
    health_pb2_grpc.add_HealthServicer_to_server(health, server)

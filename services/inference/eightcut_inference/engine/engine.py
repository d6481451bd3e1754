"""Runs embedders on one device, in one thread, in batches that span requests.

Only the engine's thread calls `Embedder.launch` and reads what it gives. While the device works on a batch the next
one is gathered and launched, so that the device never waits for Python. What waits is bounded by windows; a caller
that finds no room waits, and so stops reading its stream: back-pressure reaches the client. Before a batch goes to the
device, the windows of callers that have gone are dropped. An embedder that fails on a batch of several requests is run
again on each alone, so that the fault stays with the request that caused it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from eightcut_inference.devices import Device, DeviceLostError, DeviceOutOfMemoryError
from eightcut_inference.embedders.base import FloatArray, Launched, Piece
from eightcut_inference.engine.failures import device_lost, device_memory, stopping
from eightcut_inference.engine.room import Room
from eightcut_inference.engine.work import Batch, Network, Part, Request, WorkQueue
from eightcut_inference.metrics.meter import Meter

logger = logging.getLogger(__name__)


class _Running(NamedTuple):
    batch: Batch
    launched: Launched


class Engine:
    """Embeds windows of any number of requests; made on the event loop that its callers run on.

    Args:
        device: What it owns.
        max_waiting: Windows that wait or run, at most.
        in_flight: Batches on the device at once, at most: 2 where it works while Python does something else.
        on_lost: Called once, on the event loop, when the device is lost.
    """

    def __init__(
        self,
        device: Device,
        *,
        max_waiting: int = 512,
        in_flight: int = 1,
        on_lost: Callable[[], None] = lambda: None,
    ) -> None:
        self.device = device
        self.meter = Meter()
        self._in_flight = in_flight
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._room = Room(max_waiting)
        self._queue = WorkQueue()
        self._running: deque[_Running] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._lost = False
        self._thread = threading.Thread(target=self._run, name=f"engine {device.name}", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> bool:
        """The device does not answer any more."""
        return self._lost

    @property
    def windows_waiting(self) -> int:
        """Windows that no batch has taken yet."""
        with self._changed:
            return self._queue.windows

    async def embed(self, network: Network, pieces: Sequence[Piece]) -> FloatArray:
        """Vectors float32 ``[n, dim]`` of all windows of the pieces, in order.

        A caller that is cancelled leaves: what has not reached the device never does.

        Raises:
            Unavailable: The engine is stopping; or DEVICE_LOST.
            ResourceExhausted: DEVICE_MEMORY, not even one window fits.
        """
        windows = sum(piece.windows for piece in pieces)
        await self._room.enter(windows)
        try:
            return await self._submit(Request.of(network, windows, self._loop.create_future()), pieces)
        finally:
            self._room.leave(windows)

    def lose(self) -> None:
        """The device was lost outside of a batch: nothing more goes to it."""
        with self._changed:
            self._lost = True
            self._changed.notify()

    async def aclose(self) -> None:
        """Lets the batches that run end, refuses the rest, and ends the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        await asyncio.to_thread(self._thread.join)

    async def _submit(self, request: Request, pieces: Sequence[Piece]) -> FloatArray:
        parts = []
        offset = 0
        for piece in pieces:
            parts.append(Part(request, piece, offset))
            offset += piece.windows
        if not parts:
            return request.rows
        with self._changed:
            if self._lost:
                raise device_lost(self.device.name)
            if self._stopping:
                raise stopping()
            self._queue.put(parts)
            self._changed.notify()
        try:
            return await request.future
        except asyncio.CancelledError:
            request.gone = True
            raise

    def _run(self) -> None:
        try:
            while not self._ending():
                batch = self._next_batch()
                if batch is not None:
                    self._launch(batch)
                elif self._running:
                    self._finish(self._running.popleft())
            while self._running:
                self._finish(self._running.popleft())
        except Exception:
            # Whatever it is, nothing more can be run here.
            logger.exception("the device %s is lost", self.device.name)
            with self._changed:
                self._lost = True
        self._refuse_all()

    def _ending(self) -> bool:
        """Waits until there is something to do; tells whether that is to end."""
        with self._changed:
            began = time.monotonic()
            while not (self._queue or self._running or self._stopping or self._lost):
                self._changed.wait()
            self.meter.waited(time.monotonic() - began)
            return self._stopping or self._lost

    def _next_batch(self) -> Batch | None:
        if len(self._running) >= self._in_flight:
            return None
        with self._changed:
            return self._queue.take_batch()

    def _launch(self, batch: Batch) -> None:
        self.meter.launched()
        try:
            launched = batch.network.embedder.launch(batch.pieces)
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to a request and goes there
            self.meter.refused()
            self._failed(batch, error)
        else:
            self._running.append(_Running(batch, launched))

    def _finish(self, running: _Running) -> None:
        try:
            rows = _checked_rows(running.batch, running.launched.rows())
        except Exception as error:  # noqa: BLE001 - as above
            self.meter.failed()
            self._failed(running.batch, error)
            return
        self.meter.done(running.batch.network.id, running.batch.windows, getattr(running.launched, "stages", {}))
        begin = 0
        for part in running.batch.parts:
            self._fill(part, rows[begin : begin + part.windows])
            begin += part.windows

    def _failed(self, batch: Batch, error: Exception) -> None:
        """A failed batch is tried again, smaller or each part alone; or the error goes to its caller."""
        if isinstance(error, DeviceLostError):
            self._put_back(batch.parts)
            raise error
        if isinstance(error, DeviceOutOfMemoryError):
            self._shrink(batch)
        elif len(batch.parts) == 1:
            self._fail(batch.parts[0].request, error)
        else:
            self._put_back([replace(part, alone=True) for part in batch.parts])

    def _shrink(self, batch: Batch) -> None:
        network = batch.network
        if batch.windows == 1 and self._running:
            # There is more room when what runs beside it is done.
            self._put_back(batch.parts)
            self._finish(self._running.popleft())
            return
        if batch.windows == 1:
            self._fail(batch.parts[0].request, device_memory(network.id, self.device.name))
            return
        # Not less than half of this batch: one that was launched before the limit fell does not halve it twice.
        network.limit = min(network.limit, max(1, batch.windows // 2))
        logger.warning(
            "%s ran out of memory with %d windows of %s: batches have %d from now on",
            self.device.name, batch.windows, network.id, network.limit,
        )  # fmt: skip
        self._put_back(batch.parts)

    def _put_back(self, parts: Sequence[Part]) -> None:
        with self._changed:
            self._queue.put_back(parts)

    def _fill(self, part: Part, rows: FloatArray) -> None:
        request = part.request
        request.rows[part.offset : part.offset + len(rows)] = rows
        request.missing -= len(rows)
        if request.missing == 0:
            self._deliver(request, lambda: request.future.set_result(request.rows))

    def _fail(self, request: Request, error: Exception) -> None:
        request.gone = True
        self._deliver(request, lambda: request.future.set_exception(error))

    def _refuse_all(self) -> None:
        with self._changed:
            parts = [part for running in self._running for part in running.batch.parts] + self._queue.take_all()
            self._running.clear()
            lost = self._lost
        if lost:
            self._on_loop(self._on_lost)
        for request in dict.fromkeys(part.request for part in parts):
            if not request.gone:
                self._fail(request, device_lost(self.device.name) if lost else stopping())

    def _deliver(self, request: Request, answer: Callable[[], None]) -> None:
        self._on_loop(lambda: None if request.future.done() else answer())

    def _on_loop(self, function: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function)


def _checked_rows(batch: Batch, rows: FloatArray) -> FloatArray:
    network = batch.network
    if rows.shape != (batch.windows, network.dim) or rows.dtype != np.float32:
        raise RuntimeError(f"{network.id} gave {rows.dtype} {rows.shape} for {batch.windows} windows")
    if not np.isfinite(rows).all():
        raise RuntimeError(f"{network.id} gave a vector that holds values that are not finite numbers")
    return rows

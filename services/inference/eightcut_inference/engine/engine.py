"""Runs embedders on one device, in one thread, in batches that span requests.

Only the engine's thread calls `Embedder.embed`. What waits is bounded by windows; a caller that finds no room waits,
and so stops reading its stream: back-pressure reaches the client. Before a batch goes to the device, entries whose
caller has gone are dropped. An embedder that fails on a batch of several requests is run again on each alone, so that
the fault stays with the request that caused it.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from eightcut_runtime import Unavailable

from eightcut_inference.embedders.base import Embedder
from eightcut_inference.engine.room import Room

FloatArray = npt.NDArray[np.float32]


@dataclass(eq=False)
class _Entry:
    """Some windows of one request."""

    embedder: Embedder
    features: FloatArray
    future: asyncio.Future[FloatArray]
    # Set on the event loop, read in the engine's thread: the caller has gone.
    abandoned: bool = field(default=False)

    def fits_with(self, other: _Entry) -> bool:
        return self.embedder is other.embedder and self.features.shape[1:] == other.features.shape[1:]


class Engine:
    """Embeds windows of any number of requests; made on the event loop that its callers run on.

    Args:
        device: What ListEmbedders says of it.
        dtype: Its arithmetic, for ListEmbedders.
        max_batch: Windows in one batch, at most.
        max_waiting: Windows that wait or run, at most.
    """

    def __init__(
        self, *, device: str = "cpu", dtype: str = "float32", max_batch: int = 64, max_waiting: int = 512
    ) -> None:
        self.device = device
        self.dtype = dtype
        self._max_batch = max_batch
        self._loop = asyncio.get_running_loop()
        self._room = Room(max_waiting)
        self._queue: deque[_Entry] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)
        self._thread.start()

    async def embed(self, embedder: Embedder, features: FloatArray) -> FloatArray:
        """Vectors float32 ``[n, dim]`` of the features ``[n, …]`` of windows, in order.

        A caller that is cancelled leaves: what has not reached the device never does.

        Raises:
            Unavailable: The engine is stopping.
        """
        parts: list[FloatArray] = []
        for begin in range(0, len(features), self._max_batch):
            piece = features[begin : begin + self._max_batch]
            await self._room.enter(len(piece))
            try:
                parts.append(await self._submit(embedder, piece))
            finally:
                self._room.leave(len(piece))
        if not parts:
            return np.zeros((0, embedder.card.dim), np.float32)
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    async def aclose(self) -> None:
        """Lets the batch that runs end, refuses the rest, and ends the thread."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        await asyncio.to_thread(self._thread.join)

    async def _submit(self, embedder: Embedder, features: FloatArray) -> FloatArray:
        entry = _Entry(embedder, features, self._loop.create_future())
        with self._changed:
            if self._stopping:
                raise _stopping()
            self._queue.append(entry)
            self._changed.notify()
        try:
            return await entry.future
        except asyncio.CancelledError:
            entry.abandoned = True
            raise

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._queue and not self._stopping:
                    self._changed.wait()
                if self._stopping:
                    refused = list(self._queue)
                    self._queue.clear()
                    break
                batch = self._next_batch()
            if batch:
                self._embed(batch)
        for entry in refused:
            self._answer(entry, error=_stopping())

    def _next_batch(self) -> list[_Entry]:
        """Takes the oldest entry and what fits with it; the others keep their order."""
        batch: list[_Entry] = []
        kept: deque[_Entry] = deque()
        size = 0
        for entry in self._queue:
            if entry.abandoned:
                continue
            if not batch or (entry.fits_with(batch[0]) and size + len(entry.features) <= self._max_batch):
                batch.append(entry)
                size += len(entry.features)
            else:
                kept.append(entry)
        self._queue = kept
        return batch

    def _embed(self, batch: list[_Entry]) -> None:
        try:
            rows = _checked_rows(batch[0].embedder, _gathered(batch))
        except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to a request and goes there
            if len(batch) == 1:
                self._answer(batch[0], error=error)
                return
            for entry in batch:
                self._embed([entry])
            return
        begin = 0
        for entry in batch:
            self._answer(entry, rows[begin : begin + len(entry.features)])
            begin += len(entry.features)

    def _answer(self, entry: _Entry, rows: FloatArray | None = None, error: Exception | None = None) -> None:
        def deliver() -> None:
            if entry.future.done():
                return
            if error is not None:
                entry.future.set_exception(error)
            elif rows is not None:
                entry.future.set_result(rows)

        self._on_loop(deliver)

    def _on_loop(self, deliver: Callable[[], None]) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(deliver)


def _gathered(batch: list[_Entry]) -> FloatArray:
    return batch[0].features if len(batch) == 1 else np.concatenate([entry.features for entry in batch])


def _checked_rows(embedder: Embedder, features: FloatArray) -> FloatArray:
    rows = embedder.embed(features)
    if rows.shape != (len(features), embedder.card.dim) or rows.dtype != np.float32:
        raise RuntimeError(f"{embedder.card.id} gave {rows.dtype} {rows.shape} for {len(features)} windows")
    if not np.isfinite(rows).all():
        raise RuntimeError(f"{embedder.card.id} gave a vector that holds values that are not finite numbers")
    return rows


def _stopping() -> Unavailable:
    return Unavailable("The server is stopping: open the stream again, what was embedded is kept.", retry_after=1.0)

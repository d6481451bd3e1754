"""Our engine in this process, fed from memory: what is left is preparing, batching and the device."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
from eightcut_inference.embedders.base import FloatArray, Piece
from eightcut_inference.engine import EnginePool
from eightcut_scoring.windows import WindowGrid

from benchmarks.embed_throughput.media import RATE, Samples
from benchmarks.embed_throughput.setting import Setting

T = TypeVar("T")

_SLICE = 16 * RATE
# Steps that may be ahead: enough that the engine never runs dry.
_AHEAD = 8


class OurEngine:
    """The service's engines and one embedder, without the service. A context manager; for one thread.

    Args:
        embedder: Its id.
        setting: Where the weights are, and which devices run them.
        mode: Of ``torch.compile``.
    """

    def __init__(self, embedder: str, setting: Setting, mode: str) -> None:
        self.on_cuda = setting.on_cuda
        self._setting = setting
        self._mode = mode
        registry = setting.registry()
        self._model = registry.model(embedder)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loop", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._engines = self._run(self._open())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._run(self._engines.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def embed(self, pcm: Samples) -> FloatArray:
        """Vectors ``[n, dim]`` of all windows of a recording."""
        return self._run(self._embed(pcm))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _open(self) -> EnginePool:
        return EnginePool(self._setting.devices_in(self._mode), max_batch=self._setting.max_batch)

    async def _embed(self, pcm: Samples) -> FloatArray:
        card = self._model.card()
        stream = self._model.prepare(WindowGrid())
        room = asyncio.Semaphore(_AHEAD)
        steps: list[asyncio.Task[FloatArray]] = []

        async def step(pieces: list[Piece]) -> FloatArray:
            try:
                return await self._engines.embed(self._model, card, pieces)
            finally:
                room.release()

        async def add(pieces: list[Piece]) -> None:
            if pieces:
                await room.acquire()
                steps.append(asyncio.create_task(step(pieces)))

        def push(begin: int) -> list[Piece]:
            # As the service's recorder does it.
            return list(stream.push(np.multiply(pcm[begin : begin + _SLICE], np.float32(1 / 32768), dtype=np.float32)))

        for begin in range(0, len(pcm), _SLICE):
            await add(await asyncio.to_thread(push, begin))
        await add(list(stream.flush()))
        return np.concatenate(await asyncio.gather(*steps))

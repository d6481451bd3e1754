"""What a run has to say, on its way to the Store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from eightcut.store.v1 import training_run_pb2

from eightcut_trainer.peers.store import EventLog, TrainingEvent, TrainingRun

_PAUSE_S = 0.2
_A_CALL = 1000


class Reporter:
    """Collects events and adds them to the run's log a few times a second.

    Of successive progress in one stage only the last waits, so a fast stage does not fill the Store.

    Args:
        log: Where the events go.
        tell: Called after events were added.
    """

    def __init__(self, log: EventLog, tell: Callable[[], None]) -> None:
        self._log = log
        self._tell = tell
        self._waiting: list[TrainingEvent] = []
        self._wake = asyncio.Event()
        self._adding = asyncio.Lock()

    def note(self, sentence: str) -> None:
        """Says something to the person."""
        self._waiting.append(TrainingEvent(note=sentence))
        self._wake.set()

    def progress(self, stage: str, done: int, total: int) -> None:
        """Says how far a stage is."""
        event = TrainingEvent(progress=training_run_pb2.TrainingProgress(stage=stage, done=done, total=total))
        if self._waiting and self._waiting[-1].progress.stage == stage:
            self._waiting[-1] = event
        else:
            self._waiting.append(event)
        self._wake.set()

    async def pump(self) -> None:
        """Adds what waits, for ever.

        Raises:
            grpc.aio.AioRpcError: The run has ended otherwise, or the Store is away for too long.
        """
        while True:
            await self._wake.wait()
            self._wake.clear()
            await self.flush()
            await asyncio.sleep(_PAUSE_S)

    async def flush(self) -> None:
        """Adds what waits now. Raises as `pump`."""
        async with self._adding:
            while self._waiting:
                batch = self._waiting[:_A_CALL]
                del self._waiting[:_A_CALL]
                await self._log.add(batch)
                self._tell()

    async def state(self, state: int, *, error_reason: str = "", error_message: str = "") -> TrainingRun:
        """Adds what waits and then this state; returns the run as it is then. Raises as `pump`."""
        await self.flush()
        async with self._adding:
            event = TrainingEvent(state=training_run_pb2.TrainingState.ValueType(state))
            run = await self._log.add([event], error_reason=error_reason, error_message=error_message)
        self._tell()
        return run

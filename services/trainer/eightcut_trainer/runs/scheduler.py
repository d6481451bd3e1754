"""Finds the runs that are to be run, and runs a few at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import grpc

from eightcut_trainer.peers.store import StoreClient, is_final
from eightcut_trainer.runs.lock import RunLock

logger = logging.getLogger(__name__)

_SWEEP_S = 10.0
_STORE_AWAY_S = 1.0
_LOCKED_ELSEWHERE_S = 1.0
_REST_S = 30.0


class Scheduler:
    """Runs every active run of the Store, in the order they were accepted.

    The Store is asked for active runs now and then, so that one whose process died elsewhere on this data folder is
    taken over. A run whose lock another process holds is left to that process.

    Args:
        store: Knows the runs.
        folder: For the locks: ``<data-dir>/runs``.
        execute: Brings the run with this id to its end; called by the holder of its lock only.
        parallel: How many runs are run at once.
    """

    def __init__(
        self, store: StoreClient, folder: Path, execute: Callable[[str], Awaitable[None]], parallel: int
    ) -> None:
        self._store = store
        self._folder = folder
        self._execute = execute
        self._slots = asyncio.Semaphore(parallel)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._rest_until: dict[str, float] = {}
        self._sweeper: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to look for active runs."""
        self._sweeper = asyncio.create_task(self._sweep())

    def submit(self, run_id: str, *, at_once: bool = False) -> None:
        """Sees to it that this active run is run; does nothing when that is so already.

        A run that was given up a moment ago rests first, unless ``at_once``: nobody who asks for it again and again
        shall make it begin again and again.
        """
        resting = self._rest_until.get(run_id, 0.0) > asyncio.get_running_loop().time()
        if run_id not in self._tasks and (at_once or not resting):
            task = self._tasks[run_id] = asyncio.create_task(self._drive(run_id))
            task.add_done_callback(lambda done: self._ended(run_id, done))

    async def aclose(self) -> None:
        """Stops everything that runs here; the Store knows nothing of it, so the next start continues it."""
        tasks = [task for task in (self._sweeper, *self._tasks.values()) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, run_id: str, task: asyncio.Task[None]) -> None:
        del self._tasks[run_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            # Nothing could be said to the Store: the run is active still, and is tried again after a rest.
            logger.error("run %s was given up for now", run_id, exc_info=error)
            self._rest_until[run_id] = asyncio.get_running_loop().time() + _REST_S

    async def _sweep(self) -> None:
        while True:
            wait = _SWEEP_S
            try:
                active = [run.id for run in await self._store.active()]
            except grpc.aio.AioRpcError as error:
                logger.info("the Store does not answer: %s", error.details())
                active, wait = [], _STORE_AWAY_S
            now = asyncio.get_running_loop().time()
            self._rest_until = {run_id: end for run_id, end in self._rest_until.items() if end > now}
            for run_id in active:
                self.submit(run_id)
            await asyncio.sleep(wait)

    async def _drive(self, run_id: str) -> None:
        while True:
            async with self._slots:
                with RunLock(self._folder / f"{run_id}.lock") as lock:
                    if lock.acquire():
                        await self._execute(run_id)
                        return
            # Another process runs it. Should that one die, the lock is free.
            await asyncio.sleep(_LOCKED_ELSEWHERE_S)
            if is_final((await self._store.get(run_id)).state):
                return

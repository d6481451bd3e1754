"""One run from its lock to its end: its state, its cancellation, its failures."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from functools import partial
from typing import Protocol

import grpc
from eightcut.store.v1.training_run_pb2 import (
    TRAINING_STATE_CANCELLED,
    TRAINING_STATE_FAILED,
    TRAINING_STATE_QUEUED,
    TRAINING_STATE_RUNNING,
)
from eightcut_client.errors import from_rpc_error
from eightcut_runtime.errors import ServiceError

from eightcut_trainer.peers.patience import Patience, is_transient
from eightcut_trainer.peers.store import EventLog, StoreClient, TrainingRun, is_final
from eightcut_trainer.runs.changes import Changes
from eightcut_trainer.runs.failure import failure_of
from eightcut_trainer.runs.reporter import Reporter

logger = logging.getLogger(__name__)

# How often the Store is asked whether somebody cancelled the run through another process.
_CANCEL_POLL_S = 1.0

_CONTINUED = "The Trainer was started again; this training begins anew with the examples as they are now."


class Train(Protocol):
    """Makes the classifier of a run and registers it, which ends the run."""

    def __call__(self, run: TrainingRun, reporter: Reporter) -> Awaitable[None]:
        """Raises what went wrong; is cancelled when the run is."""


class Execution:
    """Brings runs to their end. The caller holds the run's lock.

    Args:
        store: Keeps the run.
        changes: Told about everything that happens to it.
        train: The work itself.
        patience: For the Store.
    """

    def __init__(self, store: StoreClient, changes: Changes, train: Train, patience: Patience) -> None:
        self._store = store
        self._changes = changes
        self._train = train
        self._patience = patience

    async def __call__(self, run_id: str) -> None:
        """Returns when the run has reached a final state.

        Raises:
            grpc.aio.AioRpcError: The Store was away for too long, or could not save the end; the run is still active.
        """
        run = await self._get(run_id)
        if is_final(run.state):
            return
        reporter = Reporter(EventLog(self._store, run, self._patience), lambda: self._changes.tell(run_id))
        try:
            if run.cancel_requested:
                await reporter.state(TRAINING_STATE_CANCELLED)
                return
            if run.state == TRAINING_STATE_QUEUED:
                run = await reporter.state(TRAINING_STATE_RUNNING)
            else:
                reporter.note(_CONTINUED)
            await self._run(run, reporter)
        except grpc.aio.AioRpcError as error:
            if from_rpc_error(error).reason != "RUN_STATE":
                raise
            # It ended otherwise (cancelled while it was queued, say), or is to be cancelled instead of completed.
            run = await self._get(run_id)
            if not is_final(run.state):
                await reporter.state(TRAINING_STATE_CANCELLED)
        finally:
            self._changes.tell(run_id)

    async def _run(self, run: TrainingRun, reporter: Reporter) -> None:
        work = asyncio.ensure_future(self._train(run, reporter))
        pump = asyncio.create_task(reporter.pump())
        cancelled = asyncio.create_task(self._wait_for_cancel(run.id))
        tasks = (work, pump, cancelled)
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if not work.cancelled():
            await self._conclude(run, reporter, work.exception())
        elif not cancelled.cancelled() and cancelled.exception() is None:
            await reporter.state(TRAINING_STATE_CANCELLED)
        elif not pump.cancelled():
            pump.result()
        else:
            cancelled.result()

    async def _conclude(self, run: TrainingRun, reporter: Reporter, error: BaseException | None) -> None:
        if error is None:
            return
        if isinstance(error, grpc.aio.AioRpcError) and from_rpc_error(error).reason == "RUN_STATE":
            raise error
        failure = failure_of(error)
        level = logging.INFO if isinstance(error, ServiceError) or failure.reason else logging.ERROR
        logger.log(level, "run %s failed: %s", run.id, failure.message, exc_info=error)
        await reporter.state(TRAINING_STATE_FAILED, error_reason=failure.reason, error_message=failure.message)

    async def _wait_for_cancel(self, run_id: str) -> None:
        while True:
            changed = self._changes.next(run_id)
            try:
                if (await self._store.get(run_id)).cancel_requested:
                    return
            except grpc.aio.AioRpcError as error:
                if not is_transient(error):
                    raise
            try:
                async with asyncio.timeout(_CANCEL_POLL_S):
                    await changed.wait()
            except TimeoutError:
                continue

    async def _get(self, run_id: str) -> TrainingRun:
        return await self._patience(partial(self._store.get, run_id))

"""The events of a run, from any number on, as they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from eightcut_runtime.errors import Unavailable

from eightcut_trainer.peers.store import StoreClient, TrainingEvent, ends_run, is_final
from eightcut_trainer.runs.changes import Changes

# How often the Store is asked about a run that another process runs.
_POLL_S = 1.0


async def watch(
    store: StoreClient, changes: Changes, stopping: asyncio.Event, run_id: str, after_seq: int
) -> AsyncIterator[TrainingEvent]:
    """Yields the events after a number until the one that ends the run.

    Every event comes from the Store, by number: there is no gap between old and new ones, and nothing comes twice.

    Raises:
        Unavailable: The service stops; the caller may watch again after the last number it has.
        grpc.aio.AioRpcError: The Store has no such run, or does not answer.
    """
    seq = after_seq
    while True:
        changed = changes.next(run_id)
        events = await store.events(run_id, seq)
        for event in events:
            seq = event.seq
            yield event
            if ends_run(event):
                return
        if events:
            continue
        run = await store.get(run_id)
        if is_final(run.state) and run.last_seq <= seq:
            return
        if stopping.is_set():
            raise Unavailable(
                "The Trainer is being stopped; the training goes on with its next start.", retry_after=1.0
            )
        if run.last_seq <= seq:
            await _first_of(changed, stopping, _POLL_S)


async def _first_of(one: asyncio.Event, other: asyncio.Event, timeout: float) -> None:
    waits = [asyncio.ensure_future(one.wait()), asyncio.ensure_future(other.wait())]
    try:
        await asyncio.wait(waits, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()

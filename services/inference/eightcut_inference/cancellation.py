"""Taking something in a thread without losing it when the taker is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def taken(taking: Coroutine[Any, Any, T], give_back: Callable[[T], object]) -> T:
    """What ``taking`` returns; raises what it raises.

    Args:
        taking: Takes something that has to be given back, such as a lock or a process; it runs to its end also when
            this call is cancelled.
        give_back: Called with what was taken when nobody is there to use it.
    """
    task = asyncio.ensure_future(taking)

    def drop(done: asyncio.Task[T]) -> None:
        if not done.cancelled() and done.exception() is None:
            give_back(done.result())

    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(drop)
        raise

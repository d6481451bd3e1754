"""Blocking work off the event loop."""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class BlockingPool:
    """A bounded pool of threads for calls that block, such as those to a database.

    Context variables follow, so that log lines written in a thread carry the call's request id.

    Args:
        threads: How many calls run at once; more wait in a queue.
        name: Prefix of the threads' names.
    """

    def __init__(self, threads: int, name: str = "blocking") -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def run(self, function: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Returns ``function(*args, **kwargs)``, run in a thread; raises what it raises.

        If the caller is cancelled, a call that has not begun never runs; one that has begun runs to its end, and
        its result is dropped.
        """
        work = partial(contextvars.copy_context().run, partial(function, *args, **kwargs))
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def aclose(self) -> None:
        """Waits for the calls that have begun, drops those that have not."""
        # A thread of its own: the pool cannot wait for itself, and the loop must go on meanwhile.
        await asyncio.to_thread(self._executor.shutdown, wait=True, cancel_futures=True)

"""Working on several files at once: while some are brought, what comes next is prepared."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from eightcut_client.cancellation import Cancellation
from eightcut_client.errors import CancelledError

MOST_JOBS = 32
"""Files at once, at most: more would only stand in each other's way."""

_LAST_WORDS = 10.0  # Seconds that threads get to end after a cancellation.
_TICK = 0.5  # Where a wait cannot be interrupted (Windows), Ctrl+C is heard after so many seconds.

ItemT = TypeVar("ItemT")
ReadyT = TypeVar("ReadyT")
ResultT = TypeVar("ResultT")


def default_jobs() -> int:
    """Return how many files to work on at once: 2 to 4, by the number of cores.

    Two overlap one file's start and end with another's middle. Each is mostly a decoder, which takes a core; four
    bring audio faster than a device embeds it.
    """
    return min(max((os.cpu_count() or 1) // 2, 2), 4)


def work_on_all(
    items: Sequence[ItemT],
    prepare: Callable[[ItemT, Cancellation], ReadyT],
    work: Callable[[ReadyT, Cancellation], ResultT],
    *,
    jobs: int,
    stops: Callable[[ResultT], bool] | None = None,
    on_result: Callable[[ResultT], None] | None = None,
    cancel: Cancellation | None = None,
) -> list[ResultT | None]:
    """Work on items in several threads.

    Items are begun in their order. One thread prepares them (hashes files, say), at most ``jobs`` ahead of those that
    are worked on, so memory does not depend on their number.

    Args:
        items: What to work on.
        prepare: Called for each item, in order, in a thread of its own; with what ends it early.
        work: Called with what ``prepare`` made, in one of the threads; with what ends it early.
        jobs: How many at once, at least 1.
        stops: Whether a result means that the rest need not be tried: what runs is cancelled, and of several such
            results only the first is kept.
        on_result: Called in the caller's thread, in the order of the items.
        cancel: Ends everything from another thread.

    Returns:
        For each item its result; None where the work was stopped before.

    Raises:
        CancelledError: ``cancel`` was used.
        BaseException: What ``prepare``, ``work`` or ``on_result`` raised, or KeyboardInterrupt; everything else was
            cancelled then, and has ended.
    """
    run = _Run(items, prepare, work, jobs, stops)
    outer = cancel or Cancellation()
    with outer.calling(run.stop):
        run.start()
        try:
            run.deliver(on_result or _nothing)
        finally:
            run.end()
    outer.check()
    if run.error is not None:
        raise run.error
    return run.results


class _Run(Generic[ItemT, ReadyT, ResultT]):
    """The threads of one `work_on_all`, and what they share.

    Attributes:
        cancel: Ends them.
        error: What one of them raised first.
        results: See `work_on_all`.
    """

    def __init__(
        self,
        items: Sequence[ItemT],
        prepare: Callable[[ItemT, Cancellation], ReadyT],
        work: Callable[[ReadyT, Cancellation], ResultT],
        jobs: int,
        stops: Callable[[ResultT], bool] | None,
    ) -> None:
        self.cancel = Cancellation()
        self.error: BaseException | None = None
        self.results: list[ResultT | None] = [None] * len(items)
        self._items = items
        self._prepare = prepare
        self._work = work
        self._jobs = min(jobs, len(items))
        self._stops = stops or _never
        self._changed = threading.Condition()
        self._ready: deque[tuple[int, ReadyT]] = deque()
        self._all_prepared = False
        self._over: set[int] = set()
        self._stopped = False
        self._ended = False
        names = ["prepare", *(f"work {number}" for number in range(1, self._jobs + 1))]
        bodies = [self._prepare_all] + [self._work_on_some] * self._jobs
        self._threads = [
            threading.Thread(target=self._guarded, args=(body,), name=name, daemon=True)
            for name, body in zip(names, bodies, strict=True)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def deliver(self, on_result: Callable[[ResultT], None]) -> None:
        """Hand results out in order, until everything has ended."""
        for index in range(len(self._items)):
            with self._changed:
                while index not in self._over and not self.cancel.cancelled:
                    self._changed.wait(_TICK)
            if self.cancel.cancelled:
                self.end()
            result = self.results[index]
            if result is not None:
                on_result(result)

    def stop(self) -> None:
        """Let everything end; returns at once."""
        self.cancel.cancel()
        with self._changed:
            self._changed.notify_all()

    def end(self) -> None:
        """Stop what still runs, and wait for it. Idempotent."""
        if self._ended:
            return
        self.stop()
        end = time.monotonic() + _LAST_WORDS
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0.0))
        self._ended = True

    def _guarded(self, body: Callable[[], None]) -> None:
        try:
            body()
        except BaseException as error:  # noqa: BLE001  raised in the caller's thread
            if not (isinstance(error, CancelledError) and self.cancel.cancelled):
                with self._changed:
                    self.error = self.error or error
                self.stop()

    def _prepare_all(self) -> None:
        for index, item in enumerate(self._items):
            ready = self._prepare(item, self.cancel)
            with self._changed:
                self._ready.append((index, ready))
                self._changed.notify_all()
                while len(self._ready) >= self._jobs and not self.cancel.cancelled:
                    self._changed.wait(_TICK)
            self.cancel.check()
        with self._changed:
            self._all_prepared = True
            self._changed.notify_all()

    def _work_on_some(self) -> None:
        while (turn := self._next()) is not None:
            index, ready = turn
            self._keep(index, self._work(ready, self.cancel))

    def _next(self) -> tuple[int, ReadyT] | None:
        with self._changed:
            while not self._ready and not self._all_prepared and not self.cancel.cancelled:
                self._changed.wait(_TICK)
            if not self._ready or self.cancel.cancelled:
                return None
            self._changed.notify_all()
            return self._ready.popleft()

    def _keep(self, index: int, result: ResultT) -> None:
        stops = self._stops(result)
        with self._changed:
            if not (stops and self._stopped):
                self.results[index] = result
            self._stopped = self._stopped or stops
            self._over.add(index)
            self._changed.notify_all()
        if stops:
            self.stop()


def _nothing(_result: object) -> None:
    return None


def _never(_result: object) -> bool:
    return False

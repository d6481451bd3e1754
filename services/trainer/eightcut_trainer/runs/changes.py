"""Tells those who watch a run, in this process, that something happened to it."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary


class Changes:
    """One event a run, set at its next change. Nothing is kept for runs that nobody watches."""

    def __init__(self) -> None:
        self._next: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()

    def next(self, run_id: str) -> asyncio.Event:
        """Returns what will be set at the run's next change. To be taken before one looks at the run."""
        event = self._next.get(run_id)
        if event is None:
            event = self._next[run_id] = asyncio.Event()
        return event

    def tell(self, run_id: str) -> None:
        """Says that the run has changed."""
        event = self._next.pop(run_id, None)
        if event is not None:
            event.set()

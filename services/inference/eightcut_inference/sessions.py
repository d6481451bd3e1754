"""Who is working on which track in this process: one records, the others follow."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from eightcut_inference.tracks import TrackKey


class Changes:
    """Tells any number of waiters that something changed; none misses a change between two waits."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def current(self) -> asyncio.Event:
        """What to wait on; to be taken before looking at what may change."""
        return self._next

    def notify(self) -> None:
        """Something changed."""
        passed, self._next = self._next, asyncio.Event()
        passed.set()

    @staticmethod
    async def wait(event: asyncio.Event, timeout: float) -> None:
        """Waits for the change, but not longer than ``timeout`` seconds."""
        # Not wait_for: in Python 3.11 it loses a cancellation that comes together with the change.
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await event.wait()


class TrackSession:
    """One track that at least one stream of this process wants.

    Attributes:
        key: Of the track.
        recording: A stream of this process records it.
        windows: Windows in its file, as far as this process has written them.
        samples: Samples received in order, by the stream that records.
        changed: Told with every change.
    """

    def __init__(self, key: TrackKey) -> None:
        self.key = key
        self.recording = False
        self.windows = 0
        self.samples = 0
        self.changed = Changes()
        self.streams = 0


class Sessions:
    """The sessions of one process, by track."""

    def __init__(self) -> None:
        self._open: dict[str, TrackSession] = {}

    @contextmanager
    def join(self, key: TrackKey) -> Iterator[TrackSession]:
        """The session of a track, for as long as the block lasts."""
        session = self._open.setdefault(key.name, TrackSession(key))
        session.streams += 1
        try:
            yield session
        finally:
            session.streams -= 1
            if session.streams == 0:
                del self._open[key.name]

"""What all streams of a server share."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from eightcut_runtime import BlockingPool

from eightcut_inference.engine import EnginePool
from eightcut_inference.media_roots import MediaRoots
from eightcut_inference.sessions import Sessions
from eightcut_inference.tracks import TrackCache


class Closings:
    """Work that must come to its end even when the stream it belongs to is cancelled."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    async def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Waits for the work; it goes on when the waiter is cancelled."""
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await asyncio.shield(task)

    async def wait(self) -> None:
        """Waits for all of it."""
        await asyncio.gather(*self._running, return_exceptions=True)


@dataclass(frozen=True)
class Parts:
    """What all streams of a server share.

    Attributes:
        cache: Where tracks are.
        engines: What embeds.
        threads: For decoding, pieces and files.
        roots: Media that the server may read itself.
        max_media_seconds: Longest media.
        sessions: Who works on which track.
        closings: What must end before the server does.
    """

    cache: TrackCache
    engines: EnginePool
    threads: BlockingPool
    roots: MediaRoots
    max_media_seconds: int
    sessions: Sessions = field(default_factory=Sessions)
    closings: Closings = field(default_factory=Closings)

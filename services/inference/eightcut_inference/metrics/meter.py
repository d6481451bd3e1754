"""Counts what one engine does: totals, and the last minute."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

MINUTE = 60.0  # seconds


class _Done(NamedTuple):
    """A batch: when it ended, for how long it alone kept the device busy, and its windows."""

    at: float
    busy: float
    windows: int


@dataclass(frozen=True)
class EmbedderCount:
    """What one embedder did on a device since the server began.

    Attributes:
        windows: Embedded.
        batches: In so many batches.
    """

    windows: int = 0
    batches: int = 0


@dataclass(frozen=True)
class Reading:
    """What a meter shows.

    Attributes:
        embedders: Totals by embedder's id.
        stages: Seconds by stage, since the server began.
        windows_per_second: Over the last minute.
        batch_windows: Mean windows of a batch over the last minute; 0: there was none.
        utilisation: Part of the last minute in which a batch was on the device, 0 to 1.
    """

    embedders: Mapping[str, EmbedderCount]
    stages: Mapping[str, float]
    windows_per_second: float
    batch_windows: float
    utilisation: float

    @property
    def windows(self) -> int:
        """Windows embedded since the server began."""
        return sum(count.windows for count in self.embedders.values())


class Meter:
    """Written by an engine's thread, read by any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._free = self._began  # when the last batch ended
        self._running: deque[float] = deque()  # when the batches on the device were launched
        self._recent: deque[_Done] = deque()
        self._embedders: dict[str, EmbedderCount] = {}
        self._stages: dict[str, float] = {}

    def waited(self, seconds: float) -> None:
        """The engine waited so long for work."""
        with self._lock:
            self._add("wait", seconds)

    def launched(self) -> None:
        """A batch is on its way to the device."""
        with self._lock:
            self._running.append(time.monotonic())

    def refused(self) -> None:
        """The newest batch could not be launched; it counts for nothing."""
        with self._lock:
            self._running.pop()

    def failed(self) -> None:
        """The oldest batch that runs came to nothing; it counts for nothing."""
        with self._lock:
            self._running.popleft()

    def done(self, embedder: str, windows: int, stages: Mapping[str, float]) -> None:
        """The vectors of the oldest batch that runs are there.

        Args:
            embedder: Its id.
            windows: In the batch.
            stages: Seconds of each of its stages; empty: all of it was computing.
        """
        with self._lock:
            busy = self._end()
            self._recent.append(_Done(self._free, busy, windows))
            while self._recent[0].at < self._free - MINUTE:
                self._recent.popleft()
            known = self._embedders.get(embedder, EmbedderCount())
            self._embedders[embedder] = EmbedderCount(known.windows + windows, known.batches + 1)
            for stage, seconds in (stages or {"compute": busy}).items():
                self._add(stage, seconds)

    def read(self) -> Reading:
        """What it shows now."""
        with self._lock:
            now = time.monotonic()
            first = max(self._began, now - MINUTE)
            span = max(1e-3, now - first)
            while self._recent and self._recent[0].at < first:
                self._recent.popleft()
            windows = sum(done.windows for done in self._recent)
            busy = sum(min(done.busy, done.at - first) for done in self._recent)
            if self._running:
                busy += now - max(self._running[0], self._free, first)
            return Reading(
                embedders=dict(self._embedders),
                stages=dict(self._stages),
                windows_per_second=windows / span,
                batch_windows=windows / len(self._recent) if self._recent else 0.0,
                utilisation=min(1.0, busy / span),
            )

    def _end(self) -> float:
        """Seconds of the oldest batch that runs; batches overlap, and what two of them share counts once."""
        now = time.monotonic()
        busy = now - max(self._running.popleft(), self._free)
        self._free = now
        return busy

    def _add(self, stage: str, seconds: float) -> None:
        self._stages[stage] = self._stages.get(stage, 0.0) + seconds

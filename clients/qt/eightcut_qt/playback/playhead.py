"""Where the playhead is between two reports of the player."""

from __future__ import annotations

import time
from collections.abc import Callable

_JUMP = 0.25  # Seconds: a report that is so far ahead is believed at once.
_PULL = 0.3  # How much of a smaller difference is taken over with each report.


class Playhead:
    """Runs with the clock, is corrected by what the player reports, and never goes back while it plays."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Stand at 0.

        Args:
            clock: Seconds, monotonic.
        """
        self._clock = clock
        self._rate = 1.0
        self._running = False
        self._base = 0.0  # Seconds of the media …
        self._since = 0.0  # … at this time of the clock.
        self._shown = 0.0

    @property
    def running(self) -> bool:
        """Whether it moves."""
        return self._running

    def place(self, seconds: float) -> None:
        """Put it somewhere; it goes on from there if it runs."""
        self._base = self._shown = seconds
        self._since = self._clock()

    def start(self, rate: float) -> None:
        """Let it run from where it is, or at another speed."""
        self.place(self.now())
        self._rate = rate
        self._running = True

    def stop(self) -> float:
        """Let it stand where it is, and return that, seconds."""
        self.place(self.now())
        self._running = False
        return self._base

    def now(self) -> float:
        """Return where it is, seconds."""
        if self._running:
            self._shown = max(self._shown, self._expected())
        return self._shown

    def correct(self, seconds: float) -> None:
        """Take over what the player reports while it plays."""
        if not self._running:
            return
        expected = self._expected()
        ahead = seconds - expected
        # A player that lags is waited for: `now` stands still until it is there.
        self._base = seconds if abs(ahead) > _JUMP else expected + ahead * _PULL
        self._since = self._clock()

    def _expected(self) -> float:
        return self._base + (self._clock() - self._since) * self._rate

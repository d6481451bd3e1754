"""How far long work is, as one immutable object for bars and lines."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Stage(StrEnum):
    """What is being done."""

    HASHING = "hashing"
    UPLOADING = "uploading"
    SCORING = "scoring"


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of an `embed_file` or `scan_file`.

    Attributes:
        stage: What is being done. HASHING counts bytes of the file; the others count windows. SCORING is what
            remains when no more audio has to be sent.
        done: Windows embedded (bytes hashed).
        total: Windows in all as far as known (bytes of the file); 0: not known yet.
        audio_seconds: How much of the audio these windows cover, seconds; 0 while hashing.
        speed: Multiple of real time at which audio is worked through in this run; None until it is known.
        eta: Seconds left at that speed; None until it is known.
    """

    stage: Stage
    done: int
    total: int
    audio_seconds: float = 0.0
    speed: float | None = None
    eta: float | None = None

    @property
    def fraction(self) -> float:
        """Done of total, 0 to 1."""
        return min(self.done / self.total, 1.0) if self.total else 0.0


OnProgress: TypeAlias = Callable[[Progress], None]


class ProgressMeter:
    """Turns counts of windows into `Progress`; speed is measured over what this run has done.

    Args:
        window: Length of a window, seconds.
        hop: Distance between windows, seconds.
        clock: Seconds, monotonic.
    """

    def __init__(self, window: float, hop: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._window = window
        self._hop = hop
        self._clock = clock
        self._first: tuple[float, int] | None = None

    def start(self, windows_done: int) -> None:
        """Count from here: what is done already was done by an earlier run."""
        self._first = (self._clock(), windows_done)

    def at(self, stage: Stage, done: int, total: int) -> Progress:
        """Return the progress with ``done`` of ``total`` windows."""
        speed = eta = None
        if self._first is not None:
            begun, before = self._first
            elapsed = self._clock() - begun
            if done > before and elapsed > 0:
                speed = (done - before) * self._hop / elapsed
                eta = max(total - done, 0) * self._hop / speed
        covered = self._window + (done - 1) * self._hop if done else 0.0
        return Progress(stage, done, total, covered, speed, eta)

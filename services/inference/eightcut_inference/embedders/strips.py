"""Strips: the samples of consecutive windows, once, as networks take them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from eightcut_scoring.windows import WindowGrid

from eightcut_inference.embedders.base import FloatArray, checked_samples


@dataclass(frozen=True, eq=False)
class Strip:
    """The samples of consecutive windows of one file.

    Attributes:
        samples: float32 ``[(windows - 1) · hop + window]``, full scale ±1; owned by the strip, writable, contiguous.
        windows: How many windows.
        grid: Their lengths.
    """

    samples: FloatArray
    windows: int
    grid: WindowGrid

    @property
    def kind(self) -> WindowGrid:
        """Strips on equal grids may share a batch."""
        return self.grid

    def split(self, windows: int) -> tuple[Self, Self]:
        """See `Piece.split`."""
        end = (windows - 1) * self.grid.hop_samples + self.grid.window_samples
        begin = windows * self.grid.hop_samples
        rest = type(self)(self.samples[begin:], self.windows - windows, self.grid)
        return type(self)(self.samples[:end], windows, self.grid), rest


class StripStream:
    """Cuts a file's samples into strips.

    A strip repeats what its windows share with the strip before (window less hop), so that strips are independent of
    each other: any device may take any of them, and one that fails can be tried again.

    Args:
        grid: The windows.
        first_window: The window whose first sample is pushed first.
        windows: Windows in a strip; fewer only in what `flush` gives.
    """

    def __init__(self, grid: WindowGrid, first_window: int = 0, *, windows: int = 16) -> None:
        if first_window < 0:
            raise ValueError(f"a file has no window {first_window}")
        self._grid = grid
        self._windows = windows
        self._next_window = first_window
        self._waiting: list[FloatArray] = []
        self._count = 0

    @property
    def next_window(self) -> int:
        """Index of the first window that no strip held yet."""
        return self._next_window

    def push(self, pcm: FloatArray) -> list[Strip]:
        """Takes the next samples; see `PieceStream.push`."""
        samples = checked_samples(pcm)
        # A copy: what waits must not hold on to, or change with, the caller's buffer.
        self._waiting.append(samples.copy())
        self._count += len(samples)
        if self._grid.count_samples(self._count) < self._windows:
            return []
        return self._cut(self._windows)

    def flush(self) -> list[Strip]:
        """The complete windows that were held back; see `PieceStream.flush`."""
        return self._cut(1)

    def _cut(self, least: int) -> list[Strip]:
        waiting = np.concatenate(self._waiting) if self._waiting else np.zeros(0, np.float32)
        strips = []
        begin = 0
        while (ready := min(self._grid.count_samples(len(waiting) - begin), self._windows)) >= least:
            end = begin + (ready - 1) * self._grid.hop_samples + self._grid.window_samples
            strips.append(Strip(waiting[begin:end].copy(), ready, self._grid))
            begin += ready * self._grid.hop_samples
            self._next_window += ready
        self._waiting = [waiting[begin:].copy()]
        self._count = len(waiting) - begin
        return strips

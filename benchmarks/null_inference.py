"""Inference with one more embedder that computes nothing: what is left is receiving, checking and storing."""

from __future__ import annotations

import sys

import numpy as np
from eightcut_inference.embedders.base import FloatArray
from eightcut_inference.embedders.card import EmbedderCard
from eightcut_inference.embedders.registry import default_registry
from eightcut_inference.server import make_spec
from eightcut_runtime import run_service
from eightcut_scoring.windows import WindowGrid

CARD = EmbedderCard(
    id="NULL", dim=8, sample_rate=16_000, preprocessing="none", pooling="none", licence="GPL-3.0-or-later"
)


class NullStream:
    """Counts samples and gives zeros for the windows that became complete."""

    def __init__(self, grid: WindowGrid, first_window: int) -> None:
        self.next_window = first_window
        self._grid = grid
        self._samples = grid.first_sample(first_window)

    def push(self, pcm: FloatArray) -> FloatArray:
        """Zeros for every window that became complete, ``[k, 8]``."""
        self._samples += len(pcm)
        complete = self._grid.count_samples(self._samples) - self.next_window
        self.next_window += complete
        return np.zeros((complete, CARD.dim), np.float32)

    def finish(self) -> FloatArray:
        """Nothing is held back."""
        return np.zeros((0, CARD.dim), np.float32)


class NullEmbedder:
    """Hands features on."""

    card = CARD

    def check_grid(self, grid: WindowGrid) -> None:
        """Takes any grid."""

    def feature_shape(self, grid: WindowGrid) -> tuple[int, ...]:
        """A row of zeros."""
        del grid
        return (CARD.dim,)

    def prepare(self, grid: WindowGrid, first_window: int = 0) -> NullStream:
        """A stream that starts at a window."""
        return NullStream(grid, first_window)

    def embed(self, features: FloatArray) -> FloatArray:
        """The features themselves."""
        return features


def main() -> int:
    registry = default_registry()
    registry.add(CARD, NullEmbedder)
    return run_service(make_spec(registry))


if __name__ == "__main__":
    sys.exit(main())

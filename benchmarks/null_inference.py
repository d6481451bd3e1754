"""Inference with one more embedder that computes nothing: what is left is receiving, checking and storing."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from eightcut_inference.devices import Device
from eightcut_inference.embedders.base import Embedder, FloatArray, Piece
from eightcut_inference.embedders.card import EmbedderCard
from eightcut_inference.embedders.launched import Computed
from eightcut_inference.embedders.registry import host_registry
from eightcut_inference.server import make_spec
from eightcut_runtime import run_service
from eightcut_scoring.windows import WindowGrid

CARD = EmbedderCard(
    id="NULL", dim=8, sample_rate=16_000, preprocessing="none", pooling="none", licence="GPL-3.0-or-later"
)


@dataclass(frozen=True)
class Nothing:
    """Of so many windows."""

    windows: int
    kind: object = None

    def split(self, windows: int) -> tuple[Nothing, Nothing]:
        """The first so many, and the rest."""
        return Nothing(windows), Nothing(self.windows - windows)


class NullStream:
    """Counts samples."""

    def __init__(self, grid: WindowGrid, first_window: int) -> None:
        self.next_window = first_window
        self._grid = grid
        self._samples = grid.first_sample(first_window)

    def push(self, pcm: FloatArray) -> list[Nothing]:
        """Counts the samples; the windows that became complete."""
        self._samples += len(pcm)
        complete = self._grid.count_samples(self._samples) - self.next_window
        self.next_window += complete
        return [Nothing(complete)] if complete else []

    def flush(self) -> list[Nothing]:
        """Nothing is held back."""
        return []


class NullEmbedder:
    """Gives zeros: model and embedder in one."""

    id = CARD.id
    on_host = True

    def card(self) -> EmbedderCard:
        """What it is."""
        return CARD

    def outline(self) -> EmbedderCard:
        """The same."""
        return CARD

    def check_grid(self, grid: WindowGrid) -> None:
        """Takes any grid."""

    def prepare(self, grid: WindowGrid, first_window: int = 0) -> NullStream:
        """A stream that starts at a window."""
        return NullStream(grid, first_window)

    def load(self, device: Device) -> Embedder:
        """There is nothing to load."""
        del device
        return self

    def launch(self, pieces: Sequence[Piece]) -> Computed:
        """Zeros."""
        return Computed(np.zeros((sum(piece.windows for piece in pieces), CARD.dim), np.float32))


def main() -> int:
    registry = host_registry()
    registry.add(NullEmbedder())
    return run_service(make_spec(registry))


if __name__ == "__main__":
    sys.exit(main())

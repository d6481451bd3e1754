"""An embedder whose doings a test can see and steer."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from eightcut_inference.embedders.card import EmbedderCard
from eightcut_inference.embedders.registry import Registry, default_registry
from eightcut_runtime.testing import RunningService
from eightcut_scoring.windows import WindowGrid

Serve = Callable[..., RunningService]
FloatArray = npt.NDArray[np.float32]
RATE = 16_000


def card(embedder_id: str = "PROBE", **options: str) -> EmbedderCard:
    return EmbedderCard(
        id=embedder_id,
        dim=4,
        sample_rate=RATE,
        preprocessing="none",
        pooling="statistics",
        licence="GPL-3.0-or-later",
        options=options,
    )


class Probe:
    """Mean, mean magnitude, largest and first sample of a window; counts, waits and fails as it is told to.

    Attributes:
        entered: Calls of `embed` that began.
        embedded: Windows embedded so far.
        batches: Windows of each call of `embed`.
        gate: `embed` waits until it is set.
        poison: `embed` fails on a batch that has a window whose first sample is this.
    """

    def __init__(self, made_of: EmbedderCard | None = None) -> None:
        self.card = made_of or card()
        self.feature_shape = (4,)
        self.entered = 0
        self.embedded = 0
        self.batches: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self.poison: float | None = None
        self.threads: set[str] = set()

    def check_grid(self, grid: WindowGrid) -> None:
        if grid.sample_rate != RATE:
            raise ValueError("the probe takes audio of 16000 Hz")

    def prepare(self, grid: WindowGrid, first_window: int = 0) -> ProbeStream:
        return ProbeStream(grid, first_window)

    def embed(self, features: FloatArray) -> FloatArray:
        self.entered += 1
        assert self.gate.wait(30)
        self.threads.add(threading.current_thread().name)
        self.batches.append(len(features))
        if self.poison is not None and (np.abs(features[:, 3] - self.poison) < 1e-6).any():
            raise RuntimeError("poisoned window")
        self.embedded += len(features)
        return np.array(features, dtype=np.float32)


class ProbeStream:
    def __init__(self, grid: WindowGrid, first_window: int) -> None:
        self.next_window = first_window
        self._grid = grid
        self._samples = np.zeros(0, np.float32)

    def push(self, pcm: FloatArray) -> FloatArray:
        self._samples = np.concatenate([self._samples, pcm])
        rows = []
        hop, window = self._grid.hop_samples, self._grid.window_samples
        while len(self._samples) >= window:
            rows.append(_statistics(self._samples[:window]))
            self._samples = self._samples[hop:]
            self.next_window += 1
        return np.array(rows, np.float32).reshape(-1, 4)

    def finish(self) -> FloatArray:
        return np.zeros((0, 4), np.float32)


def _statistics(window: FloatArray) -> tuple[float, float, float, float]:
    wide = window.astype(np.float64)
    return float(wide.mean()), float(np.abs(wide).mean()), float(wide.max()), float(wide[0])


def expected_vectors(pcm: npt.NDArray[np.int16], grid: WindowGrid | None = None) -> FloatArray:
    """What the probe gives for a whole file."""
    return ProbeStream(grid or WindowGrid(), 0).push((pcm / np.float32(32768)).astype(np.float32))


def registry_with(*probes: Probe) -> Registry:
    registry = default_registry()
    for probe in probes:
        registry.add(probe.card, lambda probe=probe: probe)
    return registry

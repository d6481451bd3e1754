"""An embedder whose doings a test can see and steer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt
from eightcut_inference.devices import Device, DeviceLostError, DeviceOutOfMemoryError
from eightcut_inference.embedders.base import Embedder, Launched, NotReadyError, Piece
from eightcut_inference.embedders.card import EmbedderCard
from eightcut_inference.embedders.launched import Computed
from eightcut_inference.embedders.registry import Registry, host_registry
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


@dataclass(frozen=True, eq=False)
class ProbePiece:
    """Features ``[windows, 4]``, which are the vectors too."""

    features: FloatArray

    @property
    def windows(self) -> int:
        return len(self.features)

    @property
    def kind(self) -> object:
        return self.features.shape[1:]

    def split(self, windows: int) -> tuple[ProbePiece, ProbePiece]:
        return ProbePiece(self.features[:windows]), ProbePiece(self.features[windows:])


class Probe:
    """Mean, mean magnitude, largest and first sample of a window; counts, waits and fails as it is told to.

    Attributes:
        entered: Calls of `launch` that began.
        embedded: Windows embedded so far.
        batches: Windows of each call of `launch`.
        gate: `launch` waits until it is set.
        poison: `launch` fails on a batch that has a window whose first sample is this.
        fits: Windows of a batch that the device's memory holds.
        lost: `launch` finds the device lost.
        loads: Devices that it was loaded onto.
        least: Windows that a stream holds back until they are a piece.
        missing: Why it cannot run.
    """

    on_host = False

    def __init__(self, made_of: EmbedderCard | None = None) -> None:
        self._card = made_of or card()
        self.id = self._card.id
        self.entered = 0
        self.embedded = 0
        self.batches: list[int] = []
        self.gate = threading.Event()
        self.gate.set()
        self.poison: float | None = None
        self.fits: int | None = None
        self.lost = False
        self.loads: list[str] = []
        self.least = 1
        self.missing = ""
        self.threads: set[str] = set()

    def card(self) -> EmbedderCard:
        if self.missing:
            raise NotReadyError(self.missing)
        return self._card

    def outline(self) -> EmbedderCard:
        return self._card

    def check_grid(self, grid: WindowGrid) -> None:
        if grid.sample_rate != RATE:
            raise ValueError("the probe takes audio of 16000 Hz")

    def prepare(self, grid: WindowGrid, first_window: int = 0) -> ProbeStream:
        return ProbeStream(grid, first_window, self.least)

    def load(self, device: Device) -> Embedder:
        self.loads.append(device.name)
        return self

    def launch(self, pieces: Sequence[Piece]) -> Launched:
        self.entered += 1
        assert self.gate.wait(30)
        self.threads.add(threading.current_thread().name)
        features = np.concatenate([piece.features for piece in cast("Sequence[ProbePiece]", pieces)])
        self.batches.append(len(features))
        if self.lost:
            raise DeviceLostError("cpu has gone")
        if self.fits is not None and len(features) > self.fits:
            raise DeviceOutOfMemoryError(f"{len(features)} windows")
        if self.poison is not None and (np.abs(features[:, 3] - self.poison) < 1e-6).any():
            raise RuntimeError("poisoned window")
        self.embedded += len(features)
        return Computed(np.array(features, dtype=np.float32))


class ProbeStream:
    """Holds back nothing, unless it is told how many windows a piece has to have."""

    def __init__(self, grid: WindowGrid, first_window: int, least: int = 1) -> None:
        self.next_window = first_window
        self._grid = grid
        self._least = least
        self._samples = np.zeros(0, np.float32)
        self._rows: list[tuple[float, float, float, float]] = []

    def push(self, pcm: FloatArray) -> list[ProbePiece]:
        self._samples = np.concatenate([self._samples, pcm])
        hop, window = self._grid.hop_samples, self._grid.window_samples
        while len(self._samples) >= window:
            self._rows.append(_statistics(self._samples[:window]))
            self._samples = self._samples[hop:]
        return self.flush() if len(self._rows) >= self._least else []

    def flush(self) -> list[ProbePiece]:
        rows, self._rows = self._rows, []
        self.next_window += len(rows)
        return [ProbePiece(np.array(rows, np.float32))] if rows else []


def _statistics(window: FloatArray) -> tuple[float, float, float, float]:
    wide = window.astype(np.float64)
    return float(wide.mean()), float(np.abs(wide).mean()), float(wide.max()), float(wide[0])


def expected_vectors(pcm: npt.NDArray[np.int16], grid: WindowGrid | None = None) -> FloatArray:
    """What the probe gives for a whole file."""
    (piece,) = ProbeStream(grid or WindowGrid(), 0).push((pcm / np.float32(32768)).astype(np.float32))
    return piece.features


def registry_with(*probes: Probe) -> Registry:
    registry = host_registry()
    for probe in probes:
        registry.add(probe)
    return registry

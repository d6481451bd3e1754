"""LOGMEL: what 512 fixed spectro-temporal patterns find at most in a window's log-mel spectrogram.

Audio is cut into blocks of half a second. Of each block a log-mel spectrogram of 50 frames is computed (frames
at its edges see the block mirrored, so a block depends on its own samples alone), and correlated with kernels
drawn once and for all from a fixed stream of numbers: 9 taps in time that sum to zero, at one of four spacings
(10 to 60 ms), times weights on one stretch of the mel axis. The vector holds, for every kernel, its largest
response anywhere in the window.

Why this: in few-shot detection on mixtures it beat means, deviations, percentiles, deltas, modulation spectra and
attention-pooled spectra by a wide margin (docs/decisions/0007). A kernel that sums to zero in time is blind to
stationary noise and to gain; the maximum shows an event of 0.1 s in a window of 8 s as clearly as a long one
and does not care where it is. Random convolution kernels with pooled responses under a linear classifier are
the ROCKET family of A. Dempster, F. Petitjean and G. Webb, "ROCKET: exceptionally fast and accurate time series
classification using random convolutional kernels", 2020.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, cast

import numpy as np
import numpy.typing as npt
from eightcut_scoring.windows import WindowGrid

from eightcut_inference.devices import Device
from eightcut_inference.embedders.base import FloatArray, Piece, checked_samples
from eightcut_inference.embedders.card import EmbedderCard
from eightcut_inference.embedders.launched import Computed

RATE = 16_000
BLOCK = RATE // 2  # samples
_FRAME, _STEP, _FFT = 400, 160, 512  # samples
_EDGE = (_FRAME - _STEP) // 2  # samples mirrored on each side of a block, so that it holds a whole number of frames
_FRAMES = BLOCK // _STEP  # frames a block
_MELS, _LOW_HZ, _HIGH_HZ = 32, 50.0, 7_800.0
_FLOOR = 1e-5  # power added before the logarithm: silence is finite, and noise below -60 dBFS does not count
_TAPS = 9
_SPACINGS = (1, 2, 4, 6)  # frames between taps; the longest kernel spans 49 frames, within a block
_PER_SPACING = 128
_SEED = 8
_PEAK = 4.0  # samples beyond this (full scale is 1) are clipped: decoders give little more than 1

CARD = EmbedderCard(
    id="LOGMEL",
    dim=_PER_SPACING * len(_SPACINGS),
    sample_rate=RATE,
    preprocessing=(
        f"blocks of {BLOCK} samples mirrored by {_EDGE}; frames of {_FRAME} every {_STEP}, mean removed, "
        f"periodic Hann; power of FFT {_FFT}; {_MELS} triangular mel bands of unit sum, {_LOW_HZ:g} to {_HIGH_HZ:g} Hz "
        f"(O'Shaughnessy); ln(power + {_FLOOR:g})"
    ),
    pooling="max",
    licence="GPL-3.0-or-later",
    options={
        "kernels": f"{_PER_SPACING} of {_TAPS} taps for each spacing of {', '.join(map(str, _SPACINGS))} frames",
        "kernel_stream": f"PCG64({_SEED}) raw, Box-Muller",
        "version": "1",
    },
)


@dataclass(frozen=True, eq=False)
class Rows:
    """Largest responses inside and across the blocks of consecutive windows.

    Attributes:
        features: float32 ``[windows, rows, 512]``; 31 rows for windows of 8 s.
    """

    features: FloatArray

    @property
    def windows(self) -> int:
        """How many windows."""
        return len(self.features)

    @property
    def kind(self) -> int:
        """Windows of one length may share a batch."""
        return int(self.features.shape[1])

    def split(self, windows: int) -> tuple[Self, Self]:
        """See `Piece.split`."""
        return type(self)(self.features[:windows]), type(self)(self.features[windows:])


class LogMelEmbedder:
    """The last step, without state: the maximum over the rows of each window."""

    def launch(self, pieces: Sequence[Piece]) -> Computed:
        """See `Embedder.launch`; done when it returns."""
        parts = [piece.features.max(axis=1) for piece in cast("Sequence[Rows]", pieces)]
        return Computed(np.concatenate(parts) if parts else np.zeros((0, CARD.dim), np.float32))


class LogMel:
    """The embedder LOGMEL. Immutable: any number of threads and streams may share one.

    Windows and hops must be whole multiples of half a second.
    """

    id = CARD.id
    on_host = True

    def __init__(self) -> None:
        self._bands = _mel_bands()
        self._frame_window = np.hanning(_FRAME + 2)[1:-1].astype(np.float32)
        spectral, self._temporal = _kernels()
        # Products this small run in the calling thread: BLAS starts its own threads for larger ones, which would only
        # get in each other's way here, and could make bits depend on the number of cores.
        self._spectral = [np.ascontiguousarray(group) for group in np.split(spectral, len(_SPACINGS), axis=1)]

    def card(self) -> EmbedderCard:
        """What it is."""
        return CARD

    def outline(self) -> EmbedderCard:
        """The same: there are no weights to be missed."""
        return CARD

    def check_grid(self, grid: WindowGrid) -> None:
        """Raises ValueError unless window and hop are multiples of 0.5 s at 16 kHz."""
        if grid.sample_rate != RATE:
            raise ValueError(f"LOGMEL takes audio of {RATE} Hz, not of {grid.sample_rate} Hz")
        if grid.window_samples % BLOCK or grid.hop_samples % BLOCK:
            raise ValueError(
                f"LOGMEL works on windows and hops of whole half seconds, not of {grid.window_s:g} s every "
                f"{grid.hop_s:g} s"
            )

    def prepare(self, grid: WindowGrid, first_window: int = 0) -> LogMelStream:
        """A stream whose first sample is that of window ``first_window``.

        ValueError as `check_grid` or when it is negative.
        """
        self.check_grid(grid)
        if first_window < 0:
            raise ValueError(f"a file has no window {first_window}")
        return LogMelStream(self, grid, first_window)

    def load(self, device: Device) -> LogMelEmbedder:  # noqa: ARG002 - it runs on the processor, whatever there is
        """The last step; there is nothing to load."""
        return LogMelEmbedder()

    def log_mel(self, block: FloatArray) -> FloatArray:
        """The log-mel spectrogram ``[50, 32]`` of one block of 8,000 samples."""
        padded = np.pad(np.clip(block, -_PEAK, _PEAK), _EDGE, "reflect")
        frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_STEP]
        frames = (frames - frames.mean(axis=1, keepdims=True)) * self._frame_window
        spectrum = np.fft.rfft(frames, _FFT, axis=1)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        bands = np.concatenate([half @ self._bands for half in np.split(power, 2)])
        frames_by_bands: FloatArray = np.log(bands + np.float32(_FLOOR))
        return frames_by_bands

    def project(self, frames: FloatArray) -> FloatArray:
        """Every kernel's weights on the mel axis applied to a block's frames: ``[50, 512]``."""
        return np.concatenate([frames @ group for group in self._spectral], axis=1)

    def largest(self, projected: FloatArray, begin: int, end: int, into: FloatArray, spacing: int) -> None:
        """Largest responses of the kernels of one spacing that start at frames ``begin..end`` of projected frames."""
        group = slice(spacing * _PER_SPACING, (spacing + 1) * _PER_SPACING)
        step = _SPACINGS[spacing]
        taps = self._temporal[:, group]
        response = projected[begin:end, group] * taps[0]
        for tap in range(1, _TAPS):
            response += projected[begin + tap * step : end + tap * step, group] * taps[tap]
        np.max(response, axis=0, out=into[group])


class LogMelStream:
    """The samples of one file on their way to largest responses.

    State: a window's rows and less than a block of samples.
    """

    def __init__(self, embedder: LogMel, grid: WindowGrid, first_window: int) -> None:
        self._embedder = embedder
        self._blocks_per_hop = grid.hop_samples // BLOCK
        # A window's rows: inside block 0, across 0 and 1, inside 1, … inside its last block. Nothing beyond its
        # samples.
        self._window_rows = _rows(grid)
        self._rows: deque[FloatArray] = deque(maxlen=self._window_rows)
        self._samples = np.zeros(0, dtype=np.float32)
        self._projected: FloatArray | None = None
        self._blocks_missing = grid.window_samples // BLOCK
        self._next_window = first_window

    @property
    def next_window(self) -> int:
        """Index of the first window that no piece held yet."""
        return self._next_window

    def push(self, pcm: npt.NDArray[np.float32]) -> list[Rows]:
        """See `PieceStream.push`; no complete window is ever held back."""
        samples = np.concatenate([self._samples, checked_samples(pcm)])
        whole = len(samples) // BLOCK
        windows = []
        for index in range(whole):
            self._add_block(samples[index * BLOCK : (index + 1) * BLOCK])
            if self._blocks_missing == 0:
                windows.append(np.stack(self._rows))
                self._blocks_missing = self._blocks_per_hop
                self._next_window += 1
        self._samples = samples[whole * BLOCK :].copy()
        return [Rows(np.stack(windows))] if windows else []

    def flush(self) -> list[Rows]:
        """Nothing: no window is held back."""
        return []

    def _add_block(self, block: FloatArray) -> None:
        current = self._embedder.project(self._embedder.log_mel(block))
        if self._projected is not None:
            both = np.concatenate([self._projected, current])
            across = np.empty(CARD.dim, np.float32)
            for spacing, step in enumerate(_SPACINGS):
                self._embedder.largest(both, _FRAMES - (_TAPS - 1) * step, _FRAMES, across, spacing)
            self._rows.append(across)
        inside = np.empty(CARD.dim, np.float32)
        for spacing, step in enumerate(_SPACINGS):
            self._embedder.largest(current, 0, _FRAMES - (_TAPS - 1) * step, inside, spacing)
        self._rows.append(inside)
        self._projected = current
        self._blocks_missing -= 1


def _rows(grid: WindowGrid) -> int:
    return 2 * (grid.window_samples // BLOCK) - 1


def _mel_bands() -> FloatArray:
    """Triangular mel filters of unit sum, ``[257, 32]``; mel = 2595 log10(1 + f / 700) (D. O'Shaughnessy, 1987)."""
    low, high = (2595 * math.log10(1 + hz / 700) for hz in (_LOW_HZ, _HIGH_HZ))
    edges_mel = np.linspace(low, high, _MELS + 2)
    edges = 700 * (10 ** (edges_mel / 2595) - 1)
    frequency = np.fft.rfftfreq(_FFT, 1 / RATE)[:, np.newaxis]
    rising = (frequency - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - frequency) / (edges[2:] - edges[1:-1])
    bands = np.maximum(0, np.minimum(rising, falling))
    unit: FloatArray = (bands / bands.sum(axis=0)).astype(np.float32)
    return unit


def _kernels() -> tuple[FloatArray, FloatArray]:
    """The kernels: weights on the mel axis ``[32, 512]`` and on the taps ``[9, 512]``, columns of unit norm.

    Only the raw stream of a bit generator is promised to stay the same in every numpy, so the numbers are made
    from it here.
    """
    source = np.random.PCG64(_SEED)

    def uniform(count: int) -> npt.NDArray[np.float64]:
        bits = np.asarray(source.random_raw(count)) >> np.uint64(11)
        return np.asarray((bits + 0.5) * 2.0**-53, dtype=np.float64)

    def normal(count: int) -> npt.NDArray[np.float64]:
        radius = np.sqrt(-2 * np.log(uniform(count)))
        return np.asarray(radius * np.cos(2 * np.pi * uniform(count)), dtype=np.float64)

    widths = [_MELS >> shift for shift in range(5)]  # 32 bands down to 2
    spectral = np.zeros((_MELS, CARD.dim))
    temporal = np.zeros((_TAPS, CARD.dim))
    for column in range(CARD.dim):
        taps = normal(_TAPS)
        taps -= taps.mean()
        temporal[:, column] = taps / np.linalg.norm(taps)
        which, where, coin = uniform(3)
        width = widths[int(which * len(widths))]
        start = int(where * (_MELS - width + 1))
        weights = normal(width) + (coin < 0.5)  # half of them lean to "all bands rise together"
        spectral[start : start + width, column] = weights / np.linalg.norm(weights)
    return spectral.astype(np.float32), temporal.astype(np.float32)

"""From samples to the picture of a sound: the extremes of the wave, and how loud each pitch is."""

from __future__ import annotations

import functools
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from eightcut_qt.timeline.pyramid import Pyramid

RATE = 16_000
"""Hz."""
PEAK_HOP = 128
"""Samples of one column of the waveform: 8 ms."""
BANDS = 96
"""Pitches of the spectrogram, from low to high, equally far apart to the ear."""
DYNAMIC = 110.0
"""Decibels below full scale that the spectrogram tells apart."""

_FRAME = 1024  # Samples: 64 ms, of which the window's slopes leave about half.
_FINEST_HOP = 256
_BUDGET = 56_000_000  # Bytes of the spectrogram's finest level: with all levels and the waveform 100 MB at most.
_LOWEST, _HIGHEST = 40.0, 8000.0  # Hz
_FRAMES_AT_ONCE = 512
_BANDS_AT_ONCE = 12
# Multiplications in one product of matrices. Larger ones are spread over threads by BLAS, which then wait for more by
# spinning and take the core that the window needs: measured gaps of up to 45 ms there, 3 ms without.
_SMALL_PRODUCT = 200_000

Samples: TypeAlias = npt.NDArray[np.int16]


class SoundPicture:
    """Waveform and spectrogram of a media, from its beginning on as far as it is decoded.

    One thread appends; others read.

    Attributes:
        peaks: int16 pairs: the lowest sample with its sign turned, and the highest; so the larger one wins in both.
        spectrum: uint8 [BANDS]: 0 is `DYNAMIC` below full scale, 255 is full scale.
        spectrum_hop: Samples of one column of the spectrogram.
        complete: Nothing more will come.
    """

    def __init__(self, peaks: Pyramid, spectrum: Pyramid, spectrum_hop: int, samples: int, *, complete: bool) -> None:
        """Use `start` or `eightcut_qt.timeline.store`."""
        self.peaks = peaks
        self.spectrum = spectrum
        self.spectrum_hop = spectrum_hop
        self.complete = complete
        self._samples = samples
        self._waves = np.zeros(0, np.int16)
        self._frames = np.zeros(_FRAME // 2 - spectrum_hop // 2, np.int16)

    @classmethod
    def start(cls, expected: float = 0.0) -> SoundPicture:
        """Return an empty one.

        Args:
            expected: How long the media is, seconds, as far as one knows.
        """
        samples = int(expected * RATE)
        hop = _FINEST_HOP
        while samples // hop * BANDS > _BUDGET and hop < _FRAME:
            hop *= 2
        peaks = Pyramid(2, np.int16, samples // PEAK_HOP + 1)
        return cls(peaks, Pyramid(BANDS, np.uint8, samples // hop + 1), hop, 0, complete=False)

    @property
    def samples(self) -> int:
        """Samples that are in it."""
        return self._samples

    @property
    def duration(self) -> float:
        """Seconds that are in it."""
        return self._samples / RATE

    def append(self, samples: Samples) -> None:
        """Add what follows."""
        self._samples += len(samples)
        self._append_waves(samples)
        self._append_frames(samples)

    def finish(self) -> None:
        """Nothing more comes: the last columns are made of what is there."""
        if len(self._waves):
            self.peaks.append(_extremes(self._waves[None, :]))
        self._waves = np.zeros(0, np.int16)
        missing = -(-self._samples // self.spectrum_hop) - len(self.spectrum)
        if missing > 0:
            needed = (missing - 1) * self.spectrum_hop + _FRAME
            self._append_frames(np.zeros(max(needed - len(self._frames), 0), np.int16), most=missing)
        self.peaks.finish()
        self.spectrum.finish()
        self.complete = True

    def _append_waves(self, samples: Samples) -> None:
        waves = np.concatenate([self._waves, samples]) if len(self._waves) else samples
        full = len(waves) // PEAK_HOP
        self.peaks.append(_extremes(waves[: full * PEAK_HOP].reshape(full, PEAK_HOP)))
        self._waves = waves[full * PEAK_HOP :].copy()

    def _append_frames(self, samples: Samples, most: int | None = None) -> None:
        frames = np.concatenate([self._frames, samples])
        hop = self.spectrum_hop
        count = max((len(frames) - _FRAME) // hop + 1, 0)
        count = count if most is None else min(count, most)
        for first in range(0, count, _FRAMES_AT_ONCE):  # Small steps: other threads want the interpreter, too.
            last = min(first + _FRAMES_AT_ONCE, count)
            part = frames[first * hop : (last - 1) * hop + _FRAME]
            self.spectrum.append(_levels(np.lib.stride_tricks.sliding_window_view(part, _FRAME)[::hop]))
        self._frames = frames[count * hop :].copy()


def _extremes(rows: Samples) -> npt.NDArray[np.int16]:
    made = np.empty((len(rows), 2), np.int16)
    np.maximum(rows.min(axis=1), -32767, out=made[:, 0])
    np.negative(made[:, 0], out=made[:, 0])
    rows.max(axis=1, out=made[:, 1])
    return made


def _levels(frames: Samples) -> npt.NDArray[np.uint8]:
    """Return how loud each band is in each frame."""
    window, groups = _tables()
    spectrum = np.fft.rfft(frames * window, axis=1)
    power = spectrum.real**2 + spectrum.imag**2
    bands = np.empty((len(frames), BANDS), np.float32)
    for group in groups:
        rows = max(_SMALL_PRODUCT // group.weights.size, 1)
        for first in range(0, len(frames), rows):
            part = power[first : first + rows, group.bins]
            np.matmul(part, group.weights, out=bands[first : first + rows, group.bands])
    np.maximum(bands, 1e-12, out=bands)
    np.log10(bands, out=bands)
    bands *= 10.0 * 255.0 / DYNAMIC
    bands += 255.0
    return np.clip(np.rint(bands, out=bands), 0, 255).astype(np.uint8)


class _Group(NamedTuple):
    """Neighbouring bands and the bins that they take from."""

    bands: slice
    bins: slice
    weights: npt.NDArray[np.float32]


@functools.cache
def _tables() -> tuple[npt.NDArray[np.float32], tuple[_Group, ...]]:
    """Return the window (a full-scale sine becomes 0 dB) and the weights of each frequency in each band."""
    window = np.hanning(_FRAME + 1)[:_FRAME]
    window *= 2.0 / window.sum() / 32768.0
    frequencies = np.fft.rfftfreq(_FRAME, 1 / RATE)
    edges = band_frequency(np.linspace(-1, BANDS, BANDS + 2))
    below, middle, above = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (frequencies - below) / (middle - below)
    falling = (above - frequencies) / (above - middle)
    weights = np.clip(np.minimum(rising, falling), 0.0, None)
    # Low bands are narrower than a bin: they take what the bins beside them say.
    position = middle[:, 0] * _FRAME / RATE
    left = np.minimum(position.astype(int), len(frequencies) - 2)
    narrow = weights.sum(axis=1) < 1.0
    rows = np.flatnonzero(narrow)
    weights[rows] = 0.0
    weights[rows, left[rows]] = 1 - (position - left)[rows]
    weights[rows, left[rows] + 1] = (position - left)[rows]
    groups = []
    for first in range(0, BANDS, _BANDS_AT_ONCE):
        part = weights[first : first + _BANDS_AT_ONCE]
        used = np.flatnonzero(part.any(axis=0))
        bins = slice(int(used[0]), int(used[-1]) + 1)
        bands = slice(first, first + len(part))
        groups.append(_Group(bands, bins, np.ascontiguousarray(part[:, bins].T, np.float32)))
    return window.astype(np.float32), tuple(groups)


def band_frequency(band: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return the middle frequency of bands, Hz."""
    low, high = _mel(np.array(_LOWEST)), _mel(np.array(_HIGHEST))
    return np.asarray(700.0 * (10.0 ** ((low + (high - low) * band / (BANDS - 1)) / 2595.0) - 1.0))


def frequency_band(frequency: float) -> float:
    """Return the band, not a whole number, in whose middle a frequency lies."""
    low, high = float(_mel(np.array(_LOWEST))), float(_mel(np.array(_HIGHEST)))
    return (float(_mel(np.array(frequency))) - low) / (high - low) * (BANDS - 1)


def _mel(frequency: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return np.asarray(2595.0 * np.log10(1.0 + frequency / 700.0))

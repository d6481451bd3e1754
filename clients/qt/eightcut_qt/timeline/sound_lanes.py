"""Draws waveform and spectrogram."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from eightcut_qt.timeline.peaks import BANDS, PEAK_HOP, RATE, SoundPicture
from eightcut_qt.timeline.raster import Brush, Pixels, band, sample

_QUIETEST_FULL_HEIGHT = 0.05
"""A sound that is quieter than this share of full scale is not blown up to the lane's whole height."""
_LEAST_CONTRAST = 60  # Of 255 steps between black and white.


class Loudness:
    """How loud a sound is in all: what the lanes' full height and brightness stand for. Measured now and then."""

    def __init__(self) -> None:
        self.gain = 1.0
        self._ramp = np.arange(256, dtype=np.uint8)
        self._of: tuple[int, int] = (0, 0)

    def measure(self, sound: SoundPicture) -> None:
        """Look at a sound, unless it is as it was at the last look."""
        seen = (id(sound), len(sound.spectrum) if sound.complete else len(sound.spectrum) // 2048)
        if seen == self._of:
            return
        self._of = seen
        peaks = sound.peaks.level(sound.peaks.depth - 1)
        if len(peaks):  # A single bang must not flatten all the rest.
            loudest = min(float(peaks.max()), 2.0 * float(np.percentile(peaks.max(axis=1), 97))) / 32768
            self.gain = 1.0 / max(loudest, _QUIETEST_FULL_HEIGHT)
        index = max(sound.spectrum.depth - 2, 0)
        levels = sound.spectrum.level(index)
        if len(levels):
            histogram = np.cumsum(np.bincount(levels[:: max(len(levels) // 2048, 1)].reshape(-1), minlength=256))
            low, high = np.searchsorted(histogram, [0.10 * histogram[-1], 0.998 * histogram[-1]])
            low = min(low, high - _LEAST_CONTRAST)
            self._ramp = np.clip((np.arange(256) - low) * 255.0 / max(high - low, 1), 0, 255).astype(np.uint8)

    def colors(self, spectrum: Pixels) -> Pixels:
        """Return the colour of each level."""
        made: Pixels = spectrum[self._ramp]
        return made


def draw_waveform(brush: Brush, sound: SoundPicture, gain: float) -> None:
    """Draw the extremes of the samples in each column of pixels, over a lane that is empty."""
    height = brush.height
    extremes, first, last = sample(sound.peaks, RATE / PEAK_HOP, brush.view, brush.width)
    if last <= first:
        return
    middle = height / 2
    scale = (middle - 2) * gain / 32768
    half = extremes.astype(np.float32) * scale
    # At least a hair line, so that silence is seen as such.
    half = np.clip(half, 0.5, middle - 1)
    top, bottom = middle - half[:, 1], middle + half[:, 0]
    covered = band(top, bottom, height)
    np.copyto(brush.pixels[:, first:last], brush.look.wave[covered], where=covered > 0)


def draw_spectrogram(brush: Brush, sound: SoundPicture, colors: Pixels) -> None:
    """Draw how loud each pitch is, low ones below."""
    height = brush.height
    levels, first, last = sample(sound.spectrum, RATE / sound.spectrum_hop, brush.view, brush.width)
    if last <= first or height < 2:
        return
    # Into the lane's rows; eight bits of fraction are enough.
    place = np.linspace(BANDS - 1, 0, height)
    lower = np.minimum(place.astype(np.intp), BANDS - 2)
    share = np.rint((place - lower) * 256).astype(np.uint16)[:, None]
    columns: npt.NDArray[np.uint16] = np.ascontiguousarray(levels.T).astype(np.uint16)
    rows = columns[lower] * (256 - share)
    rows += columns[lower + 1] * share
    rows >>= 8
    brush.pixels[:, first:last] = colors[rows]

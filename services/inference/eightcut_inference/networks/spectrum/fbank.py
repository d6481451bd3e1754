"""Kaldi's log-mel filter bank, on any device, once for all windows that share frames.

Frames of 25 ms every 10 ms, only whole ones; each loses its mean, is pre-emphasised with 0.97 (its first sample against
itself), windowed and padded to 512; the power spectrum goes through 128 triangles on the mel scale between 20 Hz and
8 kHz, and the logarithm is taken, of at least float32's epsilon. These are the numbers of ``compute-fbank-feats`` of
D. Povey et al., "The Kaldi speech recognition toolkit", 2011, with ``--dither=0 --use-energy=false``, which the three
networks were trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from eightcut_scoring.windows import WindowGrid
from torch.nn import functional

from eightcut_inference.networks.architecture import DeviceStrip

RATE = 16_000
FRAME, STEP = 400, 160  # samples of a frame, and between frames
BINS = 128

_FFT = 512
_LOWEST_HZ = 20.0
_EMPHASIS = 0.97
_EPSILON = torch.finfo(torch.float32).eps
_POVEY = 0.85  # power of the Hann window

Window = Literal["hann", "povey"]


def count_frames(samples: int) -> int:
    """Whole frames in so many samples."""
    return max(0, (samples - FRAME) // STEP + 1)


class Fbank:
    """The filter bank, always in float32, and the features of windows.

    Args:
        device: Where.
        window: Symmetric Hann window, or Povey's: its power of 0.85.
        mean: What is subtracted of the features.
        scale: What they are divided by then.
        gain: What the samples are multiplied with first; 2**15 for full scale as 16-bit numbers.
    """

    def __init__(self, device: torch.device, window: Window, *, mean: float, scale: float, gain: float = 1.0) -> None:
        taper = torch.hann_window(FRAME, periodic=False)
        taper = taper.pow(_POVEY) if window == "povey" else taper
        self._taper = (taper * gain).to(device)
        self._triangles = triangles().T.contiguous().to(device)
        self._mean = mean
        self._scale = scale

    @property
    def padding(self) -> float:
        """What a feature of zero, as frames after the last are padded with, becomes by mean and scale."""
        return -self._mean / self._scale

    def log_mel(self, samples: torch.Tensor) -> torch.Tensor:
        """Features ``[..., T, 128]`` of samples ``[..., N]``, full scale ±1, before mean and scale."""
        frames = samples.unfold(-1, FRAME, STEP)
        frames = frames - frames.mean(-1, keepdim=True)
        before = functional.pad(frames[..., :-1], (1, 0))
        before[..., 0] = frames[..., 0]
        spectrum = torch.fft.rfft((frames - _EMPHASIS * before) * self._taper, _FFT)
        power: torch.Tensor = spectrum.abs().square()
        return (power @ self._triangles).clamp_min(_EPSILON).log()

    def windows(self, strips: Sequence[DeviceStrip]) -> torch.Tensor:
        """Features ``[n, T, 128]`` of all windows of the strips in order, with mean and scale.

        Frames that windows share are computed once when the windows begin on frames; it is the same to the bit.
        """
        grid = strips[0].grid
        if grid.hop_samples % STEP:
            samples = torch.cat([s.samples.unfold(0, grid.window_samples, grid.hop_samples) for s in strips])
            return (self.log_mel(samples) - self._mean) / self._scale
        # Strips laid on the grid of frames one after another are one signal; frames across seams belong to no window.
        laid = [functional.pad(strip.samples, (0, -len(strip.samples) % STEP)) for strip in strips]
        features = (self.log_mel(torch.cat(laid)) - self._mean) / self._scale
        views = []
        begin = 0
        for strip, samples in zip(strips, laid, strict=True):
            views.append(_views(features[begin:], strip.windows, grid))
            begin += len(samples) // STEP
        return views[0] if len(views) == 1 else torch.cat(views)


def triangles() -> torch.Tensor:
    """Weights of the 128 filters on the 257 bins of the spectrum, float32 ``[128, 257]``; none reaches the last bin.

    Mel is ``1127 ln(1 + f / 700)``; corners are at equal distances of mel, and the sides are straight in mel.
    """
    lowest, highest = _mel(torch.tensor([_LOWEST_HZ, RATE / 2], dtype=torch.float64)).tolist()
    distance = (highest - lowest) / (BINS + 1)
    # Every corner from its own number, and sides from their corners: with this rounding it is torchaudio's to the bit.
    left, centre, right = (lowest + (torch.arange(BINS)[:, None] + corner) * distance for corner in (0.0, 1.0, 2.0))
    bins = _mel(torch.arange(_FFT // 2, dtype=torch.float32) * (RATE / _FFT))
    rising = (bins - left) / (centre - left)
    falling = (right - bins) / (right - centre)
    return functional.pad(torch.minimum(rising, falling).clamp_min(0), (0, 1))


def _mel(hertz: torch.Tensor) -> torch.Tensor:
    return 1127.0 * (1.0 + hertz / 700.0).log()


def _views(features: torch.Tensor, windows: int, grid: WindowGrid) -> torch.Tensor:
    """The windows' slices of features ``[T, 128]``, not copied."""
    hop = grid.hop_samples // STEP * BINS
    return features.as_strided((windows, count_frames(grid.window_samples), BINS), (hop, BINS, 1))

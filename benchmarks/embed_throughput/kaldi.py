"""A log-mel filter bank of one window on the processor, step by step as Kaldi and torchaudio's copy of it do it.

Nothing is kept between windows, the filters neither: that is how the ancestor called it.
"""

from __future__ import annotations

import math
from typing import Literal

import torch

RATE = 16_000
FRAME, HOP, FFT = 400, 160, 512
BINS = 128
LOW_HZ = 20.0


def fbank(samples: torch.Tensor, window: Literal["hann", "povey"]) -> torch.Tensor:
    """The filter bank of samples ``[n]``: float32 ``[1 + (n - 400) // 160, 128]``."""
    frames = samples.unfold(0, FRAME, HOP)
    frames = frames - frames.mean(1, keepdim=True)
    before = torch.cat([frames[:, :1], frames[:, :-1]], dim=1)
    frames = (frames - 0.97 * before) * _window(window)
    power = torch.fft.rfft(frames, FFT).abs() ** 2
    mel = power @ _filters().T
    logarithms: torch.Tensor = mel.clamp_min(torch.finfo(torch.float32).eps).log()
    return logarithms


def _window(name: Literal["hann", "povey"]) -> torch.Tensor:
    hann = torch.hann_window(FRAME, periodic=False)
    return hann if name == "hann" else hann**0.85


def _filters() -> torch.Tensor:
    """Triangles of equal width in mel, ``[128, 257]``; mel(f) = 1127 ln(1 + f / 700)."""
    low, high = _mel(LOW_HZ), _mel(RATE / 2)
    step = (high - low) / (BINS + 1)
    left = low + step * torch.arange(BINS).unsqueeze(1)
    bins = 1127.0 * (1.0 + RATE / FFT * torch.arange(FFT // 2) / 700.0).log()
    rising = (bins - left) / step
    falling = (left + 2 * step - bins) / step
    triangles = torch.minimum(rising, falling).clamp_min(0.0)
    return torch.nn.functional.pad(triangles, (0, 1))


def _mel(hertz: float) -> float:
    return 1127.0 * math.log(1.0 + hertz / 700.0)

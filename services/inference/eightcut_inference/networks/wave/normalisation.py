"""What happens to the samples of windows before the convolutions.

Two ways, and which one it is depends on the weights (docs/decisions/0008):

- "window": each window on its own to zero mean and unit variance, ``(x - mean) / sqrt(var + 1e-7)``.
- "gain": a fixed gain, since a layer norm follows a first convolution without bias and takes any gain out; and only a
  window whose mean exceeds 1 % of its root mean square loses its mean. Windows without such a mean share frames.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from eightcut_scoring.windows import WindowGrid

_EPS = 1e-7
GAIN = 32.0
_MEAN_LIMIT = 0.01


def takes_gain(facts: Mapping[str, str]) -> bool:
    """Whether the facts of the weights allow the fixed gain."""
    return facts["norm"] == "layer" and facts["conv_bias"] == "none"


def normalised(windows: torch.Tensor) -> torch.Tensor:
    """Windows ``[n, N]``, each to zero mean and unit variance."""
    variance, mean = torch.var_mean(windows, dim=1, correction=0, keepdim=True)
    return (windows - mean) * torch.rsqrt(variance + _EPS)


def amplified(windows: torch.Tensor) -> torch.Tensor:
    """Windows ``[n, N]`` with the gain, and without their mean where that is large."""
    mean = _means(windows)
    removed = torch.where(_is_large(mean, _powers(windows)), mean, torch.zeros_like(mean))
    return (windows - removed[:, None].to(windows.dtype)) * GAIN


def with_means(samples: torch.Tensor, grid: WindowGrid) -> list[int]:
    """Which of the windows of a strip's samples lose their mean; waits for the device that they are on."""
    # Sums of blocks that windows share, so that each sample is added up once.
    block = math.gcd(grid.window_samples, grid.hop_samples)
    blocks = samples[: len(samples) // block * block].view(-1, block)
    length, step = grid.window_samples // block, grid.hop_samples // block
    mean = _means(blocks).unfold(0, length, step).mean(1)
    power = _powers(blocks).unfold(0, length, step).mean(1)
    return [int(k) for k in torch.nonzero(_is_large(mean, power)).flatten().tolist()]


def _is_large(mean: torch.Tensor, power: torch.Tensor) -> torch.Tensor:
    return mean.square() > _MEAN_LIMIT**2 * power


def _means(rows: torch.Tensor) -> torch.Tensor:
    return rows.mean(1, dtype=exact_dtype(rows.device))


def _powers(rows: torch.Tensor) -> torch.Tensor:
    norm: torch.Tensor = torch.linalg.vector_norm(rows, dim=1, dtype=exact_dtype(rows.device))
    return norm.square() / rows.shape[1]


def exact_dtype(device: torch.device) -> torch.dtype:
    """float64, where the device has it: then the order of a sum decides nothing."""
    return torch.float32 if device.type == "mps" else torch.float64

"""The positional convolution: grouped, as wide as a third of a window, and slow as torch runs it.

``y[t] = gelu(bias + Σ_k weight[k] x[t + k - K//2])`` over ``K`` taps, with zeros outside. Two ways to the same numbers:
by Fourier transforms (few operations, float32), and as products of blocks (many operations, but of the kind that
tensor cores are made for).
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

_BLOCK = 8  # outputs in time that one product of `BlockedPositions` makes


def folded(magnitude: torch.Tensor, direction: torch.Tensor) -> torch.Tensor:
    """The weight ``g · v / |v|`` ``[out, in, taps]``, one norm per tap.

    T. Salimans and D. Kingma, "Weight normalization", 2016.
    """
    scale: torch.Tensor = magnitude / torch.linalg.vector_norm(direction, dim=(0, 1), keepdim=True)
    return direction * scale


class FourierPositions(nn.Module):
    """By the convolution theorem, in float32; for processors.

    Args:
        weight: float32 ``[C, C / groups, K]``.
        bias: float32 ``[C]``.
        groups: Groups of channels.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor, groups: int) -> None:
        super().__init__()
        self._weight = weight.clone()
        self._bias = bias.clone()
        self._groups = groups
        self._frames = 0
        self._size = 0
        self._spectrum = torch.empty(0)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """``[n, T, C]`` to ``[n, T, C]``."""
        count, frames, width = hidden.shape
        if frames != self._frames:
            self._prepare(frames)
        spectrum = torch.fft.rfft(hidden, self._size, dim=1)
        grouped = spectrum.view(count, -1, self._groups, width // self._groups).permute(1, 2, 0, 3)
        product = torch.bmm(grouped.reshape(-1, count, width // self._groups), self._spectrum)
        ordered = product.view(-1, self._groups, count, width // self._groups).permute(2, 0, 1, 3)
        found = torch.fft.irfft(ordered.reshape(count, -1, width), self._size, dim=1)
        return functional.gelu(found[:, :frames] + self._bias)

    def _prepare(self, frames: int) -> None:
        """The weight's spectrum ``[frequencies · groups, C / groups, C / groups]`` for windows of so many frames."""
        width, inner, taps = self._weight.shape
        before = taps // 2
        # What wraps around falls on zeros when there are as many of them as taps reach to either side.
        size = _fast_size(frames + before)
        kernel = self._weight.new_zeros(width, inner, size)
        kernel[:, :, (before - torch.arange(taps)) % size] = self._weight
        spectrum = torch.fft.rfft(kernel).view(self._groups, width // self._groups, inner, -1)
        self._spectrum = spectrum.permute(3, 0, 2, 1).reshape(-1, inner, width // self._groups).contiguous()
        self._frames, self._size = frames, size


class BlockedPositions(nn.Module):
    """As one product per group: 8 outputs in time from the 8 + K inputs that they see, so 6 % more than needed.

    Args:
        weight: ``[C, C / groups, K]``.
        bias: ``[C]``.
        groups: Groups of channels.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor, groups: int) -> None:
        super().__init__()
        width, inner, self._taps = weight.shape
        self._groups = groups
        self._bias = bias
        taps = weight.view(groups, width // groups, inner, self._taps).permute(0, 3, 2, 1)
        spread = weight.new_zeros(groups, _BLOCK + self._taps, inner, _BLOCK, width // groups)
        for step in range(_BLOCK):
            spread[:, step : step + self._taps, :, step] = taps
        self._products = spread.view(groups, (_BLOCK + self._taps) * inner, -1)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """``[n, T, C]`` to ``[n, T, C]``."""
        count, frames, width = hidden.shape
        blocks = -(-frames // _BLOCK)
        seen = _BLOCK + self._taps
        before = self._taps // 2
        padded = functional.pad(hidden, (0, 0, before, blocks * _BLOCK + self._taps - before - frames))
        # [n, blocks, C, seen] → [groups, n · blocks, seen · C / groups]
        unfolded = padded.unfold(1, seen, _BLOCK).reshape(count, blocks, self._groups, -1, seen)
        rows = unfolded.permute(2, 0, 1, 4, 3).reshape(self._groups, count * blocks, -1)
        found = torch.bmm(rows, self._products).view(self._groups, count, blocks * _BLOCK, -1)
        ordered = found[:, :, :frames].permute(1, 2, 0, 3).reshape(count, frames, width)
        return functional.gelu(ordered + self._bias)


def _fast_size(least: int) -> int:
    """The smallest even length from ``least`` whose prime factors are 2, 3 and 5."""
    size = least + least % 2
    while _remainder(size) != 1:
        size += 2
    return size


def _remainder(size: int) -> int:
    for prime in (2, 3, 5):
        while size % prime == 0:
            size //= prime
    return size

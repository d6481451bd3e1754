"""Linear layers and layer norms with weights that stay, for the blocks of EAT and BEATs."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn
from torch.nn import functional

from eightcut_inference.networks.products import PackedLinear


class PlainLinear(nn.Module):
    """``x @ weight.T + bias``, then the exact GELU when asked for.

    Args:
        weight: ``[out, in]``.
        bias: ``[out]`` or None.
        gelu: Apply the GELU.
    """

    def __init__(self, weight: torch.Tensor, bias: torch.Tensor | None, *, gelu: bool) -> None:
        super().__init__()
        self.register_buffer("_weight", weight)
        self.register_buffer("_bias", bias)
        self._gelu = gelu

    _weight: torch.Tensor
    _bias: torch.Tensor | None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``[..., in]`` to ``[..., out]``."""
        found = functional.linear(x, self._weight, self._bias)
        return functional.gelu(found) if self._gelu else found


class Weights:
    """Makes layers of a file's tensors.

    Args:
        tensors: float32 on the processor.
        device: Where to.
        dtype: Arithmetic.
        packed: Products by oneDNN; see `PackedLinear`.
    """

    def __init__(
        self, tensors: Mapping[str, torch.Tensor], device: torch.device, dtype: torch.dtype, *, packed: bool
    ) -> None:
        self._tensors = tensors
        self.device = device
        self.dtype = dtype
        self.packed = packed

    def __getitem__(self, name: str) -> torch.Tensor:
        """A tensor as the file has it."""
        return self._tensors[name]

    def place(self, tensor: torch.Tensor) -> torch.Tensor:
        """A copy on the device: the file's pages may be let go."""
        return tensor.to(self.device, self.dtype, copy=True)

    def product(self, weight: torch.Tensor, bias: torch.Tensor | None = None, *, gelu: bool = False) -> nn.Module:
        """A linear layer of weight ``[out, in]`` and bias ``[out]``."""
        if self.packed:
            return PackedLinear(weight, bias, gelu=gelu)
        return PlainLinear(self.place(weight), None if bias is None else self.place(bias), gelu=gelu)

    def linear(self, name: str, *, gelu: bool = False) -> nn.Module:
        """A linear layer of ``name.weight`` and ``name.bias``."""
        return self.product(self[f"{name}.weight"], self[f"{name}.bias"], gelu=gelu)

    def norm(self, name: str, eps: float) -> nn.LayerNorm:
        """A layer norm of ``name.weight`` and ``name.bias``."""
        weight = self.place(self[f"{name}.weight"])
        norm = nn.LayerNorm(weight.shape, eps, device="meta")
        norm.weight = nn.Parameter(weight, requires_grad=False)
        norm.bias = nn.Parameter(self.place(self[f"{name}.bias"]), requires_grad=False)
        return norm


def patches(features: torch.Tensor, size: int) -> torch.Tensor:
    """Squares of features ``[n, T, 128]`` one after another in time, from low to high bins within: ``[n, L, size²]``.

    Frames that fill no square are left out. What a convolution sees whose stride is its kernel.
    """
    count, frames, bins = features.shape
    columns, rows = frames // size, bins // size
    cut = features[:, : columns * size, : rows * size].reshape(count, columns, size, rows, size)
    return cut.permute(0, 1, 3, 2, 4).reshape(count, columns * rows, size * size)

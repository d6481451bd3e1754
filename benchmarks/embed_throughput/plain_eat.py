"""EAT written plainly: what the reference loop runs. Explicit attention, one module after the other.

Formulas: Chen et al. 2024, "EAT: Self-Supervised Pre-Training with Efficient Audio Transformer".
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn

PATCH = 16


class PlainAttention(nn.Module):
    """softmax(q kᵀ / √d) v with one product for q, k and v."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Tokens ``[B, N, width]`` to tokens."""
        batch, count, width = x.shape
        qkv = self.qkv(x).reshape(batch, count, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        weights = (q * (width // self.heads) ** -0.5 @ k.transpose(-2, -1)).softmax(-1)
        mixed: torch.Tensor = self.proj((weights @ v).transpose(1, 2).reshape(batch, count, width))
        return mixed


class PlainBlock(nn.Module):
    """Post-norm: x = norm1(x + attn(x)), x = norm2(x + mlp(x))."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = PlainAttention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, 4 * width), "fc2": nn.Linear(4 * width, width)})

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Tokens ``[B, N, width]`` to tokens."""
        x = self.norm1(x + self.attn(x))
        hidden = self.mlp["fc2"](nn.functional.gelu(self.mlp["fc1"](x)))
        normed: torch.Tensor = self.norm2(x + hidden)
        return normed


class PlainEat(nn.Module):
    """The encoder, without its head.

    Args:
        tensors: As published, with or without the prefix ``model.``.
    """

    def __init__(self, tensors: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        named = {name.removeprefix("model."): tensor for name, tensor in tensors.items()}
        positions = named["fixed_positional_encoder.positions"]
        width = positions.shape[-1]
        depth = 1 + max(int(name.split(".")[1]) for name in named if name.startswith("blocks."))
        self.extra_tokens = nn.Parameter(torch.zeros(1, 1, width))
        self.local_encoder = nn.ModuleDict({"proj": nn.Conv2d(1, width, PATCH, PATCH)})
        self.fixed_positional_encoder = nn.ParameterDict({"positions": torch.zeros_like(positions)})
        self.pre_norm = nn.LayerNorm(width, eps=1e-6)
        self.blocks = nn.ModuleList(PlainBlock(width, width // 64) for _ in range(depth))
        self.load_state_dict({name: named[name] for name in self.state_dict()})

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """The mean over all patches, ``[B, width]``, of normalised features ``[B, T, 128]``."""
        patches = self.local_encoder["proj"](features.unsqueeze(1)).flatten(2).transpose(1, 2)
        patches = patches + self.fixed_positional_encoder["positions"][:, : patches.shape[1]]
        x = torch.cat([self.extra_tokens.expand(len(patches), -1, -1), patches], dim=1)
        x = self.pre_norm(x)
        for block in self.blocks:
            x = block(x)
        pooled: torch.Tensor = x[:, 1:].mean(1)
        return pooled

"""EAT's transformer: W. Chen et al., "EAT: self-supervised pre-training with efficient audio transformer", 2024."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

from eightcut_inference.networks.architecture import Config
from eightcut_inference.networks.spectrum.fbank import BINS
from eightcut_inference.networks.spectrum.products import Weights, patches

PATCH = 16
ROWS = BINS // PATCH  # patches in a column
EPS = 1e-6


class EatNetwork(nn.Module):
    """Features to vectors.

    Patches of 16 frames by 16 bins are projected and get fixed positions, one token that learns to stand for all comes
    before them, and a layer norm over each; then blocks ``x = norm1(x + attn(x))``, ``x = norm2(x + mlp(x))``.

    Args:
        weights: Of the file.
        config: The settings.
        frames: What windows are padded to.
        padding: What they are padded with.
        layers: Blocks that are pooled, counted from 1.
        pooling: "mean" of all patches, "valid-mean" of those that hold a real frame, or "cls".
    """

    def __init__(
        self, weights: Weights, config: Config, *, frames: int, padding: float, layers: Sequence[int], pooling: str
    ) -> None:
        super().__init__()
        self._frames = frames
        self._padding = padding
        self._layers = tuple(layers)
        self._pooling = pooling
        self._dtype = weights.dtype
        width = config["embed_dim"]
        self._projection = weights.product(
            weights["local_encoder.proj.weight"].reshape(width, PATCH * PATCH), weights["local_encoder.proj.bias"]
        )
        count = frames // PATCH * ROWS
        self.register_buffer("_positions", weights.place(weights["fixed_positional_encoder.positions"][:, :count]))
        self.register_buffer("_first", weights.place(weights["extra_tokens"]))
        self._norm = weights.norm("pre_norm", EPS)
        self._blocks = nn.ModuleList(_Block(weights, f"blocks.{k}", config["num_heads"]) for k in range(max(layers)))

    _positions: torch.Tensor
    _first: torch.Tensor

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Features float32 ``[n, T, 128]`` to vectors float32 ``[n, dim]``."""
        real = features.shape[1]
        padded = functional.pad(features, (0, 0, 0, self._frames - real), value=self._padding)
        tokens = self._projection(patches(padded.to(self._dtype), PATCH)) + self._positions
        x = self._norm(torch.cat([self._first.expand(len(tokens), -1, -1), tokens], dim=1))
        pooled = {}
        for number, block in enumerate(self._blocks, start=1):
            x = block(x)
            if number in self._layers:
                pooled[number] = self._pool(x, real)
        return torch.cat([pooled[layer] for layer in self._layers], dim=1)

    def _pool(self, x: torch.Tensor, real: int) -> torch.Tensor:
        if self._pooling == "cls":
            return x[:, 0].to(torch.float32)
        valid = -(-real // PATCH) * ROWS if self._pooling == "valid-mean" else x.shape[1] - 1
        return x[:, 1 : 1 + valid].mean(dim=1, dtype=torch.float32)


class _Block(nn.Module):
    def __init__(self, weights: Weights, name: str, heads: int) -> None:
        super().__init__()
        self._heads = heads
        self._qkv = weights.linear(f"{name}.attn.qkv")
        self._out = weights.linear(f"{name}.attn.proj")
        self._norm1 = weights.norm(f"{name}.norm1", EPS)
        self._up = weights.linear(f"{name}.mlp.fc1", gelu=True)
        self._down = weights.linear(f"{name}.mlp.fc2")
        self._norm2 = weights.norm(f"{name}.norm2", EPS)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """``[n, L, d]`` to ``[n, L, d]``."""
        query, key, value = self._qkv(x).unflatten(2, (3, self._heads, -1)).permute(2, 0, 3, 1, 4)
        found = functional.scaled_dot_product_attention(query, key, value)
        x = self._norm1(x + self._out(found.transpose(1, 2).flatten(2)))
        normed: torch.Tensor = self._norm2(x + self._down(self._up(x)))
        return normed

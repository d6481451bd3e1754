"""BEATs' transformer: S. Chen et al., "BEATs: audio pre-training with acoustic tokenizers", 2022.

Its gated relative positions are those of S. Chen et al., "WavLM", 2022, section III-A, and its residual connections
those of H. Wang et al., "DeepNet: scaling transformers to 1,000 layers", 2022.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional

from eightcut_inference.networks.architecture import Config
from eightcut_inference.networks.positions import BlockedPositions, FourierPositions, folded
from eightcut_inference.networks.spectrum.products import Weights, patches

EPS = 1e-5
GATE = 8  # rows of the gates' projection: two gates, each the sum of four

# PyTorch's own types do not know what it gives.
_Forward = Callable[[Any, int], torch.Tensor]
_uncompiled = cast("Callable[[_Forward], _Forward]", torch.compiler.disable)


class BeatsNetwork(nn.Module):
    """Features to vectors.

    Args:
        weights: Of the file.
        config: The settings.
        layers: Blocks that are pooled, counted from 1.
    """

    def __init__(self, weights: Weights, config: Config, *, layers: Sequence[int]) -> None:
        super().__init__()
        self._layers = tuple(layers)
        self._dtype = weights.dtype
        self._patch = config["input_patch_size"]
        self._embedding = weights.product(weights["patch_embedding.weight"].flatten(1))
        self._patch_norm = weights.norm("layer_norm", EPS)
        self._projection = weights.linear("post_extract_proj")
        self._convolution = _convolution(weights, config["conv_pos_groups"])
        self._norm = weights.norm("encoder.layer_norm", EPS)
        self._distances = RelativePositions(
            weights["encoder.layers.0.self_attn.relative_attention_bias.weight"].to(weights.device, copy=True),
            config["max_distance"],
            weights.dtype,
        )
        heads, residual = config["encoder_attention_heads"], (2 * config["encoder_layers"]) ** 0.25
        self._blocks = nn.ModuleList(
            _Block(weights, f"encoder.layers.{k}", heads, residual) for k in range(max(layers))
        )

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Features float32 ``[n, T, 128]`` to vectors float32 ``[n, dim]``."""
        embedded = self._patch_norm(self._embedding(patches(features.to(self._dtype), self._patch)))
        x = self._projection(embedded)
        x = self._norm(x + self._convolution(x))
        bias = self._distances(x.shape[1])
        pooled = {}
        for number, block in enumerate(self._blocks, start=1):
            x = block(x, bias)
            if number in self._layers:
                pooled[number] = x.mean(dim=1, dtype=torch.float32)
        return torch.cat([pooled[layer] for layer in self._layers], dim=1)


class RelativePositions(nn.Module):
    """A bias for every head and distance between two tokens; computed once for each number of tokens.

    Half of the buckets are for keys after the query. Of a half, half are for one distance each, and the others grow
    with the logarithm of the distance up to ``max_distance``: C. Raffel et al., "T5", 2020. Never compiled: what it
    keeps must not lie in the memory of a CUDA graph.

    Args:
        table: float32 ``[buckets, heads]``.
        max_distance: Distances from here on share a bucket.
        dtype: Of the bias.
    """

    def __init__(self, table: torch.Tensor, max_distance: int, dtype: torch.dtype) -> None:
        super().__init__()
        self._table = table
        self._max_distance = max_distance
        self._dtype = dtype
        self._bias = table.new_zeros(table.shape[1], 0, 0, dtype=dtype)

    @_uncompiled
    def forward(self, tokens: int) -> torch.Tensor:
        """The bias ``[heads, L, L]`` of query times key."""
        if self._bias.shape[1] != tokens:
            place = torch.arange(tokens)
            buckets = self._buckets(place - place[:, None]).to(self._table.device)
            self._bias = self._table[buckets].permute(2, 0, 1).to(self._dtype).contiguous()
        return self._bias

    def _buckets(self, distance: torch.Tensor) -> torch.Tensor:
        side = len(self._table) // 2
        exact = side // 2
        far = distance.abs()
        growth = torch.log(far.clamp_min(1).float() / exact) / math.log(self._max_distance / exact)
        logarithmic = (exact + (growth * (side - exact)).long()).clamp_max(side - 1)
        return torch.where(far < exact, far, logarithmic) + side * (distance > 0)


class _Block(nn.Module):
    def __init__(self, weights: Weights, name: str, heads: int, residual: float) -> None:
        super().__init__()
        self._heads = heads
        self._residual = residual
        attention = f"{name}.self_attn"
        self._inner = weights.product(*_projections(weights, attention, heads))
        self.register_buffer("_gain", weights.place(weights[f"{attention}.grep_a"]))
        self._out = weights.linear(f"{attention}.out_proj")
        self._norm1 = weights.norm(f"{name}.self_attn_layer_norm", EPS)
        self._up = weights.linear(f"{name}.fc1", gelu=True)
        self._down = weights.linear(f"{name}.fc2")
        self._norm2 = weights.norm(f"{name}.final_layer_norm", EPS)

    _gain: torch.Tensor

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """``[n, L, d]`` and the bias ``[heads, L, L]`` to ``[n, L, d]``."""
        width = x.shape[2]
        qkv, gates = self._inner(x).split([3 * width, 2 * self._heads], dim=2)
        query, key, value = qkv.unflatten(2, (3, self._heads, -1)).permute(2, 0, 3, 1, 4)
        update, reset = gates.sigmoid().unflatten(2, (2, self._heads, 1)).permute(2, 0, 3, 1, 4)
        gated = (update * (reset * self._gain - 1) + 2) * bias
        found = functional.scaled_dot_product_attention(query, key, value, attn_mask=gated)
        x = self._norm1(torch.add(self._out(found.transpose(1, 2).flatten(2)), x, alpha=self._residual))
        normed: torch.Tensor = self._norm2(torch.add(self._down(self._up(x)), x, alpha=self._residual))
        return normed


def _projections(weights: Weights, name: str, heads: int) -> tuple[torch.Tensor, torch.Tensor]:
    """One product for queries, keys, values and both gates of every head: ``[3 d + 2 heads, d]`` and its bias.

    A gate is a linear function of the head's query before its scaling, and so of the token.
    """
    parts = [(weights[f"{name}.{part}_proj.weight"], weights[f"{name}.{part}_proj.bias"]) for part in "qkv"]
    width = len(parts[0][0])
    gate = weights[f"{name}.grep_linear.weight"].view(2, GATE // 2, -1).sum(1)
    gate_bias = weights[f"{name}.grep_linear.bias"].view(2, GATE // 2).sum(1)
    query = parts[0][0].view(heads, width // heads, width)
    query_bias = parts[0][1].view(heads, width // heads)
    weight = torch.einsum("gi,hid->ghd", gate, query).reshape(2 * heads, width)
    bias = torch.einsum("gi,hi->gh", gate, query_bias) + gate_bias[:, None]
    return torch.cat([w for w, _ in parts] + [weight]), torch.cat([b for _, b in parts] + [bias.flatten()])


def _convolution(weights: Weights, groups: int) -> nn.Module:
    weight = folded(weights["encoder.pos_conv.0.weight_g"], weights["encoder.pos_conv.0.weight_v"])
    bias = weights["encoder.pos_conv.0.bias"]
    if weights.packed:
        return FourierPositions(weight, bias, groups)
    return BlockedPositions(weights.place(weight), weights.place(bias), groups)

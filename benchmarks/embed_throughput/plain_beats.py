"""BEATs written plainly: what the reference loop runs. Explicit attention with the position bias made in every call.

Formulas: Chen et al. 2022, "BEATs: Audio Pre-Training with Acoustic Tokenizers", on WavLM's gated relative position
bias (Chen et al. 2021) and DeepNorm (Wang et al. 2022).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import nn

PATCH = 16
HEADS = 12
MAX_DISTANCE = 800
CONV_KERNEL, CONV_GROUPS = 128, 16


class PlainGatedAttention(nn.Module):
    """Attention whose position bias is scaled by a gate that each query computes."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.q_proj = nn.Linear(width, width)
        self.k_proj = nn.Linear(width, width)
        self.v_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)
        self.grep_linear = nn.Linear(width // HEADS, 8)
        self.grep_a = nn.Parameter(torch.ones(1, HEADS, 1, 1))

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """Tokens ``[B, N, width]`` and bias ``[heads, N, N]`` to tokens."""
        batch, count, width = x.shape
        split = (batch, count, HEADS, width // HEADS)
        q, k, v = (proj(x).view(split).transpose(1, 2) for proj in (self.q_proj, self.k_proj, self.v_proj))
        gates = self.grep_linear(q).view(batch, HEADS, count, 2, 4).sum(-1).sigmoid()
        first, second = gates.unbind(-1)
        gate = first.unsqueeze(-1) * (second.unsqueeze(-1) * self.grep_a - 1.0) + 2.0
        weights = (q @ k.transpose(-2, -1) / math.sqrt(width // HEADS) + gate * bias).softmax(-1)
        mixed: torch.Tensor = self.out_proj((weights @ v).transpose(1, 2).reshape(batch, count, width))
        return mixed


class PlainBeatsBlock(nn.Module):
    """Post-norm with DeepNorm: x = norm(a · x + f(x)), a = (2 · depth) to the power of 1/4."""

    def __init__(self, width: int, depth: int) -> None:
        super().__init__()
        self.alpha = (2 * depth) ** 0.25
        self.self_attn = PlainGatedAttention(width)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)
        self.final_layer_norm = nn.LayerNorm(width)

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        """Tokens ``[B, N, width]`` to tokens."""
        x = self.self_attn_layer_norm(self.alpha * x + self.self_attn(x, bias))
        normed: torch.Tensor = self.final_layer_norm(self.alpha * x + self.fc2(nn.functional.gelu(self.fc1(x))))
        return normed


class PlainBeats(nn.Module):
    """The encoder, without its predictor.

    Args:
        tensors: As in the published file's ``model``.
    """

    def __init__(self, tensors: Mapping[str, torch.Tensor]) -> None:
        super().__init__()
        self.depth = 1 + max(int(n.split(".")[2]) for n in tensors if n.startswith("encoder.layers."))
        embed, width = tensors["patch_embedding.weight"].shape[0], tensors["post_extract_proj.weight"].shape[0]
        table = tensors["encoder.layers.0.self_attn.relative_attention_bias.weight"]
        self.patch_embedding = nn.Conv2d(1, embed, PATCH, PATCH, bias=False)
        self.layer_norm = nn.LayerNorm(embed)
        self.post_extract_proj = nn.Linear(embed, width)
        self.encoder = nn.ModuleDict(
            {
                "layer_norm": nn.LayerNorm(width),
                "layers": nn.ModuleList(PlainBeatsBlock(width, self.depth) for _ in range(self.depth)),
            }
        )
        self.load_state_dict({name: tensors[name] for name in self.state_dict()})
        self.bias = nn.Parameter(table.clone())
        self.pos_conv = nn.Conv1d(width, width, CONV_KERNEL, padding=CONV_KERNEL // 2, groups=CONV_GROUPS)
        self.pos_conv.load_state_dict(_convolution(tensors))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """The mean over all patches, ``[B, width]``, of normalised features ``[B, T, 128]``."""
        patches = self.patch_embedding(features.unsqueeze(1)).flatten(2).transpose(1, 2)
        x = self.post_extract_proj(self.layer_norm(patches))
        near = self.pos_conv(x.transpose(1, 2))[..., : x.shape[1]].transpose(1, 2)
        x = self.encoder["layer_norm"](x + nn.functional.gelu(near))
        bias = self._position_bias(x.shape[1])
        for layer in self.encoder["layers"]:  # type: ignore[attr-defined, unused-ignore]  # a ModuleList
            x = layer(x, bias)
        pooled: torch.Tensor = x.mean(1)
        return pooled

    def _position_bias(self, count: int) -> torch.Tensor:
        """T5's buckets in both directions: exact near, logarithmic up to the greatest distance; ``[heads, N, N]``."""
        half = len(self.bias) // 2
        places = torch.arange(count, device=self.bias.device)
        offset = places[None, :] - places[:, None]
        distance = offset.abs()
        exact = half // 2
        scaled = torch.log(distance.clamp_min(1) / exact) / math.log(MAX_DISTANCE / exact) * (half - exact)
        far = (exact + scaled).long().clamp_max(half - 1)
        bucket = torch.where(distance < exact, distance, far) + half * (offset > 0)
        return self.bias[bucket].permute(2, 0, 1)


def _convolution(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """The positional convolution with its weight norm (one length for each place in the kernel) multiplied out."""
    length, direction = (tensors[f"encoder.pos_conv.0.weight_{part}"] for part in "gv")
    weight = length * direction / direction.norm(dim=(0, 1), keepdim=True)
    return {"weight": weight, "bias": tensors["encoder.pos_conv.0.bias"]}

"""The family beats as the import, the loader and the runner see it."""

from __future__ import annotations

import re
from collections.abc import Mapping

import torch
from eightcut_scoring.windows import WindowGrid

from eightcut_inference.networks.architecture import ArchitectureError, Config, Encoder, Shape
from eightcut_inference.networks.products import packs
from eightcut_inference.networks.spec import NetworkSpec
from eightcut_inference.networks.spectrum.beats_network import GATE, BeatsNetwork
from eightcut_inference.networks.spectrum.common import (
    SpectrumArchitecture,
    SpectrumEncoder,
    check_windows,
    read_settings,
)
from eightcut_inference.networks.spectrum.fbank import Fbank
from eightcut_inference.networks.spectrum.products import Weights

_MEAN, _SCALE, _GAIN = 15.41663, 2 * 6.55582, 2.0**15
_PATCH = 16
_LONGEST = 2998  # frames of 30 s; attention's cost grows with the square
_OPTIONS = {"pooling": ("mean",)}
# What a "cfg" that leaves a setting out means by it.
_DEFAULTS = {
    "embed_dim": 512,
    "encoder_embed_dim": 768,
    "encoder_ffn_embed_dim": 3072,
    "encoder_layers": 12,
    "encoder_attention_heads": 12,
    "input_patch_size": _PATCH,
    "conv_pos": 128,
    "conv_pos_groups": 16,
    "num_buckets": 320,
    "max_distance": 800,
}
_ONLY = {
    "input_patch_size": _PATCH,
    "activation_fn": "gelu",
    "layer_norm_first": False,
    "deep_norm": True,
    "conv_bias": False,
    "relative_position_embedding": True,
    "gru_rel_pos": True,
}
# The classifier of fine-tuned checkpoints, and the first block's table of positions once more for every other block.
_LEFT_OUT = re.compile(r"predictor\..*|encoder\.layers\.[1-9]\d*\.self_attn\.relative_attention_bias\.weight")


class BeatsArchitecture(SpectrumArchitecture):
    """An `Architecture`."""

    title = "BEATs"
    choices = _OPTIONS

    def read_config(self, published: Config | None, spec: NetworkSpec) -> Config:
        """See `Architecture.read_config`."""
        settings = read_settings(published, spec, _DEFAULTS, _ONLY, ("encoder_embed_dim", "encoder_layers"))
        width = settings["encoder_embed_dim"]
        if width % settings["encoder_attention_heads"] or width % settings["conv_pos_groups"]:
            raise ArchitectureError(f"{spec.id} cannot split {width} into the heads and groups that its config says")
        if width == settings["embed_dim"]:
            raise ArchitectureError(
                f"{spec.id} projects patches to another width, but the config says {width} for both"
            )
        return settings

    def canonical_name(self, published: str) -> str | None:
        """See `Architecture.canonical_name`."""
        return None if _LEFT_OUT.fullmatch(published) else published

    def expected(self, config: Config) -> Mapping[str, Shape]:
        """See `Architecture.expected`."""
        width, inner = config["encoder_embed_dim"], config["encoder_ffn_embed_dim"]
        heads, taps = config["encoder_attention_heads"], config["conv_pos"]
        shapes: dict[str, Shape] = {
            "patch_embedding.weight": (config["embed_dim"], 1, _PATCH, _PATCH),
            "encoder.pos_conv.0.weight_g": (1, 1, taps),
            "encoder.pos_conv.0.weight_v": (width, width // config["conv_pos_groups"], taps),
            "encoder.pos_conv.0.bias": (width,),
            "encoder.layers.0.self_attn.relative_attention_bias.weight": (config["num_buckets"], heads),
        }
        linears = {"post_extract_proj": (width, config["embed_dim"])}
        norms = {"layer_norm": config["embed_dim"], "encoder.layer_norm": width}
        for block in (f"encoder.layers.{k}" for k in range(config["encoder_layers"])):
            shapes[f"{block}.self_attn.grep_a"] = (1, heads, 1, 1)
            linears[f"{block}.self_attn.grep_linear"] = (GATE, width // heads)
            linears |= {f"{block}.self_attn.{part}_proj": (width, width) for part in ("q", "k", "v", "out")}
            linears |= {f"{block}.fc1": (inner, width), f"{block}.fc2": (width, inner)}
            norms |= {f"{block}.self_attn_layer_norm": width, f"{block}.final_layer_norm": width}
        shapes |= {f"{name}.{part}": (size,) for name, size in norms.items() for part in ("weight", "bias")}
        shapes |= {f"{name}.weight": shape for name, shape in linears.items()}
        return shapes | {f"{name}.bias": shape[:1] for name, shape in linears.items()}

    def preprocessing(
        self,
        facts: Mapping[str, str],  # noqa: ARG002 - part of the interface
        options: Mapping[str, str],  # noqa: ARG002 - part of the interface
    ) -> str:
        """See `Architecture.preprocessing`."""
        return (
            "Kaldi's log-mel filter bank of samples at 16000 Hz, ±1 times 2^15: 128 bins, frames of 25 ms every 10 ms, "
            "Povey's window, no dither; (x - 15.41663) / (2 · 6.55582); no padding, and frames that fill no patch of "
            f"{_PATCH} are left out; pooled: all patches"
        )

    def check_grid(
        self,
        grid: WindowGrid,
        options: Mapping[str, str],  # noqa: ARG002 - part of the interface
    ) -> None:
        """See `Architecture.check_grid`."""
        check_windows(self.title, grid, _PATCH, _LONGEST)

    def build(
        self,
        spec: NetworkSpec,
        config: Config,
        facts: Mapping[str, str],  # noqa: ARG002 - part of the interface
        options: Mapping[str, str],  # noqa: ARG002 - part of the interface
        tensors: Mapping[str, torch.Tensor],
        *,
        device: torch.device,
        dtype: torch.dtype,
    ) -> Encoder:
        """See `Architecture.build`."""
        packed = packs(device, dtype)
        network = BeatsNetwork(Weights(tensors, device, dtype, packed=packed), config, layers=spec.layers)
        return SpectrumEncoder(Fbank(device, "povey", mean=_MEAN, scale=_SCALE, gain=_GAIN), network, packed=packed)


ARCHITECTURE = BeatsArchitecture()

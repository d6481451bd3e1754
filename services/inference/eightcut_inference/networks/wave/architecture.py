"""The families hubert and wav2vec2 as the import, the loader and the runner see them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import torch
from eightcut_scoring.windows import WindowGrid

from eightcut_inference.networks.architecture import Config, Encoder, Shape
from eightcut_inference.networks.spec import NetworkSpec
from eightcut_inference.networks.wave.encoder import WaveEncoder
from eightcut_inference.networks.wave.models import POSITIONS, WEIGHT_NORM, meta_model
from eightcut_inference.networks.wave.normalisation import GAIN, takes_gain
from eightcut_inference.networks.wave.settings import FRAME, RATE, STEP, read_settings

_LONGEST_S = 60  # attention's cost grows with the square
# Heads and helpers of training, which embeddings do not need.
_LEFT_OUT = re.compile(
    r"masked_spec_embed|lm_head\..*|quantizer\..*|project_(hid|q)\..*|projector\..*|classifier\..*|layer_weights"
    r"|final_proj\..*|label_embs_concat"
)


class WaveArchitecture:
    """An `Architecture`.

    Args:
        family: "hubert" or "wav2vec2".
    """

    def __init__(self, family: str) -> None:
        self._family = family

    def read_config(self, published: Config | None, spec: NetworkSpec) -> Config:
        """See `Architecture.read_config`."""
        return read_settings(self._family, published, spec)

    def canonical_name(self, published: str) -> str | None:
        """See `Architecture.canonical_name`."""
        name = published.removeprefix(f"{self._family}.")
        if _LEFT_OUT.fullmatch(name):
            return None
        for newer, ours in WEIGHT_NORM.items():
            if name == f"{POSITIONS}.{newer}":
                return f"{POSITIONS}.{ours}"
        return name

    def expected(self, config: Config) -> Mapping[str, Shape]:
        """See `Architecture.expected`."""
        named = {
            self.canonical_name(name): tuple(t.shape)
            for name, t in meta_model(self._family, config).state_dict().items()
        }
        return MappingProxyType({name: shape for name, shape in named.items() if name is not None})

    def facts(self, tensors: Mapping[str, torch.Tensor], config: Config) -> Mapping[str, str]:
        """See `Architecture.facts`: which norm the convolutions have, and whether a bias that is not all zero."""
        biases = [
            tensor for name, tensor in tensors.items() if re.fullmatch(r"feature_extractor\..*\.conv\.bias", name)
        ]
        some = any(bool(torch.count_nonzero(bias)) for bias in biases)
        return {"conv_bias": "some" if some else "none", "norm": str(config["feat_extract_norm"])}

    def options(
        self,
        facts: Mapping[str, str],  # noqa: ARG002 - part of the interface
        chosen: Mapping[str, str],
    ) -> Mapping[str, str]:
        """See `Architecture.options`: there are none."""
        if chosen:
            raise ValueError(f"HuBERT and Wav2Vec2 have no options, so {next(iter(chosen))!r} cannot be set")
        return {}

    def preprocessing(
        self,
        facts: Mapping[str, str],
        options: Mapping[str, str],  # noqa: ARG002 - part of the interface
    ) -> str:
        """See `Architecture.preprocessing`."""
        if takes_gain(facts):
            return (
                f"samples at {RATE} Hz times {GAIN:g}; a window whose mean exceeds 1 % of its root mean square loses "
                f"it; convolutions of {FRAME} samples every {STEP}"
            )
        return (
            f"samples at {RATE} Hz, each window to zero mean and unit variance, (x - mean) / sqrt(var + 1e-7); "
            f"convolutions of {FRAME} samples every {STEP}"
        )

    def check_grid(
        self,
        grid: WindowGrid,
        options: Mapping[str, str],  # noqa: ARG002 - part of the interface
    ) -> None:
        """See `Architecture.check_grid`."""
        if grid.sample_rate != RATE:
            raise ValueError(f"HuBERT and Wav2Vec2 take audio of {RATE} Hz, not of {grid.sample_rate} Hz")
        if not FRAME <= grid.window_samples <= _LONGEST_S * RATE:
            raise ValueError(
                f"HuBERT and Wav2Vec2 take windows of {FRAME / RATE:g} to {_LONGEST_S} s, not of {grid.window_s:g} s"
            )

    def build(
        self,
        spec: NetworkSpec,
        config: Config,
        facts: Mapping[str, str],
        options: Mapping[str, str],  # noqa: ARG002 - part of the interface
        tensors: Mapping[str, torch.Tensor],
        *,
        device: torch.device,
        dtype: torch.dtype,
    ) -> Encoder:
        """See `Architecture.build`."""
        return WaveEncoder(self._family, spec, config, facts, tensors, device=device, dtype=dtype)

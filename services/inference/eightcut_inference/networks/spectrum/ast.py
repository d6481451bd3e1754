"""The family ast: Y. Gong et al., "AST: audio spectrogram transformer", 2021, by transformers' model."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import torch
from eightcut_scoring.windows import WindowGrid
from torch import nn
from torch.nn import functional

from eightcut_inference.networks.architecture import ArchitectureError, Config, Encoder, Shape
from eightcut_inference.networks.products import PackedLinear, pack_linears, packs
from eightcut_inference.networks.spec import NetworkSpec
from eightcut_inference.networks.spectrum.common import (
    SpectrumArchitecture,
    SpectrumEncoder,
    check_windows,
    read_settings,
)
from eightcut_inference.networks.spectrum.fbank import BINS, Fbank

_MEAN, _SCALE = -4.2677393, 2 * 4.5689974
_FRAMES = 1024
_PATCH = 16
# What a config that leaves a setting out means by it.
_DEFAULTS = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "frequency_stride": 10,
    "time_stride": 10,
    "layer_norm_eps": 1e-12,
}
_ONLY = {
    "model_type": "audio-spectrogram-transformer",
    "hidden_act": "gelu",
    "qkv_bias": True,
    "patch_size": _PATCH,
    "max_length": _FRAMES,
    "num_mel_bins": BINS,
}
# transformers 5 names parts of its model in another way than published files do.
_NEWER = (
    (re.compile(r"^layers\."), "encoder.layer."),
    (re.compile(r"\.attention\.q_proj\."), ".attention.attention.query."),
    (re.compile(r"\.attention\.k_proj\."), ".attention.attention.key."),
    (re.compile(r"\.attention\.v_proj\."), ".attention.attention.value."),
    (re.compile(r"\.attention\.o_proj\."), ".attention.output.dense."),
    (re.compile(r"\.mlp\.fc1\."), ".intermediate.dense."),
    (re.compile(r"\.mlp\.fc2\."), ".output.dense."),
)
_WHOLE = "audio_spectrogram_transformer."


class AstArchitecture(SpectrumArchitecture):
    """An `Architecture`."""

    title = "AST"

    def read_config(self, published: Config | None, spec: NetworkSpec) -> Config:
        """See `Architecture.read_config`."""
        settings = read_settings(published, spec, _DEFAULTS, _ONLY, ("hidden_size", "num_hidden_layers"))
        if settings["hidden_size"] % settings["num_attention_heads"]:
            raise ArchitectureError(
                f"{spec.id} cannot split {settings['hidden_size']} into {settings['num_attention_heads']} heads"
            )
        return settings

    def canonical_name(self, published: str) -> str | None:
        """See `Architecture.canonical_name`."""
        if published.startswith("classifier."):
            return None
        name = published.removeprefix(_WHOLE)
        for newer, ours in _NEWER:
            name = newer.sub(ours, name)
        return name

    def expected(self, config: Config) -> Mapping[str, Shape]:
        """See `Architecture.expected`."""
        shapes = {name: tuple(tensor.shape) for name, tensor in _meta_model(config).state_dict().items()}
        return {_ours(name): shape for name, shape in shapes.items()}

    def preprocessing(
        self,
        facts: Mapping[str, str],  # noqa: ARG002 - part of the interface
        options: Mapping[str, str],  # noqa: ARG002 - part of the interface
    ) -> str:
        """See `Architecture.preprocessing`."""
        return (
            "Kaldi's log-mel filter bank of samples at 16000 Hz, ±1: 128 bins, frames of 25 ms every 10 ms, symmetric "
            f"Hann window, no dither; zeros after the last frame up to {_FRAMES} frames; then "
            "(x + 4.2677393) / (2 · 4.5689974); pooled: all tokens"
        )

    def check_grid(
        self,
        grid: WindowGrid,
        options: Mapping[str, str],  # noqa: ARG002 - part of the interface
    ) -> None:
        """See `Architecture.check_grid`."""
        check_windows(self.title, grid, _PATCH, _FRAMES)

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
        fbank = Fbank(device, "hann", mean=_MEAN, scale=_SCALE)
        model = _meta_model({**config, "num_hidden_layers": max(spec.layers)})
        model.layernorm = nn.Identity()  # it comes after the last block, whose own output is what counts
        weights = {name: tensors[_ours(name)].to(device, dtype, copy=True) for name in model.state_dict()}
        model.load_state_dict(weights, assign=True)
        model.eval().requires_grad_(False)
        network = _Network(model, spec.layers, fbank.padding, dtype)
        if packed:
            for block in _blocks(model):
                _pack_gelu(block)
            pack_linears(model)
        # Hooks that keep results do not go together with compiling.
        return SpectrumEncoder(fbank, network, packed=packed, compiles=False)


class _Network(nn.Module):
    """Features to vectors.

    Args:
        model: transformers' model with its weights.
        layers: Blocks that are pooled, counted from 1.
        padding: What windows are padded with.
        dtype: Arithmetic.
    """

    def __init__(self, model: Any, layers: tuple[int, ...], padding: float, dtype: torch.dtype) -> None:  # noqa: ANN401 - transformers' class, of two majors
        super().__init__()
        self._model = model
        self._layers = layers
        self._padding = padding
        self._dtype = dtype
        self._pooled: dict[int, torch.Tensor] = {}
        for layer in set(layers):
            _blocks(model)[layer - 1].register_forward_hook(self._keeper(layer))

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        """Features float32 ``[n, T, 128]`` to vectors float32 ``[n, dim]``."""
        padded = functional.pad(features, (0, 0, 0, _FRAMES - features.shape[1]), value=self._padding)
        self._model(padded.to(self._dtype))
        vectors = torch.cat([self._pooled[layer] for layer in self._layers], dim=1)
        self._pooled.clear()
        return vectors

    def _keeper(self, layer: int) -> Any:  # noqa: ANN401 - torch's own type of hooks is a union
        def keep(_block: nn.Module, _inputs: object, output: Any) -> None:  # noqa: ANN401 - a tuple in transformers 4
            hidden = output[0] if isinstance(output, tuple) else output
            self._pooled[layer] = hidden.mean(dim=1, dtype=torch.float32)

        return keep


def _meta_model(config: Config) -> Any:  # noqa: ANN401 - transformers' class
    """The model on the meta device, with scaled dot-product attention."""
    import transformers

    made: Any = transformers.ASTConfig
    settings = made(**config, max_length=_FRAMES, num_mel_bins=BINS, patch_size=_PATCH, attn_implementation="sdpa")
    with torch.device("meta"):
        return transformers.ASTModel(settings)


def _ours(name: str) -> str:
    found = ARCHITECTURE.canonical_name(name)
    assert found is not None  # the model has no classifier
    return found


def _blocks(model: Any) -> Any:  # noqa: ANN401 - transformers' class, of two majors
    return model.layers if hasattr(model, "layers") else model.encoder.layer


def _pack_gelu(block: Any) -> None:  # noqa: ANN401 - transformers' class, of two majors
    """Puts the GELU into the product before it."""
    if hasattr(block, "mlp"):
        block.mlp.fc1 = PackedLinear(block.mlp.fc1.weight, block.mlp.fc1.bias, gelu=True)
        block.mlp.activation_fn = nn.Identity()
    else:
        dense = block.intermediate.dense
        block.intermediate.dense = PackedLinear(dense.weight, dense.bias, gelu=True)
        block.intermediate.intermediate_act_fn = nn.Identity()


ARCHITECTURE = AstArchitecture()

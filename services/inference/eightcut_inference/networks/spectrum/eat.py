"""The family eat as the import, the loader and the runner see it."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from eightcut_scoring.windows import WindowGrid

from eightcut_inference.networks.architecture import ArchitectureError, Config, Encoder, Shape
from eightcut_inference.networks.products import packs
from eightcut_inference.networks.spec import NetworkSpec
from eightcut_inference.networks.spectrum.common import (
    SpectrumArchitecture,
    SpectrumEncoder,
    check_windows,
    read_settings,
)
from eightcut_inference.networks.spectrum.eat_network import PATCH, EatNetwork
from eightcut_inference.networks.spectrum.fbank import Fbank
from eightcut_inference.networks.spectrum.products import Weights

_MEAN, _SCALE = -4.268, 2 * 4.569
_POSITIONS = 6144  # in the file: 768 columns of 8 patches
_OPTIONS = {"frames": ("1024", "800"), "pooling": ("mean", "valid-mean", "cls")}
_POOLING = {
    "mean": "all patches, without the first token",
    "valid-mean": "patches that hold at least one frame that is not padding",
    "cls": "the first token alone",
}
# What a config that leaves a setting out means by it.
_DEFAULTS = {"embed_dim": 768, "depth": 12, "num_heads": 12, "mlp_ratio": 4.0, "num_classes": 527}
_ONLY = {
    "model_type": "eat",
    "patch_size": PATCH,
    "stride": PATCH,
    "in_chans": 1,
    "qkv_bias": True,
    "layer_norm_first": False,
    "norm_affine": True,
    "norm_eps": 1e-6,
    "fixed_positions": True,
}


class EatArchitecture(SpectrumArchitecture):
    """An `Architecture`."""

    title = "EAT"
    choices = _OPTIONS

    def read_config(self, published: Config | None, spec: NetworkSpec) -> Config:
        """See `Architecture.read_config`."""
        settings = read_settings(published, spec, _DEFAULTS, _ONLY, ("embed_dim", "depth"))
        if settings["embed_dim"] % settings["num_heads"]:
            raise ArchitectureError(
                f"{spec.id} cannot split {settings['embed_dim']} into {settings['num_heads']} heads"
            )
        return settings

    def canonical_name(self, published: str) -> str | None:
        """See `Architecture.canonical_name`."""
        return published.removeprefix("model.")

    def expected(self, config: Config) -> Mapping[str, Shape]:
        """See `Architecture.expected`. What only classifies (``head``, ``fc_norm``) is kept, and not used."""
        width, classes = config["embed_dim"], config["num_classes"]
        inner = int(width * config["mlp_ratio"])
        shapes: dict[str, Shape] = {
            "extra_tokens": (1, 1, width),
            "fixed_positional_encoder.positions": (1, _POSITIONS, width),
            "local_encoder.proj.weight": (width, 1, PATCH, PATCH),
            "local_encoder.proj.bias": (width,),
        }
        linears = {"head": (classes, width)}
        norms = ["pre_norm", "fc_norm"]
        for block in (f"blocks.{k}" for k in range(config["depth"])):
            norms += [f"{block}.norm1", f"{block}.norm2"]
            linears[f"{block}.attn.qkv"] = (3 * width, width)
            linears[f"{block}.attn.proj"] = (width, width)
            linears[f"{block}.mlp.fc1"] = (inner, width)
            linears[f"{block}.mlp.fc2"] = (width, inner)
        shapes |= {f"{name}.{part}": (width,) for name in norms for part in ("weight", "bias")}
        shapes |= {f"{name}.weight": shape for name, shape in linears.items()}
        return shapes | {f"{name}.bias": shape[:1] for name, shape in linears.items()}

    def optional(self, name: str) -> bool:
        """Whether published files may lack a tensor: pretrained ones were seen with the classifier and without."""
        return name.startswith(("head.", "fc_norm."))

    def preprocessing(
        self,
        facts: Mapping[str, str],  # noqa: ARG002 - part of the interface
        options: Mapping[str, str],
    ) -> str:
        """See `Architecture.preprocessing`."""
        return (
            "Kaldi's log-mel filter bank of samples at 16000 Hz, ±1: 128 bins, frames of 25 ms every 10 ms, symmetric "
            f"Hann window, no dither; zeros after the last frame up to {options['frames']} frames; then "
            f"(x + 4.268) / (2 · 4.569); pooled: {_POOLING[options['pooling']]}"
        )

    def check_grid(self, grid: WindowGrid, options: Mapping[str, str]) -> None:
        """See `Architecture.check_grid`."""
        check_windows(self.title, grid, PATCH, int(options["frames"]))

    def build(
        self,
        spec: NetworkSpec,
        config: Config,
        facts: Mapping[str, str],  # noqa: ARG002 - part of the interface
        options: Mapping[str, str],
        tensors: Mapping[str, torch.Tensor],
        *,
        device: torch.device,
        dtype: torch.dtype,
    ) -> Encoder:
        """See `Architecture.build`."""
        fbank = Fbank(device, "hann", mean=_MEAN, scale=_SCALE)
        packed = packs(device, dtype)
        network = EatNetwork(
            Weights(tensors, device, dtype, packed=packed),
            config,
            frames=int(options["frames"]),
            padding=fbank.padding,
            layers=spec.layers,
            pooling=options["pooling"],
        )
        return SpectrumEncoder(fbank, network, packed=packed)


ARCHITECTURE = EatArchitecture()

"""What of a published ``config.json`` decides the network; nothing here needs torch.

The encoders are those of W. Hsu et al., "HuBERT: self-supervised speech representation learning by masked prediction
of hidden units", 2021, and A. Baevski et al., "wav2vec 2.0", 2020.
"""

from __future__ import annotations

from typing import Any

from eightcut_inference.networks.architecture import ArchitectureError, Config
from eightcut_inference.networks.spec import NetworkSpec

RATE = 16_000
FRAME, STEP = 400, 320  # samples that one frame of the convolutions sees, and samples between frames

# What a config that leaves a setting out means by it.
_DEFAULTS: dict[str, Any] = {
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "layer_norm_eps": 1e-5,
    "feat_extract_norm": "group",
    "feat_proj_layer_norm": True,
    "conv_dim": [512] * 7,
    "conv_kernel": [10, 3, 3, 3, 3, 2, 2],
    "conv_stride": [5, 2, 2, 2, 2, 2, 2],
    "conv_bias": False,
    "num_conv_pos_embeddings": 128,
    "num_conv_pos_embedding_groups": 16,
    "do_stable_layer_norm": False,
}
# Variants that no published network of these families has; they would need other code.
_ONLY: dict[str, Any] = {
    "hidden_act": "gelu",
    "feat_extract_activation": "gelu",
    "conv_pos_batch_norm": False,
    "add_adapter": False,
    "adapter_attn_dim": None,
}


def read_settings(family: str, published: Config | None, spec: NetworkSpec) -> Config:
    """The settings of `_DEFAULTS`, as the config or else the spec gives them; see `Architecture.read_config`.

    Raises:
        ArchitectureError: It describes another network.
    """
    given = {**spec.settings} if published is None else published
    kind = given.get("model_type", family)
    if kind != family:
        raise ArchitectureError(f"{spec.id} is a network of the family {family}, but the config says {kind!r}")
    for name, only in _ONLY.items():
        if given.get(name, only) != only:
            raise ArchitectureError(f"{spec.id} cannot run with {name} = {given[name]!r}, only with {only!r}")
    settings = {name: given.get(name, default) for name, default in _DEFAULTS.items()}
    settings = {name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()}
    for name, wanted in spec.settings.items():
        wanted_plain = list(wanted) if isinstance(wanted, tuple) else wanted
        if name in settings and settings[name] != wanted_plain:
            raise ArchitectureError(f"{spec.id} has {name} = {wanted_plain!r}, but the config says {settings[name]!r}")
    _check(settings, spec)
    return settings


def _check(settings: Config, spec: NetworkSpec) -> None:
    if settings["feat_extract_norm"] not in ("group", "layer"):
        raise ArchitectureError(
            f"{spec.id} takes feat_extract_norm 'group' or 'layer', not {settings['feat_extract_norm']!r}"
        )
    sizes = [settings[name] for name in ("conv_dim", "conv_kernel", "conv_stride")]
    if not all(isinstance(size, list) and size and all(isinstance(n, int) and n > 0 for n in size) for size in sizes):
        raise ArchitectureError(f"the config for {spec.id} must list its convolutions as positive whole numbers")
    if len({len(size) for size in sizes}) != 1:
        raise ArchitectureError(f"the config for {spec.id} lists convolutions of different number")
    field, step = 1, 1
    for kernel, stride in zip(sizes[1], sizes[2], strict=True):
        field += (kernel - 1) * step
        step *= stride
    if (field, step) != (FRAME, STEP):
        raise ArchitectureError(
            f"{spec.id} has frames of {FRAME} samples every {STEP}, but the config's convolutions give {field} "
            f"every {step}"
        )
    hidden, depth = settings["hidden_size"], settings["num_hidden_layers"]
    if hidden != spec.width or max(spec.layers) > depth:
        raise ArchitectureError(
            f"{spec.id} needs {max(spec.layers)} blocks of width {spec.width}, but the config says {depth} of {hidden}"
        )

"""transformers' models without memory: what tensors there are, and the blocks that ours are run by."""

from __future__ import annotations

from typing import Any

import torch

from eightcut_inference.networks.architecture import Config

POSITIONS = "encoder.pos_conv_embed.conv"
# Weight normalisation's two tensors, as newer and as older torch names them; our files have the older names.
WEIGHT_NORM = {"parametrizations.weight.original0": "weight_g", "parametrizations.weight.original1": "weight_v"}


def meta_model(family: str, config: Config) -> Any:  # noqa: ANN401 - transformers' classes of two families
    """The model on the meta device, with scaled dot-product attention and nothing random."""
    import transformers

    settings: Any
    model: Any
    settings, model = {
        "hubert": (transformers.HubertConfig, transformers.HubertModel),
        "wav2vec2": (transformers.Wav2Vec2Config, transformers.Wav2Vec2Model),
    }[family]
    with torch.device("meta"):
        made = model(settings(**config, attn_implementation="sdpa", mask_time_prob=0.0, mask_feature_prob=0.0))
    if hasattr(made, "masked_spec_embed"):
        del made.masked_spec_embed
    return made

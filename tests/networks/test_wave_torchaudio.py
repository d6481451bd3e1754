"""HuBERT and Wav2Vec2 against torchaudio's models with the same weights, where torchaudio imports."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.networks.wave_networks import STABLE, Network, difference, encode, make, noise, prepared, torch, windows_of


def _torchaudio_models() -> Any:
    try:
        import torchaudio.models
    except (ImportError, OSError) as error:
        pytest.skip(f"torchaudio does not import: {str(error).splitlines()[0]}")
    return torchaudio.models


def _converted(network: Network, wanted: set[str]) -> dict[str, Any]:
    """Our tensors under torchaudio's names, whose weight normalisation has the older or the newer names."""
    newer = any("parametrizations" in name for name in wanted)
    names = {"weight_g": "parametrizations.weight.original0", "weight_v": "parametrizations.weight.original1"}
    found = {}
    for name, tensor in network.tensors.items():
        theirs = re.sub("^feature_projection", "encoder.feature_projection", name)
        theirs = re.sub(r"^encoder\.(layers|layer_norm|pos_conv_embed)", r"encoder.transformer.\1", theirs)
        if newer:
            theirs = re.sub("weight_[gv]$", lambda match: names[match[0]], theirs)
        found[theirs] = tensor
    return found


@pytest.mark.parametrize("stable", [False, True], ids=["group", "layer"])
def test_equals_torchaudio(stable: bool) -> None:
    models = _torchaudio_models()
    network = make("hubert" if stable else "wav2vec2", **(STABLE if stable else {}))
    settings = network.spec.settings
    kernels, strides = (10, 3, 3, 3, 3, 2, 2), (5, 2, 2, 2, 2, 2, 2)
    theirs = models.wav2vec2_model(
        extractor_mode="layer_norm" if stable else "group_norm",
        extractor_conv_layer_config=list(zip(settings["conv_dim"], kernels, strides, strict=True)),
        extractor_conv_bias=stable,
        encoder_embed_dim=settings["hidden_size"],
        encoder_projection_dropout=0.0,
        encoder_pos_conv_kernel=settings["num_conv_pos_embeddings"],
        encoder_pos_conv_groups=settings["num_conv_pos_embedding_groups"],
        encoder_num_layers=settings["num_hidden_layers"],
        encoder_num_heads=settings["num_attention_heads"],
        encoder_attention_dropout=0.0,
        encoder_ff_interm_features=settings["intermediate_size"],
        encoder_ff_interm_dropout=0.0,
        encoder_dropout=0.0,
        encoder_layer_norm_first=stable,
        encoder_layer_drop=0.0,
        aux_num_out=None,
    ).eval()
    theirs.load_state_dict(_converted(network, set(theirs.state_dict())))
    signal = noise(4.0)
    with torch.no_grad():
        layers, _ = theirs.extract_features(prepared(network, windows_of(signal)))
    expected = torch.cat([layers[k].mean(1) for k in (1, 3)], 1)
    assert difference(encode(network.encoder(layers=(2, 4)), signal), expected) < 1e-5

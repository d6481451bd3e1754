"""AST against transformers' own model and feature extractor; its names and sizes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from eightcut_inference.networks.architecture import ArchitectureError, architecture
from eightcut_inference.networks.spec import quartiles
from eightcut_scoring.windows import WindowGrid

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

from eightcut_inference.networks.spectrum.fbank import Fbank  # noqa: E402 - torch

from tests.networks.spectrum_small import (  # noqa: E402 - torch
    GRID,
    Small,
    check_bfloat16,
    check_invariants,
    check_odd_audio,
    cut,
    noise,
    published,
    small,
    span,
)


@pytest.fixture(scope="session")
def ast() -> Small:
    return small("AST")


def reference(network: Small, depth: int) -> Any:
    """transformers' classifier with the weights, so many blocks of it; without the layer norm after the last."""
    made: Any = transformers.ASTConfig
    config = {**network.config, "num_hidden_layers": depth}
    whole = transformers.ASTForAudioClassification(made(**config, num_labels=3, attn_implementation="eager"))
    model = whole.audio_spectrogram_transformer
    names = {name: network.family.canonical_name(name) for name in model.state_dict()}
    model.load_state_dict({name: network.tensors[str(ours)] for name, ours in names.items()})
    model.layernorm = torch.nn.Identity()
    return model.eval()


def test_equals_transformers(ast: Small) -> None:
    strips = cut(noise(span(2)), 2)
    fbank = Fbank(torch.device("cpu"), "hann", mean=0, scale=1)
    padded = torch.nn.functional.pad(fbank.windows(strips), (0, 0, 0, 1024 - 98))
    values = (padded + 4.2677393) / (2 * 4.5689974)
    with torch.no_grad():
        wanted = torch.cat([reference(ast, depth)(values).last_hidden_state.mean(1) for depth in (1, 2)], dim=1)
    np.testing.assert_allclose(ast.encoder()(strips), wanted, atol=1e-5, rtol=0)


# What it says of its filters without torchaudio; Kaldi has the same ones.
@pytest.mark.filterwarnings("ignore:At least one mel filter has all zero values")
def test_features_are_those_of_transformers() -> None:
    pcm = noise(GRID.window_samples)
    wanted = transformers.ASTFeatureExtractor()(pcm, sampling_rate=16_000, return_tensors="np")["input_values"][0]
    fbank = Fbank(torch.device("cpu"), "hann", mean=-4.2677393, scale=2 * 4.5689974)
    features = fbank.windows(cut(pcm, 1))[0].numpy()
    np.testing.assert_allclose(features, wanted[: len(features)], atol=1e-3, rtol=0)
    np.testing.assert_allclose(wanted[len(features) :], fbank.padding, atol=1e-6)


def test_invariants(ast: Small) -> None:
    check_invariants(ast)


def test_bfloat16(ast: Small) -> None:
    check_bfloat16(ast)


def test_odd_audio(ast: Small) -> None:
    check_odd_audio(ast)


def test_published_sizes_and_names() -> None:
    family, spec = architecture("ast"), published("AST")
    shapes = family.expected(family.read_config(None, spec))
    # 7 tensors beside the blocks and 16 in each.
    assert len(shapes) == 7 + 12 * 16
    assert shapes["embeddings.position_embeddings"] == (1, 1214, 768)
    assert shapes["encoder.layer.11.attention.attention.query.weight"] == (768, 768)
    assert shapes["encoder.layer.0.intermediate.dense.weight"] == (3072, 768)
    whole = "audio_spectrogram_transformer."
    assert all(family.canonical_name(whole + name) == name for name in shapes)
    assert family.canonical_name("classifier.dense.weight") is None
    assert published("AST_ML").layers == quartiles(12) == (3, 6, 9, 12)


def test_saved_files_have_our_names(ast: Small, tmp_path: Any) -> None:
    from safetensors import safe_open

    made: Any = transformers.ASTConfig
    transformers.ASTForAudioClassification(made(**ast.config, num_labels=3)).save_pretrained(tmp_path)
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        names = {ast.family.canonical_name(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
    assert names - {None} == set(ast.tensors)


def test_configs_of_other_networks_are_refused() -> None:
    family, spec = architecture("ast"), published("AST")
    config = transformers.ASTConfig().to_dict()
    assert family.read_config(config, spec)["time_stride"] == 10
    for wrong in ({"max_length": 512}, {"hidden_size": 384}, {"hidden_act": "relu"}, {"model_type": "vit"}):
        with pytest.raises(ArchitectureError, match="AST"):
            family.read_config({**config, **wrong}, spec)


def test_options_and_windows(ast: Small) -> None:
    assert ast.family.options({}, {}) == {}
    with pytest.raises(ValueError, match="AST has no option 'frames'"):
        ast.family.options({}, {"frames": "800"})
    ast.family.check_grid(WindowGrid(), {})
    with pytest.raises(ValueError, match=r"AST takes windows of 16 to 1024 frames of 10 ms \(0.175 to 10.255 s\)"):
        ast.family.check_grid(WindowGrid(11), {})

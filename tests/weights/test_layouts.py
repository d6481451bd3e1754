"""The other families' files, with the names and the layout that their repositories have, to vectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from eightcut_inference.embedders.base import EmbedSession
from eightcut_inference.networks.architecture import architecture
from eightcut_inference.networks.model import NetworkModel
from eightcut_inference.networks.spec import NetworkSpec
from eightcut_inference.networks.zoo import SPECS
from eightcut_inference.weights.folder import WeightsFolder
from eightcut_inference.weights.importing import import_weights
from eightcut_scoring.windows import WindowGrid
from safetensors.torch import save_file

Tensors = dict[str, torch.Tensor]

pytestmark = pytest.mark.usefixtures("quick")


def small(embedder_id: str, width: int, settings: Mapping[str, object]) -> NetworkSpec:
    spec = next(spec for spec in SPECS if spec.id == embedder_id)
    return replace(spec, width=width, layers=(2,), settings={**spec.settings, **settings})


def random_tensors(spec: NetworkSpec) -> Tensors:
    family = architecture(spec.family)
    generator = torch.Generator().manual_seed(0)
    shapes = family.expected(family.read_config(None, spec))
    return {name: 0.1 * torch.randn(shape, generator=generator) for name, shape in shapes.items()}


def embed(spec: NetworkSpec, folder: WeightsFolder) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    session = EmbedSession(NetworkModel(spec, folder), WindowGrid())
    samples = np.random.default_rng(0).normal(0, 0.1, 16_000 * 9).astype(np.float32)
    rows = np.concatenate([session.push(samples), session.finish()])
    assert rows.shape == (2, spec.dim)
    assert np.isfinite(rows).all()
    assert not np.array_equal(rows[0], rows[1])
    return rows


def silent(*_: object) -> None:
    return


def test_ast_with_its_classifier(folder: WeightsFolder, tmp_path: Path) -> None:
    from transformers import ASTConfig, ASTForAudioClassification

    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    spec = small("AST", 16, sizes)
    ASTForAudioClassification(ASTConfig(**spec.settings, num_labels=5)).save_pretrained(tmp_path / "ast")
    manifest = import_weights(folder, spec, tmp_path / "ast", silent).manifest
    assert manifest.family == "ast"
    embed(spec, folder)


@pytest.mark.parametrize("variant", ["with the classifier", "without"])
def test_eat_under_the_prefix_of_its_repository(folder: WeightsFolder, tmp_path: Path, variant: str) -> None:
    spec = small("EAT", 16, {"embed_dim": 16, "depth": 2, "num_heads": 2})
    tensors = {f"model.{name}": tensor for name, tensor in random_tensors(spec).items()}
    assert "model.blocks.1.attn.qkv.weight" in tensors
    if variant == "without":
        tensors = {name: each for name, each in tensors.items() if not name.startswith(("model.head", "model.fc_norm"))}
    save_file(tensors, tmp_path / "model.safetensors")
    manifest = import_weights(folder, spec, tmp_path, silent).manifest
    assert manifest.tensors == len(tensors)
    embed(spec, folder)


def test_beats_with_its_settings_inside(folder: WeightsFolder, tmp_path: Path) -> None:
    sizes = {
        "embed_dim": 8,
        "encoder_embed_dim": 16,
        "encoder_ffn_embed_dim": 32,
        "encoder_layers": 2,
        "encoder_attention_heads": 2,
        "conv_pos": 8,
        "conv_pos_groups": 2,
    }
    spec = small("BEATS", 16, sizes)
    tensors = random_tensors(spec)
    # The first block's table of positions is in the file once for every block, and it has more settings than are used.
    table = "encoder.layers.{}.self_attn.relative_attention_bias.weight"
    tensors[table.format(1)] = tensors[table.format(0)]
    cfg = {**spec.settings, "layer_wise_gradient_decay_ratio": 0.6, "finetuned_model": False}
    file = tmp_path / "BEATs_iter3_plus_AS2M.pt"
    torch.save({"cfg": cfg, "model": tensors}, file)
    # Another network's settings beside it do not matter: it brings its own.
    (tmp_path / "config.json").write_text('{"encoder_layers": 99}')
    manifest = import_weights(folder, spec, file, silent).manifest
    assert manifest.tensors == len(tensors) - 1
    assert manifest.config["encoder_layers"] == 2
    embed(spec, folder)

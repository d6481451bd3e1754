"""Random weights of the true size, first as the hub has them, then through the import into a weights folder."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import torch
from eightcut_inference.networks.architecture import architecture
from eightcut_inference.networks.spec import NetworkSpec
from safetensors.torch import save_file


def publish(spec: NetworkSpec, folder: Path) -> Path:
    """Writes random weights as their repository would hold them.

    Returns:
        The folder, with ``model.safetensors`` and, for networks of transformers, ``config.json``.
    """
    torch.manual_seed(0)
    if spec.family in ("hubert", "wav2vec2", "ast"):
        _save_transformers(spec, folder)
    else:
        _save_expected(spec, folder)
    return folder


def bring(spec: NetworkSpec, published: Path, weights_dir: Path) -> None:
    """Imports a published folder as `8cut models import` does, in a process of its own."""
    command = [sys.executable, "-m", "eightcut_inference.weights", "import", spec.id, str(published)]
    command += ["--data-dir", str(weights_dir.parent), "--weights-dir", str(weights_dir)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise SystemExit(f"the weights of {spec.id} could not be imported: {result.stdout}{result.stderr}")


def _save_transformers(spec: NetworkSpec, folder: Path) -> None:
    from transformers import ASTConfig, ASTModel, HubertConfig, HubertModel, Wav2Vec2Config, Wav2Vec2Model

    settings = dict(spec.settings)
    network: ASTModel | HubertModel | Wav2Vec2Model
    if spec.family == "ast":
        network = ASTModel(ASTConfig(**settings))
    elif spec.family == "hubert":
        network = HubertModel(HubertConfig(**settings))
    else:
        network = Wav2Vec2Model(Wav2Vec2Config(**settings))
    if spec.family == "hubert" and settings.get("feat_extract_norm") == "layer":
        _clear_conv_biases(network)
    network.save_pretrained(folder)


def _clear_conv_biases(network: torch.nn.Module) -> None:
    """As in the published files of HuBERT large and xlarge."""
    for name, parameter in network.named_parameters():
        if name.startswith("feature_extractor.") and name.endswith("conv.bias"):
            torch.nn.init.zeros_(parameter)


def _save_expected(spec: NetworkSpec, folder: Path) -> None:
    family = architecture(spec.family)
    shapes = family.expected(family.read_config(None, spec))
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: _random(name, shape) for name, shape in shapes.items()}
    save_file(tensors, folder / "model.safetensors")


def _random(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """Norms, gates and lengths of weight norm near one, biases near zero, matrices that keep the scale."""
    noise = torch.randn(shape)
    if len(shape) == 1:
        near_one = "norm" in name and name.endswith("weight")
        return 0.02 * noise + (1.0 if near_one else 0.0)
    if name.endswith(("grep_a", "weight_g")):
        return 1.0 + 0.02 * noise
    if name.endswith(("positions", "extra_tokens", "relative_attention_bias.weight")):
        return 0.1 * noise
    return noise / math.sqrt(math.prod(shape[1:]))

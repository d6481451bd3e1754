"""Small random networks of the families hubert and wav2vec2: ours, and transformers' own."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from eightcut_inference.networks.architecture import Architecture, DeviceStrip, Encoder, architecture
from eightcut_inference.networks.spec import NetworkSpec
from eightcut_scoring.windows import WindowGrid

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

GRID = WindowGrid(window_s=2.0, hop_s=0.5)
CPU = torch.device("cpu")
SMALL = {
    "hidden_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "intermediate_size": 96,
    "conv_dim": [32] * 7,
    "num_conv_pos_embeddings": 32,
    "num_conv_pos_embedding_groups": 4,
}
STABLE = {"feat_extract_norm": "layer", "conv_bias": True, "do_stable_layer_norm": True}


@dataclasses.dataclass
class Network:
    """A random network: ours and transformers'."""

    spec: NetworkSpec
    reference: Any
    architecture: Architecture
    facts: dict[str, str]
    tensors: dict[str, Any]

    def encoder(self, dtype: Any = torch.float32, **changes: Any) -> Encoder:
        spec = dataclasses.replace(self.spec, **changes)
        config = self.architecture.read_config(None, spec)
        return self.architecture.build(spec, config, self.facts, {}, self.tensors, device=CPU, dtype=dtype)

    def blocks(self, windows: Any) -> list[Any]:
        """Outputs of all blocks ``[n, T, width]``, by transformers' own forward."""
        found: list[Any] = []
        hooks = [
            layer.register_forward_hook(
                lambda _m, _i, output: found.append(output[0] if isinstance(output, tuple) else output)
            )
            for layer in self.reference.encoder.layers
        ]
        with torch.no_grad():
            self.reference(windows)
        for hook in hooks:
            hook.remove()
        return found


def make(family: str, *, biased: bool = False, **settings: Any) -> Network:
    """A network with weights that all matter: norms and biases are random too."""
    settings = {**SMALL, **settings}
    config, model = {
        "hubert": (transformers.HubertConfig, transformers.HubertModel),
        "wav2vec2": (transformers.Wav2Vec2Config, transformers.Wav2Vec2Model),
    }[family]
    torch.manual_seed(3)
    reference = model(config(**settings, attn_implementation="sdpa")).eval()
    with torch.no_grad():
        for name, parameter in reference.named_parameters():
            if name.endswith("bias") or "norm" in name:
                parameter.add_(0.2 * torch.randn_like(parameter))
            if "conv_layers" in name and name.endswith("conv.bias") and not biased:
                parameter.zero_()
    spec = NetworkSpec("SMALL", "SMALL", family, settings["hidden_size"], (settings["num_hidden_layers"],), settings)
    family_architecture = architecture(family)
    tensors = {family_architecture.canonical_name(name): tensor for name, tensor in reference.state_dict().items()}
    tensors = {name: tensor for name, tensor in tensors.items() if name is not None}
    facts = dict(family_architecture.facts(tensors, family_architecture.read_config(None, spec)))
    return Network(spec, reference, family_architecture, facts, tensors)


def noise(seconds: float, seed: int = 0) -> Any:
    """Noise whose loudness and colour change, without a mean in any window."""
    count = int(seconds * 16_000)
    white = torch.randn(count + 1, generator=torch.Generator().manual_seed(seed))
    swell = 0.05 + 0.1 * torch.sin(torch.arange(count) / 9_000).square()
    return (white[1:] - 0.7 * white[:-1]) * swell


def strip(samples: Any, grid: WindowGrid = GRID) -> DeviceStrip:
    return DeviceStrip(samples, grid.count_samples(len(samples)), grid)


def encode(encoder: Encoder, *signals: Any, grid: WindowGrid = GRID) -> Any:
    with torch.inference_mode():
        return encoder.encode([strip(signal, grid) for signal in signals]).clone()


def published(windows: Any) -> Any:
    """What the published feature extractors do."""
    mean = windows.mean(1, keepdim=True)
    return (windows - mean) / torch.sqrt(windows.var(1, correction=0, keepdim=True) + 1e-7)


def prepared(network: Network, windows: Any) -> Any:
    return (
        windows * 32
        if network.facts["conv_bias"] == "none" and network.facts["norm"] == "layer"
        else published(windows)
    )


def windows_of(samples: Any, grid: WindowGrid = GRID) -> Any:
    return samples.unfold(0, grid.window_samples, grid.hop_samples)


def difference(a: Any, b: Any) -> float:
    assert a.shape == b.shape
    return float((a - b).abs().max())

"""EAT against its formulas, written once more and plainly in float64; its options, names and sizes."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from eightcut_inference.networks.architecture import ArchitectureError, architecture
from eightcut_scoring.windows import WindowGrid

torch = pytest.importorskip("torch")

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

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def gelu(x: Array) -> Array:
    """The exact GELU."""
    erf = np.reshape([math.erf(value) for value in x.ravel() / math.sqrt(2)], x.shape)
    return np.asarray(x * (1 + erf) / 2)


@pytest.fixture(scope="session")
def eat() -> Small:
    return small("EAT")


class Plain:
    """The network in NumPy: one window, one head, one token after the other."""

    def __init__(self, network: Small) -> None:
        self.tensors: dict[str, Array] = {
            name: tensor.numpy().astype(np.float64) for name, tensor in network.tensors.items()
        }
        self.heads = network.config["num_heads"]

    def linear(self, name: str, x: Array) -> Array:
        return np.asarray(x @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"])

    def norm(self, name: str, x: Array) -> Array:
        centred = x - x.mean(1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(1, keepdims=True) + 1e-6)
        return np.asarray(scaled * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"])

    def attention(self, name: str, x: Array) -> Array:
        width = x.shape[1]
        size = width // self.heads
        qkv = self.linear(f"{name}.qkv", x)
        found = np.zeros_like(x)
        for head in range(self.heads):
            here = slice(head * size, (head + 1) * size)
            query, key, value = qkv[:, :width], qkv[:, width : 2 * width], qkv[:, 2 * width :]
            scores = np.exp(query[:, here] @ key[:, here].T / np.sqrt(size))
            found[:, here] = scores / scores.sum(1, keepdims=True) @ value[:, here]
        return self.linear(f"{name}.proj", found)

    def blocks(self, spectrogram: Array, frames: int) -> list[Array]:
        """Outputs of all blocks for the log-mel spectrogram ``[T, 128]`` of a window."""
        padded = np.zeros((frames, 128))
        padded[: len(spectrogram)] = spectrogram
        padded = (padded + 4.268) / (2 * 4.569)
        tokens: list[Array] = []
        kernel = self.tensors["local_encoder.proj.weight"]
        for column in range(frames // 16):
            for row in range(8):
                patch = padded[16 * column : 16 * column + 16, 16 * row : 16 * row + 16]
                token = (kernel[:, 0] * patch).sum((1, 2)) + self.tensors["local_encoder.proj.bias"]
                tokens.append(token + self.tensors["fixed_positional_encoder.positions"][0, len(tokens)])
        x = self.norm("pre_norm", np.stack([self.tensors["extra_tokens"][0, 0], *tokens]))
        outputs = []
        for k in range(2):
            x = self.norm(f"blocks.{k}.norm1", x + self.attention(f"blocks.{k}.attn", x))
            inner = gelu(self.linear(f"blocks.{k}.mlp.fc1", x))
            x = self.norm(f"blocks.{k}.norm2", x + self.linear(f"blocks.{k}.mlp.fc2", inner))
            outputs.append(x)
        return outputs


@pytest.mark.parametrize(
    ("frames", "pooling", "tokens"),
    [
        ("1024", "mean", slice(1, 513)),
        ("1024", "valid-mean", slice(1, 1 + 8 * 7)),
        ("800", "mean", slice(1, 401)),
        ("800", "cls", slice(0, 1)),
    ],
)
def test_equals_the_formulas(eat: Small, frames: str, pooling: str, tokens: slice) -> None:
    pcm = noise(span(2))
    fbank = Fbank(torch.device("cpu"), "hann", mean=0, scale=1)
    spectrograms = fbank.windows(cut(pcm, 2)).double().numpy()
    assert spectrograms.shape[1] == 98  # six columns and a part of the seventh
    plain = Plain(eat)
    outputs = [plain.blocks(spectrogram, int(frames)) for spectrogram in spectrograms]
    wanted = [np.concatenate([x[tokens].mean(0) for x in blocks]) for blocks in outputs]
    found = eat.encoder(options={"frames": frames, "pooling": pooling})(cut(pcm, 2))
    np.testing.assert_allclose(found, wanted, atol=2e-5, rtol=0)


def test_layers_are_pooled_in_the_order_of_the_spec(eat: Small) -> None:
    strips = cut(noise(span(1)), 1)
    both = eat.encoder(options={"frames": "800"}, layers=(1, 2))(strips)
    np.testing.assert_allclose(
        eat.encoder(options={"frames": "800"}, layers=(2, 1))(strips), np.roll(both, 32, axis=1), atol=1e-6
    )
    np.testing.assert_allclose(eat.encoder(options={"frames": "800"}, layers=(1,))(strips), both[:, :32], atol=1e-6)


def test_invariants(eat: Small) -> None:
    check_invariants(eat, frames="800")


def test_bfloat16(eat: Small) -> None:
    check_bfloat16(eat)


def test_odd_audio(eat: Small) -> None:
    check_odd_audio(eat)


def test_published_sizes() -> None:
    family = architecture("eat")
    shapes = family.expected(family.read_config(None, published("EAT_LARGE")))
    count = sum(int(np.prod(shape)) for shape in shapes.values())
    assert (len(shapes), 4 * count) == (298, 1_237_637_180)
    assert shapes["fixed_positional_encoder.positions"] == (1, 6144, 1024)
    assert shapes["head.weight"] == (527, 1024)
    base = family.expected(family.read_config(None, published("EAT")))
    assert len(base) == 154
    assert base["blocks.11.attn.qkv.weight"] == (3 * 768, 768)
    assert base["local_encoder.proj.weight"] == (768, 1, 16, 16)


def test_published_names(eat: Small) -> None:
    assert eat.family.canonical_name("model.blocks.0.attn.qkv.weight") == "blocks.0.attn.qkv.weight"
    assert eat.family.canonical_name("model.head.bias") in eat.tensors


def test_configs_of_other_networks_are_refused(eat: Small) -> None:
    family, spec = architecture("eat"), published("EAT")
    assert family.read_config({"model_type": "eat", "embed_dim": 768, "norm_eps": 1e-6}, spec)["depth"] == 12
    for wrong in ({"model_type": "vit"}, {"embed_dim": 1024}, {"layer_norm_first": True}, {"mlp_ratio": "4"}):
        with pytest.raises(ArchitectureError, match="EAT"):
            family.read_config(wrong, spec)
    with pytest.raises(ArchitectureError, match="heads"):
        eat.family.read_config({**eat.config, "num_heads": 5}, replace(eat.spec, settings={}))


def test_options(eat: Small) -> None:
    assert eat.family.options({}, {"pooling": "cls"}) == {"frames": "1024", "pooling": "cls"}
    with pytest.raises(ValueError, match="frames, pooling"):
        eat.family.options({}, {"layers": "3"})
    with pytest.raises(ValueError, match="1024 or 800"):
        eat.family.options({}, {"frames": "512"})
    texts = {
        eat.family.preprocessing({}, eat.family.options({}, {"frames": frames, "pooling": pooling}))
        for frames in ("1024", "800")
        for pooling in ("mean", "valid-mean", "cls")
    }
    assert len(texts) == 6


def test_windows_that_do_not_fit_are_refused(eat: Small) -> None:
    options = eat.family.options({}, {"frames": "800"})
    eat.family.check_grid(GRID, options)
    for grid in (WindowGrid(0.1, 0.1), WindowGrid(8.1), WindowGrid(sample_rate=8000)):
        with pytest.raises(ValueError, match="EAT takes"):
            eat.family.check_grid(grid, options)
    eat.family.check_grid(WindowGrid(8.1), eat.family.options({}, {"frames": "1024"}))

"""BEATs against its formulas, written once more and plainly in float64; its names and sizes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from eightcut_inference.networks.architecture import ArchitectureError, architecture
from eightcut_scoring.windows import WindowGrid

torch = pytest.importorskip("torch")

from eightcut_inference.networks.spectrum.beats_network import RelativePositions  # noqa: E402 - torch
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
)

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def gelu(x: Array) -> Array:
    """The exact GELU."""
    erf = np.reshape([math.erf(value) for value in x.ravel() / math.sqrt(2)], x.shape)
    return np.asarray(x * (1 + erf) / 2)


@pytest.fixture(scope="session")
def beats() -> Small:
    return small("BEATS")


def bucket(distance: int, buckets: int, max_distance: int) -> int:
    """The bucket of key minus query, as T5 counts them."""
    side = buckets // 2
    exact = side // 2
    far = abs(distance)
    if far >= exact:
        far = min(side - 1, exact + int(math.log(far / exact) / math.log(max_distance / exact) * (side - exact)))
    return far + (side if distance > 0 else 0)


class Plain:
    """The network in NumPy: one window, one head, one pair of tokens after the other."""

    def __init__(self, network: Small) -> None:
        self.tensors: dict[str, Array] = {
            name: tensor.numpy().astype(np.float64) for name, tensor in network.tensors.items()
        }
        self.config = network.config

    def linear(self, name: str, x: Array) -> Array:
        return np.asarray(x @ self.tensors[f"{name}.weight"].T + self.tensors[f"{name}.bias"])

    def norm(self, name: str, x: Array) -> Array:
        centred = x - x.mean(1, keepdims=True)
        scaled = centred / np.sqrt((centred**2).mean(1, keepdims=True) + 1e-5)
        return np.asarray(scaled * self.tensors[f"{name}.weight"] + self.tensors[f"{name}.bias"])

    def positions(self, x: Array) -> Array:
        """Grouped convolution over time; its weight has one norm for each tap."""
        direction = self.tensors["encoder.pos_conv.0.weight_v"]
        length = np.sqrt((direction**2).sum((0, 1), keepdims=True))
        weight = self.tensors["encoder.pos_conv.0.weight_g"] * direction / length
        width, inner, taps = weight.shape
        found = np.tile(self.tensors["encoder.pos_conv.0.bias"], (len(x), 1))
        for channel in range(width):
            first = channel // (width // self.config["conv_pos_groups"]) * inner
            for token in range(len(x)):
                for tap in range(taps):
                    seen = token + tap - taps // 2
                    if 0 <= seen < len(x):
                        found[token, channel] += weight[channel, :, tap] @ x[seen, first : first + inner]
        return gelu(found)

    def attention(self, name: str, x: Array) -> Array:
        heads = self.config["encoder_attention_heads"]
        size = x.shape[1] // heads
        query, key, value = (self.linear(f"{name}.{part}_proj", x) for part in "qkv")
        table = self.tensors["encoder.layers.0.self_attn.relative_attention_bias.weight"]
        found = np.zeros_like(x)
        for head in range(heads):
            here = slice(head * size, (head + 1) * size)
            rows = self.linear(f"{name}.grep_linear", query[:, here])
            update = 1 / (1 + np.exp(-rows[:, :4].sum(1)))
            reset = 1 / (1 + np.exp(-rows[:, 4:].sum(1)))
            gate = update * (reset * self.tensors[f"{name}.grep_a"][0, head, 0, 0] - 1) + 2
            scores = query[:, here] @ key[:, here].T / np.sqrt(size)
            for i in range(len(x)):
                for j in range(len(x)):
                    place = bucket(j - i, self.config["num_buckets"], self.config["max_distance"])
                    scores[i, j] += gate[i] * table[place, head]
            weights = np.exp(scores - scores.max(1, keepdims=True))
            found[:, here] = weights / weights.sum(1, keepdims=True) @ value[:, here]
        return self.linear(f"{name}.out_proj", found)

    def blocks(self, spectrogram: Array) -> list[Array]:
        """Outputs of all blocks for the log-mel spectrogram ``[T, 128]`` of a window."""
        scaled = (spectrogram - 15.41663) / (2 * 6.55582)
        kernel, tokens = self.tensors["patch_embedding.weight"], []
        for column in range(len(scaled) // 16):
            for row in range(8):
                patch = scaled[16 * column : 16 * column + 16, 16 * row : 16 * row + 16]
                tokens.append((kernel[:, 0] * patch).sum((1, 2)))
        x = self.linear("post_extract_proj", self.norm("layer_norm", np.stack(tokens)))
        x = self.norm("encoder.layer_norm", x + self.positions(x))
        depth = self.config["encoder_layers"]
        alpha = (2 * depth) ** 0.25
        outputs = []
        for layer in (f"encoder.layers.{k}" for k in range(depth)):
            x = self.norm(f"{layer}.self_attn_layer_norm", alpha * x + self.attention(f"{layer}.self_attn", x))
            inner = gelu(self.linear(f"{layer}.fc1", x))
            x = self.norm(f"{layer}.final_layer_norm", alpha * x + self.linear(f"{layer}.fc2", inner))
            outputs.append(x)
        return outputs


def test_equals_the_formulas(beats: Small) -> None:
    pcm = noise(GRID.window_samples)
    fbank = Fbank(torch.device("cpu"), "povey", mean=0, scale=1)
    spectrogram = fbank.log_mel(torch.from_numpy(pcm * np.float32(2**15))).double().numpy()
    assert spectrogram.shape == (98, 128)
    wanted = np.concatenate([x.mean(0) for x in Plain(beats).blocks(spectrogram)])
    found = beats.encoder()(cut(pcm, 1))[0]
    np.testing.assert_allclose(found, wanted, atol=2e-5, rtol=0)


def test_relative_positions_of_the_published_size() -> None:
    table = torch.randn(320, 3)
    positions = RelativePositions(table, 800, torch.float32)
    found = positions(392)
    assert found.shape == (3, 392, 392)
    for query, key in [(0, 0), (0, 391), (391, 0), (5, 84), (5, 85), (5, 86), (300, 7)]:
        torch.testing.assert_close(found[:, query, key], table[bucket(key - query, 320, 800)])
    assert positions(392) is found
    assert positions(8).shape == (3, 8, 8)


def test_invariants(beats: Small) -> None:
    check_invariants(beats)


def test_bfloat16(beats: Small) -> None:
    check_bfloat16(beats)


def test_odd_audio(beats: Small) -> None:
    check_odd_audio(beats)


def test_published_sizes_and_names() -> None:
    family = architecture("beats")
    shapes = family.expected(family.read_config(None, published("BEATS")))
    # 10 tensors beside the blocks, 19 in each, and the table of positions.
    assert len(shapes) == 10 + 12 * 19 + 1
    assert shapes["encoder.layers.0.self_attn.relative_attention_bias.weight"] == (320, 12)
    assert shapes["encoder.layers.11.self_attn.grep_linear.weight"] == (8, 64)
    assert shapes["encoder.pos_conv.0.weight_v"] == (768, 48, 128)
    assert shapes["patch_embedding.weight"] == (512, 1, 16, 16)
    for left_out in ("predictor.weight", "encoder.layers.11.self_attn.relative_attention_bias.weight"):
        assert family.canonical_name(left_out) is None
    assert all(family.canonical_name(name) == name for name in shapes)


def test_configs_of_other_networks_are_refused() -> None:
    family, spec = architecture("beats"), published("BEATS")
    cfg = {"deep_norm": True, "finetuned_model": False, "encoder_layers": 12, "max_distance": 800}
    assert family.read_config(cfg, spec)["num_buckets"] == 320
    for wrong in ({"deep_norm": False}, {"encoder_layers": 6}, {"activation_fn": "relu"}, {"max_distance": 1280}):
        with pytest.raises(ArchitectureError, match="BEATS"):
            family.read_config({**cfg, **wrong}, spec)


def test_options_and_windows(beats: Small) -> None:
    options = beats.family.options({}, {})
    assert options == {"pooling": "mean"}
    with pytest.raises(ValueError, match="mean"):
        beats.family.options({}, {"pooling": "cls"})
    beats.family.check_grid(WindowGrid(), options)
    for grid in (WindowGrid(0.1, 0.1), WindowGrid(60), WindowGrid(sample_rate=8000)):
        with pytest.raises(ValueError, match="BEATs takes"):
            beats.family.check_grid(grid, options)

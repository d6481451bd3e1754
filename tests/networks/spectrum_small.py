"""Small networks of the families AST, EAT and BEATs, with random weights, and audio for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from eightcut_inference.embedders.base import FloatArray
from eightcut_inference.embedders.strips import StripStream
from eightcut_inference.networks.architecture import Architecture, Config, DeviceStrip, architecture
from eightcut_inference.networks.spec import NetworkSpec
from eightcut_inference.networks.zoo import find_spec
from eightcut_scoring.windows import WindowGrid

if TYPE_CHECKING:
    import torch
else:
    torch = pytest.importorskip("torch")

RATE = 16_000
GRID = WindowGrid(window_s=1.0, hop_s=0.25)
_SMALL: dict[str, dict[str, Any]] = {
    "AST": {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 48,
        "frequency_stride": 16,
        "time_stride": 64,
    },
    "EAT": {"embed_dim": 32, "depth": 2, "num_heads": 4, "mlp_ratio": 2.0, "num_classes": 3},
    "BEATS": {
        "embed_dim": 24,
        "encoder_embed_dim": 32,
        "encoder_ffn_embed_dim": 48,
        "encoder_layers": 2,
        "encoder_attention_heads": 4,
        "conv_pos": 8,
        "conv_pos_groups": 4,
        "num_buckets": 16,
        "max_distance": 20,
    },
}


def published(embedder_id: str) -> NetworkSpec:
    """The network of an id."""
    spec = find_spec(embedder_id)
    assert spec is not None
    return spec


@dataclass(frozen=True)
class Small:
    """A network with its weights, not built yet."""

    spec: NetworkSpec
    family: Architecture
    config: Config
    tensors: Mapping[str, torch.Tensor]

    def encoder(
        self,
        dtype: torch.dtype = torch.float32,
        layers: Sequence[int] = (1, 2),
        options: Mapping[str, str] | None = None,
    ) -> Callable[[Sequence[DeviceStrip]], FloatArray]:
        """What gives the vectors of strips."""
        spec = replace(self.spec, layers=tuple(layers))
        chosen = self.family.options({}, options or {})
        built = self.family.build(spec, self.config, {}, chosen, self.tensors, device=torch.device("cpu"), dtype=dtype)

        def encode(strips: Sequence[DeviceStrip]) -> FloatArray:
            with torch.inference_mode():
                vectors = built.encode(strips)
            assert vectors.dtype == torch.float32
            return np.array(vectors.numpy())

        return encode


def small(embedder_id: str, seed: int = 0) -> Small:
    """A network whose weights are large enough for every part to count."""
    settings = _SMALL[embedder_id]
    spec = replace(published(embedder_id), width=32, layers=(1, 2), settings=settings)
    family = architecture(spec.family)
    config = family.read_config(None, spec)
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, shape in family.expected(config).items():
        fan_in = int(np.prod(shape[1:])) if len(shape) > 1 else 1
        tensor = torch.randn(shape, generator=generator) * (0.3 if len(shape) == 1 else fan_in**-0.5)
        tensors[name] = tensor + 1 if "norm" in name and name.endswith("weight") else tensor
    for name in ("fixed_positional_encoder.positions", "extra_tokens"):
        if name in tensors:
            tensors[name] = torch.randn(tensors[name].shape, generator=generator)
    return Small(spec, family, config, tensors)


def noise(samples: int, seed: int = 1) -> FloatArray:
    """Noise whose colour and loudness change, so that windows differ."""
    random = np.random.default_rng(seed)
    white = random.normal(size=samples).astype(np.float32)
    time = np.arange(samples, dtype=np.float32) / RATE
    swell = 0.1 + 0.09 * np.sin(2 * np.pi * 0.7 * time)
    tone = 0.2 * np.sin(2 * np.pi * (300 + 400 * time) * time)
    return np.asarray(white * swell + tone, np.float32)


def span(windows: int, grid: WindowGrid = GRID) -> int:
    """Samples of so many windows."""
    return (windows - 1) * grid.hop_samples + grid.window_samples


def cut(
    pcm: FloatArray, per_strip: int, grid: WindowGrid = GRID, *, first: int = 0, chunk: int = 0
) -> list[DeviceStrip]:
    """Strips as the service makes them, from samples that arrive in chunks."""
    stream = StripStream(grid, first, windows=per_strip)
    rest = pcm[first * grid.hop_samples :]
    step = chunk or len(rest)
    strips = [strip for begin in range(0, len(rest), step) for strip in stream.push(rest[begin : begin + step])]
    strips += stream.flush()
    return [DeviceStrip(torch.from_numpy(strip.samples.copy()), strip.windows, grid) for strip in strips]


def check_invariants(network: Small, **options: str) -> None:
    """The vector of a window depends on its own samples only."""
    encode = network.encoder(options=options)
    pcm = noise(span(9))
    alone = np.concatenate([encode(strips) for strips in ([strip] for strip in cut(pcm, 1))])
    assert alone.shape == (9, 64)
    spread = np.abs(alone - alone.mean(0)).max()
    assert spread > 0.01  # else nothing below could fail
    _close(encode(cut(pcm, 9)), alone)
    _close(encode(cut(pcm, 4, chunk=1234)), alone)
    _close(encode(cut(pcm, 4, first=5)), alone[5:])
    neighbour = cut(np.ones(span(2), np.float32), 2)
    _close(encode([*neighbour, *cut(pcm, 3), *neighbour])[2:-2], alone)
    # A hop that is no multiple of a frame's.
    odd = WindowGrid(window_s=1.0, hop_s=0.2505)
    windows = [pcm[k * odd.hop_samples :][: odd.window_samples] for k in range(3)]
    own = np.concatenate([encode(cut(window, 1, odd)) for window in windows])
    _close(encode(cut(pcm[: span(3, odd)], 3, odd)), own)


def check_bfloat16(network: Small) -> None:
    """Pooled vectors of both arithmetics point the same way."""
    strips = cut(noise(span(4)), 4)
    exact, coarse = network.encoder(layers=(2,))(strips), network.encoder(torch.bfloat16, layers=(2,))(strips)
    cosine = (exact * coarse).sum(1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(coarse, axis=1)
    assert cosine.min() >= 0.999
    assert not np.array_equal(exact, coarse)


def check_odd_audio(network: Small) -> None:
    """Silence, clipping and an offset give finite vectors, and an offset changes nothing."""
    encode = network.encoder()
    pcm = noise(GRID.window_samples)
    for odd in (np.zeros_like(pcm), np.clip(pcm * 100, -1, 1), np.ones_like(pcm)):
        assert np.isfinite(encode(cut(odd, 1))).all()
    np.testing.assert_allclose(encode(cut(pcm + np.float32(0.25), 1)), encode(cut(pcm, 1)), atol=2e-3, rtol=0)


def _close(found: FloatArray, wanted: FloatArray) -> None:
    np.testing.assert_allclose(found, wanted, atol=1e-5, rtol=0)

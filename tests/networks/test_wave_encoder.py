"""HuBERT and Wav2Vec2 against transformers' own forward, and what must not change a vector.

Networks are small, random and on the real loading path: names and shapes as published, through the architecture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from eightcut_inference.embedders.strips import Strip, StripStream
from eightcut_inference.networks.architecture import DeviceStrip, Encoder
from eightcut_scoring.windows import WindowGrid

from tests.networks.wave_networks import (
    GRID,
    STABLE,
    Network,
    difference,
    encode,
    make,
    noise,
    prepared,
    published,
    torch,
    windows_of,
)


@pytest.fixture(scope="session")
def group() -> Network:
    return make("wav2vec2")


@pytest.fixture(scope="session")
def shared() -> Network:
    return make("hubert", **STABLE)


@pytest.fixture(scope="session")
def biased() -> Network:
    return make("wav2vec2", biased=True, **STABLE)


@pytest.fixture(params=["group", "shared", "biased"])
def network(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def test_equals_transformers_at_every_block(network: Network) -> None:
    signal = noise(5.0)
    layers = (1, 2, 3, 4)
    blocks = network.blocks(prepared(network, windows_of(signal)))
    expected = torch.cat([blocks[layer - 1].mean(1) for layer in layers], 1)
    found = encode(network.encoder(layers=layers), signal)
    assert found.dtype == torch.float32
    assert difference(found, expected) < 1e-5
    # The plain ids take the last block, and a depth below the whole stops there.
    assert difference(encode(network.encoder(), signal), expected[:, -48:]) < 1e-5
    assert difference(encode(network.encoder(layers=(2,)), signal), expected[:, 48:96]) < 1e-5


def test_products_without_packing_give_the_same(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """The way that GPUs take, in float32."""
    signal = noise(4.0)
    expected = encode(network.encoder(), signal)
    monkeypatch.setattr("eightcut_inference.networks.wave.encoder.packs", lambda *_: False)
    plain = network.encoder()
    assert difference(encode(plain, signal), expected) < 1e-5
    assert difference(encode(plain, signal, noise(2.7, 1), signal)[-5:], expected) < 1e-5
    monkeypatch.setattr("eightcut_inference.networks.wave.convolutions._BLOCK", 120)
    assert difference(encode(network.encoder(), signal), expected) < 1e-5


def test_layer_norms_are_free_of_gain(shared: Network) -> None:
    """The gain of 32 stands for the published normalisation, but for the epsilon of the norms."""
    signal = noise(3.0)
    windows = published(windows_of(signal))
    expected = shared.blocks(windows)[-1].mean(1)
    assert difference(encode(shared.encoder(), signal), expected) < 2e-3
    assert torch.nn.functional.cosine_similarity(encode(shared.encoder(), signal / 30), expected).min() > 0.9999


def test_no_neighbour_and_no_batch_changes_a_vector(network: Network) -> None:
    encoder = network.encoder()
    signal = noise(9.0)
    together = encode(encoder, signal)
    alone = torch.cat([encode(encoder, window) for window in windows_of(signal)])
    assert len(together) == 15
    assert difference(together, alone) < 1e-5
    loud = torch.rand(40_000, generator=torch.Generator().manual_seed(5)) * 2 - 1
    mixed = encode(encoder, loud, signal, torch.zeros(33_000))
    assert difference(mixed[2:17], together) < 1e-5


def _through_stream(encoder: Encoder, samples: Any, chunk: int, windows: int, first: int = 0) -> Any:
    stream = StripStream(GRID, first, windows=windows)
    pieces: list[Strip] = []
    rest = samples[first * GRID.hop_samples :].numpy()
    for begin in range(0, len(rest), chunk):
        pieces += stream.push(rest[begin : begin + chunk])
    pieces += stream.flush()
    return _encode_pieces(encoder, pieces)


def _encode_pieces(encoder: Encoder, pieces: Sequence[Strip]) -> Any:
    with torch.inference_mode():
        return torch.cat(
            [encoder.encode([DeviceStrip(torch.from_numpy(p.samples), p.windows, p.grid)]) for p in pieces]
        )


def test_neither_chunks_nor_the_resume_point_change_a_vector(network: Network) -> None:
    encoder = network.encoder()
    samples = noise(8.0)
    samples[70_000:75_000] += 0.3  # windows that lose their mean, and windows that do not
    whole = encode(encoder, samples)
    assert difference(_through_stream(encoder, samples, 1_777, 3), whole) < 1e-5
    assert difference(_through_stream(encoder, samples, 50_000, 5, first=4), whole[4:]) < 1e-5


@pytest.mark.parametrize("grid", [WindowGrid(1.0, 0.51), WindowGrid(1.0, 0.5005), WindowGrid(0.9995, 0.02)])
def test_frames_are_shared_only_where_the_grid_allows(shared: Network, grid: WindowGrid) -> None:
    signal = noise(1.7)
    windows = windows_of(signal, grid)
    expected = shared.blocks(windows * 32)[-1].mean(1)
    assert difference(encode(shared.encoder(), signal, grid=grid), expected) < 1e-5


def test_shared_frames_equal_frames_of_each_window(shared: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    signal = noise(6.0)
    encoder = shared.encoder()
    together = encode(encoder, signal, noise(2.2, 4))
    monkeypatch.setattr(encoder, "_shared", None)  # must not be called below
    monkeypatch.setattr("eightcut_inference.networks.wave.encoder.STEP", 7_777)
    apart = encode(encoder, signal, noise(2.2, 4))
    assert difference(together, apart) < 1e-5


def test_a_window_with_a_mean_loses_it_and_its_neighbours_do_not_change(shared: Network) -> None:
    encoder = shared.encoder()
    signal = noise(6.0)
    clean = encode(encoder, signal)
    moved = signal.clone()
    moved[: GRID.window_samples] += 0.2
    found = encode(encoder, moved)
    last = -(-GRID.window_samples // GRID.hop_samples)  # the first window that the step does not touch
    assert difference(found[last:], clean[last:]) < 1e-5
    centred = windows_of(moved)[0] - windows_of(moved)[0].mean()
    expected = shared.blocks(centred[None] * 32)[-1].mean(1)
    assert difference(found[:1], expected) < 1e-5
    assert difference(found[:1], shared.blocks(windows_of(moved)[:1] * 32)[-1].mean(1)) > 1e-3
    # A constant offset everywhere goes away; half a percent of the root mean square stays.
    assert difference(encode(encoder, signal + 0.2), clean) < 1e-2
    slight = signal + 0.005 * signal.square().mean().sqrt()
    assert difference(encode(encoder, slight), shared.blocks(windows_of(slight) * 32)[-1].mean(1)) < 1e-5


def test_the_mean_is_decided_on_the_processor_where_the_samples_are_at_hand(shared: Network) -> None:
    encoder = shared.encoder()
    signal = noise(3.0)
    host = signal + 1.0
    with torch.inference_mode():
        decided = encoder.encode([DeviceStrip(signal, 3, GRID, host)])
    expected = shared.blocks(windows_of(signal) * 32)[-1].mean(1)
    assert difference(decided, expected) < 1e-5  # no window of `signal` itself has a mean to lose


def test_a_silent_clipped_or_shifted_window_has_a_finite_vector_of_its_own(network: Network) -> None:
    encoder = network.encoder()
    square = torch.sign(noise(2.0))
    signals = [torch.zeros(32_000), square, torch.full((32_000,), 0.5), noise(2.0) * 1e-6]
    found = encode(encoder, *signals)
    assert torch.isfinite(found).all()
    for index in (0, 1):
        windows = prepared(network, signals[index][None])
        assert difference(found[index : index + 1], network.blocks(windows)[-1].mean(1)) < 1e-5
    assert difference(found[2], found[0]) < 1e-4  # nothing but an offset is silence


def test_bfloat16_points_where_float32_does(network: Network) -> None:
    signal = noise(5.0)
    coarse = encode(network.encoder(torch.bfloat16), signal)
    fine = encode(network.encoder(), signal)
    assert coarse.dtype == torch.float32
    assert torch.nn.functional.cosine_similarity(coarse, fine).min() > 0.999


def test_compiled_blocks_give_the_same_and_share_their_code(shared: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the compiler's front half only, which needs no C compiler."""
    monkeypatch.setattr("eightcut_inference.networks.wave.encoder.packs", lambda *_: False)
    signal = noise(3.0)
    plain = shared.encoder(layers=(2, 4))
    graphs = []
    compiler = torch.compile

    def backend(graph: Any, _inputs: Any) -> Any:
        graphs.append(graph)
        return graph.forward

    def compile_front(forward: Any, *, mode: str, dynamic: bool) -> Any:
        assert mode == "default"
        return compiler(forward, backend=backend, dynamic=dynamic)

    monkeypatch.setattr("torch.compile", compile_front)
    compiled: Any = shared.encoder(layers=(2, 4))
    compiled.compile("default")
    for samples in (signal, -signal):
        assert difference(encode(compiled, samples), encode(plain, samples)) < 1e-5
    assert 0 < len(graphs) < 4

"""LOGMEL: the promises every embedder gives, and what this one is good for."""

from __future__ import annotations

import itertools
import tracemalloc

import numpy as np
import numpy.typing as npt
import pytest
from eightcut_inference.devices import Device
from eightcut_inference.embedders.base import EmbedSession
from eightcut_inference.embedders.logmel import CARD, RATE, LogMel
from eightcut_scoring.windows import WindowGrid
from hypothesis import given, settings
from hypothesis import strategies as st

GRID = WindowGrid()
LOGMEL = LogMel()
FloatArray = npt.NDArray[np.float32]


def sound(seconds: float, seed: int = 0, level: float = 0.05) -> FloatArray:
    """Noise whose colour changes every second, with clicks."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=round(seconds * RATE)) * level
    for start in range(0, len(x), RATE):
        width = rng.integers(1, 30)
        x[start : start + RATE] = np.convolve(x[start : start + RATE], np.ones(width) / width, "same")
    x[rng.integers(0, len(x), 5)] += 0.5
    return x.astype(np.float32)


def embed(pcm: FloatArray, grid: WindowGrid = GRID, first_window: int = 0) -> FloatArray:
    session = EmbedSession(LOGMEL, grid, first_window)
    return np.concatenate([session.push(pcm), session.finish()])


WHOLE = sound(21.3)
TRACK = embed(WHOLE)


def test_one_vector_a_window() -> None:
    assert TRACK.shape == (GRID.count(21.3), CARD.dim)
    assert TRACK.dtype == np.float32
    assert np.isfinite(TRACK).all()


@given(cuts=st.lists(st.integers(0, len(WHOLE)), max_size=12))
@settings(max_examples=15, deadline=None)
def test_chunks_change_no_bit(cuts: list[int]) -> None:
    session = EmbedSession(LOGMEL, GRID)
    edges = [0, *sorted(cuts), len(WHOLE)]
    found = [session.push(WHOLE[a:b]) for a, b in itertools.pairwise(edges)]
    np.testing.assert_array_equal(np.concatenate([*found, session.finish()]), TRACK)


@pytest.mark.parametrize("first", [1, 2, 7, 13])
def test_resuming_at_any_window_changes_no_bit(first: int) -> None:
    again = embed(WHOLE[GRID.first_sample(first) :], first_window=first)
    np.testing.assert_array_equal(again, TRACK[first:])


@pytest.mark.parametrize("grid", [WindowGrid(hop_s=0.5), WindowGrid(hop_s=2), WindowGrid(window_s=4, hop_s=1.5)])
def test_a_window_depends_on_its_own_samples_alone(grid: WindowGrid) -> None:
    track = embed(WHOLE, grid)
    assert len(track) == grid.count_samples(len(WHOLE))
    for index in range(len(track)):
        start = grid.first_sample(index)
        (alone,) = embed(WHOLE[start : start + grid.window_samples], grid)
        np.testing.assert_array_equal(alone, track[index])


def test_a_windows_vector_does_not_depend_on_its_batch() -> None:
    (other,) = LOGMEL.prepare(GRID).push(sound(12, seed=9))
    (mine,) = LOGMEL.prepare(GRID).push(WHOLE)
    first, rest = mine.split(3)
    assert (mine.windows, first.windows, rest.windows) == (len(TRACK), 3, len(TRACK) - 3)
    rows = LOGMEL.load(Device()).launch([other, first, rest, other]).rows()
    np.testing.assert_array_equal(rows[other.windows :][: mine.windows], TRACK)


def test_the_next_window_is_known() -> None:
    stream = LOGMEL.prepare(GRID, first_window=5)
    assert stream.next_window == 5
    assert stream.push(WHOLE[: 8 * RATE - 1]) == []
    assert stream.next_window == 5
    (piece,) = stream.push(WHOLE[8 * RATE - 1 : 8 * RATE])  # complete with its last sample
    assert (piece.windows, stream.next_window) == (1, 6)


def test_memory_does_not_grow_with_the_file() -> None:
    minute = sound(60)

    def peak(minutes: int) -> int:
        session = EmbedSession(LOGMEL, GRID)
        tracemalloc.start()
        for _ in range(minutes):
            for start in range(0, len(minute), 131_072):
                session.push(minute[start : start + 131_072])
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(8) < peak(1) * 1.2 + 100_000


def test_a_short_event_shows_wherever_it_is_in_the_window() -> None:
    rng = np.random.default_rng(3)
    quiet = (rng.normal(size=8 * RATE) * 0.01).astype(np.float32)
    burst = (rng.normal(size=RATE // 5) * 0.3 * np.exp(-np.arange(RATE // 5) / 600)).astype(np.float32)
    (base,) = embed(quiet)
    lifts = []
    for at in (0.3, 2.77, 4.0, 7.6):
        loud = quiet.copy()
        start = round(at * RATE)
        loud[start : start + len(burst)] += burst
        lifts.append(embed(loud)[0] - base)
    assert min(np.mean(lift) for lift in lifts) > 3 * base.std()
    correlations = np.corrcoef(lifts)
    assert correlations.min() > 0.9


def test_it_is_nearly_blind_to_gain() -> None:
    x = sound(8, level=0.05)
    (one,), (half,) = embed(x), embed(x / 2)
    (other,) = embed(sound(8, seed=4, level=0.05))
    assert np.linalg.norm(one - half) < 0.2 * np.linalg.norm(one - other)


@pytest.mark.parametrize(
    "pcm",
    [
        np.zeros(9 * RATE, np.float32),
        np.full(9 * RATE, 0.7, np.float32),
        np.full(9 * RATE, 1e30, np.float32),
        np.where(np.arange(9 * RATE) % 2, -1e20, 1e20).astype(np.float32),
        np.full(9 * RATE, 1e-40, np.float32),
    ],
    ids=["silence", "direct current", "absurdly loud", "absurdly loud and alternating", "denormal"],
)
def test_strange_audio_gives_finite_vectors(pcm: FloatArray) -> None:
    assert np.isfinite(embed(pcm)).all()


def test_direct_current_is_silence() -> None:
    np.testing.assert_allclose(
        embed(np.full(8 * RATE, 0.5, np.float32)), embed(np.zeros(8 * RATE, np.float32)), atol=1e-3
    )


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers_are_refused(value: float) -> None:
    pcm = sound(9)
    pcm[1234] = value
    with pytest.raises(ValueError, match="samples that are not finite numbers"):
        embed(pcm)


def test_stereo_is_refused() -> None:
    with pytest.raises(ValueError, match="mono"):
        LOGMEL.prepare(GRID).push(np.zeros((100, 2), np.float32))


def test_a_file_shorter_than_a_window_has_no_vectors() -> None:
    assert embed(sound(7.99)).shape == (0, CARD.dim)
    assert embed(np.zeros(0, np.float32)).shape == (0, CARD.dim)


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        (WindowGrid(hop_s=0.3), "half seconds"),
        (WindowGrid(window_s=7.7), "half seconds"),
        (WindowGrid(sample_rate=8000), "16000 Hz"),
    ],
)
def test_grids_that_do_not_fit_are_refused(grid: WindowGrid, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        LOGMEL.prepare(grid)


def test_negative_windows_are_refused() -> None:
    with pytest.raises(ValueError, match="no window -1"):
        LOGMEL.prepare(GRID, first_window=-1)


def test_the_kernels_are_those_of_version_1() -> None:
    """Vectors on disk were made with these kernels: a change of their numbers needs a new version on the card."""
    tone = np.sin(2 * np.pi * 440 * np.arange(8 * RATE) / RATE) * (np.arange(8 * RATE) % RATE < RATE // 4) * 0.3
    (vector,) = embed(tone.astype(np.float32))
    np.testing.assert_allclose(vector[[0, 100, 200, 300, 400, 511]], GOLDEN, rtol=2e-3)


GOLDEN = [4.3605, 17.5392, 13.0191, 4.579, 2.5372, 10.4348]

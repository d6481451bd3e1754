"""Waveform and spectrogram against the samples themselves."""

from __future__ import annotations

import numpy as np
import pytest
from eightcut_qt.timeline.peaks import BANDS, PEAK_HOP, RATE, SoundPicture, frequency_band
from eightcut_qt.timeline.pyramid import FACTOR, Pyramid
from eightcut_qt.timeline.raster import sample, trace
from eightcut_qt.timeline.viewport import Viewport

from tests.qt.timeline.scenes import picture


def noise(seconds: float, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.7, 0.7, int(seconds * RATE))


@pytest.mark.parametrize("chunk", [1, 1000, 16_384, 10**9])
def test_every_level_has_the_extremes_of_its_samples(chunk: int) -> None:
    samples = noise(2.003 if chunk == 1 else 40.003)
    made = picture(samples, chunk)
    whole = (samples * 32767).astype(np.int16).astype(int)
    for index, level in enumerate(made.peaks.levels):
        hop = PEAK_HOP * FACTOR**index
        edges = np.arange(0, len(whole), hop)
        assert len(level) == len(edges)
        np.testing.assert_array_equal(level[:, 0], -np.minimum.reduceat(whole, edges))
        np.testing.assert_array_equal(level[:, 1], np.maximum.reduceat(whole, edges))


def test_the_lowest_sample_has_no_sign_trouble() -> None:
    made = SoundPicture.start()
    made.append(np.full(500, -32768, np.int16))
    made.finish()
    assert (made.peaks.level(0) == [32767, -32768]).all()


def test_a_tone_is_where_its_pitch_is_and_as_loud_as_it_is() -> None:
    time = np.arange(3 * RATE) / RATE
    for frequency in (200.0, 1000.0, 5000.0):
        made = picture(np.sin(2 * np.pi * frequency * time))
        middle = made.spectrum.level(0)[len(made.spectrum) // 2].astype(float)
        assert abs(int(middle.argmax()) - frequency_band(frequency)) <= 1.0
        assert middle.max() >= 255 * (1 - 6 / 110)  # At most 6 dB are lost between bands.
        assert middle[[0, -1]].max() < 90


def test_a_click_stands_where_it_is() -> None:
    samples = np.zeros(4 * RATE)
    samples[2 * RATE] = 1.0
    levels = picture(samples).spectrum.level(0).sum(axis=1).astype(float)
    hop = 4.0 / len(levels)
    assert (levels.argmax() + 0.5) * hop == pytest.approx(2.0, abs=hop)


def test_the_spectrogram_is_as_long_as_the_sound_whatever_the_chunks() -> None:
    for length in (1, 255, 256, 257, 5000, 70_001):
        for chunk in (100, 10**9):
            made = picture(noise(1)[:0] if not length else noise(5)[:length], chunk)
            assert len(made.spectrum) == -(-length // made.spectrum_hop), (length, chunk)
    one, other = picture(noise(9), 777), picture(noise(9), 10**9)
    np.testing.assert_array_equal(one.spectrum.level(0), other.spectrum.level(0))


def test_ten_hours_stay_below_100_megabytes() -> None:
    made = SoundPicture.start(36_000)
    finest = 36_000 * RATE / made.spectrum_hop * BANDS + 36_000 * RATE / PEAK_HOP * 4
    assert finest * 4 / 3 < 100_000_000


def test_a_pyramid_that_grows_is_the_same_as_one_that_was_there() -> None:
    columns = np.random.default_rng(2).integers(0, 255, (30_011, 3), np.uint8)
    slowly, at_once = Pyramid(3, np.uint8), Pyramid(3, np.uint8)
    for start in range(0, len(columns), 997):
        slowly.append(columns[start : start + 997])
    at_once.append(columns)
    slowly.finish()
    at_once.finish()
    assert slowly.depth == at_once.depth > 2
    for one, other in zip(slowly.levels, at_once.levels, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("span", [600.0, 100.0, 30.0, 10.0])
def test_no_peak_is_lost_at_any_zoom(span: float) -> None:
    columns = np.zeros((60_000, 1), np.int16)  # 100 a second.
    columns[[100, 2345, 30_007, 59_999]] = 1000
    pyramid = Pyramid(1, np.int16)
    pyramid.append(columns)
    pyramid.finish()
    for place in (100, 2345, 30_007, 59_999):
        time = (place + 0.5) / 100
        view = Viewport.whole(600.0, 300).fitted(time - span / 3, time + span / 3)
        values, first, last = sample(pyramid, 100.0, view, 300)
        x = int(view.x(time))
        assert first <= x < last
        found = values[max(x - 1, 0) : x + 2].max()
        assert found >= (1000 if view.seconds_per_pixel >= 0.01 else 500)


def test_what_is_not_there_yet_is_not_drawn() -> None:
    pyramid = Pyramid(1, np.int16)
    view = Viewport.whole(100.0, 200)
    assert sample(pyramid, 10.0, view, 200)[2] == 0
    pyramid.append(np.ones((500, 1), np.int16))
    assert sample(pyramid, 10.0, view, 200)[2] == 100


def test_a_curve_is_drawn_at_the_middles_of_its_windows_and_keeps_its_extremes() -> None:
    scores = np.full(7200, 0.5, np.float32)
    scores[3000] = 1.0
    scores[4000] = 0.0
    view = Viewport.whole(7208.0, 800)
    least, largest = trace(scores, 4.0, 1.0, view, 800)
    assert largest[int(view.x(3004.0))] == 1.0
    assert least[int(view.x(4004.0))] == 0.0
    close = view.fitted(2999.0, 3009.0)
    least, largest = trace(scores, 4.0, 1.0, close, 800)
    assert largest[int(close.x(3004.0))] > 0.99
    assert largest[int(close.x(3004.5))] == pytest.approx(0.75, abs=0.01)
    assert least[0] == 0.5


def test_a_curve_has_gaps_where_nothing_has_come() -> None:
    scores = np.array([0.1, 0.2, np.nan, np.nan, np.nan, 0.6, 0.7], np.float32)
    view = Viewport.whole(14.0, 140)
    least, largest = trace(scores, 4.0, 1.0, view, 140)
    assert largest[int(view.x(4.5))] == pytest.approx(0.15, abs=0.02)
    assert np.isnan(least[[int(view.x(7.0)), 0, 139]]).all()
    assert least[int(view.x(9.5))] == pytest.approx(0.65, abs=0.02)

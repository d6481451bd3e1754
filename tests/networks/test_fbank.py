"""The filter bank against Kaldi's own, and over whole strips against one window at a time."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest
from eightcut_inference.embedders.base import FloatArray
from eightcut_scoring.windows import WindowGrid

torch = pytest.importorskip("torch")

from eightcut_inference.networks.spectrum.fbank import Fbank, Window, count_frames, triangles  # noqa: E402 - torch

from tests.networks.spectrum_small import cut, noise, span  # noqa: E402 - torch

CPU = torch.device("cpu")
GRID = WindowGrid(window_s=8.0, hop_s=1.0)


def kaldi(samples: FloatArray, window: Window) -> tuple[FloatArray, float]:
    """Features by torchaudio where it can be imported, else by kaldi-native-fbank; and how far ours may be off."""
    name = {"hann": "hanning", "povey": "povey"}[window]
    try:
        from torchaudio.compliance import kaldi as compliance
    except (ImportError, OSError):
        pass
    else:
        features = compliance.fbank(
            torch.from_numpy(samples)[None], num_mel_bins=128, sample_frequency=16_000, window_type=name, dither=0.0
        )
        return np.array(features.numpy()), 0.0
    if importlib.util.find_spec("kaldi_native_fbank") is None:
        pytest.skip("neither torchaudio nor kaldi-native-fbank can be imported")
    import kaldi_native_fbank as knf

    options = knf.FbankOptions()
    options.frame_opts.dither = 0
    options.frame_opts.window_type = name
    options.frame_opts.samp_freq = 16_000
    options.mel_opts.num_bins = 128
    options.mel_opts.low_freq = 20
    options.mel_opts.high_freq = 0
    bank = knf.OnlineFbank(options)
    bank.accept_waveform(16_000, samples.tolist())
    bank.input_finished()
    # Its FFT and its sums are in another order, which shows in bins with next to no energy.
    return np.array([bank.get_frame(k) for k in range(bank.num_frames_ready)]), 2e-3


@pytest.mark.parametrize(("window", "gain"), [("hann", 1.0), ("povey", 2.0**15)])
def test_equals_kaldi(window: Window, gain: float) -> None:
    samples = noise(20_123)
    found = Fbank(CPU, window, mean=0, scale=1, gain=gain).log_mel(torch.from_numpy(samples)).numpy()
    wanted, tolerance = kaldi(samples * np.float32(gain), window)
    assert found.shape == (count_frames(len(samples)), 128) == wanted.shape
    np.testing.assert_allclose(found, wanted, atol=tolerance, rtol=0)
    assert np.abs(found - wanted).mean() < 2e-5


def test_silence_and_offset_give_kaldis_least_value() -> None:
    fbank = Fbank(CPU, "hann", mean=0, scale=1)
    for samples in (torch.zeros(1600), torch.full((1600,), 0.5)):
        torch.testing.assert_close(fbank.log_mel(samples), torch.full((8, 128), float(np.log(2.0**-23))))


def test_triangles_cover_the_band() -> None:
    found = triangles()
    assert found.shape == (128, 257)
    assert (found >= 0).all()
    assert not found[:, -1].any()
    # Between the first and the last centre, neighbours add up to one.
    torch.testing.assert_close(found.sum(0)[4:250], torch.ones(246))


@pytest.mark.parametrize("window", ["hann", "povey"])
def test_strips_equal_single_windows_to_the_bit(window: Window) -> None:
    fbank = Fbank(CPU, window, mean=-4.0, scale=9.0)
    pcm = noise(span(9, GRID))
    strips = cut(pcm, 4, GRID)
    assert [strip.windows for strip in strips] == [4, 4, 1]
    own = torch.cat([fbank.windows([strip]) for strip in cut(pcm, 1, GRID)])
    assert own.shape == (9, 798, 128)
    assert torch.equal(fbank.windows(strips), own)


def test_windows_off_the_frames_are_computed_on_their_own() -> None:
    fbank = Fbank(CPU, "hann", mean=0, scale=1)
    grid = WindowGrid(window_s=1.0, hop_s=0.335)
    assert grid.hop_samples % 160
    pcm = noise(span(4, grid))
    found = fbank.windows(cut(pcm, 3, grid))
    for k in range(4):
        samples = torch.from_numpy(pcm[k * grid.hop_samples :][: grid.window_samples].copy())
        torch.testing.assert_close(found[k], fbank.log_mel(samples), atol=1e-5, rtol=0)


def test_padding_is_a_feature_of_zero() -> None:
    assert Fbank(CPU, "hann", mean=-4.0, scale=8.0).padding == 0.5

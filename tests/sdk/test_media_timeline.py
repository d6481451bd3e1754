"""Sample index over rate is the media time: late starts, gaps, delays, jumping clocks."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from eightcut_client import media
from eightcut_client.media.timeline import InvalidSampleAtError, Timeline

from tests.support.media import clicks, noise, onsets, tone, write_media


def decoded(path: Path) -> tuple[npt.NDArray[np.int16], media.DecodeSummary]:
    with media.decode(path) as audio:
        samples = np.frombuffer(b"".join(audio), "<i2")
    return samples, audio.summary


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov", "a.ts"])
@pytest.mark.parametrize("late", [0.25, 2.5])
def test_audio_that_starts_later_than_the_video_is_preceded_by_silence(tmp_path: Path, name: str, late: float) -> None:
    signal = clicks([0.5, 1.0], 2.0, 48_000)
    path = write_media(tmp_path / name, signal, 48_000, video=True, audio_start=late)
    samples, summary = decoded(path)
    assert onsets(samples, 16_000) == pytest.approx([late + 0.5, late + 1.0], abs=0.003)
    assert len(samples) / 16_000 == pytest.approx(late + 2.0, abs=0.05)
    assert not samples[: round((late - 0.05) * 16_000)].any()
    info = media.probe(path)
    assert info.start == pytest.approx(late, abs=0.03)
    assert info.duration == pytest.approx(late + 2.0, abs=0.05)
    assert summary.warnings == ()


@pytest.mark.parametrize("name", ["a.m4a", "a.mp4", "a.opus", "a.mp3", "a.webm"])
def test_the_codecs_delay_is_cut(tmp_path: Path, name: str) -> None:
    path = write_media(tmp_path / name, clicks([0.3], 1.0, 48_000), 48_000)
    samples, _ = decoded(path)
    assert onsets(samples, 16_000) == pytest.approx([0.3], abs=0.002)


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4"])
def test_gaps_in_the_timestamps_are_filled_with_silence(tmp_path: Path, name: str) -> None:
    signal = clicks([0.5, 1.5, 2.5], 3.0, 48_000)
    path = write_media(tmp_path / name, signal, 48_000, video=True, gaps=[(1.0, 0.75), (2.0, 3.0)])
    samples, summary = decoded(path)
    assert onsets(samples, 16_000) == pytest.approx([0.5, 2.25, 6.25], abs=0.03)
    assert summary.silence_inserted == pytest.approx(3.75, abs=0.05)
    assert "filled with silence" in " ".join(summary.warnings)


def test_a_gap_is_exact_to_the_sample(tmp_path: Path) -> None:
    signal = noise(2.0, 16_000)
    plain, _ = decoded(write_media(tmp_path / "a.mka", signal, 16_000))
    gapped, _ = decoded(write_media(tmp_path / "b.mka", signal, 16_000, gaps=[(1.0, 1.0)]))
    assert len(gapped) == len(plain) + 16_000
    size = next(n for n in range(16_000, 32_000) if gapped[n] == 0 and not gapped[n : n + 15_000].any())
    np.testing.assert_array_equal(gapped[:size], plain[:size])
    np.testing.assert_array_equal(gapped[size + 16_000 :], plain[size:])


def frame(values: npt.NDArray[np.float32], rate: int, at: float | None) -> av.AudioFrame:
    made = av.AudioFrame.from_ndarray(values[None], format="flt", layout="mono")
    made.sample_rate = rate
    made.time_base = Fraction(1, 90_000)
    made.pts = None if at is None else round(at * 90_000)
    return made


def run(
    frames: list[av.AudioFrame], *, zero: int = 0, end: int | None = None, restarts: bool = False
) -> tuple[npt.NDArray[np.int16], Timeline]:
    line = Timeline(16_000, 1, zero=Fraction(zero), end=None if end is None else Fraction(end), restarts=restarts)
    data = b"".join([data for item in frames for data in line.feed(item)] + list(line.finish()))
    return np.frombuffer(data, "<i2"), line


def second(level: float, rate: int = 16_000) -> npt.NDArray[np.float32]:
    return np.full(rate, level, np.float32)


def test_rounded_timestamps_are_no_gaps() -> None:
    rate = 44_100
    signal = noise(4.0, rate)[:, 0]
    blocks = [(at, signal[at : at + 1024]) for at in range(0, len(signal), 1024)]
    jitter = np.random.default_rng(1).uniform(-0.02, 0.02, len(blocks))
    exact, _ = run([frame(block, rate, at / rate) for at, block in blocks])
    rough, line = run(
        [frame(b, rate, max(at / rate + j, 0) if at else 0) for (at, b), j in zip(blocks, jitter, strict=True)]
    )
    bare, _ = run([frame(block, rate, None) for _, block in blocks])
    np.testing.assert_array_equal(exact, rough)
    np.testing.assert_array_equal(exact, bare)
    assert line.silence_inserted == 0


def cut(signal: npt.NDArray[np.float32], size: int, rate: int, start: float = 0.0) -> list[av.AudioFrame]:
    return [frame(signal[at : at + size], rate, start + at / rate) for at in range(0, len(signal), size)]


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_how_the_samples_are_cut_into_frames_does_not_matter(rate: int) -> None:
    signal = noise(5.0, rate)[:, 0]
    whole, _ = run(cut(signal, len(signal), rate))
    assert len(whole) == 5 * 16_000
    for size in (333, 1024, 70_000):
        np.testing.assert_array_equal(run(cut(signal, size, rate))[0], whole)


def test_a_gap_after_a_few_samples_is_as_exact_as_after_many() -> None:
    rate, signal = 44_100, noise(3.0, 44_100)[:, 0]
    for at in (441, 1_323, 39_690, 99_225):  # whole hundredths of a second
        samples, line = run(cut(signal[:at], 1024, rate) + cut(signal[at:], 1024, rate, start=at / rate + 1))
        begin, end = round(at / rate * 16_000), round((at / rate + 1) * 16_000)
        np.testing.assert_array_equal(samples[:begin], run(cut(signal[:at], 1024, rate))[0][:begin])
        assert not samples[begin + 100 : end].any()
        np.testing.assert_array_equal(samples[end:], run(cut(signal[at:], 1024, rate))[0])
        assert float(line.silence_inserted) == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("index", [0, 1, 1023, 65_535, 65_536, 99_999])
def test_a_sample_that_is_no_number_is_found_at_its_time(index: int) -> None:
    rate, signal = 44_100, noise(3.0, 44_100)[:100_000, 0]
    signal[index] = np.nan
    frames = cut(np.zeros(1000, np.float32), 1000, rate) + cut(signal, 1024, rate, start=2.5)
    with pytest.raises(InvalidSampleAtError) as caught:
        run(frames)
    assert caught.value.seconds == pytest.approx(2.5 + index / rate, abs=2e-5)


def test_the_unit_of_the_timestamps_may_change() -> None:
    frames = cut(noise(1.0, 16_000)[:, 0], 1000, 16_000)
    plain, _ = run(cut(noise(1.0, 16_000)[:, 0], 1000, 16_000))
    for item in frames[7:]:
        item.pts, item.time_base = round((item.time or 0) * 16_000), Fraction(1, 16_000)
    np.testing.assert_array_equal(run(frames)[0], plain)


def test_the_position_counts_what_is_not_converted_yet() -> None:
    line = Timeline(16_000, 1, zero=Fraction(0), end=None, restarts=False)
    fed = b"".join(data for item in cut(second(0.5), 1000, 16_000)[:3] for data in line.feed(item))
    assert line.position == Fraction(3000, 16_000)
    assert len(fed + b"".join(line.finish())) == 6000
    assert line.emitted == 3000


def test_a_clock_that_drifts_is_followed() -> None:
    # 1 % slow: after 60 s the count of samples is 0.6 s behind the timestamps.
    frames = [frame(second(0.5), 16_000, index * 1.01) for index in range(61)]
    samples, _ = run(frames)
    assert len(samples) / 16_000 == pytest.approx(61.6, abs=0.11)


def test_audio_before_zero_is_cut() -> None:
    samples, _ = run([frame(second(0.25), 16_000, -0.5), frame(second(0.5), 16_000, 0.5)])
    assert len(samples) == 24_000
    assert (samples[:8_000] == 8_192).all()
    assert (samples[8_000:] == 16_384).all()


def test_overlapping_audio_is_cut() -> None:
    samples, _ = run([frame(second(0.25), 16_000, 0), frame(second(0.5), 16_000, 0.5)])
    assert len(samples) == 24_000
    assert (samples[:16_000] == 8_192).all()
    assert (samples[16_000:] == 16_384).all()


def test_the_files_first_timestamp_is_time_zero() -> None:
    samples, _ = run([frame(second(0.5), 16_000, 100.25)], zero=100)
    assert len(samples) == 20_000
    assert not samples[:4_000].any()


@pytest.mark.parametrize("jump", [-0.5, -1.0, 3600.0, -3600.0])
def test_a_new_clock_in_a_broadcast_is_no_gap(jump: float) -> None:
    start = 5000.0
    frames = [
        frame(second(0.5), 16_000, start),
        frame(second(0.5), 16_000, start + 1 + jump),
        frame(second(0.5), 16_000, start + 2 + jump),
    ]
    samples, line = run(frames, zero=5000, restarts=True)
    assert len(samples) == 48_000
    assert line.silence_inserted == 0


@pytest.mark.parametrize(("late", "kept"), [(30, 30), (5000, 0)])
def test_in_a_broadcast_only_a_believable_late_start_is_believed(late: int, kept: int) -> None:
    samples, _ = run([frame(second(0.5), 16_000, late)], restarts=True)
    assert len(samples) == (kept + 1) * 16_000


def test_a_timestamp_far_behind_the_end_of_the_file_is_an_error_in_it() -> None:
    frames = [frame(second(0.5), 16_000, 0), frame(second(0.5), 16_000, 80_000)]
    samples, _ = run(frames, end=2)
    assert len(samples) == 32_000


def test_a_change_of_format_within_the_track_keeps_the_time() -> None:
    frames = [
        frame(second(0.5, 44_100), 44_100, 0),
        frame(second(0.5, 48_000), 48_000, 1),
        frame(second(0.5, 22_050), 22_050, 2),
    ]
    samples, _ = run(frames)
    assert len(samples) == 48_000
    middle = samples.reshape(3, 16_000)[:, 1_000:15_000]
    assert (np.abs(middle - 16_384) < 4).all()


def test_a_tone_through_the_resampler_has_no_seam(tmp_path: Path) -> None:
    samples, _ = decoded(write_media(tmp_path / "a.wav", tone(5.0, 44_100, frequency=440), 44_100))
    time = np.arange(len(samples)) / 16_000
    ideal = 16_384 * np.sin(2 * np.pi * 440 * time)
    assert np.abs(samples - ideal)[100:-100].max() < 40

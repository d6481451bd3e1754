"""A clip begins exactly where it was asked to: every picture and every sample is the source's."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from eightcut_client.cutting import Ffmpeg
from eightcut_client.media import decode

from tests.cutting.conftest import Cut
from tests.cutting.numbered import RATE, Samples, best_lag, read_numbers, read_sound, sound, write_numbered
from tests.support.media import clicks, onsets, write_media


def assert_samples(found: Samples, start: float, duration: float, source: Samples) -> None:
    expected = source[round(start * RATE) : round(start * RATE) + round(duration * RATE)]
    assert found.shape == expected.shape
    assert np.array_equal(found, expected)


@pytest.mark.parametrize("start", [0.0, 0.04, 0.48, 2.0, 3.217, 7.96, 9.0])
def test_pictures_and_samples_are_those_of_the_source(numbered: Path, cut: Cut, start: float) -> None:
    clip = cut(numbered, start, 3.0)
    first = round(start * 25)
    assert read_numbers(clip) == list(range(first, first + 75))
    assert_samples(read_sound(clip), start, 3.0, sound(12))


@pytest.mark.parametrize(
    ("suffix", "audio", "shift"),
    [(".mp4", "flac", 0.0), (".mov", "pcm_s16le", 0.0), (".avi", "pcm_s16le", 0.0), (".mkv", "flac", 5.5)],
)
def test_containers(tmp_path: Path, cut: Cut, suffix: str, audio: str, shift: float) -> None:
    codec = "mpeg4" if suffix == ".avi" else "libx264"
    source = write_numbered(tmp_path / f"source{suffix}", codec=codec, audio=audio, shift=shift)
    clip = cut(source, 6.4, 2.0)
    assert read_numbers(clip) == list(range(160, 210))
    assert_samples(read_sound(clip), 6.4, 2.0, sound(12))


@pytest.mark.parametrize("shift", [1.4, 80_000.0])
@pytest.mark.parametrize("start", [0.2, 4.0, 9.6])
def test_broadcast_with_a_clock_of_its_own(tmp_path: Path, cut: Cut, shift: float, start: float) -> None:
    source = write_numbered(tmp_path / "source.ts", audio="mp2", container="mpegts", shift=shift)
    clip = cut(source, start, 2.0)
    numbers = read_numbers(clip)
    assert numbers == list(range(numbers[0], numbers[0] + 50))
    # MP2 shifts the sound by a codec delay, and so the file's beginning.
    assert abs(numbers[0] - start * 25) <= 1
    found, reference = read_sound(clip)[:, 0].astype(float), sound(12)[:, 0].astype(float)
    lag = best_lag(found[:RATE], reference, round(start * RATE), 2400)
    assert abs(lag / RATE - (numbers[0] / 25 - start)) < 0.021


def test_key_frames_that_lie_far_apart(tmp_path: Path, cut: Cut) -> None:
    # A broadcast has no index of them: a seek lands anywhere.
    source = write_numbered(tmp_path / "source.ts", audio="mp2", container="mpegts", shift=1.4, gop=1000)
    numbers = read_numbers(cut(source, 10.0, 1.0))
    assert abs(numbers[0] - 250) <= 1
    assert numbers == list(range(numbers[0], numbers[0] + 25))


@pytest.mark.parametrize("kind", ["wav", "mp4"])
def test_a_track_that_is_not_cut_begins_first(tmp_path: Path, cut: Cut, ffmpeg: Ffmpeg, kind: str) -> None:
    source = write_numbered(tmp_path / "late.ts", audio="mp2", container="mpegts", audio_start=0.3)
    if kind == "mp4":
        # A second language, which begins before the pictures do.
        first, source = source, tmp_path / "two.ts"
        other = ("-itsoffset", "-0.4", "-f", "lavfi", "-i", "anoisesrc=d=12")
        maps = ("-map", "0", "-map", "1", "-c", "copy", "-c:a:1", "mp2")
        command = [str(ffmpeg.path), "-v", "error", "-i", str(first), *other, *maps, str(source)]
        subprocess.run(command, check=True)
    with decode(source, sample_rate=RATE) as audio:
        reference = np.frombuffer(b"".join(audio), np.int16).astype(float)
    for start in (1.5, 9.1):
        clip = cut(source, start, 2.0, format=kind)
        found = read_sound(clip)[:, 0].astype(float)
        assert best_lag(found[:RATE], reference, round(start * RATE), 2 * RATE) == 0
        if kind == "mp4":
            heard = start + best_lag(found[:RATE], sound(12)[:, 0].astype(float), round(start * RATE), 2 * RATE) / RATE
            shown = read_numbers(clip)[25] / 25 - 1
            # The codec's delay and half a picture.
            assert abs(shown - heard - 0.3) < 0.031


def test_a_real_recording(shared_audio: Path, cut: Cut) -> None:
    source = shared_audio / "rec_scan.mp4"
    with decode(source, sample_rate=44_100) as audio:
        reference = np.frombuffer(b"".join(audio), np.int16).astype(int)
    for start in (0.5, 333.25):
        found = read_sound(cut(source, start, 8.0))[:, 0].astype(int)
        expected = reference[round(start * 44_100) :][: 8 * 44_100]
        assert np.abs(found - expected).max() <= 1


def test_starts_between_two_pictures(numbered: Path, cut: Cut) -> None:
    # 3.01 s is a quarter of a picture after number 75 began, 3.03 s a quarter before number 76.
    assert read_numbers(cut(numbered, 3.01, 1.0))[:3] == [75, 76, 77]
    assert read_numbers(cut(numbered, 3.03, 1.0))[:3] == [76, 77, 78]


def test_a_variable_rate_becomes_an_even_one(tmp_path: Path, cut: Cut) -> None:
    # A screen recording: pictures only when something moves; number n is shown from times[n] on.
    times = [0.0, 0.1, 0.2, 0.3, 3.0, 3.1, 3.2, 3.3, 3.4, 6.0, 6.04, 6.1, 9.0, 9.5, 11.9]
    source = write_numbered(tmp_path / "screen.mkv", fps=10, times=times)
    clip = cut(source, 2.0, 5.0)
    numbers = read_numbers(clip)
    rate = len(numbers) / 5
    moments = [2.0 + (index + 0.5) / rate for index in range(len(numbers))]
    assert numbers[0] == 3
    assert numbers == [max(n for n, time in enumerate(times) if time <= moment) for moment in moments]
    assert_samples(read_sound(clip), 2.0, 5.0, sound(12))


def test_a_variable_rate_is_fast_enough_for_what_moves(tmp_path: Path, cut: Cut) -> None:
    # 3 s in which something moves, 9 in which little does: on the average 16 pictures a second.
    times = [*(index / 60 for index in range(180)), *(3.0 + index for index in range(9))]
    source = write_numbered(tmp_path / "screen.mp4", fps=60, times=times)
    assert read_numbers(cut(source, 1.0, 1.0)) == list(range(60, 120))
    assert read_numbers(cut(source, 5.0, 1.0)) == [182] * 60


def test_ntsc_rate_stays(tmp_path: Path, cut: Cut) -> None:
    rate = Fraction(30_000, 1001)
    source = write_numbered(tmp_path / "source.mp4", seconds=9.0, fps=rate)
    numbers = read_numbers(cut(source, float(60 / rate), 5.0))
    assert numbers == list(range(60, 60 + round(5 * rate)))


def test_sound_that_begins_late_is_preceded_by_silence(tmp_path: Path, cut: Cut) -> None:
    source = write_numbered(tmp_path / "source.mkv", samples=sound(11), audio_start=1.0)
    found = read_sound(cut(source, 0.5, 2.0))
    assert not found[: RATE // 2].any()
    assert np.array_equal(found[RATE // 2 :], sound(11)[: RATE * 3 // 2])


def test_gap_in_the_sound_keeps_it_beside_the_picture(tmp_path: Path, cut: Cut) -> None:
    signal = clicks([1.0, 3.0, 5.0], 8.0, RATE)
    source = write_media(tmp_path / "gap.mkv", signal, RATE, video=True, video_duration=10.0, gaps=[(4.0, 2.0)])
    found = read_sound(cut(source, 0.0, 9.0))
    # What was at 5 s comes after the gap of 2 s.
    assert onsets(found[:, 0], RATE) == pytest.approx([1.0, 3.0, 7.0], abs=0.003)


def test_all_formats_begin_with_the_same_sample(numbered: Path, cut: Cut) -> None:
    expected = sound(12)[round(4.5 * RATE) : round(6.5 * RATE)]
    for kind in ("wav", "flac"):
        assert np.array_equal(read_sound(cut(numbered, 4.5, 2.0, format=kind)), expected)
    reference = expected[:, 0].astype(float)
    for kind in ("mp3", "m4a", "ogg", "opus"):
        found = read_sound(cut(numbered, 4.5, 2.0, format=kind))[:, 0].astype(float)
        assert best_lag(found[2400 : RATE + 2400], reference, 2400, 2000) == 0, kind

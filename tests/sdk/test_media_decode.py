"""Decoding: rates, channels, containers, exact resume, clipping, cancellation."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from eightcut_client import media

from tests.support.media import (
    clicks,
    noise,
    onsets,
    silence,
    tone,
    write_float_wav,
    write_media,
    write_video_only,
)


def pcm(path: Path, **options: int) -> npt.NDArray[np.int16]:
    with media.decode(path, **options) as audio:  # type: ignore[arg-type]  # all our options are numbers
        return np.frombuffer(b"".join(audio), "<i2")


@pytest.mark.parametrize("rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_any_sample_rate_becomes_16_khz_at_the_same_pitch_and_level(tmp_path: Path, rate: int) -> None:
    path = write_media(tmp_path / "a.wav", tone(2.0, rate, frequency=1000.0, amplitude=0.5), rate)
    samples = pcm(path)
    assert len(samples) == 32_000
    spectrum = np.abs(np.fft.rfft(samples[8_000:24_000] * np.hanning(16_000)))
    assert np.argmax(spectrum) == 1000
    assert np.abs(samples[8_000:24_000]).max() == pytest.approx(16_384, rel=0.01)


@pytest.mark.parametrize("channels", [1, 2, 3, 6, 8])
@pytest.mark.parametrize("suffix", [".wav", ".flac", ".m4a"])
def test_mono_to_7_1_is_mixed_down(tmp_path: Path, channels: int, suffix: str) -> None:
    if (suffix, channels) == (".m4a", 3):
        pytest.skip("FFmpeg's AAC encoder knows no 2.1")
    signal = tone(1.0, 48_000, channels=channels, amplitude=0.5)
    path = write_media(tmp_path / f"a{suffix}", signal, 48_000)
    assert media.probe(path).channels == channels
    samples = pcm(path)
    assert len(samples) == pytest.approx(16_000, abs=1024)
    level = np.abs(samples[4_000:12_000]).max() / 32767
    # The mix is normalised so that it cannot clip: equal channels keep their level.
    assert level == pytest.approx(0.5, abs=0.05)


def test_stereo_output_keeps_the_channels_apart(tmp_path: Path) -> None:
    signal = silence(1.0, 16_000, channels=2)
    signal[:, 1] = tone(1.0, 16_000)[:, 0]
    samples = pcm(write_media(tmp_path / "a.wav", signal, 16_000), channels=2).reshape(-1, 2)
    assert np.abs(samples[:, 0]).max() == 0
    assert np.abs(samples[:, 1]).max() == pytest.approx(16_384, abs=2)


def test_pcm_of_the_wanted_kind_passes_unchanged(tmp_path: Path) -> None:
    signal = noise(1.0, 16_000)
    path = write_media(tmp_path / "a.wav", signal, 16_000)
    raw = np.frombuffer(path.read_bytes()[-32_000:], "<i2")
    np.testing.assert_array_equal(pcm(path), raw)


@pytest.mark.parametrize(
    ("name", "video"),
    [
        ("a.wav", False),
        ("a.flac", False),
        ("a.ogg", False),
        ("a.opus", False),
        ("a.mp3", False),
        ("a.m4a", False),
        ("a.aiff", False),
        ("a.w64", False),
        ("a.mp4", True),
        ("a.mkv", True),
        ("a.mov", True),
        ("a.avi", True),
        ("a.ts", True),
        ("a.webm", False),
    ],
)
def test_audio_and_video_containers_alike(tmp_path: Path, name: str, video: bool) -> None:
    path = write_media(tmp_path / name, clicks([0.5, 1.5], 2.0, 48_000, channels=2), 48_000, video=video)
    info = media.probe(path)
    assert (info.sample_rate, info.channels, info.has_video) == (48_000, 2, video)
    assert info.size == path.stat().st_size
    assert info.duration == pytest.approx(2.0, abs=0.05)
    samples = pcm(path)
    assert len(samples) == pytest.approx(32_000, abs=600)
    # An MPEG transport stream cannot say that AAC begins with 21 ms of encoder delay.
    assert onsets(samples, 16_000) == pytest.approx([0.5, 1.5], abs=0.025 if name == "a.ts" else 0.006)


def test_a_duration_guessed_from_the_bit_rate_is_marked(tmp_path: Path) -> None:
    guessed = media.probe(write_media(tmp_path / "a.aac", tone(3.0, 48_000), 48_000))
    known = media.probe(write_media(tmp_path / "a.m4a", tone(3.0, 48_000), 48_000))
    assert guessed.duration_is_estimate
    assert not known.duration_is_estimate
    assert known.codec == "aac"
    assert known.duration == pytest.approx(3.0, abs=0.03)


def test_the_duration_is_the_audio_tracks_and_not_the_videos(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mp4", tone(2.0, 48_000), 48_000, video=True, video_duration=5.0)
    assert media.probe(path).duration == pytest.approx(2.0, abs=0.05)
    with media.decode(path) as audio:
        total = sum(len(chunk) for chunk in audio) // 2
    assert total == pytest.approx(32_000, abs=1024)
    assert audio.summary.truncated_at is None


@pytest.mark.parametrize("name", ["a.m4a", "a.wav", "a.opus"])
def test_decoding_from_a_start_is_the_slice_of_the_whole_to_the_bit(tmp_path: Path, name: str) -> None:
    path = write_media(tmp_path / name, noise(3.0, 48_000, channels=2), 48_000)
    whole = pcm(path)
    for start in (1, 7_777, 16_000, len(whole) - 1, len(whole), len(whole) + 50_000):
        with media.decode(path, start_sample=start, chunk_samples=5_000) as audio:
            np.testing.assert_array_equal(np.frombuffer(b"".join(audio), "<i2"), whole[start:])
        assert audio.total_samples == len(whole)


def test_the_result_does_not_depend_on_packets_or_chunks(tmp_path: Path) -> None:
    signal = noise(2.0, 44_100)
    wav = write_media(tmp_path / "a.wav", signal, 44_100)
    flac = write_media(tmp_path / "a.flac", signal, 44_100)
    np.testing.assert_array_equal(pcm(wav), pcm(flac, chunk_samples=777))
    np.testing.assert_array_equal(pcm(wav), pcm(wav, chunk_samples=1_000_000))


def test_all_chunks_but_the_last_have_the_size_asked_for(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", tone(1.0, 16_000), 16_000)
    with media.decode(path, chunk_samples=3_000, channels=2) as audio:
        assert [len(chunk) for chunk in audio] == [12_000] * 5 + [4_000]
    assert audio.total_samples == 16_000
    assert list(audio) == []


@pytest.mark.parametrize("peak", [1.5, 900.0, 70_000.0, 1e12, 3e38])
@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_float_samples_beyond_full_scale_clip_and_never_wrap(tmp_path: Path, peak: float, rate: int) -> None:
    signal = np.concatenate([np.full((rate, 1), peak), np.full((rate, 1), -peak)]).astype(np.float32)
    samples = pcm(write_float_wav(tmp_path / "a.wav", signal, rate))
    assert samples[8_000] == 32_767
    assert samples[24_000] == -32_768


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_nan_and_infinite_samples_are_an_error_that_names_the_time(
    tmp_path: Path, bad: float, dtype: type[np.floating]
) -> None:
    signal = tone(14.0, 48_000, channels=2).astype(dtype)
    signal[round(12.3 * 48_000), 1] = bad
    path = write_float_wav(tmp_path / "a.wav", signal, 48_000)
    with media.decode(path) as audio, pytest.raises(media.InvalidSamplesError, match=r"a\.wav at 12\.300 s"):
        list(audio)


@pytest.mark.parametrize(
    "options",
    [
        {"sample_rate": 0},
        {"channels": 3},
        {"start_sample": -1},
        {"chunk_samples": 0},
        {"chunk_samples": 1 << 40},
    ],
)
def test_parameters_out_of_range_are_refused_at_once(tmp_path: Path, options: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        media.decode(tmp_path / "a.wav", **options)  # type: ignore[arg-type]  # all are numbers


def test_the_summary_is_known_only_at_the_end(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", tone(1.0, 16_000), 16_000)
    with media.decode(path, chunk_samples=1_000) as audio:
        next(audio)
        with pytest.raises(RuntimeError, match="after the last chunk"):
            _ = audio.total_samples


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="POSIX signals")
def test_close_kills_even_a_stuck_process_and_wakes_the_reader(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", noise(60.0, 16_000), 16_000)
    audio = media.decode(path, chunk_samples=100)
    next(audio)
    audio._process.send_signal(signal.SIGSTOP)
    caught: list[Exception] = []

    def read() -> None:
        try:
            list(audio)
        except media.MediaError as error:
            caught.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    audio.close()
    reader.join(10)
    assert not reader.is_alive()
    assert [type(error) for error in caught] == [media.DecodeCancelledError]
    assert audio._process.returncode == -signal.SIGKILL
    audio.close()


def test_leaving_the_with_block_early_ends_the_process(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", noise(60.0, 16_000), 16_000)
    with media.decode(path, chunk_samples=100) as audio:
        next(audio)
        assert audio._process.poll() is None
    assert audio._process.returncode != 0
    with pytest.raises(media.DecodeCancelledError, match="cancelled"):
        next(audio)


def test_a_decoder_that_is_killed_is_an_error_and_not_an_end(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", noise(60.0, 16_000), 16_000)
    with media.decode(path, chunk_samples=100) as audio:
        next(audio)
        audio._process.kill()
        with pytest.raises(media.DecoderCrashedError, match=r"broke down on a\.wav"):
            list(audio)


def test_the_decoder_does_not_import_modules_from_the_working_folder(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", tone(1.0, 16_000), 16_000)
    (tmp_path / "av.py").write_text("raise SystemExit('hijacked')")
    code = "import sys; from eightcut_client import media; print(media.probe('a.wav').sample_rate)"
    root = str(Path(media.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {root!r}); {code}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout == "16000\n", done.stderr
    assert path.exists()


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    script = (
        "import sys, resource\n"
        "from eightcut_client import media\n"
        "with media.decode(sys.argv[1]) as audio:\n"
        "    for _ in audio: pass\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,"
        " resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    assert resource is not None
    root = str(Path(media.__file__).parents[2])
    peaks: list[list[int]] = []
    for minutes in (2, 40):
        path = write_media(tmp_path / f"{minutes}.flac", silence(60.0 * minutes, 16_000), 16_000)
        done = subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path.insert(0, {root!r})\n" + script, str(path)],
            capture_output=True,
            text=True,
            check=True,
            timeout=100,
        )
        peaks.append([int(value) for value in done.stdout.split()])
    # 38 minutes are 73 MB of PCM; in KiB (on macOS in bytes, where the bound is only laxer).
    for short, long in zip(*peaks, strict=True):
        assert long - short < 16 * 1024


def test_a_real_recording(shared_audio: Path) -> None:
    info = media.probe(shared_audio / "rec_scan.mp4")
    assert (info.sample_rate, info.codec, info.has_video, info.duration) == (44_100, "aac", True, 480.0)
    with media.decode(shared_audio / "rec_scan.mp4") as audio:
        total = sum(len(chunk) for chunk in audio) // 2
    assert total == audio.total_samples == pytest.approx(480 * 16_000, abs=100)
    assert audio.summary.warnings == ()


def test_a_video_without_audio_has_nothing_to_decode(tmp_path: Path) -> None:
    path = write_video_only(tmp_path / "a.mp4")
    with media.decode(path) as audio, pytest.raises(media.NoAudioTrackError, match="no audio track"):
        next(audio)

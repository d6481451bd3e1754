"""Bad files: one clear sentence each, never a hang, a crash or a silent lie."""

from __future__ import annotations

import os
import random
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from eightcut_client import media

from tests.support.media import (
    noise,
    tone,
    truncated,
    write_empty_wav,
    write_float_wav,
    write_media,
    write_video_only,
)

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX files")


def read_all(path: Path | bytes) -> media.DecodeSummary:
    with media.decode(path) as audio:
        for _ in audio:
            pass
    return audio.summary


def raises(path: Path | bytes, kind: type[media.MediaError], words: str) -> None:
    with pytest.raises(kind, match=words) as caught:
        read_all(path)
    assert type(caught.value) is kind
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    sentence.encode()


@pytest.mark.parametrize(
    "content",
    [
        b"hello, I am a text file and no media at all.\n" * 100,
        b"\x00" * 5_000,
        random.Random(1).randbytes(50_000),
        b"\x89PNG\r\n\x1a\n" + random.Random(2).randbytes(5_000),
        b"PK\x03\x04" + random.Random(3).randbytes(5_000),
        b"RIFF",
    ],
    ids=["text", "zeros", "noise", "png", "zip", "stub"],
)
@pytest.mark.parametrize("name", ["a.mp4", "a.wav", "a.mp3"])
def test_not_a_media_file(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    raises(path, media.NotMediaError, f"{name} is not an audio or video file")


def test_no_audio_track(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.mkv"):
        raises(write_video_only(tmp_path / name), media.NoAudioTrackError, f"{name} has no audio track")


def test_zero_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    raises(tmp_path / "a.wav", media.EmptyFileError, "is empty")


def test_zero_audio(tmp_path: Path) -> None:
    raises(write_empty_wav(tmp_path / "a.wav"), media.NoAudioError, "0 s long")


def test_an_audio_codec_that_nobody_knows(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", tone(1.0, 16_000), 16_000)
    data = bytearray(path.read_bytes())
    data[20:22] = b"\x34\x12"  # the format tag
    path.write_bytes(data)
    raises(path, media.UnsupportedAudioError, "a format that cannot be decoded")


def test_a_sample_rate_of_a_gigahertz(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", tone(1.0, 16_000), 16_000)
    data = bytearray(path.read_bytes())
    data[24:28] = (1_375_775_812).to_bytes(4, "little")
    path.write_bytes(data)
    raises(path, media.UnsupportedAudioError, "no possible sample rate")


def test_channels_in_no_known_layout(tmp_path: Path) -> None:
    path = write_float_wav(tmp_path / "a.wav", noise(1.0, 16_000, channels=9), 16_000)
    raises(path, media.UnsupportedAudioError, r"The 9 channels of a\.wav .* no layout")


def test_missing(tmp_path: Path) -> None:
    raises(tmp_path / "a.wav", media.MediaNotFoundError, "There is no file a.wav")
    (tmp_path / "b").touch()
    raises(tmp_path / "b" / "a.wav", media.MediaNotFoundError, "There is no file")


def test_a_folder(tmp_path: Path) -> None:
    raises(tmp_path, media.MediaUnreadableError, "is a folder")


def test_a_name_that_cannot_be(tmp_path: Path) -> None:
    raises(Path("a\0b.wav"), media.MediaUnreadableError, "cannot be read")
    raises(tmp_path / ("x" * 5_000), media.MediaUnreadableError, "cannot be read")


@posix_only
def test_no_permission(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", tone(1.0, 16_000), 16_000)
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("the superuser may read everything")
    raises(path, media.MediaUnreadableError, "permission denied")


@posix_only
def test_a_pipe_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.wav")
    raises(tmp_path / "a.wav", media.NotRegularFileError, "a pipe or a device")
    with pytest.raises(media.NotRegularFileError):
        media.digest(tmp_path / "a.wav", cache_dir=tmp_path / "cache")
    with pytest.raises(media.NotRegularFileError):
        media.probe(tmp_path / "a.wav")


@posix_only
def test_a_device_is_refused() -> None:
    for device in (b"/dev/zero", b"/dev/tty", b"/dev/null"):
        if os.path.exists(device):  # noqa: PTH110  # bytes
            raises(device, media.NotRegularFileError, "a pipe or a device")


def test_an_mp4_cut_off_before_its_index(tmp_path: Path) -> None:
    whole = write_media(tmp_path / "whole.mp4", noise(5.0, 48_000), 48_000, video=True)
    raises(truncated(whole, tmp_path / "a.mp4", 0.7), media.TruncatedMediaError, "index .'moov'. is missing")


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.mp4", {"movflags": "faststart"}),
        ("a.wav", {}),
        ("a.mkv", {}),
        ("a.flac", {}),
        ("a.mp3", {}),
        ("a.avi", {}),
    ],
)
@pytest.mark.parametrize("video", [False, True])
def test_a_file_cut_off_in_the_middle_gives_what_is_there_and_says_so(
    tmp_path: Path, name: str, options: dict[str, str], video: bool
) -> None:
    if video and name not in {"a.mp4", "a.mkv", "a.avi"}:
        pytest.skip("an audio container")
    whole = write_media(tmp_path / name, noise(10.0, 48_000), 48_000, options=options, video=video)
    assert read_all(whole).truncated_at is None
    summary = read_all(truncated(whole, tmp_path / f"cut{name}", 0.6))
    assert summary.truncated_at is not None
    assert 3.0 < summary.truncated_at < 8.0
    assert summary.truncated_at == pytest.approx(summary.total_samples / 16_000, abs=0.01)
    if name in {"a.wav", "a.avi"}:  # their headers count bytes, not time
        assert summary.missing_bytes == whole.stat().st_size - int(whole.stat().st_size * 0.6)
        assert summary.warnings[0].startswith(f"The file is cut off: {summary.missing_bytes:,} bytes")
    else:
        assert summary.declared_duration == pytest.approx(10.0, abs=0.1)
        assert summary.warnings[0].startswith("The file should have 10.0 s of audio, but ends at ")


def test_damaged_packets_are_counted_and_what_follows_keeps_its_time(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.mka", noise(10.0, 48_000, seed=3), 48_000)
    with media.decode(path) as audio:
        good = np.frombuffer(b"".join(audio), "<i2")
    data = bytearray(path.read_bytes())
    place = len(data) // 4
    data[place : place + 40_000] = random.Random(4).randbytes(40_000)
    path.write_bytes(data)
    with media.decode(path) as audio:
        damaged = np.frombuffer(b"".join(audio), "<i2")
    assert len(damaged) == len(good)
    np.testing.assert_array_equal(damaged[-8_000:], good[-8_000:])
    assert audio.summary.damaged_packets > 0 or audio.summary.silence_inserted > 0
    assert audio.summary.warnings


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def replace(path: Path) -> None:
    other = path.with_suffix(".new")
    other.write_bytes(path.read_bytes())
    other.replace(path)


def touch(path: Path) -> None:
    os.utime(path, ns=(1, 1))


@pytest.mark.parametrize(
    "change",
    [
        grow,
        touch,
        pytest.param(replace, marks=posix_only),
        pytest.param(Path.unlink, marks=posix_only),
        pytest.param(lambda path: os.truncate(path, 1_000), marks=posix_only, id="shrink"),
    ],
)
def test_a_file_that_changes_while_it_is_decoded(tmp_path: Path, change: Callable[[Path], None]) -> None:
    path = write_media(tmp_path / "a.wav", noise(120.0, 48_000), 48_000)
    # The small chunk and the full pipe hold the decoder in the middle of the file.
    with media.decode(path, chunk_samples=1_000) as audio:
        next(audio)
        change(path)
        with pytest.raises(media.FileChangedError, match=r"a\.wav changed while it was read"):
            list(audio)


def test_a_file_that_changed_since_its_digest_was_taken(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", tone(1.0, 16_000), 16_000)
    stamp = media.digest(path, cache_dir=tmp_path / "cache").stamp
    grow(path)
    with media.decode(path, expect=stamp) as audio, pytest.raises(media.FileChangedError):
        next(audio)
    with pytest.raises(media.FileChangedError):
        media.probe(path, expect=stamp)


@pytest.mark.parametrize(
    "name",
    [
        "-i.wav",
        "--help",
        "http:/",
        "file:a.wav",
        "concat:a|b.wav",
        "a:b.wav",
        "new\nline.wav",
        "'quote\" $(id) `id`.wav",
        "%03d.wav",
        "großer Hörtest 日本 🔔.wav",
        " .wav",
        b"latin\xe9\xff.wav",
    ],
)
@posix_only
def test_any_file_name_is_only_a_file_name(tmp_path: Path, name: str | bytes) -> None:
    source = write_media(tmp_path / "source.wav", tone(1.0, 16_000), 16_000)
    target = os.path.join(os.fsencode(tmp_path), os.fsencode(name))  # noqa: PTH118  # bytes
    if name == "http:/":
        target = os.path.join(os.fsencode(tmp_path), b"http:", b"host")  # noqa: PTH118
        os.mkdir(os.path.dirname(target))  # noqa: PTH102, PTH120
    try:
        os.rename(source, target)  # noqa: PTH104  # bytes
    except OSError:
        pytest.skip("this file system does not take the name")
    assert media.probe(target).sample_rate == 16_000
    assert read_all(target).total_samples == 16_000
    assert media.digest(target, cache_dir=tmp_path / "cache").sha256
    # The same relative to the current folder, where a leading dash or a scheme could bite.
    before = Path.cwd()
    os.chdir(tmp_path)
    try:
        assert read_all(os.path.relpath(target, os.fsencode(tmp_path))).total_samples == 16_000
    finally:
        os.chdir(before)
    with open(target, "wb") as file:  # noqa: PTH123  # bytes
        file.write(b"no media" * 100)
    raises(target, media.NotMediaError, "is not an audio or video file")


def test_many_decoders_at_once(tmp_path: Path) -> None:
    path = write_media(tmp_path / "a.wav", tone(1.0, 16_000), 16_000)
    totals: list[int] = []
    threads = [threading.Thread(target=lambda: totals.append(read_all(path).total_samples)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert totals == [16_000] * 4

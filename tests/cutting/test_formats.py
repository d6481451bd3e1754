"""Every format: the right codec, and exactly as long as asked for."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from eightcut_client.cutting import Ffmpeg
from eightcut_client.cutting.options import AUDIO_FORMATS
from eightcut_client.media import decode

from tests.cutting.conftest import Cut
from tests.cutting.numbered import RATE, best_lag, read_sound, sound, write_numbered
from tests.support.media import Signal, noise, write_media

CODECS = {"wav": "pcm_s16le", "flac": "flac", "mp3": "mp3", "m4a": "aac", "ogg": "vorbis", "opus": "opus"}


def test_mp4_is_h264_with_pcm(numbered: Path, cut: Cut) -> None:
    clip = cut(numbered, 2.0, 3.0)
    with av.open(str(clip)) as container:
        picture, heard = container.streams.video[0], container.streams.audio[0]
        assert picture.codec_context.name == "h264"
        assert picture.codec_context.pix_fmt == "yuv420p"
        assert heard.codec_context.name == "pcm_s16le"
        assert (picture.start_time, heard.start_time) == (0, 0)
        assert picture.duration * picture.time_base == 3
        assert heard.duration * heard.time_base == 3
        assert not container.metadata.get("title")
    # The index comes first, so that a clip can be played while it is read from a server.
    data = clip.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_webp_is_a_folder_of_images_and_a_wav(numbered: Path, cut: Cut) -> None:
    folder = cut(numbered, 2.0, 1.0, format="webp")
    names = sorted(image.name for image in folder.iterdir())
    assert names == [f"frame_{number:04d}.webp" for number in range(1, 26)]
    for name in (names[0], names[-1]):
        data = (folder / name).read_bytes()
        assert (data[:4], data[8:12]) == (b"RIFF", b"WEBP")
    assert len(read_sound(folder.with_name("clip.wav"))) == RATE


@pytest.mark.parametrize("duration", [0.1, 1.0, 2.34567])
@pytest.mark.parametrize("kind", AUDIO_FORMATS)
def test_exact_length(numbered: Path, cut: Cut, ffmpeg: Ffmpeg, kind: str, duration: float) -> None:
    clip = cut(numbered, 1.5, duration, format=kind)
    with av.open(str(clip)) as container:
        assert container.streams.audio[0].codec_context.codec.canonical_name == CODECS[kind]
        assert not container.streams.video
    assert decoded_samples(ffmpeg, clip) == round(duration * RATE)


def test_flac_has_whole_blocks_wherever_it_begins(tmp_path: Path, cut: Cut, ffmpeg: Ffmpeg) -> None:
    source = write_media(tmp_path / "source.mov", noise(3, 48_000), 48_000, codec="pcm_s16le")
    for before in range(1, 20, 6):
        # In the source a frame of 1,024 samples ends so many samples after the clip begins.
        clip = cut(source, (40 * 1024 - before) / 48_000, 1.0, format="flac", name=f"clip{before}")
        assert struct.unpack_from(">HH", clip.read_bytes(), 8) == (4096, 4096)
        assert decoded_samples(ffmpeg, clip) == 48_000


def decoded_samples(ffmpeg: Ffmpeg, path: Path) -> int:
    """By ffmpeg: PyAV's older decoder does not cut the last packet of an M4A as its edit list says."""
    command = [str(ffmpeg.path), "-v", "error", "-i", str(path), "-ac", "1", "-f", "s16le", "-"]
    return len(subprocess.run(command, check=True, capture_output=True).stdout) // 2


@pytest.mark.parametrize(("rate", "channels"), [(44_100, 2), (22_050, 1), (96_000, 2), (48_000, 6)])
def test_rates_and_channels(tmp_path: Path, cut: Cut, ffmpeg: Ffmpeg, rate: int, channels: int) -> None:
    signal = noise(3, rate, channels=channels)
    source = write_media(tmp_path / "source.mkv", signal, rate, video=True)
    for kind in (*AUDIO_FORMATS, "mp4"):
        check_sound(cut(source, 0.5, 2.0, format=kind), kind, signal, rate, ffmpeg)


def check_sound(clip: Path, kind: str, signal: Signal, rate: int, ffmpeg: Ffmpeg) -> None:
    channels = signal.shape[1]
    with av.open(str(clip)) as container:
        stream = container.streams.audio[0]
        written = stream.codec_context.sample_rate
        lossless = kind in ("mp4", "wav", "flac")
        assert stream.codec_context.channels == (channels if lossless else min(channels, 2))
    if lossless:
        assert written == rate
        expected = np.round(np.clip(signal, -1, 1) * 32767)[rate // 2 : rate // 2 + 2 * rate]
        assert np.abs(read_sound(clip) - expected).max() <= 2
    assert decoded_samples(ffmpeg, clip) == 2 * written


def test_opus_is_always_48_khz(tmp_path: Path, cut: Cut) -> None:
    source = write_media(tmp_path / "source.wav", noise(3, 44_100), 44_100)
    with av.open(str(cut(source, 0.0, 1.0, format="opus"))) as container:
        assert container.streams.audio[0].codec_context.sample_rate == 48_000


@pytest.mark.parametrize(
    "suffix", [".mp3", ".ogg", ".opus", ".m4a", ".flac", ".aac", ".wav", ".mp4", ".ts", ".mkv", ".mpg"]
)
def test_a_cut_is_where_the_decoder_of_the_client_hears_it(tmp_path: Path, cut: Cut, suffix: str) -> None:
    pictures = suffix in (".mp4", ".ts", ".mkv")
    source = write_media(tmp_path / f"source{suffix}", noise(12, RATE), RATE, video=pictures)
    with decode(source, sample_rate=RATE) as audio:
        reference = np.frombuffer(b"".join(audio), np.int16).astype(float)
    for start in (0.3, 8.7):
        found = read_sound(cut(source, start, 2.0, format="wav"))[:, 0].astype(float)
        assert len(found) == 2 * RATE
        assert best_lag(found[:RATE], reference, round(start * RATE), 2000) == 0


def test_the_default_track_of_several_is_taken(tmp_path: Path, cut: Cut) -> None:
    source = write_numbered(tmp_path / "source.mkv", tracks=3, seconds=4)
    assert np.array_equal(read_sound(cut(source, 1.0, 2.0)), sound(4)[RATE : 3 * RATE])


def test_a_cover_picture_is_no_video(tmp_path: Path, cut: Cut, ffmpeg: Ffmpeg) -> None:
    source = write_media(tmp_path / "source.mp3", noise(3, RATE), RATE)
    covered = tmp_path / "covered.mp3"
    cover = ["-f", "lavfi", "-i", "color=red:size=64x64:rate=1:duration=1", "-map", "0", "-map", "1"]
    command = [str(ffmpeg.path), "-v", "error", "-i", str(source), *cover, "-c:a", "copy", "-c:v", "mjpeg"]
    subprocess.run([*command, "-disposition:v", "attached_pic", str(covered)], check=True)
    assert len(read_sound(cut(covered, 0.5, 1.0, format="wav"))) == RATE
    with pytest.raises(Exception, match="no moving picture; choose an audio format"):
        cut(covered, 0.5, 1.0)

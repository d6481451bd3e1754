"""Real media files for tests, made with numpy and PyAV.

Signals are ``float32`` arrays of shape ``[samples, channels]``, full scale ±1::

    signal = clicks([1.0, 4.5], duration=8, rate=48_000, channels=2)
    write_media(tmp_path / "a.mp4", signal, 48_000, video=True, audio_start=0.5)

The container is chosen by the file's suffix, the codec by `DEFAULT_CODECS` unless given.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import numpy.typing as npt
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream

Signal = npt.NDArray[np.float32]

#: Audio codec by suffix; the first ones are lossless or nearly so.
DEFAULT_CODECS = {
    ".wav": "pcm_s16le",
    ".w64": "pcm_s16le",
    ".caf": "pcm_s16le",
    ".aiff": "pcm_s16be",
    ".au": "pcm_s16be",
    ".mov": "pcm_s16le",
    ".avi": "pcm_s16le",
    ".flac": "flac",
    ".mkv": "flac",
    ".mka": "flac",
    ".ogg": "flac",
    ".opus": "libopus",
    ".webm": "libopus",
    ".mp3": "libmp3lame",
    ".mp4": "aac",
    ".m4a": "aac",
    ".aac": "aac",
    ".ts": "aac",
    ".flv": "aac",
    ".mpg": "mp2",
    ".ac3": "ac3",
}
_CONTAINERS = {".m4a": "ipod", ".mka": "matroska", ".aac": "adts", ".ts": "mpegts", ".mpg": "mpeg"}
_LAYOUTS = {1: "mono", 2: "stereo", 3: "2.1", 4: "quad", 5: "5.0", 6: "5.1", 7: "6.1", 8: "7.1"}
_FRAME_RATE = 10
_BLOCK = 1024


def tone(duration: float, rate: int, *, channels: int = 1, frequency: float = 440.0, amplitude: float = 0.5) -> Signal:
    """Make a sine, the same in all channels."""
    time = np.arange(round(duration * rate)) / rate
    return _spread(amplitude * np.sin(2 * np.pi * frequency * time), channels)


def noise(duration: float, rate: int, *, channels: int = 1, amplitude: float = 0.3, seed: int = 0) -> Signal:
    """Make uniform white noise, different in every channel, the same for the same seed."""
    generator = np.random.default_rng(seed)
    values = generator.uniform(-amplitude, amplitude, (round(duration * rate), channels))
    return values.astype(np.float32)


def silence(duration: float, rate: int, *, channels: int = 1) -> Signal:
    """Make digital silence."""
    return np.zeros((round(duration * rate), channels), np.float32)


def clicks(times: Iterable[float], duration: float, rate: int, *, channels: int = 1, length: float = 0.02) -> Signal:
    """Make silence with a short 1 kHz burst at each of ``times``: marks to measure time by.

    Find them again with `onsets`.
    """
    signal = silence(duration, rate)
    burst = tone(length, rate, frequency=1000.0, amplitude=0.8)[:, 0]
    for time in times:
        start = round(time * rate)
        signal[start : start + len(burst), 0] = burst[: max(len(signal) - start, 0)]
    return _spread(signal[:, 0], channels)


def onsets(pcm: npt.NDArray[Any], rate: int, *, threshold: float = 0.2, apart: float = 0.1) -> list[float]:
    """Return the times, in seconds, at which sound begins in mono int16 PCM."""
    loud = np.flatnonzero(np.abs(pcm.astype(np.float64)) > threshold * 32767)
    if len(loud) == 0:
        return []
    first = np.concatenate(([True], np.diff(loud) > apart * rate))
    return [float(index) / rate for index in loud[first]]


def write_media(
    path: Path,
    signal: Signal,
    rate: int,
    *,
    codec: str | None = None,
    container: str | None = None,
    video: bool = False,
    video_duration: float | None = None,
    audio_start: float = 0.0,
    gaps: Iterable[tuple[float, float]] = (),
    sample_format: str | None = None,
    options: dict[str, str] | None = None,
) -> Path:
    """Encode a signal into a media file.

    Args:
        path: The file; its suffix chooses container and codec.
        signal: ``[samples, channels]``; 1 to 8 channels.
        rate: Of the signal and of the track, Hz.
        codec: Another audio codec than the suffix's.
        container: Another container than the suffix's (FFmpeg's muxer name).
        video: Add a small MPEG-4 video track from time 0.
        video_duration: Of the video, seconds; default: to the end of the audio.
        audio_start: Timestamp of the first sample, seconds.
        gaps: (at, length): after ``at`` seconds of signal the timestamps jump ahead by ``length`` seconds.
        sample_format: FFmpeg's name of the encoder's input format, if it takes several.
        options: For the muxer, e.g. ``{"movflags": "faststart"}``.

    Returns:
        ``path``.
    """
    codec = codec or DEFAULT_CODECS[path.suffix]
    container = container or _CONTAINERS.get(path.suffix)
    with av.open(path, "w", format=container, options=options or {}) as output:
        audio = cast(AudioStream, output.add_stream(codec, rate=rate))
        audio.codec_context.layout = _LAYOUTS[signal.shape[1]]
        if sample_format is not None:
            audio.codec_context.format = sample_format
        packets: list[Packet[Any]] = []
        if video:
            length = video_duration if video_duration is not None else audio_start + len(signal) / rate
            picture = _add_video(output)
            packets += _encode_video(picture, length)
        packets += _encode_audio(audio, signal, rate, audio_start, list(gaps))
        # By time, as a recorder would have written them.
        for packet in sorted(packets, key=_seconds):
            output.mux(packet)
    return path


def write_video_only(path: Path, duration: float = 1.0) -> Path:
    """Write a video without an audio track."""
    with av.open(path, "w", format=_CONTAINERS.get(path.suffix)) as output:
        output.mux(_encode_video(_add_video(output), duration))
    return path


def write_float_wav(path: Path, signal: npt.NDArray[Any], rate: int) -> Path:
    """Write a WAV of 32- or 64-bit floats (by the array's type), NaN and infinity included."""
    bits = signal.dtype.itemsize * 8
    channels = signal.shape[1]
    data = signal.astype(f"<f{bits // 8}").tobytes()
    head = struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + len(data),
        b"WAVE",
        b"fmt ",
        16,
        3,  # WAVE_FORMAT_IEEE_FLOAT
        channels,
        rate,
        rate * channels * bits // 8,
        channels * bits // 8,
        bits,
        b"data",
        len(data),
    )
    path.write_bytes(head + data)
    return path


def write_empty_wav(path: Path, rate: int = 16_000) -> Path:
    """Write a correct WAV of 0 samples."""
    return write_float_wav(path, np.zeros((0, 1), np.float32), rate)


def truncated(path: Path, target: Path, keep: float) -> Path:
    """Copy the first ``keep`` (0 to 1) of a file's bytes to ``target``."""
    data = path.read_bytes()
    target.write_bytes(data[: int(len(data) * keep)])
    return target


def _spread(mono: npt.NDArray[Any], channels: int) -> Signal:
    return np.repeat(mono.astype(np.float32)[:, None], channels, axis=1)


def _seconds(packet: Packet[Any]) -> float:
    stamp = packet.dts if packet.dts is not None else packet.pts
    return float((stamp or 0) * packet.time_base)


def _add_video(output: OutputContainer) -> VideoStream:
    stream = output.add_stream("mpeg4", rate=_FRAME_RATE)
    stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
    return stream


def _encode_video(stream: VideoStream, duration: float) -> list[Packet[Any]]:
    packets: list[Packet[Any]] = []
    for index in range(max(1, round(duration * _FRAME_RATE))):
        image = np.full((48, 64, 3), index * 7 % 256, np.uint8)
        frame = av.VideoFrame.from_ndarray(image, format="rgb24")
        frame.pts, frame.time_base = index, Fraction(1, _FRAME_RATE)
        packets += stream.encode(frame)
    return packets + stream.encode(None)


def _encode_audio(
    stream: AudioStream, signal: Signal, rate: int, start: float, gaps: list[tuple[float, float]]
) -> list[Packet[Any]]:
    context = stream.codec_context
    context.time_base = Fraction(1, rate)
    context.open()
    size = context.frame_size or _BLOCK
    resampler = av.AudioResampler(context.format.name, context.layout.name, rate)
    packets: list[Packet[Any]] = []
    for begin in range(0, len(signal), size):
        block = np.ascontiguousarray(signal[begin : begin + size])
        frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="flt", layout=_LAYOUTS[signal.shape[1]])
        frame.sample_rate = rate
        ahead = sum(length for at, length in gaps if begin / rate >= at)
        for converted in resampler.resample(frame):
            converted.pts = begin + round((start + ahead) * rate)
            converted.time_base = Fraction(1, rate)
            packets += stream.encode(converted)
    return packets + stream.encode(None)

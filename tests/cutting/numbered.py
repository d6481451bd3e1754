"""Videos that tell the time: every picture carries its number, and the sound is known noise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import numpy.typing as npt
from av.packet import Packet
from av.video.stream import VideoStream

from tests.support.media import noise

BITS = 10
WIDTH, HEIGHT = 16 * BITS, 96
RATE = 48_000

Samples = npt.NDArray[np.int16]


def sound(duration: float, channels: int = 1, rate: int = RATE) -> Samples:
    """Noise, ``[samples, channels]``; the same every time."""
    return np.round(noise(duration, rate, channels=channels) * 32767).astype(np.int16)


def picture(number: int, width: int = WIDTH, height: int = HEIGHT) -> npt.NDArray[np.uint8]:
    """Ten bars, white for a one and black for a zero, the highest bit first."""
    bits = [(number >> (BITS - 1 - bit)) & 1 for bit in range(BITS)]
    edges = [round(index * width / BITS) for index in range(BITS + 1)]
    image = np.zeros((height, width, 3), np.uint8)
    for bit, begin, end in zip(bits, edges, edges[1:], strict=False):
        image[:, begin:end] = 235 * bit
    return image


def number_of(image: npt.NDArray[np.uint8]) -> int:
    """What `picture` wrote, at any size."""
    width = image.shape[1]
    number = 0
    for bit in range(BITS):
        begin, end = (bit + 0.3) * width / BITS, (bit + 0.7) * width / BITS
        number = number * 2 + int(image[:, int(begin) : max(int(end), int(begin) + 1)].mean() > 117)
    return number


def write_numbered(
    path: Path,
    *,
    seconds: float = 12.0,
    fps: Fraction | int = 25,
    times: Sequence[float] | None = None,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    codec: str = "libx264",
    audio: str | None = "flac",
    channels: int = 1,
    samples: Samples | None = None,
    audio_start: float = 0.0,
    shift: float = 0.0,
    rotation: int = 0,
    shape: Fraction | None = None,
    tracks: int = 1,
    container: str | None = None,
    options: dict[str, str] | None = None,
    gop: int | None = None,
) -> Path:
    """Write a video.

    Args:
        path: Its suffix chooses the container.
        seconds: Of pictures.
        fps: Pictures a second.
        times: When each picture is shown; default: evenly.
        size: Width and height.
        codec: Of the picture.
        audio: Codec; None: no sound.
        channels: Of the sound.
        samples: Default: noise of the same length as the pictures.
        audio_start: Timestamp of the first sample.
        shift: Added to all timestamps.
        rotation: Degrees by which players turn it.
        shape: Of a pixel.
        tracks: How many times the sound is there; the last is the default, the others are silent.
        container: ffmpeg's name.
        options: Of the muxer.
        gop: Pictures from one key frame to the next.
    """
    samples = sound(seconds, channels) if samples is None else samples
    fps = Fraction(fps)
    if times is None:
        times = [float(index / fps) for index in range(round(seconds * fps))]
    with av.open(str(path), "w", format=container, options=options or {}) as output:
        coding = {**_GOP.get(codec, {}), **({"g": str(gop)} if gop is not None else {})}
        video = cast(VideoStream, output.add_stream(codec, rate=fps, options=coding))
        video.width, video.height, video.pix_fmt = *size, "yuv420p"
        base = Fraction(1, 90_000) if codec == "libx264" else 1 / fps
        video.codec_context.time_base = base
        if shape is not None:
            video.sample_aspect_ratio = shape
        if rotation:
            video.set_display_rotation(rotation)
        sounds = [output.add_stream(audio, rate=RATE) for _ in range(tracks)] if audio else []
        packets: list[Packet[Any]] = []
        for index, time in enumerate(times):
            frame = av.VideoFrame.from_ndarray(picture(index, *size), format="rgb24")
            frame.pts, frame.time_base = round((time + shift) / base), base
            packets += video.encode(frame)
        packets += video.encode(None)
        for track, stream in enumerate(sounds):
            heard = samples if track == tracks - 1 else np.zeros_like(samples)
            if tracks > 1:
                stream.disposition = av.stream.Disposition.default if track == tracks - 1 else 0
            packets += list(_encode(stream, heard, audio_start + shift))
        for packet in sorted(packets, key=lambda packet: float((packet.dts or 0) * packet.time_base)):
            output.mux(packet)
    return path


_GOP = {"libx264": {"g": "50", "bf": "3", "preset": "veryfast", "crf": "20"}, "mpeg4": {"g": "12", "b": "2M"}}


def _encode(stream: Any, samples: Samples, start: float) -> Iterable[Packet[Any]]:
    channels = samples.shape[1]
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    stream.codec_context.layout = layout
    if stream.codec_context.name == "flac":
        stream.codec_context.format = "s16"
    stream.codec_context.time_base = Fraction(1, RATE)
    stream.codec_context.open()
    size = stream.codec_context.frame_size or 1024
    resampler = av.AudioResampler(stream.codec_context.format.name, layout, RATE)
    for begin in range(0, len(samples), size):
        block = np.ascontiguousarray(samples[begin : begin + size]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(block, format="s16", layout=layout)
        frame.sample_rate = RATE
        for converted in resampler.resample(frame):
            converted.pts, converted.time_base = begin + round(start * RATE), Fraction(1, RATE)
            yield from stream.encode(converted)
    yield from stream.encode(None)


def read_numbers(path: Path) -> list[int]:
    """The numbers of all pictures of a clip, in the order in which they are shown."""
    with av.open(str(path)) as container:
        return [number_of(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]


def read_images(path: Path) -> list[npt.NDArray[np.uint8]]:
    """All pictures."""
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def read_sound(path: Path) -> Samples:
    """All samples, ``[samples, channels]``, as s16."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler("s16", stream.codec_context.layout.name, stream.codec_context.sample_rate)
        blocks = [
            converted.to_ndarray().reshape(-1, stream.codec_context.channels)
            for frame in (*container.decode(audio=0), None)
            for converted in resampler.resample(frame)
        ]
    return np.concatenate(blocks).astype(np.int16)


def best_lag(found: npt.NDArray[np.float64], reference: npt.NDArray[np.float64], at: int, reach: int) -> int:
    """By how many samples ``found`` lies later in ``reference`` than ``at``."""
    begin = max(at - reach, 0)
    window = reference[begin : at + reach + len(found)]
    size = 1 << (len(window) + len(found)).bit_length()
    scores = np.fft.irfft(np.fft.rfft(window, size) * np.conj(np.fft.rfft(found, size)), size)
    return int(scores[: len(window) - len(found) + 1].argmax()) + begin - at

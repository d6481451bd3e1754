"""Chunks of audio as they travel, to samples."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable

import av
import numpy as np
import numpy.typing as npt
from av.audio.codeccontext import AudioCodecContext
from av.audio.frame import AudioFrame
from eightcut.inference.v1 import stream_pb2
from eightcut_runtime import InvalidArgument

Samples = npt.NDArray[np.int16]
Decode = Callable[[bytes, int], Samples]
"""Decodes one chunk at a sample rate; blocks; raises InvalidArgument BAD_AUDIO."""

# A few bytes of FLAC can stand for hours of silence: a chunk may not hold more than this.
MAX_CHUNK_SAMPLES = 1 << 22


def decoder_of(encoding: stream_pb2.AudioEncoding.ValueType) -> Decode:
    """The function that decodes chunks of an encoding of the API."""
    return decode_flac if encoding == stream_pb2.AUDIO_ENCODING_FLAC else decode_pcm


def decode_pcm(data: bytes, sample_rate: int) -> Samples:  # noqa: ARG001 - PCM does not say its rate
    """A view of signed 16-bit little-endian samples ``[n]``; a chunk holds whole samples.

    Raises:
        InvalidArgument: BAD_AUDIO, half a sample is left over.
    """
    if len(data) % 2:
        raise bad_audio("A chunk of audio holds an odd number of bytes; its samples have two each.")
    return np.frombuffer(data, dtype="<i2")


def decode_flac(data: bytes, sample_rate: int) -> Samples:
    """Samples ``[n]`` of a chunk that is one complete FLAC stream, mono, 16 bits.

    Raises:
        InvalidArgument: BAD_AUDIO, it is none, or of another rate or number of channels or bits.
    """
    try:
        # The format is named, so FFmpeg does not guess: nothing but FLAC is ever parsed here.
        with av.open(io.BytesIO(data), mode="r", format="flac") as container:
            stream = container.streams.audio[0]
            if not _is_as_agreed(stream.codec_context, sample_rate):
                raise bad_audio(f"FLAC audio must be mono with 16 bits at {sample_rate} Hz.")
            # The number of samples stands in the stream's head; FFmpeg gives it in samples.
            return _gather((_one_row(frame) for frame in container.decode(stream)), stream.duration)
    except (av.error.FFmpegError, IndexError, ValueError) as error:
        raise bad_audio("A chunk of audio is not a complete FLAC stream.") from error


def bad_audio(message: str) -> InvalidArgument:
    """The error for audio that cannot be used."""
    return InvalidArgument(message, reason="BAD_AUDIO")


def _is_as_agreed(context: AudioCodecContext, sample_rate: int) -> bool:
    # Of a file without a whole head nothing is known: then PyAV gives no format, whatever its stubs say.
    form: object = context.format
    name = getattr(form, "name", None)
    return (context.sample_rate, context.layout.nb_channels, name) == (sample_rate, 1, "s16")


def _one_row(frame: AudioFrame) -> Samples:
    # A FLAC frame may change its format in mid stream.
    if frame.format.name != "s16" or frame.layout.nb_channels != 1:
        raise bad_audio("FLAC audio must be mono with 16 bits throughout.")
    return np.asarray(frame.to_ndarray().reshape(-1), dtype=np.int16)


def _gather(frames: Iterable[Samples], declared: int | None) -> Samples:
    found: list[Samples] = []
    count = 0
    for frame in frames:
        found.append(frame)
        count += len(frame)
        if count > MAX_CHUNK_SAMPLES:
            raise bad_audio(f"A chunk of audio holds more than {MAX_CHUNK_SAMPLES} samples.")
    if not found or (declared and declared != count):
        raise bad_audio("A chunk of audio is not a complete FLAC stream.")
    return np.concatenate(found)

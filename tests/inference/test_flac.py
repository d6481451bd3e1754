"""Uploads in FLAC: every chunk is a stream of its own."""

from __future__ import annotations

import io
from typing import Any, cast

import av
import grpc
import numpy as np
import pytest
from av.audio.stream import AudioStream
from eightcut.inference.v1 import stream_pb2
from eightcut_inference.recording.decoding import MAX_CHUNK_SAMPLES, decode_flac
from eightcut_runtime import InvalidArgument

from tests.inference.clients import Pcm, Stream, noise, reason, source
from tests.inference.fakes import expected_vectors
from tests.inference.test_embed import read_track


def flac(pcm: Any, rate: int = 16_000, layout: str = "mono", form: str = "s16") -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="flac") as output:
        stream = cast(AudioStream, output.add_stream("flac", rate=rate))
        stream.codec_context.layout = layout
        stream.codec_context.format = form
        frame = av.AudioFrame.from_ndarray(np.asarray(pcm).reshape(1, -1), format=form, layout=layout)
        frame.sample_rate = rate
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return buffer.getvalue()


def upload(channel: grpc.Channel) -> Stream:
    config = stream_pb2.EmbedConfig(source=source(upload=stream_pb2.AUDIO_ENCODING_FLAC), embedder="PROBE")
    stream = Stream(channel, config)
    stream.accepted()
    return stream


def send(stream: Stream, pcm: Pcm, chunk: int = 50_000) -> None:
    for begin in range(0, len(pcm), chunk):
        data = flac(pcm[begin : begin + chunk])
        stream.send(audio=stream_pb2.AudioChunk(first_sample=begin, data=data))
    stream.end(len(pcm))


def test_flac_gives_the_same_track_as_pcm(channel: grpc.Channel) -> None:
    pcm = noise(15.5)
    stream = upload(channel)
    send(stream, pcm)
    assert stream.finish().sample_count == len(pcm)
    np.testing.assert_array_equal(read_track(channel), expected_vectors(pcm))


@pytest.mark.parametrize(
    "data",
    [
        b"no flac at all",
        flac(noise(1))[:-700],
        flac(noise(1))[:60],
        flac(noise(1), rate=44_100),
        flac(np.repeat(noise(1), 2), layout="stereo"),
        flac(noise(1).astype(np.int32) << 16, form="s32"),
        b"#EXTM3U\nfile:///etc/passwd\n",
    ],
    ids=["noise", "cut", "head", "rate", "stereo", "24 bits", "playlist"],
)
def test_what_is_no_mono_flac_of_16_bits_at_16_khz_is_bad_audio(channel: grpc.Channel, data: bytes) -> None:
    stream = upload(channel)
    stream.send(audio=stream_pb2.AudioChunk(first_sample=0, data=data))
    assert reason(stream.error()) == (grpc.StatusCode.INVALID_ARGUMENT, "BAD_AUDIO")


def test_a_few_bytes_cannot_stand_for_hours() -> None:
    data = flac(np.zeros(MAX_CHUNK_SAMPLES + 4096, np.int16))
    assert len(data) < 65_536
    with pytest.raises(InvalidArgument):
        decode_flac(data, 16_000)

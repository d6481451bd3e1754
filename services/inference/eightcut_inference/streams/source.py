"""Where a stream's audio comes from: its client, or a file that the server reads."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Protocol

from eightcut.inference.v1 import stream_pb2
from eightcut_client.media import DecodedAudio, FileStamp, MediaError, decode
from eightcut_runtime import Unavailable

from eightcut_inference.cancellation import taken
from eightcut_inference.media_roots import media_error
from eightcut_inference.parts import Parts
from eightcut_inference.recording import Chunk, Intake
from eightcut_inference.recording.decoding import Decode, decode_pcm, decoder_of


class AudioSource(Protocol):
    """Brings audio into an intake."""

    decode: Decode
    uploads: bool
    """The client has to send the audio."""

    async def check(self) -> None:
        """Raises what would keep `feed` from working."""

    async def feed(self, intake: Intake, first_sample: int, sample_rate: int) -> None:
        """Brings the audio from a sample on, and its end; an uploading client does that itself."""


class UploadSource:
    """The client sends the audio; the reader of its messages puts it into the intake.

    Args:
        encoding: Of its chunks.
        intake: Of the stream.
    """

    uploads = True

    def __init__(self, encoding: stream_pb2.AudioEncoding.ValueType, intake: Intake) -> None:
        self.decode = decoder_of(encoding)
        self._intake = intake

    async def check(self) -> None:
        """Raises `Unavailable` when the client has closed its side and can send nothing."""
        if self._intake.half_closed:
            raise Unavailable(
                "The upload that this stream was following broke off: open the stream again.", retry_after=0.2
            )

    async def feed(self, intake: Intake, first_sample: int, sample_rate: int) -> None:
        """Nothing to do."""


class ServerSource:
    """A file under one of the server's media roots, decoded in a process of its own.

    Args:
        parts: What all streams share.
        source: What the client said of it.
    """

    uploads = False

    def __init__(self, parts: Parts, source: stream_pb2.MediaSource) -> None:
        self.decode: Decode = decode_pcm
        self._parts = parts
        self._threads = parts.threads
        self._source = source
        self._found: tuple[Path, FileStamp] | None = None

    async def check(self) -> None:
        """Finds the file and verifies its digest; raises as `MediaRoots.open`."""
        if self._found is None:
            self._found = await self._threads.run(self._parts.roots.open, self._source.server_path, self._source.media)

    async def feed(self, intake: Intake, first_sample: int, sample_rate: int) -> None:
        """Decodes the file into the intake; raises INVALID_ARGUMENT BAD_AUDIO, or ABORTED when it changed meanwhile."""
        await self.check()
        assert self._found is not None
        path, stamp = self._found
        start = partial(decode, path, sample_rate=sample_rate, start_sample=first_sample, expect=stamp)
        decoding = await taken(self._threads.run(start), DecodedAudio.close)
        try:
            position = first_sample
            chunks = iter(decoding)
            while (data := await self._threads.run(_next, chunks)) is not None:
                await intake.put(Chunk(position, data))
                position += len(data) // 2
            await intake.finish(decoding.total_samples)
        except MediaError as error:
            raise media_error(error) from error
        finally:
            await self._parts.closings.run(self._threads.run(decoding.close))


def _next(chunks: Iterator[bytes]) -> bytes | None:
    return next(chunks, None)

"""The requests of one upload stream: the config, then audio from where the server asks for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from eightcut.inference.v1 import stream_pb2

from eightcut_client.media import DecodedAudio, DecodeSummary, FileStamp, MediaError, decode
from eightcut_client.media.files import changed
from eightcut_client.media.read_ahead import ReadAhead
from eightcut_client.register import LocalMedia

RequestT = TypeVar("RequestT")
MessageT_co = TypeVar("MessageT_co", covariant=True)


class Messages(Protocol[MessageT_co]):
    """Makes the stream's messages."""

    def config(self) -> MessageT_co:
        """Return the first message."""

    def audio(self, chunk: stream_pb2.AudioChunk) -> MessageT_co:
        """Wrap a chunk."""

    def end(self, sample_count: int) -> MessageT_co:
        """Return the message after the last chunk."""


class AudioSource(Generic[RequestT]):
    """Feeds one call.

    gRPC pulls `requests` in a thread of its own, one message at a time, as fast as the server reads; meanwhile the
    decoder goes on by a bounded number of chunks (see `ReadAhead`). The caller's thread tells what is wanted and
    ends it.

    Before a chunk is handed out, the file is looked at once more: what was read before it changed is still what
    its digest stands for, and nothing that was read later is sent.

    Attributes:
        error: What ended the requests early; None if nothing did.
        summary: What decoding to the end has found; None until then.
        on_error: Called, in gRPC's thread, after ``error`` was set.
    """

    def __init__(self, local: LocalMedia, messages: Messages[RequestT], chunk_samples: int) -> None:
        self._local = local
        self._messages = messages
        self._chunk_samples = chunk_samples
        self._changed = threading.Condition()
        self._wanted: int | None = None
        self._turn = 0
        self._closed = False
        self._reading: ReadAhead | None = None
        self.error: BaseException | None = None
        self.summary: DecodeSummary | None = None
        self.on_error: Callable[[], object] = _nothing

    @property
    def sending(self) -> bool:
        """Whether audio is wanted and not all of it is sent."""
        with self._changed:
            return self._wanted is not None

    def want(self, first_sample: int | None) -> None:
        """Send from this sample on, whatever was being sent; None stops sending."""
        with self._changed:
            self._wanted = first_sample
            self._turn += 1
            self._stop_decoder()
            self._changed.notify_all()

    def close(self) -> None:
        """End the requests and the decoder at once. Idempotent, from any thread."""
        with self._changed:
            self._closed = True
            self._stop_decoder()
            self._changed.notify_all()

    def requests(self) -> Iterator[RequestT]:
        """Yield the messages; runs in gRPC's thread."""
        try:
            yield self._messages.config()
            while (order := self._next_order()) is not None:
                yield from self._send(*order)
        except GeneratorExit:
            raise
        except BaseException as error:  # noqa: BLE001  handed to the caller's thread, which raises it
            if not self._closed:
                self.error = error
                self.on_error()

    def _next_order(self) -> tuple[int, int] | None:
        """Wait for a sample to send from; None when it is over."""
        with self._changed:
            while self._wanted is None and not self._closed:
                self._changed.wait()
            return None if self._closed or self._wanted is None else (self._turn, self._wanted)

    def _send(self, turn: int, first_sample: int) -> Iterator[RequestT]:
        local = self._local
        audio = decode(local.path, start_sample=first_sample, chunk_samples=self._chunk_samples, expect=local.stamp)
        with ReadAhead(audio) as chunks:
            if not self._use(chunks, turn):
                return
            sample = first_sample
            try:
                for chunk in chunks:
                    self._verify()
                    if self._turn != turn or self._closed:
                        return
                    yield self._messages.audio(stream_pb2.AudioChunk(first_sample=sample, data=chunk))
                    sample += len(chunk) // 2
            except MediaError:
                if self._turn != turn or self._closed:
                    return  # The decoder was stopped by `want` or `close`.
                raise
            self._verify()
            if self._all_sent(turn, audio):
                yield self._messages.end(audio.total_samples)

    def _use(self, chunks: ReadAhead, turn: int) -> bool:
        with self._changed:
            if self._turn != turn or self._closed:
                return False
            self._reading = chunks
            return True

    def _all_sent(self, turn: int, audio: DecodedAudio) -> bool:
        with self._changed:
            if self._turn != turn or self._closed:
                return False
            self._wanted = None
            self._reading = None
            self.summary = audio.summary
            return True

    def _verify(self) -> None:
        try:
            same = FileStamp.of(self._local.path) == self._local.stamp
        except MediaError as error:
            raise changed(self._local.path) from error
        if not same:
            raise changed(self._local.path)

    def _stop_decoder(self) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.close()


def _nothing() -> None:
    return None

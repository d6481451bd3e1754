"""The client's side of the protocol that Embed and Scan share (see inference_service.proto)."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

import grpc
from eightcut.inference.v1 import stream_pb2
from eightcut.store.v1 import media_pb2

from eightcut_client.audio_source import AudioSource
from eightcut_client.backoff import Backoff
from eightcut_client.cancellation import Cancellation
from eightcut_client.connection import Connection
from eightcut_client.errors import CancelledError, EightcutError, ServicesError, UnavailableError
from eightcut_client.media import CHUNK_SAMPLES
from eightcut_client.progress import OnProgress, ProgressMeter, Stage
from eightcut_client.register import LocalMedia, identify_file, record_file, register_file
from eightcut_client.times import SAMPLE_RATE, to_seconds

_WINDOW = 8.0
_HOP = 1.0
_FIRST_CONTACT = 10.0  # Seconds to wait for a service that has not answered yet in this call.
_RESUMABLE_REASONS = frozenset({"OVERLOADED", "AUDIO_GAP"})


@dataclass(frozen=True, slots=True)
class UploadPolicy:
    """How an upload behaves.

    Attributes:
        give_up_after: Seconds without any progress after which a broken stream is not tried again.
        chunk_samples: Samples in one message; 131,072 are 256 KiB, which travel best.
    """

    give_up_after: float = 60.0
    chunk_samples: int = CHUNK_SAMPLES


RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")
ResultT = TypeVar("ResultT")
EventT_co = TypeVar("EventT_co", covariant=True)
ResultT_co = TypeVar("ResultT_co", covariant=True)


class EventStream(Protocol[EventT_co]):
    """A call that answers with a stream."""

    def __iter__(self) -> Iterator[EventT_co]:
        """Return what yields the answers."""

    def cancel(self) -> bool:
        """End it."""


class StreamProtocol(Protocol[RequestT, ResponseT, ResultT_co]):
    """What differs between Embed and Scan."""

    def open(self, requests: Iterator[RequestT]) -> EventStream[ResponseT]:
        """Start the call."""

    def config(self) -> RequestT:
        """Return the first message, as it is for this attempt."""

    def audio(self, chunk: stream_pb2.AudioChunk) -> RequestT:
        """Wrap a chunk."""

    def end(self, sample_count: int) -> RequestT:
        """Return the message after the last chunk."""

    def shared(self, event: ResponseT) -> stream_pb2.Accepted | stream_pb2.Progress | None:
        """Return what the event carries if it is one of those that both methods have."""

    def result(self, event: ResponseT) -> ResultT_co | None:
        """Return what ``done`` carries if the event is that."""

    def handle(self, event: ResponseT) -> bool:
        """Take an event of the method's own; tell whether it brought something new."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Whom an upload tells, and who may stop it.

    Attributes:
        on_progress: See `Progress`.
        on_warning: Told in one sentence what is odd.
        cancel: Stops it from another thread.
    """

    on_progress: OnProgress | None = None
    on_warning: Callable[[str], None] | None = None
    cancel: Cancellation = field(default_factory=Cancellation)


def prepare(
    conn: Connection,
    path: str | os.PathLike[str] | LocalMedia,
    on_progress: OnProgress | None,
    cancel: Cancellation | None,
) -> tuple[LocalMedia, media_pb2.Media]:
    """Identify and register a file.

    Raises:
        CancelledError: ``cancel`` was used.
        EightcutError: The Store refused or cannot be reached.
        MediaError: The file cannot be read.
    """
    local = path if isinstance(path, LocalMedia) else identify_file(path, on_progress=on_progress, cancel=cancel)
    return local, register_file(conn, local, exact=False, cancel=cancel)


class Upload(Generic[RequestT, ResponseT, ResultT]):
    """One file's way through Embed or Scan, over as many streams as it takes. Used once, by one thread."""

    def __init__(
        self,
        conn: Connection,
        local: LocalMedia,
        media: media_pb2.Media,
        protocol: StreamProtocol[RequestT, ResponseT, ResultT],
        *,
        watcher: Watcher,
        policy: UploadPolicy | None = None,
    ) -> None:
        self._conn = conn
        self._local = local
        self._media = media
        self._protocol = protocol
        self._on_progress = watcher.on_progress
        self._on_warning = watcher.on_warning
        self._cancel = watcher.cancel
        self._policy = policy or UploadPolicy()
        self._meter = ProgressMeter(_WINDOW, _HOP)
        self._backoff = Backoff(self._policy.give_up_after, self._cancel)
        self._accepted = False
        self._told_of_break = False
        self._device_lost: EightcutError | None = None
        self._windows_done = 0
        self._windows_total = 0

    def run(self) -> ResultT:
        """Return what ``done`` carried.

        Raises:
            CancelledError: The cancellation was used.
            EightcutError: The server refused, or could not be reached for too long.
            MediaError: The file cannot be decoded, or changed.
        """
        while True:
            self._cancel.check()
            try:
                return self._attempt()
            except EightcutError as error:
                if not _resumable(error):
                    raise
                self._pause(error)

    def _pause(self, error: EightcutError) -> None:
        """Wait before the next try; at last raise what stands in the way."""
        if error.reason == "DEVICE_LOST":
            self._device_lost = error
        limit = self._policy.give_up_after
        if not self._accepted and error.reason != "OVERLOADED":
            limit = min(limit, _FIRST_CONTACT)
        elif self._accepted and self._on_warning is not None and not self._told_of_break:
            self._told_of_break = True
            what = self._device_lost.message if self._device_lost else "The stream to the Inference service broke"
            self._on_warning(f"{what.rstrip('.')}; continuing where it stopped.")
        # A server that ends with its device is just not there later: the device is what the person must know of.
        self._backoff.wait(self._device_lost or error, give_up_after=limit)

    def _attempt(self) -> ResultT:
        source: AudioSource[RequestT] = AudioSource(self._local, self._protocol, self._policy.chunk_samples)
        call = self._protocol.open(source.requests())
        source.on_error = call.cancel

        def stop() -> None:
            source.close()
            call.cancel()

        try:
            with self._cancel.calling(stop):
                done = self._read(call, source)
        except EightcutError:
            self._cancel.check()
            if source.error is not None:
                raise source.error from None
            raise
        finally:
            stop()
        self._finish(source)
        return done

    def _read(self, call: EventStream[ResponseT], source: AudioSource[RequestT]) -> ResultT:
        """Take the stream's events up to ``done``."""
        for event in call:
            result = self._protocol.result(event)
            if result is not None:
                return result
            match self._protocol.shared(event):
                case stream_pb2.Accepted() as accepted:
                    self._take(accepted, source)
                case stream_pb2.Progress() as progress:
                    self._advance(source, progress.windows_done, progress.windows_total)
                case _:
                    if self._protocol.handle(event):
                        self._moved()
        raise UnavailableError("The Inference service ended the stream without a result.")

    def _take(self, accepted: stream_pb2.Accepted, source: AudioSource[RequestT]) -> None:
        source.want(accepted.first_sample if accepted.audio_wanted else None)
        if not self._accepted:
            self._meter.start(accepted.windows_cached)
        self._accepted = True
        self._advance(source, accepted.windows_cached, accepted.windows_total)

    def _advance(self, source: AudioSource[RequestT], done: int, total: int) -> None:
        if done > self._windows_done:
            self._moved()
        self._windows_done = max(done, self._windows_done)
        self._windows_total = total
        if self._on_progress is not None:
            stage = Stage.UPLOADING if source.sending else Stage.SCORING
            self._on_progress(self._meter.at(stage, self._windows_done, total))

    def _moved(self) -> None:
        self._backoff.reset()
        self._device_lost = None
        self._told_of_break = False

    def _finish(self, source: AudioSource[RequestT]) -> None:
        """Say what decoding found, and correct the duration that was an estimate."""
        if self._on_progress is not None:
            total = max(self._windows_total, self._windows_done)
            self._on_progress(self._meter.at(Stage.SCORING, total, total))
        if source.summary is None:
            return
        if self._on_warning is not None:
            for warning in source.summary.warnings:
                self._on_warning(warning)
        exact = source.summary.total_samples / SAMPLE_RATE
        if abs(exact - to_seconds(self._media.duration)) > 1e-3:
            record_file(self._conn, self._local, exact)


def _resumable(error: EightcutError) -> bool:
    if isinstance(error, ServicesError):
        return False
    if isinstance(error, UnavailableError):
        return True
    if isinstance(error, CancelledError):
        # The server's: our own cancellation was looked at before.
        return True
    if error.code is grpc.StatusCode.INTERNAL and not error.reason:
        # HTTP/2's reset of a stream whose server died in the middle of it.
        cause = error.__cause__
        return cause is not None and "RST_STREAM" in str(getattr(cause, "details", str)())
    return error.reason in _RESUMABLE_REASONS

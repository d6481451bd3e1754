"""The methods of InferenceService."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import grpc
from eightcut.common.v1 import window_pb2
from eightcut.inference.v1 import (
    embedder_pb2,
    inference_service_pb2,
    inference_service_pb2_grpc,
    stream_pb2,
    track_pb2,
)
from eightcut_runtime import FailedPrecondition, InvalidArgument, OutOfRange, ResourceExhausted

from eightcut_inference.catalogue import Catalogue, ReadyModel
from eightcut_inference.classifiers import Classifier, Classifiers
from eightcut_inference.grids import grid_of
from eightcut_inference.machine import Machine
from eightcut_inference.parts import Parts
from eightcut_inference.store_client import StoreClient
from eightcut_inference.streams import EmbedStream, ScanStream
from eightcut_inference.streams.scan import ScanJob
from eightcut_inference.track_messages import track_message
from eightcut_inference.tracks import CompleteTrack, CorruptTrackError, TrackKey

MAX_CHUNK_BYTES = 917_504  # as the API's rule for AudioChunk.data
PREFERRED_CHUNK_BYTES = 262_144
_READ_BYTES = 262_144

_Context = grpc.aio.ServicerContext[Any, Any]

# Embed and Scan read and write at the same time, so they write to the context instead of yielding. grpc.aio takes such
# coroutines too (the "reader-writer" style of its documentation); the generated stubs know generators only.


@dataclass(frozen=True)
class ServerLimits:
    """What a server takes.

    Attributes:
        max_media_seconds: Longest media.
        max_concurrent_streams: Streams of Embed and Scan at once.
    """

    max_media_seconds: int = 24 * 3600
    max_concurrent_streams: int = 64


class InferenceServicer(inference_service_pb2_grpc.InferenceServiceServicer):
    """Implements the API; what each method raises stands in its comments there.

    Args:
        parts: What all streams share.
        catalogue: The embedders.
        store: Where classifiers come from and scans go.
        limits: What the server takes.
        machine: What it runs on.
    """

    def __init__(
        self, parts: Parts, catalogue: Catalogue, store: StoreClient, limits: ServerLimits, machine: Machine
    ) -> None:
        self._parts = parts
        self._machine = machine
        self._catalogue = catalogue
        self._store = store
        self._classifiers = Classifiers(store)
        self._limits = limits
        self._streams = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def idle(self) -> None:
        """Waits until no stream is open; those that the stopping server has cancelled still close their files."""
        await self._idle.wait()

    async def ListEmbedders(
        self, _request: inference_service_pb2.ListEmbeddersRequest, _context: _Context
    ) -> inference_service_pb2.ListEmbeddersResponse:
        """The embedders, and what this server takes."""
        return inference_service_pb2.ListEmbeddersResponse(
            embedders=await self._catalogue.describe(),
            limits=embedder_pb2.InferenceLimits(
                max_chunk_bytes=MAX_CHUNK_BYTES,
                preferred_chunk_bytes=PREFERRED_CHUNK_BYTES,
                max_media_seconds=self._limits.max_media_seconds,
                max_concurrent_streams=self._limits.max_concurrent_streams,
            ),
        )

    async def GetDeviceStatus(
        self, _request: inference_service_pb2.GetDeviceStatusRequest, _context: _Context
    ) -> inference_service_pb2.GetDeviceStatusResponse:
        """The devices, and the software below the networks."""
        return await self._parts.threads.run(self._machine.describe, self._parts.engines.status())

    async def GetTrack(
        self, request: inference_service_pb2.GetTrackRequest, _context: _Context
    ) -> inference_service_pb2.GetTrackResponse:
        """How much of a track is cached."""
        key = await self._key(request)
        return inference_service_pb2.GetTrackResponse(track=await self._parts.threads.run(self._status, key))

    async def BatchGetTracks(
        self, request: inference_service_pb2.BatchGetTracksRequest, _context: _Context
    ) -> inference_service_pb2.BatchGetTracksResponse:
        """The same for many media, in their order."""
        ready = await self._catalogue.get(request.embedder)
        keys = [_track_key(media, ready, request) for media in request.media]

        def status_of_all() -> list[track_pb2.Track]:
            return [self._status(key) for key in keys]

        return inference_service_pb2.BatchGetTracksResponse(tracks=await self._parts.threads.run(status_of_all))

    async def Embed(  # type: ignore[override]  # see above
        self, request_iterator: AsyncIterator[inference_service_pb2.EmbedRequest], context: _Context
    ) -> None:
        """Embeds a media into its track."""
        with self._stream():
            config: stream_pb2.EmbedConfig = await _config(request_iterator)
            self._check_duration(config.source)
            ready = await self._catalogue.get(config.embedder)
            key = _track_key(config.source.media, ready, config)
            await EmbedStream(self._parts, context.write, config, key, ready.model).run(request_iterator)

    async def Scan(  # type: ignore[override]  # see above
        self, request_iterator: AsyncIterator[inference_service_pb2.ScanRequest], context: _Context
    ) -> None:
        """Embeds what is not cached, scores it and saves the scan."""
        with self._stream():
            config: stream_pb2.ScanConfig = await _config(request_iterator)
            self._check_duration(config.source)
            classifier = await self._classifier(config)
            await self._store.require_media(config.source.media)
            ready = await self._catalogue.get(classifier.embedder)
            key = _track_key(config.source.media, ready, config)
            _check_card(classifier, key)
            job = ScanJob(config, classifier, self._store)
            await ScanStream(self._parts, context.write, job, key, ready.model).run(request_iterator)

    async def ReadTrack(
        self, request: inference_service_pb2.ReadTrackRequest, _context: _Context
    ) -> AsyncIterator[inference_service_pb2.ReadTrackResponse]:
        """The vectors of a complete track."""
        key = await self._key(request)
        track = await self._parts.threads.run(self._parts.cache.open, key)
        if track is None:
            raise FailedPrecondition(
                f"This media has not been embedded with {key.card.id} yet.",
                reason="TRACK_MISSING",
                subject=key.media,
                metadata={"media": key.media, "missing": "1"},
            )
        first, last = _range(request, track)
        header = track_message(key, complete=True, window_count=track.window_count, sample_count=track.sample_count)
        yield inference_service_pb2.ReadTrackResponse(header=header)
        step = max(1, _READ_BYTES // (key.dim * 4))
        for begin in range(first, last, step):
            vectors = await self._parts.threads.run(self._vectors, key, track, begin, min(step, last - begin))
            chunk = inference_service_pb2.TrackChunk(first_window=begin, vectors=vectors)
            yield inference_service_pb2.ReadTrackResponse(chunk=chunk)

    def _vectors(self, key: TrackKey, track: CompleteTrack, first: int, count: int) -> bytes:
        try:
            return track.rows(first, count).tobytes()
        except CorruptTrackError as error:
            raise self._parts.cache.set_aside(key, error) from error

    def _status(self, key: TrackKey) -> track_pb2.Track:
        status = self._parts.cache.status(key)
        return track_message(
            key,
            complete=status.complete,
            window_count=status.window_count,
            sample_count=status.sample_count,
        )

    async def _key(
        self, request: inference_service_pb2.GetTrackRequest | inference_service_pb2.ReadTrackRequest
    ) -> TrackKey:
        return _track_key(request.media, await self._catalogue.get(request.embedder), request)

    async def _classifier(self, config: stream_pb2.ScanConfig) -> Classifier:
        if config.HasField("classifier_id"):
            return await self._classifiers.by_id(config.profile, config.classifier_id)
        return await self._classifiers.active(config.profile, config.model)

    def _check_duration(self, source: stream_pb2.MediaSource) -> None:
        if source.duration.ToMicroseconds() > self._limits.max_media_seconds * 1_000_000:
            raise InvalidArgument(
                f"The media is longer than the {self._limits.max_media_seconds} s that this server takes.",
                field="config.source.duration",
            )

    @contextmanager
    def _stream(self) -> Iterator[None]:
        if self._streams >= self._limits.max_concurrent_streams:
            raise ResourceExhausted(
                f"This server works on {self._streams} streams already: try again in a moment.",
                reason="OVERLOADED",
                subject="streams",
                retry_after=1.0,
            )
        self._streams += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._streams -= 1
            if self._streams == 0:
                self._idle.set()


async def _config(messages: AsyncIterator[Any]) -> Any:  # noqa: ANN401 - of either method
    async for message in messages:
        if message.WhichOneof("message") != "config":
            raise InvalidArgument("The first message of the stream must be its config.", field="config")
        return message.config
    raise InvalidArgument("The stream was closed before its config came.", field="config")


def _track_key(media: str, ready: ReadyModel, request: Any) -> TrackKey:  # noqa: ANN401 - every message with a grid
    grid: window_pb2.WindowGrid | None = request.grid if request.HasField("grid") else None
    return TrackKey(media, ready.card, grid_of(grid, ready.model, ready.card.sample_rate))


def _check_card(classifier: Classifier, key: TrackKey) -> None:
    if classifier.card_hash != key.card_hash or classifier.model.dim != key.dim:
        raise FailedPrecondition(
            f"The classifier {classifier.model_name} was trained with another version of {key.card.id}: "
            "train it again.",
            reason="CARD_MISMATCH",
            subject=classifier.id,
            metadata={"classifier": classifier.id, "embedder": key.card.id},
        )


def _range(request: inference_service_pb2.ReadTrackRequest, track: CompleteTrack) -> tuple[int, int]:
    if request.first_window > track.window_count:
        raise OutOfRange(
            f"The track has {track.window_count} windows: none begins at {request.first_window}.", field="first_window"
        )
    count = request.window_count or track.window_count
    return request.first_window, min(request.first_window + count, track.window_count)

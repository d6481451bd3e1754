"""An Inference service that serves tracks of numbers: small, fast, and stopped where a test wants it to be."""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections.abc import AsyncIterator
from typing import Any

import grpc
import numpy as np
from eightcut.common.v1 import embedder_pb2 as card_pb2
from eightcut.inference.v1 import embedder_pb2, track_pb2
from eightcut.inference.v1 import inference_service_pb2 as api
from eightcut.inference.v1.inference_service_pb2_grpc import (
    InferenceServiceServicer,
    add_InferenceServiceServicer_to_server,
)
from eightcut_runtime import Service, ServiceSpec, Unavailable

CARD_HASH = "c" * 64
DIM = 16
WINDOWS_A_CHUNK = 64


def digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def make_track(windows: int, events: list[float], *, seed: int, length: float = 8.0, dim: int = DIM) -> np.ndarray:
    """Vectors in which a window differs from noise as far as it holds an event that starts at one of these seconds."""
    vectors = np.random.default_rng(seed).normal(size=(windows, dim)).astype(np.float32)
    starts = np.arange(windows, dtype=np.float64)
    for event in events:
        share = np.clip(np.minimum(starts + 8, event + length) - np.maximum(starts, event), 0, None) / min(8.0, length)
        vectors[:, 0] += (8.0 * share).astype(np.float32)
        vectors[:, 1] -= (5.0 * share).astype(np.float32)
    return vectors


class FakeInference(InferenceServiceServicer):
    """Serves `tracks` (by digest) of LOGMEL; BROKEN is an embedder that is not ready.

    Attributes:
        gate: While it is not set, ReadTrack stops before its first chunk.
        reading: Set when a ReadTrack stands before the gate.
        interruptions: So many ReadTracks more break off after their first chunk.
        reads: How often ReadTrack was called.
    """

    def __init__(self) -> None:
        self.tracks: dict[str, np.ndarray] = {}
        self.partial: set[str] = set()
        self.gate = threading.Event()
        self.gate.set()
        self.reading = threading.Event()
        self.interruptions = 0
        self.reads: list[tuple[str, int]] = []

    def _track(self, media: str, embedder: str) -> track_pb2.Track:
        track = track_pb2.Track(media=media, embedder=embedder, card_hash=CARD_HASH, dim=DIM, dtype="float32")
        track.state = track_pb2.TRACK_STATE_ABSENT
        track.grid.window.FromSeconds(8)
        track.grid.hop.FromSeconds(1)
        if embedder == "LOGMEL" and media in self.tracks:
            vectors = self.tracks[media]
            track.window_count, track.dim = vectors.shape
            is_partial = media in self.partial
            track.state = track_pb2.TRACK_STATE_PARTIAL if is_partial else track_pb2.TRACK_STATE_COMPLETE
        return track

    async def ListEmbedders(self, request: api.ListEmbeddersRequest, context: Any) -> api.ListEmbeddersResponse:
        def embedder(name: str, *, ready: bool, reason: str = "") -> embedder_pb2.Embedder:
            return embedder_pb2.Embedder(card=card_pb2.EmbedderCard(id=name, dim=DIM), ready=ready, reason=reason)

        broken = embedder(
            "BROKEN", ready=False, reason="its weights are missing; `8cut models pull BROKEN` brings them."
        )
        return api.ListEmbeddersResponse(embedders=[broken, embedder("LOGMEL", ready=True)])

    async def BatchGetTracks(self, request: api.BatchGetTracksRequest, context: Any) -> api.BatchGetTracksResponse:
        return api.BatchGetTracksResponse(tracks=[self._track(media, request.embedder) for media in request.media])

    async def ReadTrack(self, request: api.ReadTrackRequest, context: Any) -> AsyncIterator[api.ReadTrackResponse]:
        self.reads.append((request.media, request.first_window))
        vectors = self.tracks[request.media]
        yield api.ReadTrackResponse(header=self._track(request.media, request.embedder))
        self.reading.set()
        await asyncio.to_thread(self.gate.wait, 60)
        for first in range(request.first_window, len(vectors), WINDOWS_A_CHUNK):
            part = vectors[first : first + WINDOWS_A_CHUNK].astype("<f4").tobytes()
            yield api.ReadTrackResponse(chunk=api.TrackChunk(first_window=first, vectors=part))
            if self.interruptions:
                self.interruptions -= 1
                raise Unavailable("Inference is being started again.")


class _Running:
    async def aclose(self) -> None:
        """Nothing to give back."""


def spec_of(servicer: FakeInference) -> ServiceSpec:
    async def create(server: grpc.aio.Server, service: Service) -> _Running:
        add_InferenceServiceServicer_to_server(servicer, server)
        return _Running()

    return ServiceSpec("inference", "0", create)


__all__ = ["CARD_HASH", "DIM", "FakeInference", "digest", "make_track", "spec_of"]

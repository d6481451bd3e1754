"""What the Trainer asks of Inference."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, NamedTuple

import grpc
import numpy as np
import numpy.typing as npt
from eightcut.inference.v1 import embedder_pb2, track_pb2
from eightcut.inference.v1 import inference_service_pb2 as api
from eightcut.inference.v1.inference_service_pb2_grpc import InferenceServiceStub
from eightcut_runtime.errors import DataLoss

from eightcut_trainer.peers.patience import Patience

if TYPE_CHECKING:
    from eightcut.inference.v1.inference_service_pb2_grpc import InferenceServiceAsyncStub

Track = track_pb2.Track

_TIMEOUT_S = 30.0
_MEDIA_A_CALL = 1000


class BadTrack(DataLoss):
    """Inference sent vectors that do not fit the track it announced."""

    def __init__(self, media: str, why: str) -> None:
        super().__init__(f"The track of the media {media[:12]}… cannot be used: {why}; embed the media again.")


class Vectors(NamedTuple):
    """Vectors of consecutive windows.

    Attributes:
        first_window: Window of the first one.
        rows: float32 ``[n, dim]``.
    """

    first_window: int
    rows: npt.NDArray[np.float32]


class InferenceClient:
    """Inference's embedders and tracks. Every method raises grpc.aio.AioRpcError with Inference's status."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub: InferenceServiceAsyncStub = InferenceServiceStub(channel)

    async def embedders(self) -> list[embedder_pb2.Embedder]:
        """Returns the embedders, by id."""
        answer = await self._stub.ListEmbedders(api.ListEmbeddersRequest(), timeout=_TIMEOUT_S)
        return list(answer.embedders)

    async def tracks(self, media: Sequence[str], embedder: str) -> dict[str, Track]:
        """Returns how much of each media's track is there, by digest, on the default grid of windows."""
        found: dict[str, Track] = {}
        for start in range(0, len(media), _MEDIA_A_CALL):
            part = media[start : start + _MEDIA_A_CALL]
            request = api.BatchGetTracksRequest(media=part, embedder=embedder)
            answer = await self._stub.BatchGetTracks(request, timeout=_TIMEOUT_S)
            found.update(zip(part, answer.tracks, strict=True))
        return found

    async def vectors(self, track: Track, patience: Patience) -> AsyncGenerator[Vectors, None]:
        """Yields all vectors of a complete track in window order, a chunk (at most 256 KiB) at a time.

        A stream that breaks is opened again after the last window that came.

        Raises:
            BadTrack: The track was replaced by another one meanwhile, or does not hold what it announces.
        """
        next_window = 0
        attempts = patience.attempts()
        while next_window < track.window_count:
            request = api.ReadTrackRequest(
                media=track.media, embedder=track.embedder, grid=track.grid, first_window=next_window
            )
            try:
                async with aclosing(self._chunks(request, track)) as chunks:
                    async for chunk in chunks:
                        if chunk.first_window != next_window:
                            raise BadTrack(track.media, "its windows do not follow each other")
                        next_window += len(chunk.rows)
                        attempts.succeeded()
                        yield chunk
            except grpc.aio.AioRpcError as error:
                await attempts.failed(error)
                continue
            if next_window < track.window_count:
                raise BadTrack(track.media, "it ends early")

    async def _chunks(self, request: api.ReadTrackRequest, track: Track) -> AsyncGenerator[Vectors, None]:
        async for answer in self._stub.ReadTrack(request):
            if answer.WhichOneof("part") == "header":
                if _identity(answer.header) != _identity(track):
                    raise BadTrack(track.media, "it was replaced by another one")
                continue
            data = np.frombuffer(answer.chunk.vectors, dtype="<f4")
            if len(data) % track.dim:
                raise BadTrack(track.media, "a vector is cut off")
            yield Vectors(answer.chunk.first_window, data.reshape(-1, track.dim))


def _identity(track: Track) -> tuple[str, int, int, str]:
    return track.card_hash, track.window_count, track.dim, track.dtype


def is_complete(track: Track) -> bool:
    """Tells whether nothing of a track is missing."""
    return track.state == track_pb2.TRACK_STATE_COMPLETE

"""One call of Embed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import numpy as np
import numpy.typing as npt
from eightcut.inference.v1 import inference_service_pb2, stream_pb2

from eightcut_inference.embedders.base import Model
from eightcut_inference.parts import Parts
from eightcut_inference.streams.track_stream import TrackStream
from eightcut_inference.track_messages import track_message
from eightcut_inference.tracks import CompleteTrack, TrackKey

Send = Callable[[inference_service_pb2.EmbedResponse], Awaitable[None]]


class EmbedStream(TrackStream):
    """Sees to it that a track is complete.

    Args:
        parts: What all streams share.
        send: Sends a message to the client.
        config: The client's first message.
        key: The track.
        model: The embedder of the track.
    """

    def __init__(self, parts: Parts, send: Send, config: stream_pb2.EmbedConfig, key: TrackKey, model: Model) -> None:
        super().__init__(parts, config.source, key, model)
        self._send = send

    async def send_accepted(self, accepted: stream_pb2.Accepted) -> None:
        """See `TrackStream`."""
        await self._send(inference_service_pb2.EmbedResponse(accepted=accepted))

    async def send_progress(self, progress: stream_pb2.Progress) -> None:
        """See `TrackStream`."""
        await self._send(inference_service_pb2.EmbedResponse(progress=progress))

    async def take_rows(self, rows: npt.NDArray[np.float32]) -> None:
        """The vectors stay in their file: there is nothing to do with them."""

    async def finish(self, track: CompleteTrack) -> None:
        """Sends the complete track's description."""
        message = track_message(
            self._key, complete=True, window_count=track.window_count, sample_count=track.sample_count
        )
        await self._send(inference_service_pb2.EmbedResponse(done=message))

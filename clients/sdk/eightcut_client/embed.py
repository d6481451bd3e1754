"""Embedding a local file into the server's cache of tracks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from eightcut.inference.v1 import inference_service_pb2, stream_pb2, track_pb2

from eightcut_client.cancellation import Cancellation
from eightcut_client.connection import Connection
from eightcut_client.progress import OnProgress
from eightcut_client.register import LocalMedia
from eightcut_client.upload import EventStream, Upload, UploadPolicy, Watcher, prepare


def embed_file(
    conn: Connection,
    path: str | os.PathLike[str] | LocalMedia,
    embedder: str,
    *,
    on_progress: OnProgress | None = None,
    on_warning: Callable[[str], None] | None = None,
    cancel: Cancellation | None = None,
    policy: UploadPolicy | None = None,
) -> track_pb2.Track:
    """Embed a file, so that it can be trained from and scanned without its audio.

    The file is registered in the Store. A track that is complete is returned at once; one that is partial is
    continued; a stream that breaks is resumed.

    Args:
        conn: The services.
        path: The file, or what `identify_file` found.
        embedder: Its id, such as ``LOGMEL``.
        on_progress: See `Progress`.
        on_warning: Told in one sentence what is odd about the file.
        cancel: Stops it from another thread.
        policy: How long to go on without progress, and more.

    Returns:
        The complete track's description.

    Raises:
        CancelledError: ``cancel`` was used.
        EightcutError: A service refused, or could not be reached for too long.
        FileChangedError: The file changed while it was read.
        MediaError: The file cannot be decoded.
    """
    conn.start("inference", wait=False)
    local, media = prepare(conn, path, on_progress, cancel)
    config = stream_pb2.EmbedConfig(
        source=stream_pb2.MediaSource(
            media=local.digest, duration=media.duration, upload=stream_pb2.AUDIO_ENCODING_PCM_S16LE
        ),
        embedder=embedder,
    )
    protocol = _EmbedProtocol(conn, config)
    watcher = Watcher(on_progress, on_warning, cancel or Cancellation())
    return Upload(conn, local, media, protocol, watcher=watcher, policy=policy).run()


class _EmbedProtocol:
    """The messages of Embed."""

    def __init__(self, conn: Connection, config: stream_pb2.EmbedConfig) -> None:
        self._conn = conn
        self._config = config

    def open(
        self, requests: Iterator[inference_service_pb2.EmbedRequest]
    ) -> EventStream[inference_service_pb2.EmbedResponse]:
        return self._conn.inference.Embed(requests)

    def config(self) -> inference_service_pb2.EmbedRequest:
        return inference_service_pb2.EmbedRequest(config=self._config)

    def audio(self, chunk: stream_pb2.AudioChunk) -> inference_service_pb2.EmbedRequest:
        return inference_service_pb2.EmbedRequest(audio=chunk)

    def end(self, sample_count: int) -> inference_service_pb2.EmbedRequest:
        return inference_service_pb2.EmbedRequest(end=stream_pb2.AudioEnd(sample_count=sample_count))

    def shared(self, event: inference_service_pb2.EmbedResponse) -> stream_pb2.Accepted | stream_pb2.Progress | None:
        if event.HasField("accepted"):
            return event.accepted
        return event.progress if event.HasField("progress") else None

    def result(self, event: inference_service_pb2.EmbedResponse) -> track_pb2.Track | None:
        return event.done if event.HasField("done") else None

    def handle(self, event: inference_service_pb2.EmbedResponse) -> bool:  # noqa: ARG002  Embed has no events of its own
        return False

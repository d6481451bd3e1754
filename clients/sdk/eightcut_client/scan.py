"""Scanning a local file: upload what the server has not embedded yet, get scores and regions, keep a version."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from eightcut.common.v1 import region_pb2
from eightcut.inference.v1 import inference_service_pb2, stream_pb2
from eightcut.store.v1 import classifier_service_pb2, scan_pb2

from eightcut_client.cancellation import Cancellation
from eightcut_client.connection import Connection
from eightcut_client.progress import OnProgress
from eightcut_client.register import LocalMedia
from eightcut_client.upload import EventStream, Upload, UploadPolicy, Watcher, prepare

OnScores: TypeAlias = Callable[[int, npt.NDArray[np.float32], bool], None]
"""Called with the first window, the scores from it on (0 to 1), and whether they are provisional."""

OnRegion: TypeAlias = Callable[[region_pb2.DetectedRegion, bool], None]
"""Called with a region that closed, and whether it is provisional."""


def scan_file(
    conn: Connection,
    path: str | os.PathLike[str] | LocalMedia,
    *,
    profile: str = "default",
    model: str | None = None,
    classifier_id: str | None = None,
    threshold: float | None = None,
    region_options: region_pb2.RegionOptions | None = None,
    on_progress: OnProgress | None = None,
    on_scores: OnScores | None = None,
    on_region: OnRegion | None = None,
    on_warning: Callable[[str], None] | None = None,
    request_id: str | None = None,
    cancel: Cancellation | None = None,
    policy: UploadPolicy | None = None,
) -> scan_pb2.Scan:
    """Scan a file and keep the result as a version.

    A file whose track is cached on the server is neither decoded nor uploaded. A stream that breaks (a server
    that is started again, a network that goes away) is resumed; no window and no region is reported twice.
    Callbacks run in the calling thread; what they raise ends the scan. Ctrl+C ends it at once; what was embedded
    is kept by the server, so that the same call continues there.

    Args:
        conn: The services.
        path: The file, or what `identify_file` found.
        profile: Whose classifier, and where the scan is kept.
        model: ``ID`` or ``ID_name``: its active classifier version. Either this or ``classifier_id``.
        classifier_id: A classifier version.
        threshold: 0 to 1; default: the classifier's own.
        region_options: How regions are built; default: the server's (trimmed bounds).
        on_progress: See `Progress`.
        on_scores: See `OnScores`. Provisional scores are followed by final ones of the same windows.
        on_region: See `OnRegion`.
        on_warning: Told in one sentence what is odd about the file, such as that it is cut off.
        request_id: Idempotency key; default: a new one for each call.
        cancel: Stops it from another thread.
        policy: How long to go on without progress, and more.

    Returns:
        The saved scan; its regions are in the Store (``conn.scans``).

    Raises:
        CancelledError: ``cancel`` was used.
        EightcutError: A service refused, or could not be reached for too long.
        FileChangedError: The file changed while it was read; the server keeps nothing of the change.
        MediaError: The file cannot be decoded.
        ValueError: Not exactly one of ``model`` and ``classifier_id``.
    """
    if (model is None) == (classifier_id is None):
        raise ValueError("either model or classifier_id must be given")
    conn.start("inference", wait=False)
    local, media = prepare(conn, path, on_progress, cancel)
    config = stream_pb2.ScanConfig(
        source=stream_pb2.MediaSource(
            media=local.digest, duration=media.duration, upload=stream_pb2.AUDIO_ENCODING_PCM_S16LE
        ),
        profile=profile,
        threshold=threshold,
        region_options=region_options,
        request_id=request_id or uuid.uuid4().hex,
    )
    config.classifier_id = classifier_id or _active_version(conn, profile, model or "")
    protocol = _ScanProtocol(conn, config, on_scores, on_region)
    watcher = Watcher(on_progress, on_warning, cancel or Cancellation())
    return Upload(conn, local, media, protocol, watcher=watcher, policy=policy).run()


def _active_version(conn: Connection, profile: str, model: str) -> str:
    """Return the id of a model's active version: a stream that breaks goes on with it, whatever is activated then."""
    active = classifier_service_pb2.ActiveModel(profile=profile, model=model)
    return conn.classifiers.GetClassifier(classifier_service_pb2.GetClassifierRequest(active=active)).classifier.id


class _ScanProtocol:
    """The messages of Scan, and what of them the caller has already had."""

    def __init__(
        self,
        conn: Connection,
        config: stream_pb2.ScanConfig,
        on_scores: OnScores | None,
        on_region: OnRegion | None,
    ) -> None:
        self._conn = conn
        self._config = config
        self._on_scores = on_scores
        self._on_region = on_region
        # Next window not yet reported, by whether scores are provisional.
        self._next = {True: 0, False: 0}
        self._regions: set[tuple[int, int, float, bool]] = set()

    def open(
        self, requests: Iterator[inference_service_pb2.ScanRequest]
    ) -> EventStream[inference_service_pb2.ScanResponse]:
        return self._conn.inference.Scan(requests)

    def config(self) -> inference_service_pb2.ScanRequest:
        if self._next[False] > 0:
            self._config.resume_after_window = self._next[False] - 1
        return inference_service_pb2.ScanRequest(config=self._config)

    def audio(self, chunk: stream_pb2.AudioChunk) -> inference_service_pb2.ScanRequest:
        return inference_service_pb2.ScanRequest(audio=chunk)

    def end(self, sample_count: int) -> inference_service_pb2.ScanRequest:
        return inference_service_pb2.ScanRequest(end=stream_pb2.AudioEnd(sample_count=sample_count))

    def shared(self, event: inference_service_pb2.ScanResponse) -> stream_pb2.Accepted | stream_pb2.Progress | None:
        if event.HasField("accepted"):
            return event.accepted
        return event.progress if event.HasField("progress") else None

    def result(self, event: inference_service_pb2.ScanResponse) -> scan_pb2.Scan | None:
        return event.done if event.HasField("done") else None

    def handle(self, event: inference_service_pb2.ScanResponse) -> bool:
        """Report scores and regions that are new; tell whether there were any."""
        if event.HasField("scores"):
            return self._scores(event.scores)
        if event.HasField("region"):
            return self._region(event.region)
        return False

    def _scores(self, message: stream_pb2.Scores) -> bool:
        scores = np.frombuffer(message.scores, "<f4")
        known = max(self._next[message.provisional] - message.first_window, 0)
        if known >= len(scores):
            return False
        first = message.first_window + known
        self._next[message.provisional] = message.first_window + len(scores)
        if self._on_scores is not None:
            self._on_scores(first, scores[known:].astype(np.float32), message.provisional)
        return True

    def _region(self, message: stream_pb2.RegionFound) -> bool:
        region = message.region
        key = (region.start.ToMicroseconds(), region.end.ToMicroseconds(), region.score, message.provisional)
        if key in self._regions:
            return False
        self._regions.add(key)
        if self._on_region is not None:
            self._on_region(region, message.provisional)
        return True

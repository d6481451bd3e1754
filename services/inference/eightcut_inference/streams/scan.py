"""One call of Scan."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from eightcut.common.v1 import region_pb2
from eightcut.inference.v1 import inference_service_pb2, stream_pb2
from eightcut.store.v1 import scan_service_pb2
from eightcut_runtime import InvalidArgument
from eightcut_scoring.classifier import StreamingScorer
from eightcut_scoring.regions import Bounds, Region, RegionBuilder

from eightcut_inference.classifiers import Classifier
from eightcut_inference.embedders.base import Model
from eightcut_inference.grids import to_duration, to_message
from eightcut_inference.parts import Parts
from eightcut_inference.store_client import StoreClient
from eightcut_inference.streams.track_stream import TrackStream
from eightcut_inference.tracks import CompleteTrack, TrackKey

Send = Callable[[inference_service_pb2.ScanResponse], Awaitable[None]]
FloatArray = npt.NDArray[np.float32]

_SCORES_A_MESSAGE = 65_536
_MAX_WINDOWS = 1 << 21  # of a scan, in the Store


@dataclass(frozen=True)
class ScanJob:
    """What is to be scanned, and how.

    Attributes:
        config: The client's first message.
        classifier: What scores.
        store: Where the scan is kept.
    """

    config: stream_pb2.ScanConfig
    classifier: Classifier
    store: StoreClient

    @property
    def threshold(self) -> float:
        """The one that makes the regions."""
        return self.config.threshold if self.config.HasField("threshold") else self.classifier.threshold

    @property
    def options(self) -> region_pb2.RegionOptions:
        """How regions are built, with the defaults written out: what the saved scan says."""
        bounds = self.config.region_options.bounds or region_pb2.REGION_BOUNDS_TRIMMED
        return region_pb2.RegionOptions(fuse_gap=self.config.region_options.fuse_gap, bounds=bounds)


class ScanStream(TrackStream):
    """Scores every window as it comes, builds regions and saves the scan.

    With a classifier that centres per file, scores and regions are provisional until the last window is there; then
    all final scores and regions are sent. `resume_after_window` leaves out the provisional ones that the client has,
    never final ones.

    Args:
        parts: What all streams share.
        send: Sends a message to the client.
        job: What is to be scanned.
        key: The track.
        model: The embedder of the track.
    """

    def __init__(self, parts: Parts, send: Send, job: ScanJob, key: TrackKey, model: Model) -> None:
        super().__init__(parts, job.config.source, key, model)
        self._send = send
        self._job = job
        self._scorer = StreamingScorer(job.classifier.model)
        self._builder = self._new_builder()
        self._scored = 0
        self._known = job.config.resume_after_window + 1 if job.config.HasField("resume_after_window") else 0
        self._regions: list[Region] = []

    async def send_accepted(self, accepted: stream_pb2.Accepted) -> None:
        """See `TrackStream`."""
        await self._send(inference_service_pb2.ScanResponse(accepted=accepted))

    async def send_progress(self, progress: stream_pb2.Progress) -> None:
        """See `TrackStream`."""
        await self._send(inference_service_pb2.ScanResponse(progress=progress))

    async def take_rows(self, rows: FloatArray) -> None:
        """Scores the windows and sends what is new."""
        scores, regions = await self._parts.threads.run(self._score, rows)
        await self._send_scores(scores, self._scored, self._known, provisional=self._scorer.provisional)
        self._scored += len(scores)
        await self._send_regions(regions, provisional=self._scorer.provisional)

    async def finish(self, track: CompleteTrack) -> None:
        """Sends what is final only now, saves the scan and sends it."""
        if track.window_count > _MAX_WINDOWS:
            raise InvalidArgument(f"A scan can have {_MAX_WINDOWS} windows at most, not {track.window_count}.")
        scores, regions = await self._parts.threads.run(self._score_finally)
        if self._scorer.provisional:
            await self._send_scores(scores, 0, 0, provisional=False)
        await self._send_regions(regions, provisional=False)
        found = [_region_message(region) for region in self._regions]
        scan = await self._job.store.create_scan(self._header(len(scores)), found, scores)
        await self._send(inference_service_pb2.ScanResponse(done=scan))

    def _score(self, rows: FloatArray) -> tuple[FloatArray, list[Region]]:
        scores = self._scorer.push(rows)
        regions = self._builder.push(scores)
        if not self._scorer.provisional:
            self._regions += regions
        return scores, regions

    def _score_finally(self) -> tuple[FloatArray, list[Region]]:
        """All scores; and the regions that the client does not know as final ones."""
        scores = self._scorer.finish()
        regions: list[Region] = []
        if self._scorer.provisional:
            self._builder = self._new_builder()
            regions = self._builder.push(scores)
        regions += self._builder.finish()
        self._regions += regions
        return scores, regions

    def _new_builder(self) -> RegionBuilder:
        options = self._job.options
        return RegionBuilder(
            self._key.grid,
            self._job.threshold,
            fuse_gap_s=options.fuse_gap.ToMicroseconds() / 1e6,
            bounds=Bounds.UNION if options.bounds == region_pb2.REGION_BOUNDS_UNION else Bounds.TRIMMED,
        )

    async def _send_scores(self, scores: FloatArray, first: int, known: int, *, provisional: bool) -> None:
        skip = max(0, known - first)
        for begin in range(skip, len(scores), _SCORES_A_MESSAGE):
            message = stream_pb2.Scores(
                first_window=first + begin,
                scores=scores[begin : begin + _SCORES_A_MESSAGE].astype("<f4").tobytes(),
                provisional=provisional,
            )
            await self._send(inference_service_pb2.ScanResponse(scores=message))

    async def _send_regions(self, regions: Iterable[Region], *, provisional: bool) -> None:
        for region in regions:
            message = stream_pb2.RegionFound(region=_region_message(region), provisional=provisional)
            await self._send(inference_service_pb2.ScanResponse(region=message))

    def _header(self, window_count: int) -> scan_service_pb2.ScanHeader:
        config = self._job.config
        return scan_service_pb2.ScanHeader(
            profile=config.profile,
            media=config.source.media,
            model=self._job.classifier.model_name,
            classifier_id=self._job.classifier.id,
            threshold=self._job.threshold,
            region_options=self._job.options,
            grid=to_message(self._key.grid),
            window_count=window_count,
            request_id=config.request_id,
        )


def _region_message(region: Region) -> region_pb2.DetectedRegion:
    return region_pb2.DetectedRegion(
        start=to_duration(region.start),
        end=to_duration(region.end),
        score=region.score,
        union_start=to_duration(region.union_start),
        union_end=to_duration(region.union_end),
    )

"""Collecting the messages of CreateScan."""

from __future__ import annotations

import array
import asyncio
import hashlib
import struct
import sys
from collections.abc import AsyncIterator

from eightcut.common.v1.region_pb2 import DetectedRegion
from eightcut.store.v1 import scan_service_pb2 as pb
from eightcut_runtime import InvalidArgument

from eightcut_store.areas.scan_saving import NewRegion, NewScan
from eightcut_store.messages.times import to_micros
from eightcut_store.servicers.calls import check_text

MOST_REGIONS = 250_000
"""Regions that a scan may have."""

_SCORE_BYTES = 4
_GOING_AWAY = 0.1  # Seconds.
_REGION = struct.Struct("<qqdqq")


class ScanUpload:
    """What arrived of a scan so far: a header, and in any order regions and scores."""

    def __init__(self, header: pb.ScanHeader) -> None:
        check_text(header, "header.")
        self.header = header
        self.scan = _new_scan(header)
        self._ends_with_scores = False

    def add(self, request: pb.CreateScanRequest) -> None:
        """Adds a message after the header.

        Raises:
            InvalidArgument: It does not belong here.
        """
        part = request.WhichOneof("part")
        self._ends_with_scores = part == "scores"
        if part == "regions":
            self._add_regions(request.regions)
        elif part == "scores":
            self._add_scores(request.scores)
        else:
            raise InvalidArgument("The header is sent once, first.", field="header")

    @property
    def is_proven(self) -> bool:
        """What arrived itself shows that nothing is missing: its last message brought the last of the scores."""
        return self._ends_with_scores and len(self.scan.scores) == self.header.window_count * _SCORE_BYTES

    def finish(self) -> NewScan:
        """Returns the whole scan.

        Raises:
            InvalidArgument: Scores are missing.
        """
        arrived = len(self.scan.scores) // _SCORE_BYTES
        if arrived != self.header.window_count:
            raise InvalidArgument(
                f"The header announced {self.header.window_count} scores and {arrived} arrived.", field="scores"
            )
        return self.scan

    def fingerprint(self) -> str:
        """Returns SHA-256 of the content, however it was cut into messages."""
        digest = hashlib.sha256(b"CreateScan\0" + self.header.SerializeToString(deterministic=True))
        for region in self.scan.regions:
            start, end, score, union_start, union_end = region
            digest.update(_REGION.pack(start, end, score, union_start, union_end))
        digest.update(self.scan.scores)
        return digest.hexdigest()

    def _add_regions(self, batch: pb.RegionBatch) -> None:
        regions = self.scan.regions
        if len(regions) + len(batch.regions) > MOST_REGIONS:
            raise InvalidArgument(f"A scan may have at most {MOST_REGIONS:,} regions.", field="regions")
        regions.extend(_new_region(region, index) for index, region in enumerate(batch.regions))

    def _add_scores(self, scores: bytes) -> None:
        if len(scores) % _SCORE_BYTES:
            raise InvalidArgument("Scores are float32: their bytes come in fours.", field="scores")
        expected = self.header.window_count * _SCORE_BYTES
        if len(self.scan.scores) + len(scores) > expected:
            raise InvalidArgument(
                f"The header announced {self.header.window_count} scores and more arrived.", field="scores"
            )
        values = array.array("f", scores)
        if sys.byteorder == "big":
            values.byteswap()
        # A NaN fails this comparison too.
        if not all(0.0 <= value <= 1.0 for value in values):
            raise InvalidArgument("A score must be a number from 0 to 1.", field="scores")
        self.scan.scores += scores


async def collect(requests: AsyncIterator[pb.CreateScanRequest]) -> ScanUpload:
    """Reads a stream to its end.

    Raises:
        InvalidArgument: The first message is no header, or a later one does not belong here.
    """
    upload: ScanUpload | None = None
    async for request in requests:
        if upload is not None:
            upload.add(request)
        elif request.WhichOneof("part") == "header":
            upload = ScanUpload(request.header)
        else:
            raise InvalidArgument("The first message must be the header.", field="header")
    if upload is None:
        raise InvalidArgument("The stream ended without a header.", field="header")
    if not upload.is_proven:
        # For gRPC's iterator a client that goes away ends the stream as one that is done does; that the call was
        # cancelled comes a moment later, and ends this wait.
        await asyncio.sleep(_GOING_AWAY)
    return upload


def _new_scan(header: pb.ScanHeader) -> NewScan:
    options = header.region_options if header.HasField("region_options") else None
    has_gap = options is not None and options.HasField("fuse_gap")
    return NewScan(
        profile=header.profile,
        media=header.media,
        model=header.model,
        classifier_id=int(header.classifier_id) if header.classifier_id else None,
        threshold=header.threshold,
        fuse_gap_us=to_micros(options.fuse_gap, "header.region_options.fuse_gap") if options and has_gap else None,
        bounds=None if options is None else options.bounds,
        window_us=to_micros(header.grid.window, "header.grid.window"),
        hop_us=to_micros(header.grid.hop, "header.grid.hop"),
        window_count=header.window_count,
        stamped=not header.unstamped,
    )


def _new_region(region: DetectedRegion, index: int) -> NewRegion:
    field = f"regions.regions[{index}]"
    start = to_micros(region.start, f"{field}.start")
    end = to_micros(region.end, f"{field}.end")
    if end <= start:
        raise InvalidArgument("A region must end after it starts.", field=f"{field}.end")
    union_start = to_micros(region.union_start, f"{field}.union_start") if region.HasField("union_start") else start
    union_end = to_micros(region.union_end, f"{field}.union_end") if region.HasField("union_end") else end
    return NewRegion(start, end, region.score, union_start, union_end)

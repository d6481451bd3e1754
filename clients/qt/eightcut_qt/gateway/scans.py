"""Scans (versions of a file's results), their regions and score tracks."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from eightcut.store.v1 import scan_pb2
from eightcut.store.v1 import scan_service_pb2 as api
from eightcut_client.errors import NotFoundError
from eightcut_client.paging import pages
from eightcut_client.times import to_duration
from google.protobuf.field_mask_pb2 import FieldMask

from eightcut_qt.core.records import RegionRecord, ScanRecord
from eightcut_qt.gateway.media import BATCH

if TYPE_CHECKING:
    from eightcut_qt.gateway import Services


@dataclass(frozen=True, slots=True)
class RegionRef:
    """A region as it was last seen; an empty etag means whatever is there."""

    id: str
    etag: str = ""


@dataclass(frozen=True, slots=True)
class ScanDiff:
    """What another version has that one has not; pairs are (before, after)."""

    gained: tuple[RegionRecord, ...]
    lost: tuple[RegionRecord, ...]
    moved: tuple[tuple[RegionRecord, RegionRecord], ...]
    kept: tuple[tuple[RegionRecord, RegionRecord], ...]


class ScanCalls:
    """Calls of ScanService."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def versions(self, *, media: str = "", model: str = "") -> list[ScanRecord]:
        """Return versions, the newest first. Unstamped rows of an old database are not among them."""
        request = api.ListScansRequest(profile=self._services.profile, media=media, model=model, page_size=BATCH)
        answers = pages(self._services.connection().scans.ListScans, request)
        return [ScanRecord.of(scan) for page in answers for scan in page.scans]

    def get(self, scan_id: str) -> ScanRecord:
        """Return one version."""
        return ScanRecord.of(self._services.connection().scans.GetScan(api.GetScanRequest(id=scan_id)).scan)

    def latest(self, media: str, model: str) -> ScanRecord | None:
        """Return the newest version of a file's results, None when there is none."""
        latest = api.LatestScan(profile=self._services.profile, media=media, model=model)
        try:
            return ScanRecord.of(self._services.connection().scans.GetScan(api.GetScanRequest(latest=latest)).scan)
        except NotFoundError:
            return None

    def regions(self, scan_id: str) -> list[RegionRecord]:
        """Return the regions of a version by start, without merged parts and deleted ones."""
        request = api.ListRegionsRequest(scan_id=scan_id, page_size=5000)
        answers = pages(self._services.connection().scans.ListRegions, request)
        return [RegionRecord.of(region) for page in answers for region in page.regions]

    def scores(self, scan_id: str) -> npt.NDArray[np.float32]:
        """Return the score track, float32 [windows], 0 to 1; empty when none is kept."""
        answers = self._services.connection().scans.ReadScores(api.ReadScoresRequest(scan_id=scan_id))
        parts = [np.frombuffer(answer.scores, "<f4").astype(np.float32) for answer in answers]
        return np.concatenate([np.zeros(0, np.float32), *parts])

    def set_disabled(self, regions: Sequence[RegionRef], *, disabled: bool) -> list[RegionRecord]:
        """Disable or enable regions; see BatchSetRegionsDisabled for conflicts."""
        stub = self._services.connection().scans.BatchSetRegionsDisabled
        return self._in_batches(
            regions, lambda refs: stub(api.BatchSetRegionsDisabledRequest(regions=refs, disabled=disabled))
        )

    def set_deleted(self, regions: Sequence[RegionRef], *, deleted: bool) -> list[RegionRecord]:
        """Delete or restore regions; see BatchSetRegionsDeleted for conflicts."""
        stub = self._services.connection().scans.BatchSetRegionsDeleted
        return self._in_batches(
            regions, lambda refs: stub(api.BatchSetRegionsDeletedRequest(regions=refs, deleted=deleted))
        )

    def resize(self, region: RegionRef, start: float, end: float) -> RegionRecord:
        """Set the bounds of a region, seconds.

        Raises:
            ConflictError: Another client changed it.
            InvalidError: Shorter than 0.5 s, or beyond the end of the media.
        """
        request = api.UpdateRegionRequest(
            id=region.id,
            etag=region.etag,
            start=to_duration(start),
            end=to_duration(end),
            update_mask=FieldMask(paths=["start", "end"]),
        )
        return RegionRecord.of(self._services.connection().scans.UpdateRegion(request).region)

    def merge(self, regions: Sequence[RegionRef]) -> RegionRecord:
        """Make one region of several; the parts are hidden. Returns the new one."""
        request = api.MergeRegionsRequest(regions=_refs(regions), request_id=uuid.uuid4().hex)
        return RegionRecord.of(self._services.connection().scans.MergeRegions(request).region)

    def unmerge(self, region: RegionRef) -> list[RegionRecord]:
        """Take a merge back; returns the parts."""
        request = api.UnmergeRegionRequest(id=region.id, etag=region.etag)
        answer = self._services.connection().scans.UnmergeRegion(request)
        return [RegionRecord.of(part) for part in answer.regions]

    def set_pinned(self, scan: ScanRecord, *, pinned: bool) -> ScanRecord:
        """Keep a version for good, or no longer."""
        request = api.UpdateScanRequest(
            id=scan.id, etag=scan.etag, pinned=pinned, update_mask=FieldMask(paths=["pinned"])
        )
        return ScanRecord.of(self._services.connection().scans.UpdateScan(request).scan)

    def delete(self, scan_id: str) -> None:
        """Delete a version."""
        self._services.connection().scans.DeleteScan(api.DeleteScanRequest(id=scan_id))

    def diff(self, before: str, after: str) -> ScanDiff:
        """Compare the enabled regions of two versions of one media.

        Raises:
            PreconditionError: Of different media, or more than 5,000 regions.
        """
        answer = self._services.connection().scans.DiffScans(api.DiffScansRequest(before_id=before, after_id=after))

        def pairs(found: Sequence[scan_pb2.RegionPair]) -> tuple[tuple[RegionRecord, RegionRecord], ...]:
            return tuple((RegionRecord.of(pair.before), RegionRecord.of(pair.after)) for pair in found)

        return ScanDiff(
            tuple(map(RegionRecord.of, answer.gained)),
            tuple(map(RegionRecord.of, answer.lost)),
            pairs(answer.moved),
            pairs(answer.kept),
        )

    def _in_batches(
        self, regions: Sequence[RegionRef], call: Callable[[list[api.RegionVersion]], Any]
    ) -> list[RegionRecord]:
        changed: list[RegionRecord] = []
        for start in range(0, len(regions), BATCH):
            changed += map(RegionRecord.of, call(_refs(regions[start : start + BATCH])).regions)
        return changed


def _refs(regions: Sequence[RegionRef]) -> list[api.RegionVersion]:
    return [api.RegionVersion(id=region.id, etag=region.etag) for region in regions]

"""The part of ScanService that is about regions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from eightcut.store.v1 import scan_pb2
from eightcut.store.v1 import scan_service_pb2 as pb
from eightcut.store.v1 import scan_service_pb2_grpc as rpc
from eightcut_runtime import InvalidArgument
from sqlalchemy.orm import Session
from typing_extensions import override

from eightcut_store.areas import region_deletion, region_merging, regions
from eightcut_store.areas.paging import decode_token, encode_token, fill_page
from eightcut_store.areas.scan_diff import diff_scans
from eightcut_store.areas.scans import get_scan
from eightcut_store.messages.resources import region_message
from eightcut_store.messages.times import to_micros
from eightcut_store.servicers.calls import Calls, masked
from eightcut_store.tables import Region

MOST_REGIONS = 5000
_DEFAULT_REGIONS = 1000
_DEFAULT_TOLERANCE_US = 1_000_000


class Regions(rpc.ScanServiceServicer):
    """Regions and comparisons of scans."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @override
    async def ListRegions(self, request: pb.ListRegionsRequest, context: object) -> pb.ListRegionsResponse:
        scan_id = int(request.scan_id)
        after = decode_token(request.page_token, _query(scan_id, request.include_merged), 2)

        def work(session: Session) -> pb.ListRegionsResponse:
            get_scan(session, scan_id)
            page, token = region_page(
                session,
                scan_id,
                include_merged=request.include_merged,
                after=after,
                size=request.page_size or _DEFAULT_REGIONS,
            )
            return pb.ListRegionsResponse(regions=page, next_page_token=token)

        return await self._calls.read(request, work)

    @override
    async def UpdateRegion(self, request: pb.UpdateRegionRequest, context: object) -> pb.UpdateRegionResponse:
        paths = masked(request.update_mask, ("start", "end", "disabled"))
        for path in ("start", "end"):
            if path in paths and not request.HasField(path):
                raise InvalidArgument(f"The update mask names the {path}, and there is none.", field=path)
        start_us = to_micros(request.start, "start") if "start" in paths else None
        end_us = to_micros(request.end, "end") if "end" in paths else None

        def work(session: Session) -> pb.UpdateRegionResponse:
            region = regions.update_region(
                session,
                regions.SeenRegion(int(request.id), request.etag),
                start_us=start_us,
                end_us=end_us,
                disabled=request.disabled if "disabled" in paths else None,
            )
            return pb.UpdateRegionResponse(region=region_message(region))

        return await self._calls.write(request, work)

    @override
    async def BatchSetRegionsDisabled(
        self, request: pb.BatchSetRegionsDisabledRequest, context: object
    ) -> pb.BatchSetRegionsDisabledResponse:
        def work(session: Session) -> pb.BatchSetRegionsDisabledResponse:
            changed = regions.set_disabled(session, _seen(request.regions), disabled=request.disabled)
            return pb.BatchSetRegionsDisabledResponse(regions=_messages(changed))

        return await self._calls.write(request, work)

    @override
    async def MergeRegions(self, request: pb.MergeRegionsRequest, context: object) -> pb.MergeRegionsResponse:
        def work(session: Session) -> pb.MergeRegionsResponse:
            whole = region_merging.merge_regions(session, _seen(request.regions))
            return pb.MergeRegionsResponse(region=region_message(whole))

        return await self._calls.write_once(request, pb.MergeRegionsResponse, work)

    @override
    async def UnmergeRegion(self, request: pb.UnmergeRegionRequest, context: object) -> pb.UnmergeRegionResponse:
        def work(session: Session) -> pb.UnmergeRegionResponse:
            parts = region_merging.unmerge_region(session, regions.SeenRegion(int(request.id), request.etag))
            return pb.UnmergeRegionResponse(regions=_messages(parts))

        return await self._calls.write(request, work)

    @override
    async def BatchSetRegionsDeleted(
        self, request: pb.BatchSetRegionsDeletedRequest, context: object
    ) -> pb.BatchSetRegionsDeletedResponse:
        def work(session: Session) -> pb.BatchSetRegionsDeletedResponse:
            changed = region_deletion.set_deleted(session, _seen(request.regions), deleted=request.deleted)
            return pb.BatchSetRegionsDeletedResponse(regions=_messages(changed))

        return await self._calls.write(request, work)

    @override
    async def DiffScans(self, request: pb.DiffScansRequest, context: object) -> pb.DiffScansResponse:
        tolerance = _DEFAULT_TOLERANCE_US
        if request.HasField("tolerance"):
            tolerance = to_micros(request.tolerance, "tolerance")

        def work(session: Session) -> pb.DiffScansResponse:
            found = diff_scans(session, int(request.before_id), int(request.after_id), tolerance)
            return pb.DiffScansResponse(
                gained=_messages(found.gained),
                lost=_messages(found.lost),
                moved=_pairs(found.moved),
                kept=_pairs(found.kept),
            )

        return await self._calls.read(request, work)


def region_page(
    session: Session, scan_id: int, *, include_merged: bool, after: tuple[int, ...] | None, size: int
) -> tuple[list[scan_pb2.Region], str]:
    """Returns the messages of a page of regions, and the token of the next one."""
    query = _query(scan_id, include_merged)
    rows = regions.list_regions(session, scan_id, include_merged=include_merged, after=after, limit=size + 1)
    return fill_page(rows, size, region_message, lambda row: encode_token(query, [row.start_us, row.id]))


def _query(scan_id: int, include_merged: bool) -> tuple[str, int, bool]:
    return ("regions", scan_id, include_merged)


def _seen(versions: Iterable[pb.RegionVersion]) -> list[regions.SeenRegion]:
    return [regions.SeenRegion(int(version.id), version.etag) for version in versions]


def _messages(rows: Sequence[Region]) -> list[scan_pb2.Region]:
    return [region_message(row) for row in rows]


def _pairs(pairs: Sequence[tuple[Region, Region]]) -> list[scan_pb2.RegionPair]:
    return [scan_pb2.RegionPair(before=region_message(old), after=region_message(new)) for old, new in pairs]

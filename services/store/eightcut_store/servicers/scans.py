"""ScanService: the scans. Their regions are in `eightcut_store.servicers.regions`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial

from eightcut.store.v1 import scan_service_pb2 as pb
from sqlalchemy.orm import Session
from typing_extensions import override

from eightcut_store.areas import scans, scores
from eightcut_store.areas.lookups import find_media, find_profile
from eightcut_store.areas.paging import DEFAULT_PAGE, decode_token, encode_token, fill_page
from eightcut_store.areas.scan_saving import save_scan
from eightcut_store.messages.resources import scan_message
from eightcut_store.servicers.calls import masked
from eightcut_store.servicers.regions import MOST_REGIONS, Regions, region_page
from eightcut_store.servicers.scan_upload import collect

_SCORE_BYTES = 4


class Scans(Regions):
    """Versions of a file's results."""

    @override
    async def CreateScan(
        self, request_iterator: AsyncIterator[pb.CreateScanRequest], context: object
    ) -> pb.CreateScanResponse:
        upload = await collect(request_iterator)
        new = upload.finish()

        def work(session: Session) -> pb.CreateScanResponse:
            found, pruned = save_scan(session, new)
            return pb.CreateScanResponse(scan=scan_message(found), pruned_ids=[str(number) for number in pruned])

        header = upload.header
        digest = upload.fingerprint() if header.request_id else ""
        return await self._calls.write_identified(header, header.request_id, digest, pb.CreateScanResponse, work)

    @override
    async def GetScan(self, request: pb.GetScanRequest, context: object) -> pb.GetScanResponse:
        def work(session: Session) -> pb.GetScanResponse:
            if request.WhichOneof("selector") == "id":
                found = scans.get_scan(session, int(request.id))
            else:
                latest = request.latest
                found = scans.latest_scan(session, latest.profile, latest.media, latest.model)
            answer = pb.GetScanResponse(scan=scan_message(found))
            if request.include_regions and found.scan.region_count:
                page, token = region_page(session, found.scan.id, include_merged=False, after=None, size=MOST_REGIONS)
                answer.regions.extend(page)
                answer.next_region_page_token = token
            return answer

        return await self._calls.read(request, work)

    @override
    async def ListScans(self, request: pb.ListScansRequest, context: object) -> pb.ListScansResponse:
        query = ("scans", request.profile, request.media, request.model)
        before = decode_token(request.page_token, query, 1)
        size = request.page_size or DEFAULT_PAGE

        def work(session: Session) -> pb.ListScansResponse:
            profile = find_profile(session, request.profile)
            media = find_media(session, request.media) if request.media else None
            rows = scans.list_scans(
                session,
                profile,
                media=media,
                model=request.model,
                before=before[0] if before else None,
                limit=size + 1,
            )
            page, token = fill_page(
                rows, size, scan_message, lambda row: encode_token(query, [scans.sequence_of(row.scan)])
            )
            return pb.ListScansResponse(scans=page, next_page_token=token)

        return await self._calls.read(request, work)

    @override
    async def UpdateScan(self, request: pb.UpdateScanRequest, context: object) -> pb.UpdateScanResponse:
        masked(request.update_mask, ("pinned",))

        def work(session: Session) -> pb.UpdateScanResponse:
            found = scans.pin_scan(session, int(request.id), pinned=request.pinned, etag=request.etag)
            return pb.UpdateScanResponse(scan=scan_message(found))

        return await self._calls.write(request, work)

    @override
    async def DeleteScan(self, request: pb.DeleteScanRequest, context: object) -> pb.DeleteScanResponse:
        def work(session: Session) -> pb.DeleteScanResponse:
            scan = scans.get_scan(session, int(request.id)).scan
            scans.delete_scans(session, [scan.id])
            return pb.DeleteScanResponse()

        return await self._calls.write(request, work)

    @override
    async def ReadScores(self, request: pb.ReadScoresRequest, context: object) -> AsyncIterator[pb.ReadScoresResponse]:
        scan_id = int(request.scan_id)
        total = await self._calls.read(request, lambda session: scores.window_count(session, scan_id))
        window = request.first_window
        while window < total:
            # A transaction for each chunk: a slow reader must not hold a snapshot open.
            chunk = await self._calls.read(request, partial(scores.read_scores, scan_id=scan_id, first_window=window))
            yield pb.ReadScoresResponse(first_window=window, scores=chunk, window_count=total)
            window += len(chunk) // _SCORE_BYTES

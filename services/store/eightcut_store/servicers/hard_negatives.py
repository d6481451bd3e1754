"""HardNegativeService."""

from __future__ import annotations

from eightcut.store.v1 import hard_negative_service_pb2 as pb
from eightcut.store.v1 import hard_negative_service_pb2_grpc as rpc
from sqlalchemy.orm import Session
from typing_extensions import override

from eightcut_store.areas import hard_negatives
from eightcut_store.areas.lookups import find_profile
from eightcut_store.areas.paging import DEFAULT_PAGE, decode_token, encode_token, fill_page
from eightcut_store.messages.resources import negative_message
from eightcut_store.messages.times import to_micros
from eightcut_store.servicers.calls import Calls


class HardNegatives(rpc.HardNegativeServiceServicer):
    """Hard negatives."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @override
    async def BatchCreateHardNegatives(
        self, request: pb.BatchCreateHardNegativesRequest, context: object
    ) -> pb.BatchCreateHardNegativesResponse:
        places = [_place(place, index) for index, place in enumerate(request.hard_negatives)]

        def work(session: Session) -> pb.BatchCreateHardNegativesResponse:
            profile = find_profile(session, request.profile)
            found, created = hard_negatives.mark(session, profile, places)
            messages = [negative_message(negative, profile.name) for negative in found]
            return pb.BatchCreateHardNegativesResponse(hard_negatives=messages, created=created)

        return await self._calls.write_once(request, pb.BatchCreateHardNegativesResponse, work)

    @override
    async def ListHardNegatives(
        self, request: pb.ListHardNegativesRequest, context: object
    ) -> pb.ListHardNegativesResponse:
        chosen = _filter(request.filter)
        query = ("hard_negatives", request.profile, chosen.source_model, chosen.media, chosen.text)
        before = decode_token(request.page_token, query, 1)
        size = request.page_size or DEFAULT_PAGE

        def work(session: Session) -> pb.ListHardNegativesResponse:
            profile = find_profile(session, request.profile)
            rows, total = hard_negatives.list_negatives(
                session, profile, chosen, before[0] if before else None, size + 1
            )
            page, token = fill_page(
                rows,
                size,
                lambda row: negative_message(row, profile.name),
                lambda row: encode_token(query, [row.negative.id]),
            )
            return pb.ListHardNegativesResponse(hard_negatives=page, next_page_token=token, total_size=total)

        return await self._calls.read(request, work)

    @override
    async def BatchDeleteHardNegatives(
        self, request: pb.BatchDeleteHardNegativesRequest, context: object
    ) -> pb.BatchDeleteHardNegativesResponse:
        def work(session: Session) -> pb.BatchDeleteHardNegativesResponse:
            profile = find_profile(session, request.profile)
            ids = [int(number) for number in request.ids]
            deleted = hard_negatives.delete_negatives(session, profile, ids)
            return pb.BatchDeleteHardNegativesResponse(deleted=deleted)

        return await self._calls.write(request, work)

    @override
    async def ClearHardNegatives(
        self, request: pb.ClearHardNegativesRequest, context: object
    ) -> pb.ClearHardNegativesResponse:
        chosen = _filter(request.filter)

        def work(session: Session) -> pb.ClearHardNegativesResponse:
            profile = find_profile(session, request.profile)
            count = hard_negatives.clear_negatives(session, profile, chosen, validate_only=request.validate_only)
            return pb.ClearHardNegativesResponse(deleted=count)

        if request.validate_only:
            return await self._calls.read(request, work)
        return await self._calls.write(request, work)


def _place(place: pb.NewHardNegative, index: int) -> hard_negatives.NewHardNegative:
    field = f"hard_negatives[{index}]"
    return hard_negatives.NewHardNegative(
        media=place.media,
        start_us=to_micros(place.start, f"{field}.start"),
        source_model=place.source_model,
        field=field,
    )


def _filter(chosen: pb.HardNegativeFilter) -> hard_negatives.Filter:
    return hard_negatives.Filter(
        source_model=chosen.source_model if chosen.HasField("source_model") else None,
        media=chosen.media,
        text=chosen.text,
    )

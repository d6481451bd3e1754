"""MediaService."""

from __future__ import annotations

from eightcut.store.v1 import media_service_pb2 as pb
from eightcut.store.v1 import media_service_pb2_grpc as rpc
from sqlalchemy.orm import Session
from typing_extensions import override

from eightcut_store.areas import media
from eightcut_store.areas.lookups import find_media, find_profile
from eightcut_store.areas.media_adoption import adopt_media
from eightcut_store.areas.paging import DEFAULT_PAGE, decode_token, encode_token, fill_page
from eightcut_store.messages.resources import media_message
from eightcut_store.messages.times import to_micros
from eightcut_store.servicers.calls import Calls


class MediaFiles(rpc.MediaServiceServicer):
    """Media and which of them a profile hides."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @override
    async def RegisterMedia(self, request: pb.RegisterMediaRequest, context: object) -> pb.RegisterMediaResponse:
        duration_us = to_micros(request.duration, "duration")

        def look(session: Session) -> pb.RegisterMediaResponse | None:
            for known in media.known_media(session, [request.digest]):
                if media.is_current(known, request.filename, request.path_hint, request.size_bytes, duration_us):
                    return pb.RegisterMediaResponse(media=media_message(known))
            return None

        def work(session: Session) -> pb.RegisterMediaResponse:
            registered = media.register_media(
                session,
                request.digest,
                filename=request.filename,
                path_hint=request.path_hint,
                size_bytes=request.size_bytes,
                duration_us=duration_us,
            )
            return pb.RegisterMediaResponse(media=media_message(registered))

        # Every scan registers its media; mostly there is nothing new to write.
        return await self._calls.read(request, look) or await self._calls.write(request, work)

    @override
    async def GetMedia(self, request: pb.GetMediaRequest, context: object) -> pb.GetMediaResponse:
        def work(session: Session) -> pb.GetMediaResponse:
            found = media.known_media(session, [request.digest]) or [find_media(session, request.digest)]
            return pb.GetMediaResponse(media=media_message(found[0]))

        return await self._calls.read(request, work)

    @override
    async def BatchGetMedia(self, request: pb.BatchGetMediaRequest, context: object) -> pb.BatchGetMediaResponse:
        def work(session: Session) -> pb.BatchGetMediaResponse:
            known = media.known_media(session, request.digests)
            return pb.BatchGetMediaResponse(media=[media_message(one) for one in known])

        return await self._calls.read(request, work)

    @override
    async def ListMedia(self, request: pb.ListMediaRequest, context: object) -> pb.ListMediaResponse:
        query = ("media", request.profile, request.filename, request.unlocated)
        after = decode_token(request.page_token, query, 1)
        size = request.page_size or DEFAULT_PAGE

        def work(session: Session) -> pb.ListMediaResponse:
            profile = find_profile(session, request.profile) if request.profile else None
            rows = media.list_media(
                session,
                profile,
                request.filename,
                after[0] if after else None,
                size + 1,
                unlocated=request.unlocated,
            )
            page, token = fill_page(rows, size, media_message, lambda row: encode_token(query, [row.id]))
            return pb.ListMediaResponse(media=page, next_page_token=token)

        return await self._calls.read(request, work)

    @override
    async def AdoptMedia(self, request: pb.AdoptMediaRequest, context: object) -> pb.AdoptMediaResponse:
        file = request.file
        duration_us = to_micros(file.duration, "file.duration")

        def work(session: Session) -> pb.AdoptMediaResponse:
            adopted = adopt_media(
                session,
                request.unlocated,
                file.digest,
                filename=file.filename,
                path_hint=file.path_hint,
                size_bytes=file.size_bytes,
                duration_us=duration_us,
            )
            return pb.AdoptMediaResponse(media=media_message(adopted.media), moved=adopted.moved, merged=adopted.merged)

        return await self._calls.write(request, work)

    @override
    async def SetMediaHidden(self, request: pb.SetMediaHiddenRequest, context: object) -> pb.SetMediaHiddenResponse:
        def work(session: Session) -> pb.SetMediaHiddenResponse:
            profile = find_profile(session, request.profile)
            changed = media.set_hidden(session, profile, request.digests, hidden=request.hidden)
            return pb.SetMediaHiddenResponse(changed=changed)

        return await self._calls.write(request, work)

    @override
    async def ListHiddenMedia(self, request: pb.ListHiddenMediaRequest, context: object) -> pb.ListHiddenMediaResponse:
        query = ("hidden", request.profile)
        after = decode_token(request.page_token, query, 1)
        size = request.page_size or DEFAULT_PAGE

        def work(session: Session) -> pb.ListHiddenMediaResponse:
            profile = find_profile(session, request.profile)
            rows = media.list_hidden(session, profile, after[0] if after else None, size + 1)
            page, token = fill_page(rows, size, media_message, lambda row: encode_token(query, [row.id]))
            return pb.ListHiddenMediaResponse(media=page, next_page_token=token)

        return await self._calls.read(request, work)

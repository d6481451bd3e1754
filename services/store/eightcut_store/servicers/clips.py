"""ClipService."""

from __future__ import annotations

from eightcut.store.v1 import clip_pb2
from eightcut.store.v1 import clip_service_pb2 as pb
from eightcut.store.v1 import clip_service_pb2_grpc as rpc
from eightcut_runtime import InvalidArgument
from google.protobuf.duration_pb2 import Duration
from sqlalchemy.orm import Session
from typing_extensions import override

from eightcut_store.areas import clips, folders
from eightcut_store.areas.labels import list_labels
from eightcut_store.areas.lookups import find_media, find_profile
from eightcut_store.areas.paging import DEFAULT_PAGE, decode_token, encode_token, fill_page
from eightcut_store.messages.resources import clip_message, folder_message, label_message
from eightcut_store.messages.times import to_micros
from eightcut_store.servicers.calls import Calls, masked


class Clips(rpc.ClipServiceServicer):
    """Clips, folders and labels."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @override
    async def CreateClip(self, request: pb.CreateClipRequest, context: object) -> pb.CreateClipResponse:
        new = new_clip(request.clip, "clip")

        def work(session: Session) -> pb.CreateClipResponse:
            profile = find_profile(session, request.profile)
            made = clips.create_clips(session, profile, [new])
            if not made:
                raise clips.duplicate_of(session, profile, new)
            return pb.CreateClipResponse(clip=clip_message(made[0]))

        return await self._calls.write_once(request, pb.CreateClipResponse, work)

    @override
    async def BatchCreateClips(
        self, request: pb.BatchCreateClipsRequest, context: object
    ) -> pb.BatchCreateClipsResponse:
        new = [new_clip(clip, f"clips[{index}]") for index, clip in enumerate(request.clips)]

        def work(session: Session) -> pb.BatchCreateClipsResponse:
            made = clips.create_clips(session, find_profile(session, request.profile), new)
            messages = [clip_message(clip) for clip in made]
            return pb.BatchCreateClipsResponse(clips=messages, skipped=len(new) - len(made))

        return await self._calls.write_once(request, pb.BatchCreateClipsResponse, work)

    @override
    async def GetClip(self, request: pb.GetClipRequest, context: object) -> pb.GetClipResponse:
        def work(session: Session) -> pb.GetClipResponse:
            return pb.GetClipResponse(clip=clip_message(clips.get_clip(session, int(request.id))))

        return await self._calls.read(request, work)

    @override
    async def ListClips(self, request: pb.ListClipsRequest, context: object) -> pb.ListClipsResponse:
        query = ("clips", request.profile, request.folder, request.media)
        after = decode_token(request.page_token, query, 3)
        size = request.page_size or DEFAULT_PAGE

        def token_of(found: clips.FoundClip) -> str:
            return encode_token(query, [found.clip.media_id, found.clip.start_us, found.clip.id])

        def work(session: Session) -> pb.ListClipsResponse:
            profile = find_profile(session, request.profile)
            media = find_media(session, request.media) if request.media else None
            rows = clips.list_clips(session, profile, folder=request.folder, media=media, after=after, limit=size + 1)
            page, token = fill_page(rows, size, clip_message, token_of)
            return pb.ListClipsResponse(clips=page, next_page_token=token)

        return await self._calls.read(request, work)

    @override
    async def UpdateClip(self, request: pb.UpdateClipRequest, context: object) -> pb.UpdateClipResponse:
        paths = masked(request.update_mask, ("start", "duration", "folder", "label", "category"))
        if "duration" in paths and not request.HasField("duration"):
            raise InvalidArgument("A clip needs a duration.", field="duration")
        start_us = to_micros(request.start, "start") if "start" in paths else None
        duration_us = positive_micros(request.duration, "duration") if "duration" in paths else None

        def work(session: Session) -> pb.UpdateClipResponse:
            found = clips.update_clip(
                session,
                int(request.id),
                start_us=start_us,
                duration_us=duration_us,
                folder=request.folder if "folder" in paths else None,
                label=request.label if "label" in paths else None,
                category=request.category if "category" in paths else None,
                etag=request.etag,
            )
            return pb.UpdateClipResponse(clip=clip_message(found))

        return await self._calls.write(request, work)

    @override
    async def BatchDeleteClips(
        self, request: pb.BatchDeleteClipsRequest, context: object
    ) -> pb.BatchDeleteClipsResponse:
        def work(session: Session) -> pb.BatchDeleteClipsResponse:
            profile = find_profile(session, request.profile)
            ids = [int(number) for number in request.ids]
            deleted = clips.delete_clips(session, profile, ids, forget_files=request.forget_files)
            return pb.BatchDeleteClipsResponse(deleted=deleted)

        return await self._calls.write(request, work)

    @override
    async def ListFolders(self, request: pb.ListFoldersRequest, context: object) -> pb.ListFoldersResponse:
        def work(session: Session) -> pb.ListFoldersResponse:
            profile = find_profile(session, request.profile)
            found = folders.list_folders(session, profile, include_scan_exports=request.include_scan_exports)
            return pb.ListFoldersResponse(folders=[folder_message(folder) for folder in found])

        return await self._calls.read(request, work)

    @override
    async def RenameFolder(self, request: pb.RenameFolderRequest, context: object) -> pb.RenameFolderResponse:
        def work(session: Session) -> pb.RenameFolderResponse:
            profile = find_profile(session, request.profile)
            moved, merged = folders.rename_folder(session, profile, request.folder, request.new_folder)
            return pb.RenameFolderResponse(moved=moved, merged=merged)

        return await self._calls.write(request, work)

    @override
    async def ListLabels(self, request: pb.ListLabelsRequest, context: object) -> pb.ListLabelsResponse:
        def work(session: Session) -> pb.ListLabelsResponse:
            profile = find_profile(session, request.profile)
            found = list_labels(session, profile, request.page_size or DEFAULT_PAGE)
            # A thousand labels of the largest size do not fit into a message: the last used ones do.
            page, _ = fill_page(found, len(found), label_message, lambda _: "")
            return pb.ListLabelsResponse(labels=page)

        return await self._calls.read(request, work)


def new_clip(clip: pb.NewClip, field: str) -> clips.NewClip:
    """Returns the clip that a message asks for; ``field`` is its path in the request.

    Raises:
        InvalidArgument: A time is none.
    """
    return clips.NewClip(
        media=clip.media,
        start_us=to_micros(clip.start, f"{field}.start"),
        duration_us=positive_micros(clip.duration, f"{field}.duration"),
        folder=clip.folder,
        label=clip.label,
        category=clip.category,
        origin=clip.origin or clip_pb2.CLIP_ORIGIN_MARKED,
        field=field,
    )


def positive_micros(duration: Duration, field: str) -> int:
    """Returns microseconds.

    Raises:
        InvalidArgument: There is not even one.
    """
    micros = to_micros(duration, field)
    if micros < 1:
        raise InvalidArgument("A clip must last at least a microsecond.", field=field)
    return micros

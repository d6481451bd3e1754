"""ExportService."""

from __future__ import annotations

from eightcut.store.v1 import export_service_pb2 as pb
from eightcut.store.v1 import export_service_pb2_grpc as rpc
from eightcut_runtime import InvalidArgument
from sqlalchemy.orm import Session
from typing_extensions import override

from eightcut_store.areas import clip_files, export_numbers
from eightcut_store.areas.clip_file_moves import ClipMove, FileMove, move_clips, move_files
from eightcut_store.areas.clips import MARKED
from eightcut_store.areas.export_paths import check_path, export_folder_of
from eightcut_store.areas.lookups import find_media, find_profile
from eightcut_store.areas.paging import DEFAULT_PAGE, decode_token, encode_token, fill_page
from eightcut_store.messages.clip_files import clip_file_message, export_folder_message, settings_columns
from eightcut_store.messages.times import to_micros
from eightcut_store.servicers.calls import Calls, check_text
from eightcut_store.servicers.clips import new_clip, positive_micros


class Exports(rpc.ExportServiceServicer):
    """Numbers of files, and where they lie."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @override
    async def PeekNumbers(self, request: pb.PeekNumbersRequest, context: object) -> pb.PeekNumbersResponse:
        export_folder = _export_folder(request, request.export_folder)

        def work(session: Session) -> pb.PeekNumbersResponse:
            media = find_media(session, request.media)
            found = export_numbers.peek_numbers(session, export_folder, media, request.video_floor)
            return pb.PeekNumbersResponse(
                video_number=found.video,
                video_known=found.video_known,
                next_marked=found.marked,
                next_scan_export=found.scan_export,
            )

        return await self._calls.read(request, work)

    @override
    async def ReserveNumbers(self, request: pb.ReserveNumbersRequest, context: object) -> pb.ReserveNumbersResponse:
        export_folder = _export_folder(request, request.export_folder)

        def work(session: Session) -> pb.ReserveNumbersResponse:
            found = export_numbers.reserve_numbers(
                session,
                export_folder,
                find_media(session, request.media),
                origin=request.origin or MARKED,
                count=request.count,
                video_floor=request.video_floor,
                clip_floor=request.clip_floor,
            )
            return pb.ReserveNumbersResponse(video_number=found.video, first_number=found.first)

        return await self._calls.write_once(request, pb.ReserveNumbersResponse, work)

    @override
    async def RecordClipFiles(self, request: pb.RecordClipFilesRequest, context: object) -> pb.RecordClipFilesResponse:
        check_text(request)
        new = [_new_file(file, f"files[{index}]") for index, file in enumerate(request.files)]

        def work(session: Session) -> pb.RecordClipFilesResponse:
            found = clip_files.record_files(session, find_profile(session, request.profile), new)
            return pb.RecordClipFilesResponse(files=[clip_file_message(file) for file in found])

        return await self._calls.write(request, work)

    @override
    async def ListClipFiles(self, request: pb.ListClipFilesRequest, context: object) -> pb.ListClipFilesResponse:
        export_folder = _export_folder(request, request.export_folder) if request.export_folder else ""
        clip_ids, paths = sorted(map(int, request.clip_ids)), sorted(request.paths)
        query = ("clip_files", request.profile, clip_ids, request.media, request.folder, export_folder, paths)
        after = decode_token(request.page_token, query, 4)
        size = request.page_size or DEFAULT_PAGE

        def token_of(found: clip_files.FoundFile) -> str:
            return encode_token(query, [found.media_id, found.file.start_us, found.file.sub_index, found.file.id])

        def work(session: Session) -> pb.ListClipFilesResponse:
            rows = clip_files.list_files(
                session,
                profile=find_profile(session, request.profile) if request.profile else None,
                clip_ids=clip_ids,
                media=find_media(session, request.media) if request.media else None,
                folder=request.folder,
                export_folder=export_folder,
                paths=paths,
                after=after,
                limit=size + 1,
            )
            page, token = fill_page(rows, size, clip_file_message, token_of)
            return pb.ListClipFilesResponse(files=page, next_page_token=token)

        return await self._calls.read(request, work)

    @override
    async def BatchDeleteClipFiles(
        self, request: pb.BatchDeleteClipFilesRequest, context: object
    ) -> pb.BatchDeleteClipFilesResponse:
        def work(session: Session) -> pb.BatchDeleteClipFilesResponse:
            unused, files, clips = clip_files.forget_files(
                session,
                find_profile(session, request.profile),
                [int(number) for number in request.ids],
                delete_clips=request.delete_clips,
            )
            messages = [clip_file_message(file) for file in unused]
            return pb.BatchDeleteClipFilesResponse(unused=messages, files=files, clips=clips)

        return await self._calls.write(request, work)

    @override
    async def MoveClipFiles(self, request: pb.MoveClipFilesRequest, context: object) -> pb.MoveClipFilesResponse:
        check_text(request)
        files = []
        for index, file in enumerate(request.files):
            field = f"files[{index}]"
            check_path(file.path, f"{field}.path")
            folder = export_folder_of(file.export_folder, f"{field}.export_folder")
            files.append(FileMove(int(file.id), folder, file.path, field))
        clips = [ClipMove(int(clip.id), clip.folder, f"clips[{index}]") for index, clip in enumerate(request.clips)]

        def work(session: Session) -> pb.MoveClipFilesResponse:
            moved_files = move_files(session, files)
            moved_clips, merged = move_clips(session, clips)
            return pb.MoveClipFilesResponse(files=moved_files, clips=moved_clips, merged=merged)

        return await self._calls.write(request, work)

    @override
    async def ListExportFolders(
        self, request: pb.ListExportFoldersRequest, context: object
    ) -> pb.ListExportFoldersResponse:
        def work(session: Session) -> pb.ListExportFoldersResponse:
            profile = find_profile(session, request.profile)
            media = find_media(session, request.media) if request.media else None
            found = clip_files.list_used_folders(session, profile, folder=request.folder, media=media)
            # A thousand of the largest size do not fit into a message: the last used ones do.
            page, _ = fill_page(found, len(found), export_folder_message, lambda _: "")
            return pb.ListExportFoldersResponse(export_folders=page)

        return await self._calls.read(request, work)


def _export_folder(
    request: pb.PeekNumbersRequest | pb.ReserveNumbersRequest | pb.ListClipFilesRequest, text: str
) -> str:
    check_text(request)
    return export_folder_of(text, "export_folder")


def _new_file(file: pb.NewClipFile, field: str) -> clip_files.NewFile:
    if file.WhichOneof("owner") is None:
        raise InvalidArgument(f"{field}: needs the clip that the file was made from.", field=field)
    check_path(file.path, f"{field}.path")
    return clip_files.NewFile(
        owner=new_clip(file.clip, f"{field}.clip") if file.WhichOneof("owner") == "clip" else int(file.clip_id),
        export_folder=export_folder_of(file.export_folder, f"{field}.export_folder"),
        path=file.path,
        sub_index=file.index,
        start_us=to_micros(file.start, f"{field}.start"),
        duration_us=positive_micros(file.duration, f"{field}.duration"),
        label=file.label,
        settings=settings_columns(file.settings, f"{field}.settings"),
        size_bytes=file.size_bytes,
        field=field,
    )

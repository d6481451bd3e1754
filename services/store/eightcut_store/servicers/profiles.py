"""ProfileService."""

from __future__ import annotations

from eightcut.store.v1 import profile_service_pb2 as pb
from eightcut.store.v1 import profile_service_pb2_grpc as rpc
from eightcut_runtime import InvalidArgument
from sqlalchemy.orm import Session
from typing_extensions import override

from eightcut_store.areas import profiles
from eightcut_store.areas.lookups import find_profile
from eightcut_store.areas.paging import DEFAULT_PAGE, decode_token, encode_token, fill_page
from eightcut_store.areas.profile_copy import duplicate_profile
from eightcut_store.messages.resources import contents_message, profile_message
from eightcut_store.servicers.calls import Calls, masked


class Profiles(rpc.ProfileServiceServicer):
    """Profiles."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @override
    async def ListProfiles(self, request: pb.ListProfilesRequest, context: object) -> pb.ListProfilesResponse:
        query = ("profiles",)
        after = decode_token(request.page_token, query, 1)
        size = request.page_size or DEFAULT_PAGE

        def work(session: Session) -> pb.ListProfilesResponse:
            rows = profiles.list_profiles(session, after[0] if after else None, size + 1)
            page, token = fill_page(rows, size, profile_message, lambda row: encode_token(query, [row.id]))
            return pb.ListProfilesResponse(profiles=page, next_page_token=token)

        return await self._calls.read(request, work)

    @override
    async def GetProfile(self, request: pb.GetProfileRequest, context: object) -> pb.GetProfileResponse:
        def work(session: Session) -> pb.GetProfileResponse:
            profile = find_profile(session, request.profile)
            contents = profiles.contents_of(session, profile)
            return pb.GetProfileResponse(profile=profile_message(profile), contents=contents_message(contents))

        return await self._calls.read(request, work)

    @override
    async def CreateProfile(self, request: pb.CreateProfileRequest, context: object) -> pb.CreateProfileResponse:
        def work(session: Session) -> pb.CreateProfileResponse:
            keep = request.keep_versions or profiles.DEFAULT_KEEP
            profile = profiles.create_profile(session, request.profile, keep)
            return pb.CreateProfileResponse(profile=profile_message(profile))

        return await self._calls.write_once(request, pb.CreateProfileResponse, work)

    @override
    async def UpdateProfile(self, request: pb.UpdateProfileRequest, context: object) -> pb.UpdateProfileResponse:
        paths = masked(request.update_mask, ("name", "keep_versions"))
        if "keep_versions" in paths and request.keep_versions < 1:
            raise InvalidArgument("At least one version must be kept.", field="keep_versions")

        def work(session: Session) -> pb.UpdateProfileResponse:
            profile = profiles.update_profile(
                session,
                request.profile,
                new_name=request.name if "name" in paths else None,
                keep_versions=request.keep_versions if "keep_versions" in paths else None,
                etag=request.etag,
            )
            return pb.UpdateProfileResponse(profile=profile_message(profile))

        return await self._calls.write(request, work)

    @override
    async def DuplicateProfile(
        self, request: pb.DuplicateProfileRequest, context: object
    ) -> pb.DuplicateProfileResponse:
        def work(session: Session) -> pb.DuplicateProfileResponse:
            copy = duplicate_profile(session, request.source_profile, request.profile)
            contents = profiles.contents_of(session, copy)
            return pb.DuplicateProfileResponse(profile=profile_message(copy), contents=contents_message(contents))

        return await self._calls.write_once(request, pb.DuplicateProfileResponse, work)

    @override
    async def DeleteProfile(self, request: pb.DeleteProfileRequest, context: object) -> pb.DeleteProfileResponse:
        def work(session: Session) -> pb.DeleteProfileResponse:
            deleted = profiles.delete_profile(session, request.profile, validate_only=request.validate_only)
            return pb.DeleteProfileResponse(deleted=contents_message(deleted))

        if request.validate_only:
            return await self._calls.read(request, work)
        return await self._calls.write(request, work)

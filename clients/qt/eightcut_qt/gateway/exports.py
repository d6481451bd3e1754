"""Clips as files: where they lie. Cutting, moving and deleting them is the sdk's (`eightcut_client.exports`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from eightcut.store.v1 import export_service_pb2 as api
from eightcut_client.paging import pages

from eightcut_qt.core.records import ClipFileRecord
from eightcut_qt.gateway.media import BATCH, batches

if TYPE_CHECKING:
    from eightcut_qt.gateway import Services


class ExportCalls:
    """Calls of ExportService."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def files(self, *, media: str = "", folder: str = "") -> list[ClipFileRecord]:
        """Return the files of the profile's clips, of one media or folder if these are named."""
        return self._list(
            api.ListClipFilesRequest(profile=self._services.profile, media=media, folder=folder, page_size=BATCH)
        )

    def of_clips(self, ids: Iterable[str]) -> list[ClipFileRecord]:
        """Return the files of these clips."""
        found: list[ClipFileRecord] = []
        for part in batches(ids):
            found += self._list(
                api.ListClipFilesRequest(profile=self._services.profile, clip_ids=part, page_size=BATCH)
            )
        return found

    def _list(self, request: api.ListClipFilesRequest) -> list[ClipFileRecord]:
        answers = pages(self._services.connection().exports.ListClipFiles, request)
        return [ClipFileRecord.of(file) for page in answers for file in page.files]

"""Clips, folders, labels."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eightcut.store.v1 import clip_service_pb2 as api
from eightcut.store.v1.clip_pb2 import CLIP_ORIGIN_MARKED, CLIP_ORIGIN_SCAN_EXPORT
from eightcut_client.errors import PreconditionError
from eightcut_client.paging import pages
from eightcut_client.times import to_duration
from google.protobuf.field_mask_pb2 import FieldMask

from eightcut_qt.core.records import ClipRecord, FolderRecord
from eightcut_qt.gateway.media import BATCH, batches

if TYPE_CHECKING:
    from eightcut_qt.gateway import Services
    from eightcut_qt.gateway.exports import ExportCalls


@dataclass(frozen=True, slots=True)
class NewClip:
    """A clip to be made; times in seconds."""

    media: str
    start: float
    duration: float
    folder: str
    label: str = ""
    category: str = ""
    scan_export: bool = False


class ClipCalls:
    """Calls of ClipService."""

    def __init__(self, services: Services, exports: ExportCalls) -> None:
        self._services = services
        self._exports = exports

    def create(self, clips: Sequence[NewClip]) -> list[ClipRecord]:
        """Mark clips, all or none up to 1,000; those that are there already are skipped and not returned."""
        made: list[ClipRecord] = []
        for start in range(0, len(clips), BATCH):
            request = api.BatchCreateClipsRequest(
                profile=self._services.profile,
                clips=[_message(clip) for clip in clips[start : start + BATCH]],
                request_id=uuid.uuid4().hex,
            )
            made += map(ClipRecord.of, self._services.connection().clips.BatchCreateClips(request).clips)
        return made

    def update(
        self,
        clip: ClipRecord,
        *,
        start: float | None = None,
        duration: float | None = None,
        folder: str | None = None,
        label: str | None = None,
        category: str | None = None,
    ) -> ClipRecord:
        """Move or rename a clip as it was last seen.

        Raises:
            ConflictError: Another client changed it.
            AlreadyExistsError: The same clip is there.
        """
        given: dict[str, Any] = {
            "start": None if start is None else to_duration(start),
            "duration": None if duration is None else to_duration(duration),
            "folder": folder,
            "label": label,
            "category": category,
        }
        values = {name: value for name, value in given.items() if value is not None}
        request = api.UpdateClipRequest(id=clip.id, etag=clip.etag, update_mask=FieldMask(paths=list(values)), **values)
        return ClipRecord.of(self._services.connection().clips.UpdateClip(request).clip)

    def delete(self, ids: Iterable[str]) -> None:
        """Delete clips that are not cut to files: the Store would forget where these lie.

        Raises:
            PreconditionError: A clip has files.
        """
        ids = list(ids)
        if self._exports.of_clips(ids):
            raise PreconditionError("A clip that is cut to files is deleted together with them (Delete from Disk Too).")
        for part in batches(ids):
            request = api.BatchDeleteClipsRequest(profile=self._services.profile, ids=part)
            self._services.connection().clips.BatchDeleteClips(request)

    def folders(self, *, include_scan_exports: bool = False) -> list[FolderRecord]:
        """Return folders with counts; those with nothing but scan exports only if asked for."""
        request = api.ListFoldersRequest(profile=self._services.profile, include_scan_exports=include_scan_exports)
        return [FolderRecord.of(folder) for folder in self._services.connection().clips.ListFolders(request).folders]

    def labels(self) -> list[str]:
        """Return labels, the last used first."""
        request = api.ListLabelsRequest(profile=self._services.profile, page_size=200)
        return [label.name for label in self._services.connection().clips.ListLabels(request).labels]

    def list(self, *, media: str = "", folder: str = "") -> list[ClipRecord]:
        """Return the clips of the profile, of one media or folder if these are named."""
        request = api.ListClipsRequest(profile=self._services.profile, media=media, folder=folder, page_size=BATCH)
        answers = pages(self._services.connection().clips.ListClips, request)
        return [ClipRecord.of(clip) for page in answers for clip in page.clips]


def _message(clip: NewClip) -> api.NewClip:
    return api.NewClip(
        media=clip.media,
        start=to_duration(clip.start),
        duration=to_duration(clip.duration),
        folder=clip.folder,
        label=clip.label,
        category=clip.category,
        origin=CLIP_ORIGIN_SCAN_EXPORT if clip.scan_export else CLIP_ORIGIN_MARKED,
    )

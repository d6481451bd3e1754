"""The clips of one file as the Store has them: the side of the edit thread."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from eightcut.store.v1 import clip_pb2
from eightcut.store.v1 import clip_service_pb2 as api
from eightcut_client.register import LocalMedia, identify_file
from eightcut_client.times import to_duration

from eightcut_qt.clips.marking import place
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.operations import Outcome
from eightcut_qt.core.records import ClipRecord
from eightcut_qt.core.state import OpenMedia
from eightcut_qt.gateway import Gateway

Edit: TypeAlias = tuple[ClipRecord | None, ClipRecord | None]
"""A clip before and after a change; None: not there."""

_BATCH = 1000
_FIELDS = ("start", "duration", "folder", "label", "category")


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of edits.

    Attributes:
        digest: Of the file.
        skipped: Handles of clips that were there already, made by somebody else.
    """

    digest: str
    skipped: tuple[str, ...] = ()


class ClipKeeper:
    """Saves edits of one file's clips, in order.

    A clip has a handle that stays when it is deleted and made again; the Store's id and etag do not. `save` runs in the
    thread of edits; `know` is called in the UI thread, only while no edit is under way.
    """

    def __init__(self, gateway: Gateway, media: OpenMedia) -> None:
        self.media = media
        self._gateway = gateway
        self._records: dict[str, ClipRecord] = {}
        self._digest = media.digest if media.registered else ""

    def know(self, records: Mapping[str, ClipRecord]) -> None:
        """Take what the Store has now, by handle."""
        self._records = dict(records)

    def local(self) -> LocalMedia:
        """Return the identity of the file; in the thread of edits.

        Raises:
            MediaError: It cannot be read.
        """
        return self.media.local or identify_file(self.media.path)

    def records(self, handles: Iterable[str]) -> list[ClipRecord]:
        """Return what the Store has of clips, with its ids; clips that it does not have are left out."""
        return [self._records[handle] for handle in handles if handle in self._records]

    def handle_of(self) -> dict[str, str]:
        """Return the handles of the Store's ids."""
        return {record.id: handle for handle, record in self._records.items()}

    def save(self, edits: Mapping[str, Edit], source: object) -> Outcome[Kept]:
        """Let the Store have what the person did.

        Raises:
            EightcutError: It refused, or cannot be reached.
            MediaError: The file cannot be made known to it.
        """
        digest = self._registered()
        gone = [handle for handle, (_, after) in edits.items() if after is None and handle in self._records]
        if gone:
            self._gateway.clips.delete([self._records[handle].id for handle in gone])
            for handle in gone:
                del self._records[handle]
        new = {handle: after for handle, (_, after) in edits.items() if after and handle not in self._records}
        skipped = self._create(digest, new) if new else ()
        for handle, (before, after) in edits.items():
            if before is not None and after is not None and handle not in new:
                self._records[handle] = self._gateway.clips.update(self._records[handle], **_changed(before, after))
        return Outcome(Kept(digest, skipped), Change(Topic.CLIPS, media=frozenset({digest}), source=source))

    def _registered(self) -> str:
        """Make the file known when it is not yet: clips are marked while it is still being hashed."""
        if not self._digest:
            self._digest = self._gateway.media.register(self.local()).digest
        return self._digest

    def _create(self, digest: str, new: Mapping[str, ClipRecord]) -> tuple[str, ...]:
        handles = {place(clip): handle for handle, clip in new.items()}
        clips = list(new.values())
        for start in range(0, len(clips), _BATCH):
            for made in self._made(digest, clips[start : start + _BATCH]):
                self._records[handles.pop(place(made))] = made
        return tuple(handles.values())

    def _made(self, digest: str, clips: Sequence[ClipRecord]) -> list[ClipRecord]:
        # Not `ClipCalls.create`: a deleted scan export that comes back must still be one, or it would be trained on.
        request = api.BatchCreateClipsRequest(
            profile=self._gateway.profile,
            clips=[_message(digest, clip) for clip in clips],
            request_id=uuid.uuid4().hex,
        )
        return [ClipRecord.of(made) for made in self._gateway.connection().clips.BatchCreateClips(request).clips]


def _changed(before: ClipRecord, after: ClipRecord) -> dict[str, Any]:
    """Return what the person changed, so that what others changed stays."""
    return {name: getattr(after, name) for name in _FIELDS if getattr(before, name) != getattr(after, name)}


def _message(digest: str, clip: ClipRecord) -> api.NewClip:
    return api.NewClip(
        media=digest,
        start=to_duration(clip.start),
        duration=to_duration(clip.duration),
        folder=clip.folder,
        label=clip.label,
        category=clip.category,
        origin=clip_pb2.CLIP_ORIGIN_SCAN_EXPORT if clip.scan_export else clip_pb2.CLIP_ORIGIN_MARKED,
    )

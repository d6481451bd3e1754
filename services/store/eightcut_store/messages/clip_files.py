"""Files of clips as messages; settings that have no column are kept as JSON."""

from __future__ import annotations

from typing import Any

from eightcut.store.v1 import clip_file_pb2, clip_pb2
from google.protobuf import json_format

from eightcut_store.areas.clip_files import FoundFile, UsedFolder
from eightcut_store.messages.times import duration, timestamp, to_micros
from eightcut_store.messages.training import document
from eightcut_store.tables import ClipFile


def settings_columns(settings: clip_file_pb2.CutSettings, field: str) -> dict[str, Any]:
    """Returns the columns of `ClipFile` that hold the settings.

    Raises:
        InvalidArgument: A duration is none.
    """
    more = clip_file_pb2.CutSettings(crop_keyframes=settings.crop_keyframes, ltx2=settings.ltx2)
    return {
        "format": settings.format,
        "short_side": settings.short_side,
        "crop_ratio": settings.crop_ratio,
        "crop_center": settings.crop_center,
        "clip_count": settings.clip_count,
        "clip_duration_us": to_micros(settings.clip_duration, f"{field}.clip_duration"),
        "spread_us": to_micros(settings.spread, f"{field}.spread"),
        "more": document(more) if more.ByteSize() else "",
    }


def settings_message(file: ClipFile) -> clip_file_pb2.CutSettings:
    """Returns the settings that a file was made with."""
    settings = clip_file_pb2.CutSettings(
        format=file.format,
        short_side=file.short_side,
        crop_ratio=file.crop_ratio,
        crop_center=file.crop_center,
        clip_count=file.clip_count,
        clip_duration=duration(file.clip_duration_us),
        spread=duration(file.spread_us),
    )
    if file.more:
        more = json_format.Parse(file.more, clip_file_pb2.CutSettings(), ignore_unknown_fields=True)
        settings.crop_keyframes.extend(more.crop_keyframes)
        settings.ltx2 = more.ltx2
    return settings


def clip_file_message(found: FoundFile) -> clip_file_pb2.ClipFile:
    """Returns the message of a file."""
    file = found.file
    return clip_file_pb2.ClipFile(
        id=str(file.id),
        profile=found.profile,
        clip_id=str(file.clip_id),
        media=found.media,
        folder=found.folder,
        origin=clip_pb2.ClipOrigin.ValueType(found.origin),
        export_folder=file.export_folder,
        path=file.path,
        index=file.sub_index,
        start=duration(file.start_us),
        duration=duration(file.duration_us),
        label=file.label,
        settings=settings_message(file),
        size_bytes=file.size_bytes,
        create_time=timestamp(file.create_us),
    )


def export_folder_message(used: UsedFolder) -> clip_file_pb2.ExportFolder:
    """Returns the message of an export folder."""
    return clip_file_pb2.ExportFolder(
        export_folder=used.export_folder,
        folder=used.folder,
        files=used.files,
        last_use_time=timestamp(used.last_use_us),
    )

"""What the services know, as immutable records with times in seconds: made once from messages, shown many times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Self

from eightcut.store.v1 import clip_pb2
from eightcut_client.times import to_seconds

if TYPE_CHECKING:
    from eightcut.common.v1.training_pb2 import TrainingMetrics, TrainingSpec
    from eightcut.store.v1 import classifier_pb2, clip_file_pb2, hard_negative_pb2, media_pb2, scan_pb2
    from google.protobuf.timestamp_pb2 import Timestamp

DEFAULT_WINDOW, DEFAULT_HOP = 8.0, 1.0
"""Seconds; what a scan without a grid was made with."""


def local_time(stamp: Timestamp) -> datetime:
    """Return a moment in the person's own time zone."""
    return datetime.fromtimestamp(stamp.ToMicroseconds() / 1e6).astimezone()


@dataclass(frozen=True, slots=True)
class MediaRecord:
    """A media as the Store knows it; see eightcut.store.v1.Media."""

    digest: str
    filename: str
    path_hint: str
    size: int
    duration: float
    unlocated: bool = False
    """Imported by name, and not found yet: the digest is no file's."""

    @classmethod
    def of(cls, message: media_pb2.Media) -> Self:
        """Make it from a message."""
        duration = to_seconds(message.duration)
        return cls(message.digest, message.filename, message.path_hint, message.size_bytes, duration, message.unlocated)


@dataclass(frozen=True, slots=True)
class ClipRecord:
    """A marked stretch of media; see eightcut.store.v1.Clip."""

    id: str
    media: str
    start: float
    duration: float
    folder: str
    label: str
    category: str
    scan_export: bool
    etag: str

    @property
    def end(self) -> float:
        """Seconds from the beginning of the media."""
        return self.start + self.duration

    @classmethod
    def of(cls, message: clip_pb2.Clip) -> Self:
        """Make it from a message."""
        return cls(
            message.id,
            message.media,
            to_seconds(message.start),
            to_seconds(message.duration),
            message.folder,
            message.label,
            message.category,
            message.origin == clip_pb2.CLIP_ORIGIN_SCAN_EXPORT,
            message.etag,
        )


@dataclass(frozen=True, slots=True)
class ClipFileRecord:
    """A file that was cut from a clip; see eightcut.store.v1.ClipFile."""

    id: str
    clip_id: str
    media: str
    folder: str
    export_folder: str
    path: str
    index: int
    start: float
    duration: float
    label: str
    ltx2: bool = False

    @property
    def location(self) -> Path:
        """Where it lies, or lay."""
        return Path(self.export_folder, *self.path.split("/"))

    @classmethod
    def of(cls, message: clip_file_pb2.ClipFile) -> Self:
        """Make it from a message."""
        return cls(
            message.id,
            message.clip_id,
            message.media,
            message.folder,
            message.export_folder,
            message.path,
            message.index,
            to_seconds(message.start),
            to_seconds(message.duration),
            message.label,
            message.settings.ltx2,
        )


@dataclass(frozen=True, slots=True)
class FolderRecord:
    """A named group of clips with counts; see eightcut.store.v1.Folder."""

    name: str
    clips: int
    media: int
    scan_exports: int
    disabled: bool

    @classmethod
    def of(cls, message: clip_pb2.Folder) -> Self:
        """Make it from a message."""
        return cls(message.name, message.clips, message.media, message.scan_exports, message.disabled)


@dataclass(frozen=True, slots=True)
class RegionRecord:
    """A region of a scan as the person left it; see eightcut.store.v1.Region."""

    id: str
    scan_id: str
    start: float
    end: float
    score: float
    disabled: bool
    original_start: float
    original_end: float
    union_start: float
    union_end: float
    etag: str

    @property
    def resized(self) -> bool:
        """Whether its bounds are not those that the scan found."""
        return (self.start, self.end) != (self.original_start, self.original_end)

    @classmethod
    def of(cls, message: scan_pb2.Region) -> Self:
        """Make it from a message."""
        return cls(
            message.id,
            message.scan_id,
            to_seconds(message.start),
            to_seconds(message.end),
            message.score,
            message.disabled,
            to_seconds(message.original_start),
            to_seconds(message.original_end),
            to_seconds(message.union_start),
            to_seconds(message.union_end),
            message.etag,
        )


@dataclass(frozen=True, slots=True)
class ScanRecord:
    """A version of a file's results; see eightcut.store.v1.Scan. ``created`` is None for rows of an old database."""

    id: str
    media: str
    model: str
    classifier_id: str
    classifier_version: int
    sequence: int
    created: datetime | None
    threshold: float
    window: float
    hop: float
    window_count: int
    region_count: int
    best_score: float | None
    pinned: bool
    etag: str

    @classmethod
    def of(cls, message: scan_pb2.Scan) -> Self:
        """Make it from a message."""
        return cls(
            message.id,
            message.media,
            message.model,
            message.classifier_id,
            message.classifier_version,
            message.sequence,
            local_time(message.create_time) if message.HasField("create_time") else None,
            message.threshold,
            to_seconds(message.grid.window) or DEFAULT_WINDOW,
            to_seconds(message.grid.hop) or DEFAULT_HOP,
            message.window_count,
            message.region_count,
            message.best_score if message.HasField("best_score") else None,
            message.pinned,
            message.etag,
        )


@dataclass(frozen=True, slots=True)
class NegativeRecord:
    """A hard negative; see eightcut.store.v1.HardNegative."""

    id: str
    media: str
    start: float
    source_model: str
    created: datetime

    @classmethod
    def of(cls, message: hard_negative_pb2.HardNegative) -> Self:
        """Make it from a message."""
        start = to_seconds(message.start)
        return cls(message.id, message.media, start, message.source_model, local_time(message.create_time))


@dataclass(frozen=True, slots=True)
class ClassifierRecord:
    """A version of a classifier; see eightcut.store.v1.Classifier."""

    id: str
    embedder: str
    name: str
    model: str
    version: int
    active: bool
    threshold: float
    metrics: TrainingMetrics
    spec: TrainingSpec
    created: datetime

    @classmethod
    def of(cls, message: classifier_pb2.Classifier) -> Self:
        """Make it from a message."""
        return cls(
            message.id,
            message.embedder,
            message.name,
            message.model,
            message.version,
            message.active,
            message.threshold,
            message.metrics,
            message.spec,
            local_time(message.create_time),
        )

"""Rows as messages."""

from __future__ import annotations

from eightcut.common.v1.region_pb2 import RegionBounds, RegionOptions
from eightcut.common.v1.window_pb2 import WindowGrid
from eightcut.store.v1 import clip_pb2, hard_negative_pb2, media_pb2, profile_pb2, scan_pb2

from eightcut_store.areas.clips import FoundClip
from eightcut_store.areas.folders import Folder, is_disabled
from eightcut_store.areas.hard_negatives import FoundNegative
from eightcut_store.areas.labels import UsedLabel
from eightcut_store.areas.lookups import etag_of
from eightcut_store.areas.profiles import Contents
from eightcut_store.areas.scans import FoundScan, sequence_of
from eightcut_store.messages.times import duration, maybe_duration, maybe_timestamp, timestamp
from eightcut_store.tables import Media, Profile, Region, Scan


def profile_message(profile: Profile) -> profile_pb2.Profile:
    """Returns the message of a profile."""
    return profile_pb2.Profile(
        name=profile.name,
        keep_versions=profile.keep_versions,
        create_time=timestamp(profile.create_us),
        etag=etag_of(profile.revision),
    )


def contents_message(contents: Contents) -> profile_pb2.ProfileContents:
    """Returns the message of what a profile holds."""
    return profile_pb2.ProfileContents(**contents._asdict())


def media_message(media: Media) -> media_pb2.Media:
    """Returns the message of media."""
    return media_pb2.Media(
        digest=media.digest,
        filename=media.filename,
        path_hint=media.path_hint,
        size_bytes=media.size_bytes,
        duration=duration(media.duration_us),
        create_time=timestamp(media.create_us),
        unlocated=media.unlocated,
    )


def clip_message(found: FoundClip) -> clip_pb2.Clip:
    """Returns the message of a clip."""
    clip = found.clip
    return clip_pb2.Clip(
        id=str(clip.id),
        profile=found.profile,
        media=found.media,
        start=duration(clip.start_us),
        duration=duration(clip.duration_us),
        folder=clip.folder,
        label=clip.label,
        category=clip.category,
        origin=clip_pb2.ClipOrigin.ValueType(clip.origin),
        create_time=timestamp(clip.create_us),
        etag=etag_of(clip.revision),
    )


def folder_message(folder: Folder) -> clip_pb2.Folder:
    """Returns the message of a folder."""
    return clip_pb2.Folder(**folder._asdict(), disabled=is_disabled(folder.name))


def label_message(label: UsedLabel) -> clip_pb2.Label:
    """Returns the message of a label."""
    return clip_pb2.Label(name=label.name, clips=label.clips, last_use_time=timestamp(label.last_use_us))


def negative_message(found: FoundNegative, profile: str) -> hard_negative_pb2.HardNegative:
    """Returns the message of a hard negative."""
    negative = found.negative
    return hard_negative_pb2.HardNegative(
        id=str(negative.id),
        profile=profile,
        media=found.media,
        start=duration(negative.start_us),
        source_model=negative.source_model,
        create_time=timestamp(negative.create_us),
    )


def scan_message(found: FoundScan) -> scan_pb2.Scan:
    """Returns the message of a scan."""
    scan = found.scan
    return scan_pb2.Scan(
        id=str(scan.id),
        profile=found.profile,
        media=found.media,
        model=scan.model,
        classifier_id="" if scan.classifier_id is None else str(scan.classifier_id),
        classifier_version=scan.classifier_version,
        sequence=sequence_of(scan),
        create_time=maybe_timestamp(scan.create_us),
        threshold=scan.threshold,
        region_options=_region_options(scan),
        grid=WindowGrid(window=duration(scan.window_us), hop=duration(scan.hop_us)),
        window_count=scan.window_count,
        region_count=scan.region_count,
        best_score=scan.best_score,
        pinned=scan.pinned,
        etag=etag_of(scan.revision),
    )


def region_message(region: Region) -> scan_pb2.Region:
    """Returns the message of a region."""
    return scan_pb2.Region(
        id=str(region.id),
        scan_id=str(region.scan_id),
        start=duration(region.start_us),
        end=duration(region.end_us),
        score=region.score,
        disabled=region.disabled,
        original_start=duration(region.original_start_us),
        original_end=duration(region.original_end_us),
        union_start=duration(region.union_start_us),
        union_end=duration(region.union_end_us),
        merged_into="" if region.merged_into is None else str(region.merged_into),
        etag=etag_of(region.revision),
        deleted=region.deleted,
    )


def _region_options(scan: Scan) -> RegionOptions | None:
    if scan.bounds is None:
        return None
    return RegionOptions(fuse_gap=maybe_duration(scan.fuse_gap_us), bounds=RegionBounds.ValueType(scan.bounds))

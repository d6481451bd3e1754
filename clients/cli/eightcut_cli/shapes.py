"""What the API's messages look like in JSON. The names are promised to scripts: change none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from eightcut_client.times import to_seconds

from eightcut_cli.times import iso

if TYPE_CHECKING:
    from eightcut.common.v1.training_pb2 import ExampleCounts, TrainingMetrics
    from eightcut.store.v1.classifier_pb2 import Classifier
    from eightcut.store.v1.clip_pb2 import Clip
    from eightcut.store.v1.hard_negative_pb2 import HardNegative
    from eightcut.store.v1.media_pb2 import Media
    from eightcut.store.v1.scan_pb2 import Region, RegionPair, Scan

Document = dict[str, object]
MediaByDigest = Mapping[str, "Media"]


def filename_of(digest: str, media: MediaByDigest) -> str:
    """The name that a media was last known by; the beginning of its digest when it is not known."""
    return media[digest].filename if digest in media else digest[:12]


def path_of(digest: str, media: MediaByDigest) -> str:
    """The path that a media was last seen at, else its name."""
    return (media[digest].path_hint if digest in media else "") or filename_of(digest, media)


def clip_document(clip: Clip, media: MediaByDigest) -> Document:
    """A clip."""
    from eightcut.store.v1.clip_pb2 import CLIP_ORIGIN_SCAN_EXPORT

    return {
        "id": clip.id,
        "media": clip.media,
        "filename": filename_of(clip.media, media),
        "start": to_seconds(clip.start),
        "duration": to_seconds(clip.duration),
        "folder": clip.folder,
        "label": clip.label,
        "category": clip.category,
        "origin": "scan_export" if clip.origin == CLIP_ORIGIN_SCAN_EXPORT else "marked",
        "create_time": iso(clip.create_time),
    }


def negative_document(negative: HardNegative, media: MediaByDigest) -> Document:
    """A hard negative."""
    return {
        "id": negative.id,
        "file": path_of(negative.media, media),
        "filename": filename_of(negative.media, media),
        "media": negative.media,
        "start": to_seconds(negative.start),
        "source_model": negative.source_model,
        "create_time": iso(negative.create_time),
    }


def examples_document(examples: ExampleCounts) -> Document:
    """How many examples of each kind took part in a training."""
    return {
        "positive": examples.positive,
        "negative": examples.negative,
        "hard_negative": examples.hard_negative,
        "auto_negative": examples.auto_negative,
        "soft": examples.soft,
        "media": examples.media,
        "unlocated": examples.unlocated,
    }


def metrics_document(metrics: TrainingMetrics) -> Document:
    """Out-of-fold figures; null where none could be measured honestly."""
    from eightcut.common.v1.training_pb2 import CrossValidation

    measured = {field.name: value for field, value in metrics.ListFields()}
    figures = ("window_average_precision", "event_precision", "event_recall", "event_f1")
    return {
        **{name: measured.get(name) for name in figures},
        "cross_validation": CrossValidation.Name(metrics.cross_validation).removeprefix("CROSS_VALIDATION_").lower(),
        "folds": metrics.folds,
        "notes": list(metrics.notes),
    }


def classifier_document(classifier: Classifier) -> Document:
    """A classifier version."""
    spec = classifier.spec
    return {
        "id": classifier.id,
        "model": classifier.model,
        "version": classifier.version,
        "active": classifier.active,
        "create_time": iso(classifier.create_time),
        "embedder": classifier.embedder,
        "name": classifier.name,
        "threshold": classifier.threshold,
        "folders": list(spec.positive_folders),
        "negative_folder": spec.negative_folder or None,
        "metrics": metrics_document(classifier.metrics),
        "examples": examples_document(classifier.metrics.examples),
    }


def region_document(region: Region) -> Document:
    """A region as the person left it, and as the scan found it."""
    return {
        "id": region.id,
        "start": to_seconds(region.start),
        "end": to_seconds(region.end),
        "score": region.score,
        "disabled": region.disabled,
        "deleted": region.deleted,
        "original_start": to_seconds(region.original_start),
        "original_end": to_seconds(region.original_end),
        "union_start": to_seconds(region.union_start),
        "union_end": to_seconds(region.union_end),
    }


def pair_document(pair: RegionPair) -> Document:
    """A region of the newer scan, with what it was in the older one."""
    return {**region_document(pair.after), "before": region_document(pair.before)}


def version_document(scan: Scan, media: MediaByDigest) -> Document:
    """A scan in the history of a file."""
    return {
        "id": scan.id,
        "model": scan.model,
        "classifier": scan.classifier_id,
        "version": scan.classifier_version,
        "create_time": iso(scan.create_time) if scan.HasField("create_time") else None,
        "count": scan.region_count,
        "max_score": scan.best_score if scan.HasField("best_score") else None,
        "pinned": scan.pinned,
        "threshold": scan.threshold,
        "file": path_of(scan.media, media),
        "filename": filename_of(scan.media, media),
        "media": scan.media,
    }

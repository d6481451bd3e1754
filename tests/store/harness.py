"""A client of a real Store, and short names for what its tests do all the time."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from eightcut.common.v1 import region_pb2, training_pb2, window_pb2
from eightcut.store.v1 import (
    classifier_pb2,
    classifier_service_pb2,
    classifier_service_pb2_grpc,
    clip_pb2,
    clip_service_pb2,
    clip_service_pb2_grpc,
    export_service_pb2_grpc,
    hard_negative_pb2,
    hard_negative_service_pb2,
    hard_negative_service_pb2_grpc,
    import_service_pb2_grpc,
    media_service_pb2,
    media_service_pb2_grpc,
    profile_service_pb2,
    profile_service_pb2_grpc,
    scan_pb2,
    scan_service_pb2,
    scan_service_pb2_grpc,
    training_run_pb2,
    training_run_service_pb2,
    training_run_service_pb2_grpc,
)
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status

MODEL = "LOGMEL"
CARD = "c" * 64


def seconds(value: float) -> Duration:
    micros = round(value * 1e6)
    return Duration(seconds=micros // 10**6, nanos=micros % 10**6 * 1000)


def to_seconds(value: Duration) -> float:
    return value.seconds + value.nanos / 1e9


def digest_of(number: int) -> str:
    return f"{number:064x}"


@dataclass(frozen=True)
class Refusal:
    """How a call failed."""

    code: grpc.StatusCode
    message: str
    reason: str
    metadata: dict[str, str] = field(default_factory=dict)
    fields: tuple[str, ...] = ()


def refusal(call: Callable[..., Any], *arguments: Any, **options: Any) -> Refusal:
    """Returns how ``call`` failed; streams are read to their end."""

    def whole_answer() -> None:
        answer = call(*arguments, **options)
        if not isinstance(answer, Message):
            list(answer)

    with pytest.raises(grpc.RpcError) as caught:
        whole_answer()
    error: Any = caught.value
    status = rpc_status.from_call(error)
    assert status is not None, error
    info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
    for detail in status.details:
        detail.Unpack(info)
        detail.Unpack(bad)
    assert info.domain == "8cut"
    fields = tuple(violation.field for violation in bad.field_violations)
    return Refusal(error.code(), status.message, info.reason, dict(info.metadata), fields)


class Store:
    """Stubs of all services of one Store."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.profiles = profile_service_pb2_grpc.ProfileServiceStub(channel)
        self.media = media_service_pb2_grpc.MediaServiceStub(channel)
        self.clips = clip_service_pb2_grpc.ClipServiceStub(channel)
        self.negatives = hard_negative_service_pb2_grpc.HardNegativeServiceStub(channel)
        self.classifiers = classifier_service_pb2_grpc.ClassifierServiceStub(channel)
        self.scans = scan_service_pb2_grpc.ScanServiceStub(channel)
        self.imports = import_service_pb2_grpc.ImportServiceStub(channel)
        self.exports = export_service_pb2_grpc.ExportServiceStub(channel)
        self.runs = training_run_service_pb2_grpc.TrainingRunServiceStub(channel)

    def register(self, number: int = 1, *, duration: float = 100.0, filename: str = "", path: str = "") -> str:
        digest = digest_of(number)
        request = media_service_pb2.RegisterMediaRequest(
            digest=digest,
            filename=filename or f"file{number}.mp4",
            path_hint=path,
            size_bytes=1000 + number,
            duration=seconds(duration),
        )
        self.media.RegisterMedia(request)
        return digest

    def new_profile(self, name: str, keep: int = 0) -> str:
        self.profiles.CreateProfile(profile_service_pb2.CreateProfileRequest(profile=name, keep_versions=keep))
        return name

    def mark(
        self,
        media: str,
        start: float,
        *,
        duration: float = 8.0,
        folder: str = "dog",
        label: str = "",
        exported: bool = False,
        profile: str = "default",
        request_id: str = "",
    ) -> clip_pb2.Clip:
        new = new_clip(media, start, duration=duration, folder=folder, label=label, exported=exported)
        request = clip_service_pb2.CreateClipRequest(profile=profile, clip=new, request_id=request_id)
        return self.clips.CreateClip(request).clip

    def mark_wrong(
        self, media: str, *starts: float, model: str = "", profile: str = "default"
    ) -> list[hard_negative_pb2.HardNegative]:
        places = [
            hard_negative_service_pb2.NewHardNegative(media=media, start=seconds(start), source_model=model)
            for start in starts
        ]
        request = hard_negative_service_pb2.BatchCreateHardNegativesRequest(profile=profile, hard_negatives=places)
        return list(self.negatives.BatchCreateHardNegatives(request).hard_negatives)

    def save(
        self,
        media: str,
        regions: Sequence[tuple[float, float, float]] = (),
        scores: Sequence[float] = (),
        **header: Any,
    ) -> scan_service_pb2.CreateScanResponse:
        return self.scans.CreateScan(iter(scan_messages(media, regions, scores, **header)))

    def scan(self, media: str, regions: Sequence[tuple[float, float, float]] = (), **header: Any) -> scan_pb2.Scan:
        return self.save(media, regions, **header).scan

    def latest(self, media: str, *, profile: str = "default", model: str = MODEL) -> scan_pb2.Scan:
        latest = scan_service_pb2.LatestScan(profile=profile, media=media, model=model)
        return self.scans.GetScan(scan_service_pb2.GetScanRequest(latest=latest)).scan

    def get_scan(self, scan_id: str) -> scan_service_pb2.GetScanResponse:
        return self.scans.GetScan(scan_service_pb2.GetScanRequest(id=scan_id, include_regions=True))

    def versions(self, media: str, *, profile: str = "default", model: str = MODEL) -> list[scan_pb2.Scan]:
        request = scan_service_pb2.ListScansRequest(profile=profile, media=media, model=model)
        return list(self.scans.ListScans(request).scans)

    def regions(self, scan_id: str, *, merged: bool = False) -> list[scan_pb2.Region]:
        request = scan_service_pb2.ListRegionsRequest(scan_id=scan_id, include_merged=merged)
        return list(self.scans.ListRegions(request).regions)

    def folders(self, *, exports: bool = False, profile: str = "default") -> list[clip_pb2.Folder]:
        request = clip_service_pb2.ListFoldersRequest(profile=profile, include_scan_exports=exports)
        return list(self.clips.ListFolders(request).folders)

    def examples(self, spec: training_pb2.TrainingSpec) -> list[tuple[int, float, float | None, str]]:
        """Training examples as (number of the media, start, duration, kind)."""
        request = training_run_service_pb2.ListTrainingExamplesRequest(spec=spec)
        found = [one for part in self.runs.ListTrainingExamples(request) for one in part.examples]
        prefix = len("EXAMPLE_KIND_")
        return [
            (
                int(one.media, 16),
                to_seconds(one.start),
                to_seconds(one.duration) if one.HasField("duration") else None,
                training_run_pb2.ExampleKind.Name(one.kind)[prefix:],
            )
            for one in found
        ]

    def start_run(self, spec: training_pb2.TrainingSpec | None = None, request_id: str = "") -> Any:
        request = training_run_service_pb2.CreateTrainingRunRequest(spec=spec or a_spec(), request_id=request_id)
        return self.runs.CreateTrainingRun(request)

    def complete(self, run_id: str, weights: bytes = b"weights", **values: Any) -> Any:
        classifier = classifier_pb2.Classifier(
            **{"embedder": "LOGMEL", "card_hash": CARD, "threshold": 0.5, "weights": weights} | values
        )
        request = training_run_service_pb2.CompleteTrainingRunRequest(run_id=run_id, classifier=classifier)
        return self.runs.CompleteTrainingRun(request)

    def train(self, weights: bytes = b"weights", spec: training_pb2.TrainingSpec | None = None) -> Any:
        """Registers a classifier version the only way there is."""
        chosen = spec or a_spec()
        run = self.start_run(chosen).run
        return self.complete(run.id, weights, name=chosen.name).classifier

    def append(self, run_id: str, *events: training_run_pb2.TrainingEvent, **values: Any) -> Any:
        request = training_run_service_pb2.AppendTrainingEventsRequest(run_id=run_id, events=events, **values)
        return self.runs.AppendTrainingEvents(request)

    def classifier(self, classifier_id: str, *, weights: bool = False) -> classifier_pb2.Classifier:
        request = classifier_service_pb2.GetClassifierRequest(id=classifier_id, include_weights=weights)
        return self.classifiers.GetClassifier(request).classifier


def new_clip(
    media: str, start: float, *, duration: float = 8.0, folder: str = "dog", label: str = "", exported: bool = False
) -> clip_service_pb2.NewClip:
    return clip_service_pb2.NewClip(
        media=media,
        start=seconds(start),
        duration=seconds(duration),
        folder=folder,
        label=label,
        origin=clip_pb2.CLIP_ORIGIN_SCAN_EXPORT if exported else clip_pb2.CLIP_ORIGIN_MARKED,
    )


def a_spec(*folders: str, **values: Any) -> training_pb2.TrainingSpec:
    return training_pb2.TrainingSpec(
        **{"profile": "default", "positive_folders": folders or ["dog"], "embedder": "LOGMEL"} | values
    )


def scan_messages(
    media: str,
    regions: Iterable[tuple[float, float, float]] = (),
    scores: Sequence[float] = (),
    **header: Any,
) -> list[scan_service_pb2.CreateScanRequest]:
    """The stream of CreateScan; each region is (start, end, score)."""
    values = {
        "profile": "default",
        "media": media,
        "model": MODEL,
        "threshold": 0.5,
        "grid": window_pb2.WindowGrid(window=seconds(8), hop=seconds(1)),
        "window_count": len(scores),
    }
    found = [
        region_pb2.DetectedRegion(
            start=seconds(start),
            end=seconds(end),
            score=score,
            union_start=seconds(max(start - 1, 0)),
            union_end=seconds(end + 1),
        )
        for start, end, score in regions
    ]
    messages = [scan_service_pb2.CreateScanRequest(header=scan_service_pb2.ScanHeader(**values | header))]
    for first in range(0, len(found), 5000):
        batch = scan_service_pb2.RegionBatch(regions=found[first : first + 5000])
        messages.append(scan_service_pb2.CreateScanRequest(regions=batch))
    for first in range(0, len(scores), 65536):
        part = scores[first : first + 65536]
        messages.append(scan_service_pb2.CreateScanRequest(scores=struct.pack(f"<{len(part)}f", *part)))
    return messages

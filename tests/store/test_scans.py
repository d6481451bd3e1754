"""Scans and score tracks, beyond what test_promises.py shows."""

from __future__ import annotations

import struct
from functools import partial
from typing import Any

import grpc
import pytest
from eightcut.common.v1 import region_pb2
from eightcut.store.v1 import scan_service_pb2 as pb
from eightcut_store.tables import Region, ScoreChunk
from google.protobuf.field_mask_pb2 import FieldMask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from tests.store.harness import Store, digest_of, refusal, scan_messages, seconds, to_seconds


def scores_of(store: Store, scan_id: str, first: int = 0) -> list[tuple[int, list[float]]]:
    request = pb.ReadScoresRequest(scan_id=scan_id, first_window=first)
    return [
        (part.first_window, list(struct.unpack(f"<{len(part.scores) // 4}f", part.scores)))
        for part in store.scans.ReadScores(request)
    ]


def test_a_scan_is_kept_as_it_was_sent(store: Store) -> None:
    media = store.register()
    classifier = store.train()
    options = region_pb2.RegionOptions(fuse_gap=seconds(2.5), bounds=region_pb2.REGION_BOUNDS_UNION)
    saved = store.save(
        media,
        [(20.25, 24, 0.75), (1.000001, 2, 0.875)],
        [0.25, 0.5, 1.0],
        classifier_id=classifier.id,
        region_options=options,
        threshold=0.375,
    ).scan
    answer = store.get_scan(saved.id)
    assert answer.scan == saved
    assert (saved.profile, saved.media, saved.model, saved.threshold) == ("default", media, "LOGMEL", 0.375)
    assert (saved.classifier_id, saved.classifier_version) == (classifier.id, 1)
    assert (saved.region_count, saved.best_score, saved.window_count, saved.pinned) == (2, 0.875, 3, False)
    assert saved.region_options == options
    assert (saved.grid.window.seconds, saved.grid.hop.seconds) == (8, 1)
    first, second = answer.regions
    assert (to_seconds(first.start), first.score, first.scan_id) == (1.000001, 0.875, saved.id)
    assert (first.original_start, first.original_end) == (first.start, first.end)
    assert (to_seconds(second.union_start), to_seconds(second.union_end)) == (19.25, 25)
    assert scores_of(store, saved.id) == [(0, [0.25, 0.5, 1.0])]


def test_regions_and_scores_may_come_in_any_order_and_number(store: Store) -> None:
    media = store.register()
    header, regions, scores = scan_messages(media, [(1, 2, 0.5)], [0.5, 0.25])
    one = pb.CreateScanRequest(scores=scores.scores[:4])
    two = pb.CreateScanRequest(scores=scores.scores[4:])
    saved = store.scans.CreateScan(iter([header, one, regions, two, regions])).scan
    assert saved.region_count == 2
    assert scores_of(store, saved.id) == [(0, [0.5, 0.25])]


def test_a_long_score_track_can_be_read_from_any_window(store: Store) -> None:
    media = store.register(duration=200_000)
    scores = [(number % 1024) / 1024 for number in range(150_000)]
    saved = store.scan(media, scores=scores)
    parts = scores_of(store, saved.id)
    assert [(first, len(part)) for first, part in parts] == [(0, 65536), (65536, 65536), (131072, 18928)]
    assert [score for _, part in parts for score in part] == scores
    for first in (1, 65535, 65536, 149_999):
        assert [score for _, part in scores_of(store, saved.id, first) for score in part] == scores[first:]
    assert scores_of(store, saved.id, 150_000) == []
    assert scores_of(store, store.scan(media).id) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda _: [], "without a header"),
        (lambda parts: parts[1:], "first message must be the header"),
        (lambda parts: [parts[0], *parts], "sent once"),
        (lambda parts: parts[:-1], "announced 2 scores and 0 arrived"),
        (lambda parts: [*parts, parts[-1]], "more arrived"),
        (lambda parts: [*parts[:-1], pb.CreateScanRequest(scores=b"12345")], "fours"),
        (lambda parts: [*parts[:-1], pb.CreateScanRequest(scores=struct.pack("<2f", 0.5, float("nan")))], "0 to 1"),
        (lambda parts: [*parts[:-1], pb.CreateScanRequest(scores=struct.pack("<2f", 0.5, 1.5))], "0 to 1"),
    ],
)
def test_a_stream_that_breaks_the_protocol_saves_nothing(store: Store, change: Any, message: str) -> None:
    media = store.register()
    parts = change(scan_messages(media, [(1, 2, 0.5)], [0.5, 0.5]))
    refused = refusal(store.scans.CreateScan, iter(parts))
    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
    assert message in refused.message
    assert store.versions(media) == []


@pytest.mark.parametrize("threshold", [-0.1, 1.5, float("nan"), float("inf")])
def test_a_threshold_that_is_no_score_is_refused(store: Store, threshold: float) -> None:
    refused = refusal(store.save, store.register(), threshold=threshold)
    assert (refused.code, set(refused.fields)) == (grpc.StatusCode.INVALID_ARGUMENT, {"header.threshold"})


def test_a_client_that_vanishes_before_the_end_saves_nothing(store: Store) -> None:
    media = store.register()

    def broken() -> Any:
        yield from scan_messages(media, [(1, 2, 0.5)])
        raise RuntimeError("the client dies")

    refusal_code = None
    try:
        store.scans.CreateScan(broken())
    except grpc.RpcError as error:
        refusal_code = error.code()
    assert refusal_code is grpc.StatusCode.UNKNOWN
    assert store.versions(media) == []


def test_what_a_scan_names_must_be_there(store: Store) -> None:
    media = store.register()
    classifier = store.train()
    assert refusal(store.save, media, profile="nobody").reason == "PROFILE_UNKNOWN"
    assert refusal(store.save, digest_of(77)).reason == "MEDIA_UNKNOWN"
    assert refusal(store.save, media, classifier_id="999999").metadata == {"type": "classifier", "id": "999999"}
    assert refusal(store.save, media, classifier_id=classifier.id, model="EAT").fields == ("header.model",)
    assert refusal(store.latest, media, profile="nobody").reason == "PROFILE_UNKNOWN"
    assert refusal(store.latest, digest_of(77)).reason == "MEDIA_UNKNOWN"
    assert refusal(store.latest, media).reason == "RESOURCE_UNKNOWN"
    for call in (store.get_scan, store.regions, lambda number: scores_of(store, number)):
        assert refusal(call, "999999").metadata == {"type": "scan", "id": "999999"}


def test_pinning_needs_the_current_etag(store: Store) -> None:
    scan = store.scan(store.register())
    mask = FieldMask(paths=["pinned"])
    pinned = store.scans.UpdateScan(
        pb.UpdateScanRequest(id=scan.id, pinned=True, update_mask=mask, etag=scan.etag)
    ).scan
    assert pinned.pinned
    assert pinned.etag != scan.etag
    late = pb.UpdateScanRequest(id=scan.id, pinned=False, update_mask=mask, etag=scan.etag)
    refused = refusal(store.scans.UpdateScan, late)
    assert (refused.code, refused.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert refused.metadata == {"type": "scan", "id": scan.id, "etag": pinned.etag}
    for paths in ([], ["threshold"]):
        request = pb.UpdateScanRequest(id=scan.id, update_mask=FieldMask(paths=paths))
        assert refusal(store.scans.UpdateScan, request).fields == ("update_mask",)


def test_a_deleted_scan_takes_regions_and_scores_along(store: Store, database: Any) -> None:
    scan = store.scan(store.register(), [(1, 2, 0.5)], scores=[0.5])
    store.scans.DeleteScan(pb.DeleteScanRequest(id=scan.id))
    for table in (Region, ScoreChunk):
        count = select(func.count()).select_from(table)
        assert database.read(partial(Session.scalar, statement=count)) == 0
    assert refusal(store.scans.DeleteScan, pb.DeleteScanRequest(id=scan.id)).reason == "RESOURCE_UNKNOWN"


def test_versions_are_listed_by_pages_the_newest_first(store: Store) -> None:
    media = [store.register(number) for number in range(4)]
    made = [store.scan(one, model=model).id for one in media for model in ("A", "B")]
    token, listed = "", []
    while True:
        answer = store.scans.ListScans(pb.ListScansRequest(profile="default", page_size=3, page_token=token))
        listed += [scan.id for scan in answer.scans]
        token = answer.next_page_token
        if not token:
            break
    assert listed == made[::-1]


def test_many_regions_come_in_pages(store: Store) -> None:
    media = store.register(duration=20_000)
    regions = [(start, start + 0.5, 0.5) for start in range(6_000)]
    answer = store.get_scan(store.scan(media, regions[::-1]).id)
    found, token = list(answer.regions), answer.next_region_page_token
    assert 0 < len(found) <= 5000
    while token:
        page = store.scans.ListRegions(pb.ListRegionsRequest(scan_id=answer.scan.id, page_size=5000, page_token=token))
        found += page.regions
        token = page.next_page_token
    assert [region.start.seconds for region in found] == list(range(6_000))

"""Idempotency, page tokens, and what errors may say."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from eightcut.store.v1 import (
    clip_service_pb2,
    hard_negative_service_pb2,
    media_service_pb2,
    profile_service_pb2,
    scan_service_pb2,
    training_run_service_pb2,
)
from eightcut_runtime.testing import serve_in_thread
from eightcut_store.areas import clips
from eightcut_store.areas.requests import KEEP_US
from eightcut_store.database import Database
from eightcut_store.service import SPEC
from eightcut_store.tables import AnsweredRequest
from google.protobuf.field_mask_pb2 import FieldMask
from sqlalchemy import func, select, update

from tests.store.harness import Store, a_spec, new_clip, refusal, scan_messages, seconds


def creations(store: Store) -> dict[str, Callable[[str, bool], Any]]:
    """Every create, as a function of the request id that sends one of two different requests."""
    media = store.register()
    regions = store.regions(store.scan(media, [(1, 2, 0.5), (3, 4, 0.5), (5, 6, 0.5)]).id)
    versions = [scan_service_pb2.RegionVersion(id=region.id) for region in regions]
    place = hard_negative_service_pb2.NewHardNegative(media=media, start=seconds(1))
    other_place = hard_negative_service_pb2.NewHardNegative(media=media, start=seconds(2))
    profiles, clip_pb = profile_service_pb2, clip_service_pb2

    def batch(request_id: str, other: bool) -> Any:
        new = [new_clip(media, 7 if other else 8)]
        return store.clips.BatchCreateClips(
            clip_pb.BatchCreateClipsRequest(profile="default", clips=new, request_id=request_id)
        )

    def negatives(request_id: str, other: bool) -> Any:
        return store.negatives.BatchCreateHardNegatives(
            hard_negative_service_pb2.BatchCreateHardNegativesRequest(
                profile="default", hard_negatives=[other_place if other else place], request_id=request_id
            )
        )

    def merge(request_id: str, other: bool) -> Any:
        chosen = versions[1:] if other else versions[:2]
        return store.scans.MergeRegions(scan_service_pb2.MergeRegionsRequest(regions=chosen, request_id=request_id))

    return {
        "profile": lambda number, other: store.profiles.CreateProfile(
            profiles.CreateProfileRequest(profile="b" if other else "a", request_id=number)
        ),
        "copy": lambda number, other: store.profiles.DuplicateProfile(
            profiles.DuplicateProfileRequest(
                source_profile="default", profile="copy b" if other else "copy a", request_id=number
            )
        ),
        "clip": lambda number, other: store.mark(media, 5 if other else 6, request_id=number),
        "clips": batch,
        "negatives": negatives,
        "scan": lambda number, other: store.save(media, [(1, 2, 0.25 if other else 0.5)], [0.5], request_id=number),
        "merge": merge,
        "run": lambda number, other: store.start_run(a_spec("a" if other else "b"), number),
    }


@pytest.mark.parametrize("kind", ["profile", "copy", "clip", "clips", "negatives", "scan", "merge", "run"])
def test_the_same_request_id_gives_the_same_answer_and_another_request_is_refused(store: Store, kind: str) -> None:
    create = creations(store)[kind]
    first = create("my-id", False)
    assert create("my-id", False) == first
    assert create("my-id", False) == first
    refused = refusal(create, "my-id", True)
    assert (refused.code, refused.reason) == (grpc.StatusCode.ABORTED, "REQUEST_ID_REUSED")
    assert refused.metadata == {"request_id": "my-id"}


def test_a_request_id_belongs_to_one_method(store: Store) -> None:
    create = creations(store)
    create["profile"]("one", False)
    assert refusal(create["clip"], "one", False).reason == "REQUEST_ID_REUSED"


def test_a_scan_cut_into_other_messages_is_the_same_request(store: Store) -> None:
    media = store.register()
    header, regions, scores = scan_messages(media, [(1, 2, 0.5)], [0.5, 0.25], request_id="scan")
    first = store.scans.CreateScan(iter([header, regions, scores]))
    parts = [scan_service_pb2.CreateScanRequest(scores=scores.scores[i : i + 4]) for i in (0, 4)]
    assert store.scans.CreateScan(iter([header, *parts, regions])) == first
    assert len(store.versions(media)) == 1


def test_a_request_that_failed_is_not_remembered(store: Store) -> None:
    media = store.register(duration=10)
    assert refusal(store.mark, media, 20, request_id="x").reason == "BEYOND_END"
    store.register(duration=100)
    assert store.mark(media, 20, request_id="x").start.seconds == 20


def test_answers_are_forgotten_after_a_week(store: Store, database: Database) -> None:
    media = store.register()
    store.mark(media, 1, request_id="old")
    database.write(
        lambda session: session.execute(update(AnsweredRequest).values(create_us=AnsweredRequest.create_us - KEEP_US))
    )
    store.mark(media, 2, request_id="new")
    assert database.read(lambda session: session.scalars(select(AnsweredRequest.request_id)).all()) == ["new"]
    assert refusal(store.mark, media, 1, request_id="old").reason == "DUPLICATE"
    store.mark(media, 3)
    assert database.read(lambda session: session.scalar(select(func.count()).select_from(AnsweredRequest))) == 1


def test_tokens_that_are_none_are_refused(store: Store) -> None:
    media = store.register()
    for start in range(4):
        store.mark(media, start)
    pb = clip_service_pb2
    token = store.clips.ListClips(pb.ListClipsRequest(profile="default", page_size=2)).next_page_token
    assert token
    store.new_profile("other")
    forged = base64.urlsafe_b64encode(b'["x",1,2,3]').decode()
    for bad in ("x", "!!!", "e30", token[:-3], token + "AAAA", forged):
        refused = refusal(store.clips.ListClips, pb.ListClipsRequest(profile="default", page_token=bad))
        assert (refused.code, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("page_token",))
    for other in ({"profile": "other"}, {"profile": "default", "folder": "dog"}):
        assert refusal(store.clips.ListClips, pb.ListClipsRequest(page_token=token, **other)).fields == ("page_token",)
    request = scan_service_pb2.ListScansRequest(profile="default", page_token=token)
    assert refusal(store.scans.ListScans, request).fields == ("page_token",)


def test_pages_neither_skip_nor_repeat_when_things_are_deleted_meanwhile(store: Store) -> None:
    media = store.register()
    made = [store.mark(media, start).id for start in range(10)]
    pb = clip_service_pb2
    first = store.clips.ListClips(pb.ListClipsRequest(profile="default", page_size=4))
    store.clips.BatchDeleteClips(pb.BatchDeleteClipsRequest(profile="default", ids=made[1:6]))
    second = store.clips.ListClips(
        pb.ListClipsRequest(profile="default", page_size=4, page_token=first.next_page_token)
    )
    assert [clip.id for clip in [*first.clips, *second.clips]] == [*made[:4], *made[6:]]
    assert second.next_page_token == ""


def test_pages_of_large_things_end_before_a_message_is_too_large(store: Store) -> None:
    pb = media_service_pb2
    for number in range(160):
        store.register(number, filename="n" * 1000, path="𝄞" * 2000)
    sizes, token = [], ""
    while True:
        page = store.media.ListMedia(pb.ListMediaRequest(page_size=1000, page_token=token))
        assert page.ByteSize() < 1024 * 1024
        sizes.append(len(page.media))
        token = page.next_page_token
        if not token:
            break
    assert len(sizes) > 1
    assert sum(sizes) == 160


def test_an_internal_error_says_nothing_of_the_database(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy import text

    def broken(session: Any, *_: object) -> None:
        session.execute(text("SELECT secret FROM nowhere"))

    media = store.register()
    monkeypatch.setattr(clips, "create_clips", broken)
    refused = refusal(store.mark, media, 1)
    assert refused.code is grpc.StatusCode.INTERNAL
    assert refused.message.startswith("internal error, request id")
    assert not {"secret", "nowhere", "SELECT"} & set(refused.message.split())


def test_an_empty_or_unknown_mask_is_refused(store: Store) -> None:
    clip = store.mark(store.register(), 1)
    for paths in ([], ["origin"], ["label", "x"]):
        request = clip_service_pb2.UpdateClipRequest(id=clip.id, update_mask=FieldMask(paths=paths))
        assert refusal(store.clips.UpdateClip, request).fields == ("update_mask",)


def test_a_token_is_asked_for_on_every_method(own_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from eightcut_runtime.addresses import parse_address
    from eightcut_runtime.options import ServeOptions

    options = ServeOptions(listen=parse_address("127.0.0.1:0"), token="secret-token-for-tests")
    with serve_in_thread(SPEC, ["--database", own_url], options=options) as running, running.channel() as channel:
        store = Store(channel)
        assert refusal(store.folders).code is grpc.StatusCode.UNAUTHENTICATED
        request = training_run_service_pb2.ListTrainingRunsRequest()
        metadata = [("authorization", "Bearer secret-token-for-tests")]
        assert list(store.runs.ListTrainingRuns(request, metadata=metadata).runs) == []

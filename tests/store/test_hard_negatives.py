"""Hard negatives, beyond what test_promises.py shows."""

from __future__ import annotations

import pytest
from eightcut.store.v1 import hard_negative_service_pb2 as pb

from tests.store.harness import Store, digest_of, refusal


def listed(store: Store, profile: str = "default", **chosen: object) -> list[tuple[int, int]]:
    request = pb.ListHardNegativesRequest(profile=profile, filter=pb.HardNegativeFilter(**chosen))
    answer = store.negatives.ListHardNegatives(request)
    assert answer.total_size == len(answer.hard_negatives)
    return [(int(negative.media, 16), negative.start.seconds) for negative in answer.hard_negatives]


@pytest.fixture
def marked(store: Store) -> None:
    one = store.register(1, filename="Straße_100%.mp4")
    two = store.register(2, filename="forest.mp4")
    store.mark_wrong(one, 1, model="LOGMEL")
    store.mark_wrong(two, 2, model="HUBERT_XLARGE")
    store.mark_wrong(one, 3)


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, [(1, 3), (2, 2), (1, 1)]),
        ({"source_model": "LOGMEL"}, [(1, 1)]),
        ({"source_model": ""}, [(1, 3)]),
        ({"media": digest_of(1)}, [(1, 3), (1, 1)]),
        ({"media": digest_of(1), "source_model": "HUBERT_XLARGE"}, []),
        ({"text": "FOREST"}, [(2, 2)]),
        ({"text": "hubert"}, [(2, 2)]),
        ({"text": "STRAße"}, [(1, 3), (1, 1)]),
        ({"text": "100%."}, [(1, 3), (1, 1)]),
        ({"text": "%_%"}, []),
    ],
)
def test_filters(store: Store, marked: None, chosen: dict[str, str], expected: list[tuple[int, int]]) -> None:
    assert listed(store, **chosen) == expected
    request = pb.ClearHardNegativesRequest(
        profile="default", filter=pb.HardNegativeFilter(**chosen), validate_only=True
    )
    assert store.negatives.ClearHardNegatives(request).deleted == len(expected)
    request.validate_only = False
    assert store.negatives.ClearHardNegatives(request).deleted == len(expected)
    assert len(listed(store)) == 3 - len(expected)


def test_the_answer_has_one_for_each_place_asked_for(store: Store, marked: None) -> None:
    places = [pb.NewHardNegative(media=digest_of(1)) for _ in range(3)]
    for place, start in zip(places, (9, 1, 9), strict=True):
        place.start.seconds = start
    request = pb.BatchCreateHardNegativesRequest(profile="default", hard_negatives=places)
    answer = store.negatives.BatchCreateHardNegatives(request)
    assert [negative.start.seconds for negative in answer.hard_negatives] == [9, 1, 9]
    assert [negative.source_model for negative in answer.hard_negatives] == ["", "LOGMEL", ""]
    assert answer.created == 1


def test_places_that_are_none_are_refused_and_nothing_is_marked(store: Store, marked: None) -> None:
    assert refusal(store.mark_wrong, digest_of(9), 1).reason == "MEDIA_UNKNOWN"
    refused = refusal(store.mark_wrong, digest_of(1), 5, 100)
    assert (refused.reason, refused.fields) == ("BEYOND_END", ("hard_negatives[1].start",))
    assert len(listed(store)) == 3


def test_deleting_is_all_or_none_and_within_the_profile(store: Store, marked: None) -> None:
    store.new_profile("other")
    theirs = store.mark_wrong(digest_of(1), 1, profile="other")[0]
    mine = store.mark_wrong(digest_of(1), 1)[0]
    request = pb.BatchDeleteHardNegativesRequest(profile="default", ids=[mine.id, theirs.id])
    refused = refusal(store.negatives.BatchDeleteHardNegatives, request)
    assert refused.metadata == {"type": "hard_negative", "id": theirs.id}
    assert len(listed(store)) == 3
    assert listed(store, profile="other") == [(1, 1)]
    store.negatives.ClearHardNegatives(pb.ClearHardNegativesRequest(profile="default"))
    assert listed(store) == []
    assert listed(store, profile="other") == [(1, 1)]

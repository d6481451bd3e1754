"""ListTrainingExamples, beyond what test_promises.py shows."""

from __future__ import annotations

import itertools

import grpc
from eightcut.store.v1 import clip_service_pb2, training_run_service_pb2
from eightcut_store.areas.training_examples import Example, Kind, merge_near, resolve
from hypothesis import given
from hypothesis import strategies as st

from tests.store.harness import Store, a_spec, new_clip, refusal


def clip(start: float, duration: float, kind: Kind = Kind.POSITIVE, media: int = 1) -> Example:
    return Example(media, round(start * 1e6), kind, round(duration * 1e6))


def test_positives_come_from_several_folders(store: Store) -> None:
    one, two = store.register(1), store.register(2)
    store.mark(two, 5, folder="dog")
    store.mark(one, 50, folder="bark")
    store.mark(one, 20, folder="dog")
    assert store.examples(a_spec("dog", "bark")) == [
        (1, 20, 8, "POSITIVE"),
        (1, 50, 8, "POSITIVE"),
        (2, 5, 8, "POSITIVE"),
    ]


def test_scan_exports_take_part_only_when_asked_for(store: Store) -> None:
    media = store.register()
    store.mark(media, 10, folder="dog")
    store.mark(media, 30, folder="dog", exported=True)
    store.mark(media, 50, folder="cat", exported=True)
    assert store.examples(a_spec()) == [(1, 10, 8, "POSITIVE")]
    assert store.examples(a_spec(include_scan_exports=True)) == [
        (1, 10, 8, "POSITIVE"),
        (1, 30, 8, "POSITIVE"),
        (1, 50, 8, "SOFT"),
    ]


def test_nearby_duplicates_of_one_kind_are_merged(store: Store) -> None:
    media = store.register()
    for start in (10, 10.3, 10.5, 10.8):
        store.mark(media, start, duration=2)
    store.mark(media, 40, folder="dog")
    store.mark(media, 40.2, folder="bark")
    assert store.examples(a_spec("dog", "bark")) == [
        (1, 10, 2.5, "POSITIVE"),
        (1, 10.8, 2, "POSITIVE"),
        (1, 40, 8.2, "POSITIVE"),
    ]


def test_clips_of_different_media_are_never_at_one_place(store: Store) -> None:
    one, two = store.register(1), store.register(2)
    store.mark(one, 10, folder="dog")
    store.mark(two, 10, folder="cat")
    assert store.examples(a_spec()) == [(1, 10, 8, "POSITIVE"), (2, 10, 8, "SOFT")]


def test_a_hard_negative_is_always_sent_also_near_a_positive(store: Store) -> None:
    media = store.register()
    store.mark(media, 10)
    store.mark_wrong(media, 10, 12)
    assert store.examples(a_spec()) == [
        (1, 10, 8, "POSITIVE"),
        (1, 10, None, "HARD_NEGATIVE"),
        (1, 12, None, "HARD_NEGATIVE"),
    ]


def test_other_profiles_take_no_part(store: Store) -> None:
    media = store.register()
    store.new_profile("other")
    store.mark(media, 10)
    store.mark(media, 30, profile="other")
    store.mark_wrong(media, 50, profile="other")
    assert store.examples(a_spec()) == [(1, 10, 8, "POSITIVE")]


def test_unknown_names_are_refused(store: Store) -> None:
    media = store.register()
    store.mark(media, 10)
    for spec, folder in ((a_spec("dgo"), "dgo"), (a_spec("dog", negative_folder="rian"), "rian")):
        refused = refusal(store.examples, spec)
        assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "FOLDER_UNKNOWN")
        assert refused.metadata == {"folder": folder}
    assert refusal(store.examples, a_spec(profile="nobody")).reason == "PROFILE_UNKNOWN"


def test_a_long_negative_clip_with_a_short_positive_in_it_stays() -> None:
    kept = resolve([clip(0, 60, Kind.NEGATIVE), clip(20, 2), clip(19, 3, Kind.SOFT)])
    assert kept == [clip(20, 2), clip(0, 60, Kind.NEGATIVE)]


clips = st.lists(
    st.builds(
        clip,
        st.integers(0, 400).map(lambda tenth: tenth / 10),
        st.integers(1, 120).map(lambda tenth: tenth / 10),
        st.sampled_from([Kind.POSITIVE, Kind.NEGATIVE, Kind.SOFT]),
        st.integers(1, 2),
    ),
    max_size=30,
)


@given(clips)
def test_what_is_kept_follows_from_the_rule_alone(given_clips: list[Example]) -> None:
    """The sweep against the rule written down plainly."""
    expected = set()
    for media in (1, 2):
        merged = merge_near(sorted(one for one in given_clips if one.media_id == media))
        positives = [one for one in merged if one.kind is Kind.POSITIVE]
        for one in merged:
            overlaps = [min(one.end_us, p.end_us) - max(one.start_us, p.start_us) for p in positives]
            claimed = any(2 * overlap >= one.end_us - one.start_us for overlap in overlaps)
            if one.kind is Kind.POSITIVE or not claimed:
                expected.add(one)
    assert set(resolve(given_clips)) == expected


@given(clips)
def test_merging_covers_the_same_time(given_clips: list[Example]) -> None:
    for kind in Kind:
        mine = sorted(one for one in given_clips if one.kind is kind and one.media_id == 1)
        merged = merge_near(mine)
        for one in mine:
            assert any(big.start_us <= one.start_us and one.end_us <= big.end_us for big in merged)
        starts = [big.start_us for big in merged]
        assert all(later - earlier > 500_000 for earlier, later in itertools.pairwise(starts))


def test_many_examples_come_in_several_messages(store: Store) -> None:
    count = 6_000
    media = store.register(duration=count)
    for first in range(0, count, 1000):
        new = [new_clip(media, start, duration=1, folder="d") for start in range(first, first + 1000)]
        store.clips.BatchCreateClips(clip_service_pb2.BatchCreateClipsRequest(profile="default", clips=new))
    request = training_run_service_pb2.ListTrainingExamplesRequest(spec=a_spec("d"))
    sizes = [len(part.examples) for part in store.runs.ListTrainingExamples(request)]
    assert sizes == [5000, 1000]

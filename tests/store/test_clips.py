"""Clips, folders and labels."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from eightcut.store.v1 import clip_pb2
from eightcut.store.v1 import clip_service_pb2 as pb
from eightcut.store.v1.profile_service_pb2 import DuplicateProfileRequest
from google.protobuf.field_mask_pb2 import FieldMask

from tests.store.harness import Store, digest_of, new_clip, refusal, seconds, to_seconds


def listed(store: Store, **values: object) -> list[tuple[int, float]]:
    found = store.clips.ListClips(pb.ListClipsRequest(**{"profile": "default"} | values)).clips
    return [(int(clip.media, 16), to_seconds(clip.start)) for clip in found]


def update(store: Store, clip: clip_pb2.Clip, *, etag: str = "", **values: Any) -> clip_pb2.Clip:
    wire = {name: seconds(value) if isinstance(value, float) else value for name, value in values.items()}
    mask = FieldMask(paths=list(values))
    return store.clips.UpdateClip(pb.UpdateClipRequest(id=clip.id, etag=etag, update_mask=mask, **wire)).clip


def labels(store: Store) -> list[tuple[str, int]]:
    found = store.clips.ListLabels(pb.ListLabelsRequest(profile="default")).labels
    return [(label.name, label.clips) for label in found]


def rename(store: Store, folder: str, new: str) -> tuple[int, int]:
    answer = store.clips.RenameFolder(pb.RenameFolderRequest(profile="default", folder=folder, new_folder=new))
    return answer.moved, answer.merged


def test_a_clip_is_kept_to_the_microsecond(store: Store) -> None:
    clip = store.mark(store.register(), 1.000001, duration=0.000001, label="höher")
    assert (clip.start.nanos, clip.duration.nanos) == (1000, 1000)
    assert (clip.folder, clip.label, clip.origin) == ("dog", "höher", clip_pb2.CLIP_ORIGIN_MARKED)
    assert store.clips.GetClip(pb.GetClipRequest(id=clip.id)).clip == clip


def test_a_clip_has_a_category_of_its_own(store: Store) -> None:
    media = store.register()
    new = new_clip(media, 1, label="bark")
    new.category = "Tiere"
    clip = store.clips.CreateClip(pb.CreateClipRequest(profile="default", clip=new)).clip
    plain = store.mark(media, 2)
    assert (clip.category, plain.category) == ("Tiere", "")
    changed = update(store, plain, category="Household", etag=plain.etag)
    assert (changed.category, changed.label, changed.start) == ("Household", "", plain.start)
    assert changed.etag != plain.etag
    assert update(store, changed, category="Household").etag == changed.etag, "nothing changed"
    assert update(store, changed, label="cup").category == "Household", "only what is named changes"
    found = store.clips.ListClips(pb.ListClipsRequest(profile="default")).clips
    assert [one.category for one in found] == ["Tiere", "Household"]
    new.category = "x" * 201
    refused = refusal(store.clips.CreateClip, pb.CreateClipRequest(profile="default", clip=new))
    assert refused.fields == ("clip.category",)


def test_a_copied_profile_keeps_categories(store: Store) -> None:
    update(store, store.mark(store.register(), 1), category="Animal")
    store.profiles.DuplicateProfile(DuplicateProfileRequest(source_profile="default", profile="copy"))
    found = store.clips.ListClips(pb.ListClipsRequest(profile="copy")).clips
    assert [clip.category for clip in found] == ["Animal"]


def test_an_unspecified_origin_is_a_mark(store: Store) -> None:
    new = new_clip(store.register(), 1)
    new.origin = clip_pb2.CLIP_ORIGIN_UNSPECIFIED
    made = store.clips.CreateClip(pb.CreateClipRequest(profile="default", clip=new)).clip
    assert made.origin == clip_pb2.CLIP_ORIGIN_MARKED


def test_the_same_clip_twice_is_a_duplicate(store: Store) -> None:
    media = store.register()
    clip = store.mark(media, 1)
    refused = refusal(store.mark, media, 1, label="other")
    assert (refused.code, refused.reason) == (grpc.StatusCode.ALREADY_EXISTS, "DUPLICATE")
    assert refused.metadata == {"type": "clip", "id": clip.id}
    store.mark(media, 1, duration=9)
    store.mark(media, 1, folder="cat")
    assert len(listed(store)) == 3


def test_many_are_marked_in_one_transaction(store: Store) -> None:
    media = store.register(duration=100)
    store.mark(media, 2)
    new = [new_clip(media, start) for start in (1, 2, 3, 1)]
    answer = store.clips.BatchCreateClips(pb.BatchCreateClipsRequest(profile="default", clips=new))
    assert ([clip.start.seconds for clip in answer.clips], answer.skipped) == ([1, 3], 2)
    bad = pb.BatchCreateClipsRequest(profile="default", clips=[new_clip(media, 50), new_clip(media, 100)])
    refused = refusal(store.clips.BatchCreateClips, bad)
    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "BEYOND_END")
    assert (refused.fields, refused.metadata) == (("clips[1].start",), {"duration": "100"})
    unknown = pb.BatchCreateClipsRequest(profile="default", clips=[new_clip(media, 50), new_clip(digest_of(9), 1)])
    assert refusal(store.clips.BatchCreateClips, unknown).reason == "MEDIA_UNKNOWN"
    assert listed(store) == [(1, 1), (1, 2), (1, 3)]


def test_a_clip_may_reach_beyond_the_end_but_not_start_there(store: Store) -> None:
    media = store.register(duration=100)
    assert store.mark(media, 99.9).duration.seconds == 8
    for start in (100, 100.5, 1e6):
        assert refusal(store.mark, media, start).reason == "BEYOND_END"


@pytest.mark.parametrize("folder", ["", "a/b", "a\\b", "a\nb", "a\0b", "x" * 201])
def test_names_that_cannot_be_folders_are_refused(store: Store, folder: str) -> None:
    refused = refusal(store.mark, store.register(), 1, folder=folder)
    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
    assert "clip.folder" in refused.fields


def test_an_answer_too_large_to_be_sent_changes_nothing(store: Store) -> None:
    media = store.register(duration=10_000)
    # The request fits into a message, the answer would not.
    size = new_clip(media, 9_999, label="𝄞" * 900).ByteSize() + 4
    new = [new_clip(media, start, label="𝄞" * 900) for start in range(1, 2**20 // size)]
    request = pb.BatchCreateClipsRequest(profile="default", clips=new)
    assert request.ByteSize() < 2**20
    refused = refusal(store.clips.BatchCreateClips, request)
    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
    assert listed(store) == []


def test_clips_are_listed_by_media_then_start_with_filters(store: Store) -> None:
    second, first = store.register(2), store.register(1)
    for media, start, folder in ((first, 5, "a"), (second, 9, "b"), (first, 1, "b"), (second, 3, "a")):
        store.mark(media, start, folder=folder)
    assert listed(store) == [(2, 3), (2, 9), (1, 1), (1, 5)]
    assert listed(store, folder="b") == [(2, 9), (1, 1)]
    assert listed(store, media=first) == [(1, 1), (1, 5)]
    assert listed(store, folder="none") == []


def test_updates_need_the_current_etag_and_change_only_what_is_named(store: Store) -> None:
    media = store.register()
    clip = store.mark(media, 1, label="a")
    moved = update(store, clip, start=2.5, label="b", etag=clip.etag)
    assert (to_seconds(moved.start), moved.label, moved.folder, moved.duration) == (2.5, "b", "dog", clip.duration)
    refused = refusal(update, store, clip, folder="x", etag=clip.etag)
    assert (refused.reason, refused.metadata["etag"]) == ("ETAG_MISMATCH", moved.etag)
    other = store.mark(media, 9)
    assert refusal(update, store, other, start=2.5).metadata == {"type": "clip", "id": clip.id}
    assert refusal(update, store, other, start=100.0).reason == "BEYOND_END"
    assert refusal(update, store, other, folder="").fields == ("folder",)
    assert refusal(update, store, clip_pb2.Clip(id="999999"), label="x").reason == "RESOURCE_UNKNOWN"


def test_deleting_is_all_or_none(store: Store) -> None:
    media = store.register()
    store.new_profile("other")
    mine, theirs = store.mark(media, 1), store.mark(media, 1, profile="other")
    for ids, first in (([mine.id, "999999"], "999999"), ([theirs.id, mine.id], theirs.id)):
        request = pb.BatchDeleteClipsRequest(profile="default", ids=ids)
        assert refusal(store.clips.BatchDeleteClips, request).metadata == {"type": "clip", "id": first}
    assert store.clips.BatchDeleteClips(pb.BatchDeleteClipsRequest(profile="default", ids=[mine.id])).deleted == 1
    assert listed(store) == []
    assert len(listed(store, profile="other")) == 1


def test_folders_count_clips_and_media(store: Store) -> None:
    one, two = store.register(1), store.register(2)
    for media, start in ((one, 1), (one, 2), (two, 1)):
        store.mark(media, start, folder="dog")
    store.mark(one, 1, folder="Zebra")
    assert [(folder.name, folder.clips, folder.media) for folder in store.folders()] == [("Zebra", 1, 1), ("dog", 3, 2)]


def test_renaming_moves_and_merges(store: Store) -> None:
    media = store.register()
    kept = store.mark(media, 1, folder="new", exported=True)
    store.mark(media, 1, folder="old")
    moved = store.mark(media, 2, folder="old")
    assert rename(store, "old", "new") == (1, 1)
    assert [(folder.name, folder.clips) for folder in store.folders()] == [("new", 2)]
    after = store.clips.GetClip(pb.GetClipRequest(id=kept.id)).clip
    assert after.origin == clip_pb2.CLIP_ORIGIN_MARKED, "what a person marked stays marked"
    assert store.clips.GetClip(pb.GetClipRequest(id=moved.id)).clip.etag != moved.etag
    assert rename(store, "new", "new") == (0, 0)
    refused = refusal(rename, store, "old", "x")
    assert (refused.reason, refused.metadata) == ("FOLDER_UNKNOWN", {"folder": "old"})


def test_labels_are_ordered_by_their_last_use(store: Store) -> None:
    media = store.register()
    first = store.mark(media, 1, label="bark")
    store.mark(media, 2, label="howl")
    store.mark(media, 3)
    assert labels(store) == [("howl", 1), ("bark", 1)]
    store.mark(media, 4, label="bark")
    assert labels(store) == [("bark", 2), ("howl", 1)]
    new = [new_clip(media, 10, label="whine"), new_clip(media, 11, label="howl"), new_clip(media, 12, label="growl")]
    store.clips.BatchCreateClips(pb.BatchCreateClipsRequest(profile="default", clips=new))
    assert labels(store) == [("growl", 1), ("howl", 2), ("whine", 1), ("bark", 2)]
    update(store, first, label="whine")
    assert labels(store) == [("whine", 2), ("growl", 1), ("howl", 2), ("bark", 1)]
    update(store, first, start=1.5)
    assert labels(store)[0] == ("whine", 2)

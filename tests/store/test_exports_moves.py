"""Files that lie elsewhere now, and clips that are in other folders now."""

from __future__ import annotations

import grpc
from eightcut.store.v1 import clip_pb2, clip_service_pb2
from eightcut.store.v1 import export_service_pb2 as pb
from eightcut.store.v1.clip_service_pb2 import RenameFolderRequest

from tests.store.export_kit import DOGS, files_of, move, new_file, paths_of, record
from tests.store.harness import Store, refusal


def clips_of(store: Store, folder: str, profile: str = "default") -> list[clip_pb2.Clip]:
    return list(store.clips.ListClips(clip_service_pb2.ListClipsRequest(profile=profile, folder=folder)).clips)


def test_files_of_all_profiles_move(store: Store) -> None:
    media = store.register()
    store.new_profile("other")
    (mine,) = record(store, new_file(store.mark(media, 1), "clip_001/a.mp4"))
    (theirs,) = record(store, new_file(store.mark(media, 1, profile="other"), "clip_001/a.mp4"), profile="other")
    assert move(store, (mine, "vid_001/a.mp4"), (theirs, "vid_001/a.mp4")) == (2, 0, 0)
    assert paths_of(store, profile="") == ["vid_001/a.mp4"] * 2
    assert move(store, (mine, "vid_001/a.mp4"), (theirs, "vid_001/a.mp4")) == (0, 0, 0), "said again"


def test_disabling_moves_files_and_clips_and_back(store: Store) -> None:
    media = store.register()
    clip = store.mark(media, 1)
    (file,) = record(store, new_file(clip, "vid_001/a_001_m1_0.mp4"))
    assert move(store, (file, file.path, "/clips/dogs_disabled"), clips={clip.id: "dog_disabled"}) == (1, 1, 0)
    (after,) = files_of(store)
    assert (after.id, after.export_folder, after.folder) == (file.id, "/clips/dogs_disabled", "dog_disabled")
    assert clips_of(store, "dog_disabled")[0].etag != clip.etag
    assert move(store, (file, file.path, "/clips/dogs_disabled"), clips={clip.id: "dog_disabled"}) == (0, 0, 0)
    assert move(store, (file, file.path, DOGS), clips={clip.id: "dog"}) == (1, 1, 0)
    assert files_of(store) == [file]


def test_another_file_that_is_recorded_there_stops_all(store: Store) -> None:
    clip = store.mark(store.register(), 1)
    first, second, third = record(store, *(new_file(clip, name, index=index) for index, name in enumerate("abc")))
    refused = refusal(move, store, (third, "d"), (first, "b"), clips={clip.id: "cat"})
    assert (refused.code, refused.reason) == (grpc.StatusCode.ALREADY_EXISTS, "DUPLICATE")
    assert refused.metadata == {"type": "clip_file", "id": second.id}
    assert refusal(move, store, (first, "x"), (second, "x")).reason == "DUPLICATE"
    assert refusal(move, store, (first, "b"), (second, "b")).reason == "DUPLICATE"
    assert refusal(move, store, (first, "x"), (first, "y")).fields == ("files[1].id",)
    assert (paths_of(store), clips_of(store, "cat")) == (["a", "b", "c"], [])


def test_files_may_take_the_places_of_one_another(store: Store) -> None:
    clip = store.mark(store.register(), 1)
    first, second, third = record(store, *(new_file(clip, name, index=index) for index, name in enumerate("abc")))
    assert move(store, (first, "b"), (second, "c"), (third, "a")) == (3, 0, 0)
    assert paths_of(store) == ["b", "c", "a"]


def test_what_never_was_is_refused_and_what_is_gone_is_left_out(store: Store) -> None:
    media = store.register()
    clip, gone = store.mark(media, 1), store.mark(media, 2)
    file, lost = record(store, new_file(clip, "a"), new_file(gone, "b"))
    unknown = pb.MoveClipFilesRequest(files=[pb.ClipFileMove(id="99999999", export_folder=DOGS, path="x")])
    assert refusal(store.exports.MoveClipFiles, unknown).metadata == {"type": "clip_file", "id": "99999999"}
    refused = refusal(move, store, (file, "x"), clips={"99999999": "cat"})
    assert (refused.reason, refused.metadata) == ("RESOURCE_UNKNOWN", {"type": "clip", "id": "99999999"})
    assert paths_of(store) == ["a", "b"]
    store.clips.BatchDeleteClips(
        clip_service_pb2.BatchDeleteClipsRequest(profile="default", ids=[gone.id], forget_files=True)
    )
    assert move(store, (file, "x"), (lost, "y"), clips={clip.id: "cat", gone.id: "cat"}) == (1, 1, 0)
    assert paths_of(store) == ["x"]


def test_a_clip_that_meets_itself_is_merged_with_its_files_and_its_mark(store: Store) -> None:
    media = store.register()
    kept = store.mark(media, 1, folder="dog_disabled", exported=True)
    clip = store.mark(media, 1)
    (there,) = record(store, new_file(kept, "a", export_folder="/clips/dogs_disabled"))
    (file,) = record(store, new_file(clip, "b"))
    steps = [(file, "b", "/clips/dogs_disabled")]
    assert move(store, *steps, clips={clip.id: "dog_disabled"}) == (1, 1, 1)
    found = files_of(store)
    assert {one.id for one in found} == {there.id, file.id}
    assert {one.clip_id for one in found} == {kept.id}
    assert {one.origin for one in found} == {clip_pb2.CLIP_ORIGIN_MARKED}
    assert move(store, *steps, clips={clip.id: "dog_disabled"}) == (0, 0, 0), "said again, as after a crash"
    assert files_of(store) == found


def test_two_clips_that_meet_in_a_new_folder_become_one(store: Store) -> None:
    media = store.register()
    one, two = store.mark(media, 1, folder="a", exported=True), store.mark(media, 1, folder="b")
    record(store, new_file(one, "1"), new_file(two, "2"))
    assert move(store, clips={two.id: "c", one.id: "c"}) == (0, 2, 1)
    (left,) = clips_of(store, "c")
    assert (left.id, left.origin) == (one.id, clip_pb2.CLIP_ORIGIN_MARKED)
    assert [file.clip_id for file in files_of(store)] == [one.id] * 2


def test_clips_may_take_the_folders_of_one_another(store: Store) -> None:
    media = store.register()
    one, two = store.mark(media, 1, folder="a"), store.mark(media, 1, folder="b")
    assert move(store, clips={one.id: "b", two.id: "a"}) == (0, 2, 0)
    assert [clip.id for clip in clips_of(store, "a")] == [two.id]
    assert [clip.id for clip in clips_of(store, "b")] == [one.id]


def test_renaming_a_folder_carries_the_files_of_merged_clips_along(store: Store) -> None:
    media = store.register()
    kept, dropped, moved = store.mark(media, 1, folder="new"), store.mark(media, 1), store.mark(media, 2)
    record(store, new_file(kept, "k"), new_file(dropped, "d"), new_file(moved, "m"))
    answer = store.clips.RenameFolder(RenameFolderRequest(profile="default", folder="dog", new_folder="new"))
    assert (answer.moved, answer.merged) == (1, 1)
    found = {file.path: (file.clip_id, file.folder) for file in files_of(store)}
    assert found == {"k": (kept.id, "new"), "d": (kept.id, "new"), "m": (moved.id, "new")}

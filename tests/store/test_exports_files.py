"""Clips as files: recording, listing, forgetting."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from eightcut.store.v1 import clip_file_pb2, clip_pb2, clip_service_pb2
from eightcut.store.v1 import export_service_pb2 as pb
from eightcut.store.v1.profile_service_pb2 import DeleteProfileRequest, DuplicateProfileRequest
from eightcut_store.database import Database
from sqlalchemy import event

from tests.store.export_kit import DOGS, files_of, forget, new_file, paths_of, record, settings
from tests.store.harness import Store, digest_of, new_clip, refusal, seconds, to_seconds


def listed_clips(store: Store, profile: str = "default") -> list[clip_pb2.Clip]:
    return list(store.clips.ListClips(clip_service_pb2.ListClipsRequest(profile=profile)).clips)


def test_a_file_is_kept_with_all_that_is_known_of_it(store: Store) -> None:
    clip = store.mark(store.register(), 4.25, label="bark")
    keys = [clip_file_pb2.CropKeyframe(time=seconds(second), center=second / 4) for second in (0, 1.5, 4)]
    made = settings(
        format="webp", short_side=480, crop_ratio="9:16", crop_center=0.25, crop_keyframes=keys, clip_count=3, ltx2=True
    )
    new = new_file(clip, "vid_001/a 'b'\n_001_m1_2", index=2, start=seconds(10.25), settings=made, size_bytes=2**40)
    (file,) = record(store, new)
    assert (file.profile, file.clip_id, file.media, file.folder) == ("default", clip.id, clip.media, "dog")
    assert (file.export_folder, file.path, file.index) == (DOGS, "vid_001/a 'b'\n_001_m1_2", 2)
    assert (to_seconds(file.start), to_seconds(file.duration), file.label) == (10.25, 8, "bark")
    assert (file.settings, file.size_bytes, file.origin) == (made, 2**40, clip_pb2.CLIP_ORIGIN_MARKED)
    assert file.create_time.seconds > 0
    assert files_of(store) == [file]


def test_a_file_recorded_again_is_replaced_and_keeps_its_id(store: Store) -> None:
    media = store.register()
    first, second = store.mark(media, 1), store.mark(media, 2)
    (before,) = record(store, new_file(first, "vid_001/a_001_m1_0.mp4"))
    (after,) = record(store, new_file(second, "vid_001/a_001_m1_0.mp4", size_bytes=5, settings=settings(format="wav")))
    assert (after.id, after.clip_id, after.size_bytes, after.settings.format) == (before.id, second.id, 5, "wav")
    assert files_of(store) == [after]


def test_recording_is_all_or_none_and_names_what_is_wrong(store: Store) -> None:
    media = store.register(duration=100)
    clip = store.mark(media, 1)
    good = new_file(clip, "vid_001/a.mp4")
    bad: list[tuple[pb.NewClipFile, str]] = [
        (new_file(clip_pb2.Clip(id="999999", duration=clip.duration, start=clip.start), "b.mp4"), "RESOURCE_UNKNOWN"),
        (new_file(new_clip(digest_of(9), 1), "b.mp4"), "MEDIA_UNKNOWN"),
        (new_file(new_clip(media, 100), "b.mp4"), "BEYOND_END"),
        (new_file(clip, "vid_001/a.mp4"), "INVALID_ARGUMENT"),
    ]
    for file, reason in bad:
        assert refusal(record, store, good, new_file(new_clip(media, 50), "c.mp4"), file).reason == reason
    assert refusal(record, store, good, profile="nobody").reason == "PROFILE_UNKNOWN"
    assert (files_of(store), len(listed_clips(store))) == ([], 1)
    store.new_profile("other")
    theirs = refusal(record, store, good, profile="other")
    assert (theirs.reason, theirs.metadata) == ("RESOURCE_UNKNOWN", {"type": "clip", "id": clip.id})
    without = pb.NewClipFile()
    without.CopyFrom(good)
    without.ClearField("owner")
    assert refusal(record, store, without).fields == ("files[0]",)


@pytest.mark.parametrize(
    "path",
    ["", "/a.mp4", "../a.mp4", "a/../b.mp4", "a//b.mp4", "a/", "./a", "a/.", "a\\b.mp4", "C:a.mp4", "c:/a", "a\0b"],
)
def test_paths_that_lead_elsewhere_are_refused(store: Store, path: str) -> None:
    clip = store.mark(store.register(), 1)
    refused = refusal(record, store, new_file(clip, path))
    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
    assert "files[0].path" in refused.fields or "files.path" in refused.fields
    (file,) = record(store, new_file(clip, "a.mp4"))
    moved = pb.MoveClipFilesRequest(files=[pb.ClipFileMove(id=file.id, export_folder=DOGS, path=path)])
    assert refusal(store.exports.MoveClipFiles, moved).code is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    "folder", ["", "clips", "./clips", "../clips", "/a/../b", "C:", "C:clips", "a\\b", "C:\\..\\a"]
)
def test_export_folders_are_absolute(store: Store, folder: str) -> None:
    clip = store.mark(store.register(), 1)
    refused = refusal(record, store, new_file(clip, "a.mp4", export_folder=folder))
    assert (refused.code, refused.fields) == (grpc.StatusCode.INVALID_ARGUMENT, ("files[0].export_folder",))


@pytest.mark.parametrize(
    ("folder", "usual"),
    [
        ("/a/b/", "/a/b"),
        ("//a//b/./c", "/a/b/c"),
        ("/a/b c\n'd\"é", "/a/b c\n'd\"é"),
        ("C:\\a\\b\\", "C:\\a\\b"),
        ("c:/a/b", "c:\\a\\b"),
        ("\\\\server\\share\\a", "\\\\server\\share\\a"),
        ("/", "/"),
        ("/a\\b", "/a\\b"),
    ],
)
def test_export_folders_are_written_in_one_way(store: Store, folder: str, usual: str) -> None:
    clip = store.mark(store.register(), 1)
    (file,) = record(store, new_file(clip, "a.mp4", export_folder=folder))
    assert file.export_folder == usual
    assert files_of(store, export_folder=folder) == files_of(store, export_folder=usual) == [file]


def test_scan_exports_come_with_their_clips_and_again_without(store: Store) -> None:
    media = store.register()
    new = [new_clip(media, start, folder="heard", label="bark", exported=True) for start in (5, 5, 20)]
    files = [new_file(clip, f"vid_001/a_001_a{index}_0.mp4") for index, clip in enumerate(new, 1)]
    first = record(store, *files)
    assert [file.origin for file in first] == [clip_pb2.CLIP_ORIGIN_SCAN_EXPORT] * 3
    assert first[0].clip_id == first[1].clip_id != first[2].clip_id
    assert [(clip.folder, clip.label, clip.start.seconds) for clip in listed_clips(store)] == [
        ("heard", "bark", 5),
        ("heard", "bark", 20),
    ]
    again = record(store, *files)
    assert [(file.id, file.clip_id) for file in again] == [(file.id, file.clip_id) for file in first]
    assert len(listed_clips(store)) == 2


def test_the_same_clip_that_is_there_is_taken_and_stays_as_it_is(store: Store) -> None:
    media = store.register()
    clip = store.mark(media, 5, folder="heard", label="mine")
    (file,) = record(store, new_file(new_clip(media, 5, folder="heard", label="other", exported=True), "a.mp4"))
    assert (file.clip_id, file.origin, file.label) == (clip.id, clip_pb2.CLIP_ORIGIN_MARKED, "other")
    assert listed_clips(store) == [clip]


def test_files_are_listed_by_media_start_and_index_with_filters(store: Store) -> None:
    second, first = store.register(2), store.register(1)
    store.new_profile("other")
    early, late = store.mark(first, 1), store.mark(first, 9, folder="cat")
    there, shared = store.mark(second, 5), store.mark(first, 1, profile="other")
    record(store, new_file(late, "l1", index=1), new_file(late, "l0"), new_file(early, "e"))
    record(store, new_file(there, "t", export_folder="/elsewhere"))
    record(store, new_file(shared, "e"), profile="other")
    assert paths_of(store) == ["t", "e", "l0", "l1"]
    assert paths_of(store, profile="") == ["t", "e", "e", "l0", "l1"]
    assert paths_of(store, clip_ids=[early.id, there.id]) == ["t", "e"]
    assert paths_of(store, media=first) == ["e", "l0", "l1"]
    assert paths_of(store, folder="cat") == ["l0", "l1"]
    assert paths_of(store, export_folder=DOGS) == ["e", "l0", "l1"]
    assert [one.profile for one in files_of(store, profile="", paths=["e"], export_folder=DOGS)] == ["default", "other"]
    assert paths_of(store, paths=["l1", "nothing"]) == ["l1"]
    assert paths_of(store, clip_ids=[shared.id]) == []
    assert refusal(files_of, store, media=digest_of(9)).reason == "MEDIA_UNKNOWN"
    assert refusal(files_of, store, export_folder="clips").fields == ("export_folder",)


@pytest.mark.parametrize("profile", ["default", ""])
def test_pages_show_every_file_once(store: Store, profile: str) -> None:
    clips = [store.mark(store.register(media), start) for media in (1, 2) for start in (1, 2)]
    new = [
        new_file(clip, f"vid/{number}_{index}", index=index) for number, clip in enumerate(clips) for index in range(5)
    ]
    record(store, *reversed(new))
    expected = paths_of(store, profile=profile)
    assert expected == [file.path for file in new]
    for size in (1, 3, 7, 20):
        seen: list[str] = []
        token = ""
        while True:
            request = pb.ListClipFilesRequest(profile=profile, page_size=size, page_token=token)
            page = store.exports.ListClipFiles(request)
            seen += [file.path for file in page.files]
            assert len(seen) <= len(expected)
            token = page.next_page_token
            if not token:
                break
        assert seen == expected
    request = pb.ListClipFilesRequest(profile=profile, page_size=1)
    token = store.exports.ListClipFiles(request).next_page_token
    other = pb.ListClipFilesRequest(profile=profile, folder="dog", page_token=token)
    assert refusal(store.exports.ListClipFiles, other).reason == "PAGE_TOKEN_INVALID"


def test_forgetting_says_which_files_nobody_has_any_more(store: Store) -> None:
    media = store.register()
    store.new_profile("other")
    mine, theirs = store.mark(media, 1), store.mark(media, 1, profile="other")
    shared, own, elsewhere = record(
        store, new_file(mine, "s"), new_file(mine, "o"), new_file(mine, "s", export_folder="/elsewhere")
    )
    (copy,) = record(store, new_file(theirs, "s"), profile="other")
    for ids in ([shared.id, "999999"], [own.id, copy.id]):
        request = pb.BatchDeleteClipFilesRequest(profile="default", ids=ids)
        assert refusal(store.exports.BatchDeleteClipFiles, request).metadata == {"type": "clip_file", "id": ids[1]}
    gone = forget(store, own, shared, elsewhere)
    assert (list(gone.unused), gone.files, gone.clips) == ([own, elsewhere], 3, 0)
    assert files_of(store) == []
    assert [clip.id for clip in listed_clips(store)] == [mine.id]
    gone = forget(store, copy, profile="other", clips=True)
    assert (list(gone.unused), gone.files, gone.clips) == ([copy], 1, 1)
    assert listed_clips(store, "other") == []


def test_clips_go_with_their_last_file_only(store: Store) -> None:
    media = store.register()
    clip, bare = store.mark(media, 1), store.mark(media, 2)
    first, second = record(store, new_file(clip, "a", index=0), new_file(clip, "b", index=1))
    assert forget(store, first, clips=True).clips == 0
    assert forget(store, second, clips=True).clips == 1
    assert [one.id for one in listed_clips(store)] == [bare.id]


def test_files_go_with_their_clips_and_profiles(store: Store) -> None:
    media = store.register()
    store.new_profile("other")
    clip, theirs = store.mark(media, 1), store.mark(media, 1, profile="other")
    record(store, new_file(clip, "a"))
    record(store, new_file(theirs, "a"), profile="other")
    request = clip_service_pb2.BatchDeleteClipsRequest(profile="default", ids=[clip.id])
    refused = refusal(store.clips.BatchDeleteClips, request)
    assert (refused.reason, refused.metadata) == ("CLIP_HAS_FILES", {"clip": clip.id})
    assert len(files_of(store, profile="")) == 2
    request.forget_files = True
    assert store.clips.BatchDeleteClips(request).deleted == 1
    assert [file.profile for file in files_of(store, profile="")] == ["other"]
    store.profiles.DeleteProfile(DeleteProfileRequest(profile="other"))
    assert files_of(store, profile="") == []


def test_a_copied_profile_shares_the_files(store: Store) -> None:
    media = store.register()
    for start in (1, 2):
        clip = store.mark(media, start)
        record(store, new_file(clip, f"vid_001/{start}"), new_file(clip, f"vid_001/{start}_", index=1))
    keys = [clip_file_pb2.CropKeyframe(time=seconds(0), center=1)]
    heard = new_file(new_clip(media, 1, folder="heard", exported=True), "h", settings=settings(crop_keyframes=keys))
    record(store, heard)
    store.profiles.DuplicateProfile(DuplicateProfileRequest(source_profile="default", profile="copy"))
    originals, copies = files_of(store), files_of(store, profile="copy")
    folders = {
        clip.id: (clip.start.seconds, clip.folder) for name in ("default", "copy") for clip in listed_clips(store, name)
    }
    for original, copied in zip(originals, copies, strict=True):
        assert folders[copied.clip_id] == folders[original.clip_id]
        assert copied.id != original.id
        for name in ("id", "profile", "clip_id"):
            copied.ClearField(name)
            original.ClearField(name)
        assert copied == original
    assert list(forget(store, *files_of(store)).unused) == []


def test_export_folders_are_listed_the_last_used_first(store: Store) -> None:
    one, two = store.register(1), store.register(2)
    dog, cat, late = store.mark(one, 1), store.mark(one, 2, folder="cat"), store.mark(two, 1)
    record(store, new_file(dog, "a"), new_file(dog, "b"))
    record(store, new_file(cat, "c", export_folder="/clips/cats"))
    record(store, new_file(late, "d", export_folder="/new"))

    def found(**values: Any) -> list[tuple[str, str, int]]:
        request = pb.ListExportFoldersRequest(**{"profile": "default"} | values)
        answer = store.exports.ListExportFolders(request).export_folders
        times = [(used.last_use_time.seconds, used.last_use_time.nanos) for used in answer]
        assert times == sorted(times, reverse=True)
        return [(used.export_folder, used.folder, used.files) for used in answer]

    assert found() == [("/new", "dog", 1), ("/clips/cats", "cat", 1), (DOGS, "dog", 2)]
    assert found(folder="dog") == [("/new", "dog", 1), (DOGS, "dog", 2)]
    assert found(media=one, folder="dog") == [(DOGS, "dog", 2)]
    store.new_profile("other")
    assert found(profile="other") == []


def test_a_thousand_files_need_a_few_statements(store: Store, database: Database) -> None:
    media = store.register(duration=100_000)
    new = [new_file(new_clip(media, number, exported=True), f"vid_001/a_001_a{number}_0.mp4") for number in range(1000)]
    statements: list[str] = []
    # Every engine of this process: the Store's own is not to be had from outside.
    engine_class = type(database.engine)

    @event.listens_for(engine_class, "before_cursor_execute")
    def executed(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    try:
        files = record(store, *new)
        assert len(statements) < 30, statements
        statements.clear()
        record(store, *new)
        assert len(statements) < 30, statements
        statements.clear()
        moves = [pb.ClipFileMove(id=file.id, export_folder="/clips/dogs_disabled", path=file.path) for file in files]
        clips = [pb.ClipMove(id=file.clip_id, folder="dog_disabled") for file in files]
        answer = store.exports.MoveClipFiles(pb.MoveClipFilesRequest(files=moves, clips=clips))
        assert (answer.files, answer.clips, answer.merged) == (1000, 1000, 0)
        assert len(statements) < 30, statements
        statements.clear()
        gone = forget(store, *files, clips=True)
        assert (len(gone.unused), gone.files, gone.clips) == (1000, 1000, 1000)
        assert len(statements) < 30, statements
    finally:
        event.remove(engine_class, "before_cursor_execute", executed)

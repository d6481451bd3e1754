"""What an import brings in, and what it looks like afterwards."""

from __future__ import annotations

import pytest
from eightcut.store.v1 import (
    clip_pb2,
    clip_service_pb2,
    export_service_pb2,
    hard_negative_service_pb2,
    profile_service_pb2,
    scan_service_pb2,
    training_run_service_pb2,
)
from eightcut.store.v1 import media_service_pb2 as media_pb
from google.protobuf.field_mask_pb2 import FieldMask

from tests.store.harness import Store, a_spec, seconds, to_seconds
from tests.store.import_kit import DAY, NOON, TABLES, Library, a_library, clips_of, counts, media_of


def test_everything_arrives_and_is_read_back(store: Store) -> None:
    library = a_library()
    answer = library.bring(store)
    assert [counts(answer, table) for table in TABLES] == [
        {"received": 6, "added": 6},
        {"received": 4, "added": 4},
        {"received": 2, "added": 2},
        {"received": 2, "added": 2},
    ]
    assert [table.found for table in answer.tables] == library.sums()
    assert (list(answer.new_profiles), answer.new_media, answer.clips, answer.scans) == (["other"], 2, 4, 3)
    assert not answer.conflicts

    here, lost = media_of(store)
    assert (here.digest, here.filename, to_seconds(here.duration), here.unlocated) == ("a" * 64, "here.mp4", 120, False)
    assert (lost.filename, lost.path_hint, lost.unlocated) == ('lost "ö"\n.mp4', "/old/lost.mp4", True)
    assert media_of(store, unlocated=True) == [lost]


def test_clips_are_groups_of_files(store: Store) -> None:
    a_library().bring(store)
    marked, exported, lost = clips_of(store)
    assert (to_seconds(marked.start), to_seconds(marked.duration), marked.folder) == (12.5, 8, "dog")
    assert (marked.label, marked.category, marked.origin) == ("Bello", "Animal", clip_pb2.CLIP_ORIGIN_MARKED)
    assert marked.create_time.seconds == NOON
    assert (to_seconds(exported.start), exported.origin) == (40, clip_pb2.CLIP_ORIGIN_SCAN_EXPORT)
    assert lost.create_time.seconds == NOON + DAY

    request = export_service_pb2.ListClipFilesRequest(profile="default", clip_ids=[marked.id])
    files = list(store.exports.ListClipFiles(request).files)
    assert [file.path for file in files] == [f"vid_001/dog_001_m1_{index}.mp4" for index in range(3)]
    assert [(file.index, to_seconds(file.start)) for file in files] == [(0, 12.5), (1, 15.5), (2, 18.5)]
    settings = files[2].settings
    assert (settings.format, settings.short_side, settings.crop_ratio) == ("mp4", 512, "9:16")
    assert (settings.crop_center, settings.clip_count, to_seconds(settings.spread)) == (0.25, 3, 3)
    assert (files[0].export_folder, files[0].label, files[0].size_bytes) == ("/clips/dog", "Bello", 0)


def test_labels_come_in_the_order_of_their_clips_before_all_that_were_used_here(store: Store) -> None:
    store.mark(store.register(1), 1, label="here")
    library = Library()
    media = library.media()
    for number, (label, made) in enumerate([("new", 30), ("old", 10), ("middle", 20), ("here", 5)]):
        library.clip(media, number * 10.0, f"vid_001/d_001_m{number}_0.mp4", label=label, made=NOON + made)
    library.bring(store)
    labels = store.clips.ListLabels(clip_service_pb2.ListLabelsRequest(profile="default")).labels
    assert [label.name for label in labels] == ["here", "new", "middle", "old"]
    assert labels[1].last_use_time.seconds == NOON + 30


def test_regions_keep_what_was_found_and_what_the_person_did(store: Store) -> None:
    a_library().bring(store)
    newest, oldest = store.versions("a" * 64, model="EAT_LARGE")
    assert (newest.create_time.seconds, oldest.create_time.seconds) == (NOON + 100, NOON)
    assert (newest.region_count, newest.best_score, newest.window_count) == (2, 0.1 + 0.2, 0)
    assert (newest.classifier_id, to_seconds(newest.grid.window), to_seconds(newest.grid.hop)) == ("", 8, 1)
    disabled, resized = store.regions(newest.id)
    assert (disabled.disabled, disabled.score) == (True, 0.25)
    assert (to_seconds(resized.start), to_seconds(resized.original_start)) == (20.125, 19)
    assert (to_seconds(resized.end), to_seconds(resized.original_end)) == (30, 31)
    assert resized.score == 0.1 + 0.2


def test_rows_without_a_time_are_no_version_but_can_be_read(store: Store) -> None:
    a_library().bring(store)
    lost = media_of(store)[1].digest
    assert store.versions(lost, model="EAT_LARGE") == []
    legacy = store.latest(lost, model="EAT_LARGE")
    assert not legacy.HasField("create_time")
    (region,) = store.regions(legacy.id)
    # What the tables can hold is kept, however odd.
    assert (region.start, region.score) == (region.end, 1.5)


def test_hard_negatives_and_hidden_media(store: Store) -> None:
    a_library().bring(store)
    request = hard_negative_service_pb2.ListHardNegativesRequest(profile="default")
    found = store.negatives.ListHardNegatives(request).hard_negatives
    assert sorted((to_seconds(one.start), one.source_model) for one in found) == [(3, ""), (60, "EAT_LARGE")]
    for profile in ("default", "other"):
        hidden = store.media.ListHiddenMedia(media_pb.ListHiddenMediaRequest(profile=profile)).media
        assert [media.filename for media in hidden] == ['lost "ö"\n.mp4']


def test_numbers_in_names_are_not_given_out_again(store: Store) -> None:
    a_library().bring(store)
    here, lost = (media.digest for media in media_of(store))
    third = store.register(3)

    def peek(media: str, folder: str = "/elsewhere/Dog") -> tuple[int, int, int]:
        request = export_service_pb2.PeekNumbersRequest(export_folder=folder, media=media)
        found = store.exports.PeekNumbers(request)
        return found.video_number, found.next_marked, found.next_scan_export

    assert peek(here) == (1, 2, 2)
    assert peek(lost) == (2, 5, 1)
    assert peek(third) == (3, 1, 1)
    assert peek(here, "/clips/cat") == (1, 1, 1)


def test_only_asked_nothing_is_kept_and_the_answer_is_the_same(store: Store) -> None:
    library = a_library()
    asked = library.bring(store, validate_only=True)
    assert media_of(store) == []
    assert [one.name for one in store.profiles.ListProfiles(profile_service_pb2.ListProfilesRequest()).profiles] == [
        "default"
    ]
    assert library.bring(store) == asked


def test_an_empty_library(store: Store) -> None:
    answer = Library().bring(store)
    assert [counts(answer, table) for table in TABLES] == [{}, {}, {}, {}]


def test_media_that_nothing_refers_to_are_not_registered(store: Store) -> None:
    library = Library()
    library.media("b" * 64)
    assert library.bring(store).new_media == 0
    assert media_of(store) == []


def test_copies_of_a_file_are_one_media(store: Store) -> None:
    library = Library()
    first = library.media("b" * 64, "one.mp4", "/v/one.mp4")
    copy = library.media("b" * 64, "copy.mp4", "/v/copy.mp4")
    library.clip(copy, 1, "vid_001/a_001_m1_0.mp4")
    library.clip(first, 9, "vid_001/a_001_m2_0.mp4")
    library.hide(first)
    library.hide(copy)
    answer = library.bring(store)
    assert (answer.new_media, [media.filename for media in media_of(store)]) == (1, ["one.mp4"])
    assert counts(answer, "processed") == {"received": 2, "added": 2}
    assert counts(answer, "hidden_files") == {"received": 2, "added": 1, "merged": 1}


def test_media_that_are_registered_already_stay_as_they_are(store: Store) -> None:
    digest = store.register(1, filename="mine.mp4", path="/mine.mp4")
    library = Library()
    library.negative(library.media(digest, "old.mp4", "/old.mp4", 5), 1)
    assert library.bring(store).new_media == 0
    (media,) = media_of(store)
    assert (media.filename, media.path_hint, to_seconds(media.duration)) == ("mine.mp4", "/mine.mp4", 100)


def test_imported_versions_are_older_than_all_that_were_made_here(store: Store) -> None:
    media = store.register(1)
    mine = [store.scan(media, [(number, number + 1, 0.5)]).id for number in range(3)]
    library = Library()
    key = library.media(media)
    for number in range(3):
        library.region(library.scan(key, "LOGMEL", made=NOON + number), number, number + 1.0)
    library.bring(store)
    later = store.scan(media, [(9, 10, 0.5)]).id

    listed = store.versions(media)
    # The profile keeps five versions: the scan pruned the oldest two, which are imported ones.
    assert [scan.id for scan in listed[:4]] == [later, *reversed(mine)]
    assert [scan.create_time.seconds for scan in listed[4:]] == [NOON + 2]
    sequences = [scan.sequence for scan in listed]
    assert sequences == sorted(sequences, reverse=True)
    assert store.latest(media).id == later


def test_an_import_prunes_nothing(store: Store) -> None:
    media = store.register(1)
    mine = store.scan(media).id
    library = Library()
    key = library.media(media)
    for number in range(9):
        library.region(library.scan(key, "LOGMEL", made=NOON + number), number, number + 1.0)
    library.bring(store)
    listed = store.versions(media)
    assert listed[0].id == mine == store.latest(media).id
    assert [scan.create_time.seconds - NOON for scan in listed[1:]] == [8, 7, 6, 5, 4, 3, 2, 1, 0]


def test_a_copy_of_the_profile_keeps_the_order_of_versions(store: Store) -> None:
    media = store.register(1)
    store.scan(media, [(1, 2, 0.5)])
    library = Library()
    library.region(library.scan(library.media(media), "LOGMEL"), 3, 4, 0.25)
    library.bring(store)
    request = profile_service_pb2.DuplicateProfileRequest(source_profile="default", profile="copy")
    store.profiles.DuplicateProfile(request)
    assert [scan.best_score for scan in store.versions(media, profile="copy")] == [0.5, 0.25]


@pytest.mark.parametrize("size", [1, 2, 5])
def test_pages_of_versions_go_on_among_imported_ones(store: Store, size: int) -> None:
    media = store.register(1)
    for _ in range(3):
        store.scan(media)
    library = Library()
    key = library.media(media)
    for number in range(4):
        library.region(library.scan(key, "LOGMEL", made=NOON + number), number, number + 1.0)
    library.bring(store)
    whole = [scan.id for scan in store.versions(media)]
    found: list[str] = []
    token = ""
    while True:
        request = scan_service_pb2.ListScansRequest(profile="default", media=media, page_size=size, page_token=token)
        page = store.scans.ListScans(request)
        found += [scan.id for scan in page.scans]
        token = page.next_page_token
        if not token:
            break
    assert (found, len(found)) == (whole, 7)


def test_media_that_are_not_located_teach_nothing(store: Store) -> None:
    a_library().bring(store)
    spec = a_spec("dog", use_hard_negatives=True)
    assert store.examples(spec) == [
        (int("a" * 64, 16), 12.5, 8, "POSITIVE"),
        (int("a" * 64, 16), 60, None, "HARD_NEGATIVE"),
    ]
    request = training_run_service_pb2.ListTrainingExamplesRequest(spec=spec)
    assert [part.unlocated for part in store.runs.ListTrainingExamples(request)] == [2, 0]


def test_what_lies_in_media_that_are_not_located_can_be_changed(store: Store) -> None:
    a_library().bring(store)
    clip = clips_of(store)[2]
    mask = FieldMask(paths=["start"])
    moved = store.clips.UpdateClip(
        clip_service_pb2.UpdateClipRequest(id=clip.id, start=seconds(2), update_mask=mask)
    ).clip
    assert (moved.start, moved.media) == (seconds(2), clip.media)

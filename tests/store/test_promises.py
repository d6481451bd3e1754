"""What design.md's section on the Store promises, promise by promise. Promise 7 is in test_durability.py,
test_concurrency.py and test_migrations.py."""

from __future__ import annotations

import grpc
from eightcut.store.v1 import clip_service_pb2, hard_negative_service_pb2, profile_service_pb2, scan_service_pb2
from google.protobuf.field_mask_pb2 import FieldMask

from tests.store.harness import MODEL, Store, a_spec, refusal, seconds

FOUND = [(10.0, 14.0, 0.9)]


def pin(store: Store, scan_id: str, pinned: bool = True) -> None:
    mask = FieldMask(paths=["pinned"])
    store.scans.UpdateScan(scan_service_pb2.UpdateScanRequest(id=scan_id, pinned=pinned, update_mask=mask))


def test_promise_1_every_scan_makes_a_version_also_one_that_found_nothing(store: Store) -> None:
    media = store.register()
    found = store.scan(media, FOUND)
    nothing = store.scan(media, [])
    assert [scan.id for scan in store.versions(media)] == [nothing.id, found.id]
    assert (nothing.region_count, nothing.HasField("best_score")) == (0, False)
    assert (found.region_count, found.best_score) == (1, 0.9)


def test_promise_1_the_newest_five_are_kept_per_profile_media_and_model(store: Store) -> None:
    first, second = store.register(1), store.register(2)
    store.new_profile("other")
    elsewhere = [
        store.scan(second, FOUND),
        store.scan(first, FOUND, model="LOGMEL_door"),
        store.scan(first, FOUND, profile="other"),
    ]
    answers = [store.save(first, FOUND) for _ in range(7)]
    assert [scan.id for scan in store.versions(first)] == [answer.scan.id for answer in reversed(answers[2:])]
    assert [list(answer.pruned_ids) for answer in answers] == [[]] * 5 + [[answers[0].scan.id], [answers[1].scan.id]]
    assert refusal(store.get_scan, answers[0].scan.id).reason == "RESOURCE_UNKNOWN"
    for scan in elsewhere:
        assert store.get_scan(scan.id).scan.id == scan.id


def test_promise_1_the_number_of_versions_kept_is_the_profiles(store: Store) -> None:
    media = store.register()
    store.new_profile("two", keep=2)
    scans = [store.scan(media, profile="two") for _ in range(4)]
    assert [scan.id for scan in store.versions(media, profile="two")] == [scans[3].id, scans[2].id]
    store.profiles.UpdateProfile(
        profile_service_pb2.UpdateProfileRequest(
            profile="two", keep_versions=1, update_mask=FieldMask(paths=["keep_versions"])
        )
    )
    assert len(store.versions(media, profile="two")) == 2, "a smaller number prunes at the next scan, not now"
    answer = store.save(media, profile="two")
    assert list(answer.pruned_ids) == [scans[3].id, scans[2].id]


def test_promise_1_insert_and_prune_are_one_transaction(store: Store) -> None:
    media = store.register(duration=100)
    scans = [store.scan(media, FOUND) for _ in range(5)]
    # Refused after the header, a region and the scores were taken: one score is missing.
    bad = refusal(store.save, media, [(1, 2, 0.6)], [0.5] * 3, window_count=4)
    assert bad.code is grpc.StatusCode.INVALID_ARGUMENT
    assert [scan.id for scan in store.versions(media)] == [scan.id for scan in reversed(scans)]
    assert store.latest(media).id == scans[-1].id


def test_promise_1_a_pinned_version_is_never_pruned(store: Store) -> None:
    media = store.register()
    pinned = store.scan(media, FOUND)
    pin(store, pinned.id)
    others = [store.scan(media) for _ in range(8)]
    assert [scan.id for scan in store.versions(media)] == [scan.id for scan in reversed(others[3:])] + [pinned.id]
    assert len(store.get_scan(pinned.id).regions) == 1
    pin(store, pinned.id, pinned=False)
    assert pinned.id in store.save(media).pruned_ids


def test_promise_1_order_is_a_database_sequence_and_times_have_microseconds(store: Store) -> None:
    media = store.register()
    scans = [store.scan(media) for _ in range(4)]
    assert [scan.sequence for scan in scans] == sorted({scan.sequence for scan in scans})
    store.scans.DeleteScan(scan_service_pb2.DeleteScanRequest(id=scans[-1].id))
    newer = store.scan(media)
    assert newer.sequence > scans[-1].sequence, "a number is never used again"
    assert newer.id not in {scan.id for scan in scans}
    assert newer.create_time.seconds > 1_600_000_000
    assert all(scan.create_time.nanos % 1000 == 0 for scan in scans)


def test_promise_1_switching_versions_never_changes_data(store: Store) -> None:
    media = store.register()
    scans = [store.scan(media, [(number, number + 3, 0.6)]) for number in range(3)]
    before = [store.get_scan(scan.id) for scan in scans]
    for scan in [*scans, *reversed(scans)]:
        store.get_scan(scan.id)
        store.latest(media)
    assert [store.get_scan(scan.id) for scan in scans] == before


def test_promise_2_without_a_version_named_the_newest_of_the_model_is_read(store: Store) -> None:
    media = store.register()
    store.scan(media, FOUND)
    newest = store.scan(media, FOUND)
    door = store.scan(media, FOUND, model="LOGMEL_door")
    assert store.latest(media).id == newest.id
    assert store.latest(media, model="LOGMEL_door").id == door.id
    assert refusal(store.latest, media, model="HUBERT_XLARGE").reason == "RESOURCE_UNKNOWN"


def test_promise_2_unstamped_rows_are_served_when_nothing_newer_exists_and_never_listed(store: Store) -> None:
    media = store.register()
    old = store.scan(media, FOUND, unstamped=True)
    assert not old.HasField("create_time")
    assert store.latest(media).id == old.id
    assert store.versions(media) == []
    stamped = store.scan(media, [])
    imported_later = store.scan(media, FOUND, unstamped=True)
    assert store.latest(media).id == stamped.id, "a version is newer than rows of an old database, whenever imported"
    assert [scan.id for scan in store.versions(media)] == [stamped.id]
    store.scans.DeleteScan(scan_service_pb2.DeleteScanRequest(id=stamped.id))
    assert store.latest(media).id == imported_later.id


def test_promise_2_unstamped_rows_do_not_count_as_versions(store: Store) -> None:
    media = store.register()
    old = store.scan(media, FOUND, unstamped=True)
    for _ in range(6):
        store.scan(media)
    assert len(store.versions(media)) == 5
    assert store.get_scan(old.id).scan.id == old.id


def test_promise_3_only_classifier_output_is_versioned(store: Store) -> None:
    """A scan keeps regions and scores; of embeddings the Store knows nothing but the windows' grid."""
    media = store.register()
    first = store.save(media, FOUND, [0.25, 0.5]).scan
    second = store.save(media, FOUND, [0.75, 0.5]).scan
    assert first.grid == second.grid
    assert first.window_count == second.window_count == 2
    assert "vectors" not in type(first).DESCRIPTOR.fields_by_name


def test_promise_4_a_hard_negative_is_unique_per_profile_media_and_start(store: Store) -> None:
    one, two = store.register(1), store.register(2)
    store.new_profile("other")
    first = store.mark_wrong(one, 3.0, model=MODEL)[0]
    again = store.mark_wrong(one, 3.0, model="HUBERT_XLARGE")[0]
    assert again == first, "the first source model and time stay"
    assert store.mark_wrong(two, 3.0)[0].id != first.id
    assert store.mark_wrong(one, 3.0, profile="other")[0].id != first.id
    twice = store.mark_wrong(one, 7.0, 7.0, 3.0)
    assert twice[0] == twice[1]
    assert twice[2] == first


def test_promise_4_a_hard_negative_carries_source_model_and_creation_time(store: Store) -> None:
    media = store.register()
    negative = store.mark_wrong(media, 1.5, model="LOGMEL_door")[0]
    assert (negative.source_model, negative.media, negative.profile) == ("LOGMEL_door", media, "default")
    assert negative.start == seconds(1.5)
    assert negative.create_time.seconds > 1_600_000_000


def test_promise_4_bulk_delete_by_ids_and_clear_by_filter(store: Store) -> None:
    media, other = store.register(1), store.register(2)
    negatives = store.mark_wrong(media, 1, 2, 3, model=MODEL)
    store.mark_wrong(media, 4, 5)
    store.mark_wrong(other, 1)
    pb = hard_negative_service_pb2
    ids = [negatives[0].id, negatives[1].id]
    deleted = store.negatives.BatchDeleteHardNegatives(pb.BatchDeleteHardNegativesRequest(profile="default", ids=ids))
    assert deleted.deleted == 2
    chosen = pb.HardNegativeFilter(source_model="", media=media)
    assert (
        store.negatives.ClearHardNegatives(pb.ClearHardNegativesRequest(profile="default", filter=chosen)).deleted == 2
    )
    left = store.negatives.ListHardNegatives(pb.ListHardNegativesRequest(profile="default")).hard_negatives
    assert [(negative.media, negative.start.seconds) for negative in left] == [(other, 1), (media, 3)]


def test_promise_4_hard_negatives_are_not_deleted_by_a_training_that_does_not_use_them(store: Store) -> None:
    media = store.register()
    store.mark(media, 10)
    store.mark_wrong(media, 50, 60)
    spec = a_spec(use_hard_negatives=False)
    assert [kind for *_, kind in store.examples(spec)] == ["POSITIVE"]
    store.train(spec=spec)
    listed = store.negatives.ListHardNegatives(hard_negative_service_pb2.ListHardNegativesRequest(profile="default"))
    assert listed.total_size == 2
    assert [kind for *_, kind in store.examples(a_spec())] == ["POSITIVE", "HARD_NEGATIVE", "HARD_NEGATIVE"]


def test_promise_5_ghost_folders_are_hidden_unless_asked_for(store: Store) -> None:
    media = store.register()
    marked = store.mark(media, 1, folder="dog")
    store.mark(media, 2, folder="dog", exported=True)
    store.mark(media, 3, folder="ghost", exported=True)
    assert [(folder.name, folder.clips, folder.scan_exports) for folder in store.folders()] == [("dog", 2, 1)]
    assert [folder.name for folder in store.folders(exports=True)] == ["dog", "ghost"]
    store.clips.BatchDeleteClips(clip_service_pb2.BatchDeleteClipsRequest(profile="default", ids=[marked.id]))
    assert store.folders() == [], "only scan exports are left in it"
    assert [folder.name for folder in store.folders(exports=True)] == ["dog", "ghost"]


def test_promise_5_folders_without_clips_do_not_exist(store: Store) -> None:
    media = store.register()
    clip = store.mark(media, 1, folder="brief")
    assert [folder.name for folder in store.folders()] == ["brief"]
    store.clips.BatchDeleteClips(clip_service_pb2.BatchDeleteClipsRequest(profile="default", ids=[clip.id]))
    assert store.folders(exports=True) == []


def test_promise_5_disabled_folders_take_no_part_in_training(store: Store) -> None:
    media = store.register()
    store.mark(media, 10, folder="dog")
    store.mark(media, 50, folder="cat_disabled")
    assert [(folder.name, folder.disabled) for folder in store.folders()] == [("cat_disabled", True), ("dog", False)]
    assert [start for _, start, _, _ in store.examples(a_spec("dog"))] == [10]
    for spec in (a_spec("dog", "cat_disabled"), a_spec("dog", negative_folder="cat_disabled")):
        refused = refusal(store.examples, spec)
        assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "FOLDER_DISABLED")
        assert refused.metadata == {"folder": "cat_disabled"}


def test_promise_6_positives_win_over_soft_and_negatives_at_the_same_place(store: Store) -> None:
    media = store.register()
    store.mark(media, 10, folder="dog")
    store.mark(media, 14, folder="cat")  # overlaps by exactly half
    store.mark(media, 13, folder="no")
    store.mark(media, 15, folder="cat")  # by less than half
    store.mark(media, 40, folder="no")
    assert store.examples(a_spec("dog", negative_folder="no")) == [
        (1, 10, 8, "POSITIVE"),
        (1, 15, 8, "SOFT"),
        (1, 40, 8, "NEGATIVE"),
    ]


def test_promise_6_clips_of_other_folders_are_soft_and_never_negatives(store: Store) -> None:
    media = store.register()
    store.mark(media, 10, folder="dog")
    store.mark(media, 30, folder="door")
    store.mark(media, 50, folder="rain")
    kinds = {start: kind for _, start, _, kind in store.examples(a_spec("dog", negative_folder="rain"))}
    assert kinds == {10: "POSITIVE", 30: "SOFT", 50: "NEGATIVE"}

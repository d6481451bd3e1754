"""Profiles: listing, changing, copying, deleting."""

from __future__ import annotations

import grpc
import pytest
from eightcut.store.v1 import clip_service_pb2, media_service_pb2, profile_pb2, scan_service_pb2, training_run_pb2
from eightcut.store.v1 import hard_negative_service_pb2 as negatives
from eightcut.store.v1 import profile_service_pb2 as pb
from google.protobuf.field_mask_pb2 import FieldMask

from tests.store.harness import Store, a_spec, refusal

FILLED = profile_pb2.ProfileContents(
    clips=2, hard_negatives=1, scans=2, regions=5, classifiers=1, training_runs=1, hidden_media=1
)


def names(store: Store) -> list[str]:
    return [profile.name for profile in store.profiles.ListProfiles(pb.ListProfilesRequest()).profiles]


def contents(store: Store, name: str) -> profile_pb2.ProfileContents:
    return store.profiles.GetProfile(pb.GetProfileRequest(profile=name)).contents


def update(store: Store, present: str, *, etag: str = "", **values: object) -> profile_pb2.Profile:
    mask = FieldMask(paths=list(values))
    request = pb.UpdateProfileRequest(profile=present, etag=etag, update_mask=mask, **values)
    return store.profiles.UpdateProfile(request).profile


@pytest.fixture
def filled(store: Store) -> str:
    """The default profile with something of everything."""
    media = store.register()
    store.mark(media, 1, label="deep")
    store.mark(media, 20, folder="cat", exported=True)
    store.mark_wrong(media, 5, model="LOGMEL")
    classifier = store.train()
    store.scan(media, [(1, 2, 0.5)], scores=[0.5, 0.25], classifier_id=classifier.id)
    scan = store.scan(media, [(1, 2, 0.5), (4, 6, 0.75), (8, 9, 0.6)])
    parts = [scan_service_pb2.RegionVersion(id=region.id) for region in store.regions(scan.id)[:2]]
    store.scans.MergeRegions(scan_service_pb2.MergeRegionsRequest(regions=parts))
    store.media.SetMediaHidden(media_service_pb2.SetMediaHiddenRequest(profile="default", digests=[media], hidden=True))
    return media


def test_default_exists_from_the_start_and_profiles_are_listed_by_name(store: Store) -> None:
    for name in ("zebra", "Ähre", "apple", "Zoo"):
        store.new_profile(name)
    assert names(store) == ["Zoo", "apple", "default", "zebra", "Ähre"]
    token, listed = "", []
    while True:
        page = store.profiles.ListProfiles(pb.ListProfilesRequest(page_size=2, page_token=token))
        listed += [profile.name for profile in page.profiles]
        token = page.next_page_token
        if not token:
            break
    assert listed == names(store)


def test_a_new_profile_is_empty_and_keeps_five_versions(store: Store) -> None:
    made = store.profiles.CreateProfile(pb.CreateProfileRequest(profile="new")).profile
    assert (made.name, made.keep_versions) == ("new", 5)
    assert contents(store, "new") == profile_pb2.ProfileContents()
    refused = refusal(store.new_profile, "new")
    assert (refused.code, refused.reason) == (grpc.StatusCode.ALREADY_EXISTS, "DUPLICATE")
    for bad in ("", " ", "a\nb", "a\0b", "x" * 101):
        assert refusal(store.new_profile, bad).code is grpc.StatusCode.INVALID_ARGUMENT


def test_updates_need_the_current_etag_and_a_free_name(store: Store, filled: str) -> None:
    store.new_profile("one")
    first = store.profiles.GetProfile(pb.GetProfileRequest(profile="one")).profile
    second = update(store, "one", name="two", keep_versions=3, etag=first.etag)
    assert (second.name, second.keep_versions) == ("two", 3)
    refused = refusal(update, store, "two", keep_versions=4, etag=first.etag)
    assert (refused.code, refused.metadata["etag"]) == (grpc.StatusCode.ABORTED, second.etag)
    assert refusal(update, store, "two", name="default").code is grpc.StatusCode.ALREADY_EXISTS
    assert refusal(update, store, "two", keep_versions=0).fields == ("keep_versions",)
    assert refusal(update, store, "one", keep_versions=1).reason == "PROFILE_UNKNOWN"
    assert refusal(update, store, "default", name="x").code is grpc.StatusCode.FAILED_PRECONDITION


def test_what_belongs_to_a_profile_follows_its_new_name(store: Store) -> None:
    store.new_profile("old")
    media = store.register()
    clip = store.mark(media, 1, profile="old")
    run = store.start_run(a_spec(profile="old")).run
    update(store, "old", name="new")
    assert store.clips.GetClip(clip_service_pb2.GetClipRequest(id=clip.id)).clip.profile == "new"
    assert store.complete(run.id).run.spec.profile == "new"


def test_a_copy_holds_everything_and_is_independent(store: Store, filled: str) -> None:
    answer = store.profiles.DuplicateProfile(pb.DuplicateProfileRequest(source_profile="default", profile="copy"))
    assert answer.contents == contents(store, "default") == FILLED
    mine, copies = store.versions(filled), store.versions(filled, profile="copy")
    assert [scan.create_time for scan in copies] == [scan.create_time for scan in mine]
    assert [scan.region_count for scan in copies] == [2, 1]
    assert not {scan.id for scan in mine} & {scan.id for scan in copies}
    merged = store.regions(copies[0].id, merged=True)
    whole = [region for region in merged if region.id in {part.merged_into for part in merged}]
    assert [part.merged_into for part in merged if part.merged_into] == [whole[0].id] * 2
    assert len(store.scans.UnmergeRegion(scan_service_pb2.UnmergeRegionRequest(id=whole[0].id)).regions) == 2
    assert [scan.region_count for scan in store.versions(filled)] == [2, 1], "the original is as it was"
    classifier = store.classifier(copies[1].classifier_id, weights=True)
    assert (classifier.profile, classifier.weights, classifier.active) == ("copy", b"weights", True)
    assert classifier.spec.profile == "copy"
    parts = list(store.scans.ReadScores(scan_service_pb2.ReadScoresRequest(scan_id=copies[1].id)))
    assert len(parts[0].scores) == 8
    assert store.train(spec=a_spec(profile="copy")).version == 2
    store.profiles.DeleteProfile(pb.DeleteProfileRequest(profile="default"))
    assert contents(store, "copy").regions == 4, "the merge was taken back in the copy"


def test_an_active_run_is_not_copied(store: Store) -> None:
    store.start_run()
    request = pb.DuplicateProfileRequest(source_profile="default", profile="copy")
    assert store.profiles.DuplicateProfile(request).contents.training_runs == 0
    assert refusal(store.profiles.DuplicateProfile, request).reason == "DUPLICATE"


def test_deleting_tells_first_what_it_would_delete(store: Store, filled: str) -> None:
    store.profiles.DuplicateProfile(pb.DuplicateProfileRequest(source_profile="default", profile="copy"))
    delete = store.profiles.DeleteProfile
    for _ in range(2):
        assert delete(pb.DeleteProfileRequest(profile="copy", validate_only=True)).deleted == FILLED
    assert delete(pb.DeleteProfileRequest(profile="copy")).deleted == FILLED
    assert names(store) == ["default"]
    assert refusal(delete, pb.DeleteProfileRequest(profile="copy")).reason == "PROFILE_UNKNOWN"
    assert contents(store, "default") == FILLED


def test_deleting_default_empties_it(store: Store, filled: str) -> None:
    assert store.profiles.DeleteProfile(pb.DeleteProfileRequest(profile="default")).deleted == FILLED
    assert names(store) == ["default"]
    assert contents(store, "default") == profile_pb2.ProfileContents()
    store.mark(filled, 1)


def test_a_profile_with_an_active_run_is_not_deleted(store: Store) -> None:
    run = store.start_run().run
    refused = refusal(store.profiles.DeleteProfile, pb.DeleteProfileRequest(profile="default"))
    assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "RUN_STATE")
    assert refused.metadata == {"state": "QUEUED"}
    store.append(run.id, training_run_pb2.TrainingEvent(state=training_run_pb2.TRAINING_STATE_CANCELLED))
    assert store.profiles.DeleteProfile(pb.DeleteProfileRequest(profile="default")).deleted.training_runs == 1


def test_every_method_names_the_profile_that_is_not_there(store: Store) -> None:
    nobody = {"profile": "nobody"}
    for call, request in (
        (store.profiles.GetProfile, pb.GetProfileRequest(**nobody)),
        (store.clips.ListFolders, clip_service_pb2.ListFoldersRequest(**nobody)),
        (store.clips.ListLabels, clip_service_pb2.ListLabelsRequest(**nobody)),
        (store.clips.ListClips, clip_service_pb2.ListClipsRequest(**nobody)),
        (store.media.ListMedia, media_service_pb2.ListMediaRequest(**nobody)),
        (store.media.ListHiddenMedia, media_service_pb2.ListHiddenMediaRequest(**nobody)),
        (store.scans.ListScans, scan_service_pb2.ListScansRequest(**nobody)),
        (store.negatives.ListHardNegatives, negatives.ListHardNegativesRequest(**nobody)),
        (store.negatives.ClearHardNegatives, negatives.ClearHardNegativesRequest(**nobody)),
    ):
        refused = refusal(call, request)
        assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "PROFILE_UNKNOWN")
        assert refused.metadata == nobody

"""Deleting regions and restoring them: a deleted one takes part in nothing, and comes back as it was."""

from __future__ import annotations

from contextlib import suppress

import grpc
import pytest
from eightcut.store.v1 import profile_service_pb2, scan_pb2
from eightcut.store.v1 import scan_service_pb2 as pb
from google.protobuf.field_mask_pb2 import FieldMask

from tests.store.harness import Store, refusal, to_seconds

PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION


@pytest.fixture
def scan(store: Store) -> scan_pb2.Scan:
    media = store.register(duration=100)
    return store.scan(media, [(10, 14, 0.5), (20, 24, 0.9), (30, 34, 0.7)])


def seen(*regions: scan_pb2.Region) -> list[pb.RegionVersion]:
    return [pb.RegionVersion(id=region.id, etag=region.etag) for region in regions]


def unseen(*ids: str) -> list[pb.RegionVersion]:
    return [pb.RegionVersion(id=region_id) for region_id in ids]


def put(store: Store, versions: list[pb.RegionVersion], *, deleted: bool) -> list[scan_pb2.Region]:
    request = pb.BatchSetRegionsDeletedRequest(regions=versions, deleted=deleted)
    return list(store.scans.BatchSetRegionsDeleted(request).regions)


def summary(store: Store, scan_id: str) -> tuple[int, float | None]:
    found = store.get_scan(scan_id).scan
    return found.region_count, found.best_score if found.HasField("best_score") else None


def merge(store: Store, *regions: scan_pb2.Region) -> scan_pb2.Region:
    return store.scans.MergeRegions(pb.MergeRegionsRequest(regions=seen(*regions))).region


def test_a_deleted_region_is_neither_listed_nor_counted(store: Store, scan: scan_pb2.Scan) -> None:
    first, second, third = store.regions(scan.id)
    gone = put(store, seen(third, second), deleted=True)
    assert [(region.id, region.deleted) for region in gone] == [(third.id, True), (second.id, True)]
    assert store.regions(scan.id) == [first]
    assert store.regions(scan.id, merged=True) == [first]
    assert list(store.get_scan(scan.id).regions) == [first]
    assert summary(store, scan.id) == (1, 0.5)
    contents = store.profiles.GetProfile(profile_service_pb2.GetProfileRequest(profile="default")).contents
    assert contents.regions == 1


def test_a_restored_region_is_as_it_was_but_for_its_etag(store: Store, scan: scan_pb2.Scan) -> None:
    before = store.regions(scan.id)
    gone = put(store, seen(before[1]), deleted=True)
    back = put(store, seen(*gone), deleted=False)
    assert len({before[1].etag, gone[0].etag, back[0].etag}) == 3
    back[0].etag = before[1].etag
    assert back == [before[1]]
    assert [region.id for region in store.regions(scan.id)] == [region.id for region in before]
    assert summary(store, scan.id) == (3, 0.9)


def test_a_scan_whose_regions_are_all_deleted_has_no_best_score(store: Store, scan: scan_pb2.Scan) -> None:
    put(store, seen(*store.regions(scan.id)), deleted=True)
    assert summary(store, scan.id) == (0, None)
    assert list(store.get_scan(scan.id).regions) == []


def test_deleting_twice_changes_nothing(store: Store, scan: scan_pb2.Scan) -> None:
    first, second, _ = store.regions(scan.id)
    gone = put(store, seen(first), deleted=True)
    assert put(store, seen(*gone), deleted=True) == gone
    assert put(store, seen(*gone, second), deleted=True)[0] == gone[0], "only what changes gets another etag"
    assert put(store, seen(store.regions(scan.id)[0]), deleted=False) == store.regions(scan.id)
    assert summary(store, scan.id) == (1, 0.7)


def test_many_are_deleted_all_or_none(store: Store, scan: scan_pb2.Scan) -> None:
    before = store.regions(scan.id)
    stale = [*seen(before[0]), pb.RegionVersion(id=before[1].id, etag="r99")]
    refused = refusal(put, store, stale, deleted=True)
    assert (refused.code, refused.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert refused.metadata == {"type": "region", "id": before[1].id, "etag": before[1].etag}
    unknown = refusal(put, store, [*seen(before[0]), *unseen("999999")], deleted=True)
    assert (unknown.reason, unknown.metadata["id"]) == ("RESOURCE_UNKNOWN", "999999")
    twice = refusal(put, store, seen(before[0], before[0]), deleted=True)
    assert twice.code is grpc.StatusCode.INVALID_ARGUMENT
    assert store.regions(scan.id) == before


def test_a_deleted_region_is_not_changed_otherwise(store: Store, scan: scan_pb2.Scan) -> None:
    first, second, third = store.regions(scan.id)
    gone = put(store, seen(first), deleted=True)[0]
    disable = pb.BatchSetRegionsDisabledRequest(regions=unseen(second.id, first.id), disabled=True)
    update = pb.UpdateRegionRequest(id=first.id, disabled=True, update_mask=FieldMask(paths=["disabled"]))
    for refused in (
        refusal(store.scans.UpdateRegion, update),
        refusal(store.scans.BatchSetRegionsDisabled, disable),
        refusal(merge, store, gone, third),
    ):
        assert refused.code is PRECONDITION
        assert f"Region {first.id} is deleted: restore it first." in refused.message
    assert store.regions(scan.id) == [second, third]


def test_who_still_sees_a_region_is_told_that_it_changed(store: Store, scan: scan_pb2.Scan) -> None:
    first = store.regions(scan.id)[0]
    gone = put(store, seen(first), deleted=True)[0]
    request = pb.BatchSetRegionsDisabledRequest(regions=seen(first), disabled=True)
    refused = refusal(store.scans.BatchSetRegionsDisabled, request)
    assert (refused.reason, refused.metadata["etag"]) == ("ETAG_MISMATCH", gone.etag)


def test_a_merged_region_is_deleted_and_restored_with_its_parts(store: Store, scan: scan_pb2.Scan) -> None:
    first, second, third = store.regions(scan.id)
    inner = merge(store, first, second)
    outer = merge(store, inner, third)
    gone = put(store, seen(outer), deleted=True)[0]
    assert store.regions(scan.id, merged=True) == [], "its parts are not left lying about"
    assert summary(store, scan.id) == (0, None)
    unmerge = pb.UnmergeRegionRequest(id=outer.id)
    assert refusal(store.scans.UnmergeRegion, unmerge).code is PRECONDITION
    put(store, seen(gone), deleted=False)
    assert len(store.regions(scan.id, merged=True)) == 5
    assert summary(store, scan.id) == (1, 0.9)
    store.scans.UnmergeRegion(unmerge)
    store.scans.UnmergeRegion(pb.UnmergeRegionRequest(id=inner.id))
    assert [region.id for region in store.regions(scan.id)] == [first.id, second.id, third.id]
    assert summary(store, scan.id) == (3, 0.9)


def test_a_part_of_a_merged_region_is_not_deleted_behind_its_back(store: Store, scan: scan_pb2.Scan) -> None:
    first, second, third = store.regions(scan.id)
    whole = merge(store, first, second)
    refused = refusal(put, store, unseen(third.id, first.id), deleted=True)
    assert (refused.code, f"merged region {whole.id}" in refused.message) == (PRECONDITION, True)
    assert [region.id for region in store.regions(scan.id)] == [whole.id, third.id]


def test_a_deleted_region_is_not_compared(store: Store, scan: scan_pb2.Scan) -> None:
    after = store.scan(scan.media, [(20, 24, 0.9), (50, 54, 0.8)])
    put(store, seen(store.regions(scan.id)[1]), deleted=True)
    put(store, seen(store.regions(after.id)[1]), deleted=True)
    found = store.scans.DiffScans(pb.DiffScansRequest(before_id=scan.id, after_id=after.id))
    assert [to_seconds(region.start) for region in found.gained] == [20]
    assert [to_seconds(region.start) for region in found.lost] == [10, 30]
    assert not found.kept


def test_regions_of_several_scans_are_deleted_at_once(store: Store, scan: scan_pb2.Scan) -> None:
    other = store.scan(store.register(2), [(1, 2, 0.25), (3, 4, 0.75)])
    put(store, seen(store.regions(scan.id)[1], store.regions(other.id)[1]), deleted=True)
    assert (summary(store, scan.id), summary(store, other.id)) == ((2, 0.7), (1, 0.25))


def test_pages_leave_deleted_regions_out(store: Store) -> None:
    scan = store.scan(store.register(duration=1000), [(start, start + 1, 0.5) for start in range(0, 100, 10)])
    put(store, seen(*store.regions(scan.id)[1:8]), deleted=True)
    first = store.scans.ListRegions(pb.ListRegionsRequest(scan_id=scan.id, page_size=2))
    rest = store.scans.ListRegions(
        pb.ListRegionsRequest(scan_id=scan.id, page_size=2, page_token=first.next_page_token)
    )
    assert [to_seconds(region.start) for region in [*first.regions, *rest.regions]] == [0, 80, 90]
    assert rest.next_page_token == ""


def test_a_copied_profile_can_restore_what_was_deleted(store: Store, scan: scan_pb2.Scan) -> None:
    first, second, third = store.regions(scan.id)
    whole = merge(store, first, second)
    put(store, seen(whole, third), deleted=True)
    store.profiles.DuplicateProfile(
        profile_service_pb2.DuplicateProfileRequest(source_profile="default", profile="copy")
    )
    copy = store.versions(scan.media, profile="copy")[0]
    assert store.regions(copy.id, merged=True) == []
    assert (copy.region_count, copy.HasField("best_score")) == (0, False)
    # Ids only grow: those of the copy come right after the originals, in the order of the copy.
    copied = [str(number) for number in range(int(whole.id) + 1, int(whole.id) + 5)]
    for number in copied:
        restore_unless_part(store, number)
    assert [to_seconds(region.start) for region in store.regions(copy.id)] == [10, 30]
    assert store.regions(scan.id) == [], "the original is as it was"


def restore_unless_part(store: Store, region_id: str) -> None:
    with suppress(grpc.RpcError):
        put(store, unseen(region_id), deleted=False)


def test_a_scan_with_deleted_regions_is_pruned_whole(store: Store, scan: scan_pb2.Scan) -> None:
    first, second, third = store.regions(scan.id)
    put(store, seen(merge(store, first, second), third), deleted=True)
    for _ in range(5):
        store.scan(scan.media)
    assert refusal(store.get_scan, scan.id).reason == "RESOURCE_UNKNOWN"
    assert refusal(put, store, unseen(third.id), deleted=False).reason == "RESOURCE_UNKNOWN"

"""Regions: verdicts, resizing, merging, and what a rescan changed."""

from __future__ import annotations

import grpc
import pytest
from eightcut.store.v1 import scan_pb2
from eightcut.store.v1 import scan_service_pb2 as pb
from google.protobuf.field_mask_pb2 import FieldMask

from tests.store.harness import Store, refusal, seconds, to_seconds


@pytest.fixture
def scan(store: Store) -> scan_pb2.Scan:
    media = store.register(duration=100)
    return store.scan(media, [(10, 14, 0.5), (20, 24, 0.9), (30, 34, 0.7)])


def update(store: Store, region: scan_pb2.Region, *, etag: str = "", **values: object) -> scan_pb2.Region:
    wire = {name: seconds(value) if isinstance(value, float) else value for name, value in values.items()}
    mask = FieldMask(paths=list(values))
    return store.scans.UpdateRegion(pb.UpdateRegionRequest(id=region.id, etag=etag, update_mask=mask, **wire)).region


def seen(*regions: scan_pb2.Region) -> list[pb.RegionVersion]:
    return [pb.RegionVersion(id=region.id, etag=region.etag) for region in regions]


def test_disabling_and_enabling_leaves_everything_else(store: Store, scan: scan_pb2.Scan) -> None:
    before = store.regions(scan.id)
    off = update(store, before[0], disabled=True, etag=before[0].etag)
    assert off.disabled
    on = update(store, off, disabled=False, etag=off.etag)
    assert (on.disabled, on.start, on.end, on.score) == (False, before[0].start, before[0].end, 0.5)
    assert len({before[0].etag, off.etag, on.etag}) == 3
    assert store.regions(scan.id)[1:] == before[1:]


def test_resizing_keeps_the_original_bounds(store: Store, scan: scan_pb2.Scan) -> None:
    region = store.regions(scan.id)[0]
    resized = update(store, region, start=11.25, end=12.5)
    assert (to_seconds(resized.start), to_seconds(resized.end)) == (11.25, 12.5)
    assert (to_seconds(resized.original_start), to_seconds(resized.original_end)) == (10, 14)
    again = update(store, resized, end=13.0)
    assert (to_seconds(again.start), to_seconds(again.end)) == (11.25, 13)
    assert (to_seconds(again.original_start), to_seconds(again.original_end)) == (10, 14)


def test_half_a_second_is_the_shortest_region(store: Store, scan: scan_pb2.Scan) -> None:
    region = store.regions(scan.id)[0]
    assert to_seconds(update(store, region, start=10.0, end=10.5).end) == 10.5
    for values in ({"end": 10.49}, {"start": 10.2}):
        refused = refusal(update, store, region, **values)
        assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
        assert "too short" in refused.message


def test_a_region_may_not_start_beyond_the_end_of_the_media(store: Store, scan: scan_pb2.Scan) -> None:
    region = store.regions(scan.id)[0]
    refused = refusal(update, store, region, start=100.0, end=105.0)
    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "BEYOND_END")
    assert refused.metadata == {"duration": "100"}
    assert refused.fields == ("start",)


def test_a_region_may_not_end_beyond_the_end_of_the_media(store: Store, scan: scan_pb2.Scan) -> None:
    region = store.regions(scan.id)[0]
    refused = refusal(update, store, region, end=100.1)
    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "BEYOND_END")
    assert refused.fields == ("end",)
    assert "end at 100.1 s lies beyond the end of the media, which is 100.000 s long" in refused.message
    assert to_seconds(update(store, region, end=100.0).end) == 100


def test_a_region_may_not_end_before_it_starts(store: Store, scan: scan_pb2.Scan) -> None:
    refused = refusal(update, store, store.regions(scan.id)[0], start=12.0, end=11.0)
    assert refused.code is grpc.StatusCode.INVALID_ARGUMENT
    assert "cannot end at 11 s when it starts at 12 s" in refused.message


def test_parts_of_a_merged_region_are_not_changed_behind_its_back(store: Store, scan: scan_pb2.Scan) -> None:
    first, second, third = store.regions(scan.id)
    whole = store.scans.MergeRegions(pb.MergeRegionsRequest(regions=seen(first, second))).region
    disable = pb.BatchSetRegionsDisabledRequest(
        regions=[pb.RegionVersion(id=third.id), pb.RegionVersion(id=first.id)], disabled=True
    )
    for refused in (
        refusal(update, store, first, end=13.0),
        refusal(update, store, first, disabled=True),
        refusal(store.scans.BatchSetRegionsDisabled, disable),
    ):
        assert refused.code is grpc.StatusCode.FAILED_PRECONDITION
        assert f"part of the merged region {whole.id}" in refused.message
    assert not any(region.disabled for region in store.regions(scan.id))


def test_two_clients_do_not_overwrite_each_other_unseen(store: Store, scan: scan_pb2.Scan) -> None:
    region = store.regions(scan.id)[0]
    mine = update(store, region, end=13.0, etag=region.etag)
    refused = refusal(update, store, region, disabled=True, etag=region.etag)
    assert (refused.code, refused.reason) == (grpc.StatusCode.ABORTED, "ETAG_MISMATCH")
    assert refused.metadata == {"type": "region", "id": region.id, "etag": mine.etag}
    assert store.regions(scan.id)[0] == mine
    assert update(store, mine, disabled=True, etag=refused.metadata["etag"]).disabled


def test_many_are_disabled_all_or_none(store: Store, scan: scan_pb2.Scan) -> None:
    first, second, third = store.regions(scan.id)
    request = pb.BatchSetRegionsDisabledRequest(regions=seen(third, first), disabled=True)
    changed = store.scans.BatchSetRegionsDisabled(request).regions
    assert [(region.id, region.disabled) for region in changed] == [(third.id, True), (first.id, True)]
    stale = pb.BatchSetRegionsDisabledRequest(regions=seen(second, first), disabled=True)
    assert refusal(store.scans.BatchSetRegionsDisabled, stale).metadata["id"] == first.id
    unknown = pb.BatchSetRegionsDisabledRequest(regions=[*seen(second), pb.RegionVersion(id="999999")], disabled=True)
    assert refusal(store.scans.BatchSetRegionsDisabled, unknown).metadata == {"type": "region", "id": "999999"}
    twice = pb.BatchSetRegionsDisabledRequest(regions=seen(second, second), disabled=True)
    assert refusal(store.scans.BatchSetRegionsDisabled, twice).code is grpc.StatusCode.INVALID_ARGUMENT
    assert [region.disabled for region in store.regions(scan.id)] == [True, False, True]


def test_merging_hides_the_parts_and_unmerging_shows_them_again(store: Store, scan: scan_pb2.Scan) -> None:
    first, second, third = store.regions(scan.id)
    whole = store.scans.MergeRegions(pb.MergeRegionsRequest(regions=seen(second, first))).region
    assert (to_seconds(whole.start), to_seconds(whole.end), whole.score) == (10, 24, 0.9)
    assert (to_seconds(whole.original_start), to_seconds(whole.original_end)) == (10, 24)
    assert (to_seconds(whole.union_start), to_seconds(whole.union_end)) == (9, 25)
    assert [region.id for region in store.regions(scan.id)] == [whole.id, third.id]
    hidden = {region.id: region.merged_into for region in store.regions(scan.id, merged=True)}
    assert hidden == {first.id: whole.id, second.id: whole.id, whole.id: "", third.id: ""}
    merged = store.get_scan(scan.id).scan
    assert (merged.region_count, merged.best_score) == (2, 0.9)
    parts = store.scans.UnmergeRegion(pb.UnmergeRegionRequest(id=whole.id, etag=whole.etag)).regions
    assert [region.id for region in parts] == [first.id, second.id]
    assert [(to_seconds(part.start), to_seconds(part.end), part.score) for part in parts] == [
        (10, 14, 0.5),
        (20, 24, 0.9),
    ]
    assert [region.id for region in store.regions(scan.id)] == [first.id, second.id, third.id]
    assert store.get_scan(scan.id).scan.region_count == 3


def test_merges_of_merges_are_taken_back_one_by_one(store: Store, scan: scan_pb2.Scan) -> None:
    first, second, third = store.regions(scan.id)
    inner = store.scans.MergeRegions(pb.MergeRegionsRequest(regions=seen(first, second))).region
    outer = store.scans.MergeRegions(pb.MergeRegionsRequest(regions=seen(inner, third))).region
    assert store.get_scan(scan.id).scan.region_count == 1
    unmerge = store.scans.UnmergeRegion
    assert refusal(unmerge, pb.UnmergeRegionRequest(id=inner.id)).code is grpc.StatusCode.FAILED_PRECONDITION
    unmerge(pb.UnmergeRegionRequest(id=outer.id))
    unmerge(pb.UnmergeRegionRequest(id=inner.id))
    assert [region.id for region in store.regions(scan.id)] == [first.id, second.id, third.id]
    store.scans.DeleteScan(pb.DeleteScanRequest(id=scan.id))


def test_what_cannot_be_merged_is_refused(store: Store, scan: scan_pb2.Scan) -> None:
    first, second, third = store.regions(scan.id)
    other = store.regions(store.scan(scan.media, [(1, 5, 0.5)]).id)[0]
    merge, precondition = store.scans.MergeRegions, grpc.StatusCode.FAILED_PRECONDITION
    assert refusal(merge, pb.MergeRegionsRequest(regions=seen(first, other))).code is precondition
    merge(pb.MergeRegionsRequest(regions=seen(first, second)))
    assert refusal(merge, pb.MergeRegionsRequest(regions=seen(first, third))).reason == "ETAG_MISMATCH"
    unseen = [pb.RegionVersion(id=first.id), pb.RegionVersion(id=third.id)]
    assert refusal(merge, pb.MergeRegionsRequest(regions=unseen)).code is precondition
    assert refusal(store.scans.UnmergeRegion, pb.UnmergeRegionRequest(id=third.id)).code is precondition


def test_a_merged_scan_is_pruned_whole(store: Store, scan: scan_pb2.Scan) -> None:
    first, second, _ = store.regions(scan.id)
    store.scans.MergeRegions(pb.MergeRegionsRequest(regions=seen(first, second)))
    for _ in range(5):
        store.scan(scan.media)
    assert refusal(store.get_scan, scan.id).reason == "RESOURCE_UNKNOWN"


def diff(store: Store, before: scan_pb2.Scan, after: scan_pb2.Scan, **values: object) -> pb.DiffScansResponse:
    return store.scans.DiffScans(pb.DiffScansRequest(before_id=before.id, after_id=after.id, **values))


def starts(regions: list[scan_pb2.Region]) -> list[float]:
    return [to_seconds(region.start) for region in regions]


def test_a_diff_tells_gained_lost_moved_and_kept(store: Store, scan: scan_pb2.Scan) -> None:
    after = store.scan(scan.media, [(10.5, 14, 0.6), (22, 27, 0.9), (50, 54, 0.8)])
    found = diff(store, scan, after)
    assert [starts([pair.before, pair.after]) for pair in found.kept] == [[10, 10.5]]
    assert [starts([pair.before, pair.after]) for pair in found.moved] == [[20, 22]]
    assert starts(list(found.gained)) == [50]
    assert starts(list(found.lost)) == [30]
    assert starts([pair.before for pair in diff(store, scan, after, tolerance=seconds(0)).moved]) == [10, 20]
    assert [pair.before.id for pair in diff(store, scan, scan).kept] == [one.id for one in store.regions(scan.id)]


def test_a_diff_matches_the_largest_overlap_first_and_leaves_out_disabled_regions(store: Store) -> None:
    media = store.register()
    before = store.scan(media, [(10, 20, 0.5), (19, 30, 0.5), (40, 44, 0.5)])
    after = store.scan(media, [(18, 30, 0.5), (40, 44, 0.5)])
    update(store, store.regions(before.id)[2], disabled=True)
    found = diff(store, before, after)
    assert starts(list(found.lost)) == [10]
    assert [starts([pair.before, pair.after]) for pair in found.kept] == [[19, 18]]
    assert starts(list(found.gained)) == [40]


def test_scans_that_cannot_be_compared_are_refused(store: Store, scan: scan_pb2.Scan) -> None:
    elsewhere = store.scan(store.register(2))
    assert refusal(diff, store, scan, elsewhere).code is grpc.StatusCode.FAILED_PRECONDITION
    huge = store.scan(store.register(3, duration=10_000), [(start, start + 0.5, 0.5) for start in range(2_600)])
    assert "5,200" in refusal(diff, store, huge, huge).message
    assert refusal(diff, store, scan, scan_pb2.Scan(id="999999")).reason == "RESOURCE_UNKNOWN"

"""Which clips and files regions become."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from eightcut_client.errors import InvalidError
from eightcut_client.exports.regions import (
    MIN_SPREAD,
    PlannedRegion,
    RegionExport,
    RegionPlan,
    exported_ids,
    plan_regions,
)
from hypothesis import example, given, settings
from hypothesis import strategies as st

US = 1e-6


@dataclass(frozen=True)
class Found:
    id: str
    start: float
    end: float


def found(*spans: tuple[float, float]) -> list[Found]:
    return [Found(str(number), start, end) for number, (start, end) in enumerate(spans, start=1)]


def starts(plan: RegionPlan) -> list[list[float]]:
    return [[file.start for file in one.files] for one in plan.planned]


def test_a_short_region_lies_in_the_middle_of_one_file() -> None:
    plan = plan_regions(found((100, 102)), RegionExport(duration=8), 600)
    assert plan.planned[0].files[0].start == 97
    assert (plan.planned[0].start, plan.planned[0].duration) == (97, 8)
    assert (plan.clips, plan.files, plan.skipped) == (1, 1, 0)


def test_files_stay_within_the_media() -> None:
    plan = plan_regions(found((0.5, 1), (599, 600)), RegionExport(duration=8), 600)
    assert starts(plan) == [[0], [592]]


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (18, [10]),
        (20, [10]),  # a quarter of a clip is left: not worth a file
        (20.000001, [10, 12.000001]),
        (21, [10, 13]),
        (23, [10, 13]),  # 2 s are left
        (23.5, [10, 13, 15.5]),
        (40, [10, 13, 16, 19, 22, 25, 28, 31]),  # 1 s is left
    ],
)
def test_a_long_region_is_covered_by_files_every_spread(end: float, expected: list[float]) -> None:
    plan = plan_regions(found((10, end)), RegionExport(duration=8, spread=3), 600)
    assert starts(plan) == [expected]
    assert plan.planned[0].start == 10
    assert plan.planned[0].end == pytest.approx(max(end, 18))


def test_near_regions_are_fused_and_short_ones_left_out() -> None:
    regions = found((50, 51), (10, 11), (12, 14), (14.5, 15))
    plan = plan_regions(regions, RegionExport(duration=8, fuse_gap=1, min_duration=2), 600)
    assert [one.ids for one in plan.planned] == [("2", "3", "4")]
    assert starts(plan) == [[8.5]]
    assert plan.too_short == ("1",)
    assert plan.regions == 3


def test_regions_that_overlap_are_one_whatever_the_gap() -> None:
    plan = plan_regions(found((10, 30), (12, 13), (29, 31)), RegionExport(duration=8, spread=8), 600)
    assert [one.ids for one in plan.planned] == [("1", "2", "3")]


def test_two_regions_at_the_beginning_share_the_clip_that_both_would_get() -> None:
    plan = plan_regions(found((0, 1), (2, 3)), RegionExport(duration=8), 600)
    assert [one.ids for one in plan.planned] == [("1", "2")]
    assert (plan.clips, plan.files) == (1, 1)


def test_media_shorter_than_a_clip_give_nothing_and_say_why() -> None:
    plan = plan_regions(found((1, 2)), RegionExport(duration=8), 7.5)
    assert plan.planned == ()
    assert "7.5 s" in plan.reason
    assert plan.reason.endswith(".")
    assert plan_regions([], RegionExport(duration=8), 7.5).reason == ""


def test_regions_beyond_the_end_are_left_out_and_others_cut_to_it() -> None:
    plan = plan_regions(found((15, 60), (70, 80)), RegionExport(duration=8, spread=8), 20)
    assert starts(plan) == [[12]]
    assert plan.too_short == ("2",)


def test_what_was_exported_is_skipped_unless_asked_for() -> None:
    regions = found((10, 14), (20, 24), (40, 60))
    before = [(8.0, 12.0), (21.0, 22.9), (40.0, 48.0), (47.0, 50.0)]
    assert exported_ids(regions, before) == {"1", "3"}
    plan = plan_regions(regions, RegionExport(), 600, before)
    assert plan.exported == ("1", "3")
    assert [one.ids for one in plan.planned] == [("2",)]
    again = plan_regions(regions, RegionExport(), 600, before, again=True)
    assert (again.clips, again.skipped) == (3, 0)


def test_a_region_longer_than_a_clip_can_be_is_several_clips() -> None:
    plan = plan_regions(found((100, 8000)), RegionExport(duration=8, spread=8), 9000)
    assert plan.clips == 3
    assert all(one.duration <= 3600 for one in plan.planned)
    assert [one.files[0].index for one in plan.planned] == [0, 0, 0]
    dense = plan_regions(found((100, 400)), RegionExport(duration=8, spread=MIN_SPREAD), 9000)
    assert [len(one.files) for one in dense.planned] == [1000, 1000, 921]


@pytest.mark.parametrize(
    "values",
    [
        {"duration": 0.0}, {"duration": 3601.0}, {"spread": 0.0}, {"spread": 0.05}, {"min_duration": -1.0},
        {"fuse_gap": float("nan")}, {"duration": float("nan")}, {"min_duration": float("inf")},
    ],
)  # fmt: skip
def test_values_out_of_range_are_refused(values: dict[str, float]) -> None:
    with pytest.raises(InvalidError, match=r"\.$"):
        RegionExport(**values)


microseconds = st.integers(0, 3_600_000_000)
spans = st.lists(st.tuples(microseconds, st.integers(1, 400_000_000)), max_size=12).map(
    lambda drawn: found(*((start / 1e6, (start + length) / 1e6) for start, length in drawn))
)
exports = st.builds(
    RegionExport,
    duration=st.sampled_from([0.04, 1.0, 8.0, 8.04, 60.0]),
    spread=st.sampled_from([0.5, 3.0, 8.0, 20.0]),
    min_duration=st.sampled_from([0.0, 1.0, 5.0]),
    fuse_gap=st.sampled_from([0.0, 0.5, 10.0]),
)


def uncovered(one: PlannedRegion, start: float, end: float) -> float:
    """Seconds of a stretch that no file of the clip holds."""
    at, missing = start, 0.0
    for file in one.files:
        missing += max(0.0, min(file.start, end) - at)
        at = max(at, file.end)
    return missing + max(0.0, end - at)


@settings(deadline=None)
@given(spans, exports, st.integers(60_000_000, 3_600_000_000))
def test_what_holds_for_every_plan(regions: list[Found], options: RegionExport, media_us: int) -> None:
    media = media_us / 1e6
    plan = plan_regions(regions, options, media)
    assert plan.reason == ""
    # Every region is somewhere.
    assert {i for one in plan.planned for i in one.ids} | set(plan.too_short) == {one.id for one in regions}
    keys = [(one.start, one.duration) for one in plan.planned]
    assert len(set(keys)) == len(keys)
    assert [one.start for one in plan.planned] == sorted(one.start for one in plan.planned)
    by_id = {one.id: one for one in regions}
    for one in plan.planned:
        assert [file.index for file in one.files] == list(range(len(one.files)))
        assert len(one.files) <= 1000
        assert 0 < one.duration <= 3600
        file_starts = [file.start for file in one.files]
        assert file_starts == sorted(set(file_starts))
        for file in one.files:
            assert file.duration == options.duration
            assert file.start >= one.start - US
            assert one.end + US >= file.end
            assert file.start >= 0
            assert file.end <= media + US
        if options.spread <= options.duration and len(plan.planned) == 1:
            start = min(by_id[i].start for i in one.ids)
            end = min(media, max(by_id[i].end for i in one.ids))
            assert uncovered(one, start, end) <= options.duration / 4 + US


@settings(deadline=None)
@given(spans, exports, st.integers(60_000_000, 3_600_000_000))
@example(found((0, 60), (60, 60.000001)), RegionExport(duration=0.04, spread=0.5), 60_000_000)
def test_a_second_export_finds_all_exported(regions: list[Found], options: RegionExport, media_us: int) -> None:
    plan = plan_regions(regions, options, media_us / 1e6)
    marks = [(one.start, one.end) for one in plan.planned]
    second = plan_regions(regions, options, media_us / 1e6, marks)
    assert second.planned == ()
    assert set(second.exported) >= {i for one in plan.planned for i in one.ids}

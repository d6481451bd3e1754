"""From window scores to regions."""

from __future__ import annotations

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from eightcut_scoring.metrics import window_truth
from eightcut_scoring.regions import Bounds, Region, RegionBuilder, build_regions
from eightcut_scoring.windows import WindowGrid
from hypothesis import given, settings
from hypothesis import strategies as st

GRID = WindowGrid()


def spans(regions: list[Region]) -> list[tuple[float, float]]:
    return [(region.start, region.end) for region in regions]


def ideal(events: list[tuple[float, float]], count: int, grid: WindowGrid = GRID) -> npt.NDArray[np.float32]:
    """Scores of a perfect classifier."""
    return window_truth(events, grid, count).astype(np.float32)


def test_nothing_above_the_threshold_is_no_region() -> None:
    assert build_regions(np.full(50, 0.4), GRID, 0.5) == []
    assert build_regions([], GRID, 0.5) == []


def test_the_threshold_itself_counts() -> None:
    scores = np.zeros(30, np.float32)
    scores[10] = np.float32(0.7)
    assert len(build_regions(scores, GRID, 0.7)) == 1
    assert build_regions(scores, GRID, 0.71) == []


def test_union_is_what_the_windows_cover() -> None:
    scores = np.zeros(40)
    scores[10:15] = [0.6, 0.9, 0.9, 0.7, 0.6]
    (region,) = build_regions(scores, GRID, 0.5, bounds="union")
    assert region == Region(10.0, 22.0, float(np.float32(0.9)), 10.0, 22.0, 10, 14, 11)


@pytest.mark.parametrize("onset", [20.0, 20.3, 20.7])
@pytest.mark.parametrize("length", [0.2, 0.9, 3.0, 7.5, 8.0, 12.4, 40.0])
def test_trimmed_bounds_lie_within_a_hop_of_the_event(onset: float, length: float) -> None:
    event = (onset, onset + length)
    (region,) = build_regions(ideal([event], 120), GRID, 0.5)
    assert abs(region.start - event[0]) <= 1.0
    assert abs(region.end - event[1]) <= 1.5
    assert region.union_end - region.union_start >= length + 5


def test_an_event_at_the_very_start_or_end() -> None:
    count = GRID.count(60.0)
    (first,) = build_regions(ideal([(0.0, 0.8)], count), GRID, 0.5)
    assert spans([first]) == [(0.0, 1.0)]
    (later,) = build_regions(ideal([(3.2, 3.6)], count), GRID, 0.5)
    assert spans([later]) == [(3.0, 4.0)]
    (last,) = build_regions(ideal([(59.5, 60.0)], count), GRID, 0.5)
    assert spans([last]) == [(59.0, 60.0)]
    (near,) = build_regions(ideal([(55.2, 55.6)], count), GRID, 0.5)
    assert spans([near]) == [(55.0, 56.0)]


def test_two_events_six_seconds_apart_stay_two() -> None:
    # A classifier that sees each event in the middle of a window only.
    scores = np.zeros(60)
    scores[20:24] = 0.9
    scores[26:30] = 0.8
    assert len(build_regions(scores, GRID, 0.5, bounds="trimmed")) == 2
    assert len(build_regions(scores, GRID, 0.5, bounds="union")) == 1


def test_fusing_over_a_gap() -> None:
    scores = np.zeros(60)
    scores[10:18] = 0.7
    scores[30:38] = 0.9
    one, other = build_regions(scores, GRID, 0.5)
    assert other.start - one.end == 19.0
    assert len(build_regions(scores, GRID, 0.5, fuse_gap_s=18.9)) == 2
    (fused,) = build_regions(scores, GRID, 0.5, fuse_gap_s=19.0)
    assert (fused.start, fused.end, fused.peak_window) == (one.start, other.end, 30)


def test_a_single_window_is_a_whole_file() -> None:
    (region,) = build_regions([0.9], GRID, 0.5)
    assert (region.start, region.end) == (0.0, 8.0)
    assert (region.union_start, region.union_end) == (0.0, 8.0)


def test_a_file_that_is_one_long_event() -> None:
    (region,) = build_regions(np.ones(53), GRID, 0.5)
    assert region.start <= 7.0
    assert region.end >= 53.0


def test_short_hops_keep_the_shortest_region() -> None:
    grid = WindowGrid(hop_s=0.1)
    scores = np.zeros(400)
    scores[100:180] = 1.0  # an event of no length at 17.95 s
    (region,) = build_regions(scores, grid, 0.5)
    assert region.end - region.start == pytest.approx(0.5)
    assert region.start <= 17.95 <= region.end


def test_a_region_comes_as_soon_as_nothing_can_change_it() -> None:
    builder = RegionBuilder(GRID, 0.5, fuse_gap_s=2.0)
    assert builder.push([0.0] * 12) == []
    assert builder.push([0.9] * 8) == []
    # It ends at 20 s: one that begins with window 22 could still be fused with it, one that begins with 23 not.
    assert builder.push([0.1]) == []
    assert builder.push([0.1]) == []
    (region,) = builder.push([0.1])
    assert spans([region]) == [(19.0, 20.0)]
    assert builder.finish() == []


SCORES = st.lists(st.sampled_from([0.0, 0.3, 0.5, 0.8, 1.0]), max_size=80)


@given(
    scores=SCORES,
    cuts=st.lists(st.integers(0, 80), max_size=8),
    gap=st.sampled_from([0.0, 1.0, 5.5]),
    bounds=st.sampled_from(list(Bounds)),
    hop=st.sampled_from([0.5, 1.0, 3.0]),
)
@settings(max_examples=200, deadline=None)
def test_any_chunking_gives_the_same_regions(
    scores: list[float], cuts: list[int], gap: float, bounds: Bounds, hop: float
) -> None:
    grid = WindowGrid(hop_s=hop)
    builder = RegionBuilder(grid, 0.5, gap, bounds)
    edges = sorted({0, len(scores), *(min(cut, len(scores)) for cut in cuts)})
    found: list[Region] = []
    for start, stop in itertools.pairwise(edges):
        found += builder.push(scores[start:stop])
    found += builder.finish()
    assert found == build_regions(scores, grid, 0.5, gap, bounds)


@given(scores=SCORES, gap=st.sampled_from([0.0, 2.0]), bounds=st.sampled_from(list(Bounds)))
@settings(max_examples=200, deadline=None)
def test_regions_are_ordered_apart_inside_the_file_and_hold_every_hit(
    scores: list[float], gap: float, bounds: Bounds
) -> None:
    regions = build_regions(scores, GRID, 0.5, gap, bounds)
    for region in regions:
        assert 0 <= region.union_start <= region.start < region.end <= region.union_end <= GRID.end(len(scores) - 1)
        assert region.end - region.start >= 0.5
        assert region.score == np.float32(max(scores[region.first_window : region.last_window + 1]))
        assert scores[region.peak_window] == max(scores[region.first_window : region.last_window + 1])
    for one, other in itertools.pairwise(regions):
        assert other.start > one.end + gap
        assert other.first_window > one.last_window
    hits = {k for k, score in enumerate(scores) if score >= 0.5}
    assert hits == {k for r in regions for k in range(r.first_window, r.last_window + 1) if scores[k] >= 0.5}


@pytest.mark.parametrize("threshold", [-0.1, 1.1, float("nan")])
def test_impossible_thresholds_are_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        RegionBuilder(GRID, threshold)


@pytest.mark.parametrize("gap", [-1.0, float("nan"), float("inf")])
def test_impossible_gaps_are_refused(gap: float) -> None:
    with pytest.raises(ValueError, match="fused"):
        RegionBuilder(GRID, 0.5, gap)


def test_scores_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        build_regions([0.1, float("nan")], GRID, 0.5)

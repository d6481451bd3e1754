"""Finding regions and clips among thousands."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from eightcut_qt.timeline.hits import Target, find
from eightcut_qt.timeline.lanes import Lanes
from eightcut_qt.timeline.marks import ClipMarks, Curve, RegionMarks
from eightcut_qt.timeline.raster import spread
from eightcut_qt.timeline.scene import Scene
from eightcut_qt.timeline.tips import tip_of
from eightcut_qt.timeline.viewport import Viewport

from tests.qt.timeline.scenes import clip, marks, region

RNG = np.random.default_rng(5)
MANY = [
    region(f"r{index}", float(start), float(start + length), float(score))
    for index, (start, length, score) in enumerate(
        zip(RNG.uniform(0, 7000, 5000), RNG.uniform(0.5, 9, 5000), RNG.random(5000), strict=True)
    )
]


def test_the_region_at_a_time_is_the_best_of_those_that_are_shown() -> None:
    regions = RegionMarks.of(MANY)
    for time in RNG.uniform(0, 7010, 300):
        there = [each for each in MANY if each.start <= time <= each.end and each.score >= 0.4]
        row = regions.at(time, 0.0, 0.4)
        expected = max(there, key=lambda each: each.score, default=None)
        assert (None if row is None else regions.ids[row]) == (None if expected is None else expected.id)


def test_every_edge_of_5000_regions_can_be_hit() -> None:
    regions = RegionMarks.of(MANY)
    nobody = regions.chosen(())
    for each in MANY[::50]:
        for edge, is_end in ((each.start, False), (each.end, True)):
            hit = regions.edge_at(edge, 1e-9, 0.0, nobody)
            assert hit is not None
            assert (regions.ids[hit[0]], hit[1]) == (each.id, is_end)


def test_marks_of_which_a_few_changed_are_as_if_made_anew() -> None:
    before = RegionMarks.of(MANY, ["r7"])
    by_start = sorted(MANY, key=lambda each: each.start)
    some = [replace(by_start[row], end=by_start[row].end + 1, disabled=True) for row in (0, 2000, 4999)]
    now = {each.id: each for each in [*MANY, *some]}
    after, anew = before.with_regions(some, ["r9", "r11"]), RegionMarks.of(list(now.values()), ["r9", "r11"])
    assert after is not None
    for column in fields(RegionMarks):
        assert np.array_equal(getattr(after, column.name), getattr(anew, column.name)), column.name
    assert before.end[0] == by_start[0].end
    assert before.with_regions([replace(by_start[5], start=7500.0)], ()) is None  # Its row is another now.
    assert before.with_regions([region("new", 0.0, 1.0)], ()) is None


def test_the_edge_of_a_selected_region_wins_over_a_nearer_one() -> None:
    regions = marks(region("a", 0, 10), region("b", 10.05, 20))
    hit = regions.edge_at(10.04, 0.1, 0.0, regions.chosen(()))
    assert hit == (1, False)
    assert regions.edge_at(10.04, 0.1, 0.0, regions.chosen(("a",))) == (0, True)
    assert regions.edge_at(10.04, 0.1, 0.95, regions.chosen(())) is None


def test_next_and_previous_leave_out_what_is_below_the_threshold() -> None:
    regions = marks(region("a", 0, 5), region("b", 10, 15, 0.2), region("c", 20, 25), region("d", 20, 26))
    assert regions.next_to(0.0, 0.5, 0, backwards=False) == 2
    assert regions.next_to(0.0, 0.5, 2, backwards=False) == 3  # Also one that starts at the same time.
    assert regions.next_to(0.0, 0.5, 3, backwards=False) is None
    assert regions.next_to(0.0, 0.5, 2, backwards=True) == 0
    assert regions.next_to(12.0, 0.5, None, backwards=False) == 2
    assert regions.next_to(12.0, 0.5, None, backwards=True) == 0
    assert regions.between(2, 0, 0.5) == ["a", "c"]


def test_other_bounds_of_one_leave_the_others() -> None:
    regions = marks(region("a", 0, 5), region("b", 10, 15))
    moved = regions.with_bounds("b", 11, 12)
    assert moved.start.tolist() == [0, 11]
    assert regions.start.tolist() == [0, 10]
    assert moved.original_start.tolist() == [0, 10]


def test_places_in_the_lanes() -> None:
    lanes = Lanes.of(400, 16, spectrogram=True)
    assert lanes.scores.bottom == 400
    scene = Scene(regions=marks(region("a", 10, 20)), clips=ClipMarks.of([clip("c", 30)]), threshold=0.5)
    view = Viewport.whole(100.0, 1000)
    y = lanes.regions.top + 10.0
    assert find(scene, view, lanes, 150, y).target is Target.REGION
    assert find(scene, view, lanes, 98, y).target is Target.START_EDGE
    assert find(scene, view, lanes, 203, y).target is Target.END_EDGE
    assert find(scene, view, lanes, 250, y).target is Target.TIME
    assert find(scene, view, lanes, 320, lanes.clips.top + 3.0).clip is not None
    assert find(scene, view, lanes, 320, lanes.waveform.top + 3.0).target is Target.TIME
    assert find(scene, view, lanes, 500, lanes.score_y(0.5) + 2).target is Target.THRESHOLD
    assert find(scene, view, lanes, 500, lanes.score_y(0.9)).target is Target.TIME
    assert lanes.score_at(lanes.score_y(0.3)) == pytest.approx(0.3)
    assert Lanes.of(400, 16, spectrogram=False).spectrogram.height == 0


def test_the_tooltip_tells_time_score_and_region() -> None:
    lanes = Lanes.of(400, 16, spectrogram=True)
    regions = marks(region("a", 10, 20, 0.8, disabled=True, original=(9, 20)), negative=["a"])
    curve = Curve.of(np.full(93, 0.25, np.float32), 8.0, 1.0)
    scene = Scene(regions=regions, clips=ClipMarks.of([clip("c", 30, label="bang")]), score=curve)
    view = Viewport.whole(100.0, 1000)
    assert tip_of(scene, find(scene, view, lanes, 150, lanes.waveform.top + 5)).splitlines() == [
        "0:15.00 · score 0.25",
        "Region 0:10.00 to 0:20.00, score 0.80, disabled, hard negative, resized",
    ]
    assert "Shift and drag" in tip_of(scene, find(scene, view, lanes, 200, lanes.regions.top + 5))
    assert "Clip door · bang" in tip_of(scene, find(scene, view, lanes, 320, lanes.clips.top + 5))


def test_stretches_over_pixels_against_brute_force() -> None:
    x0 = RNG.integers(-5, 105, 200)
    x1 = x0 + RNG.integers(0, 20, 200)
    expected = np.full(100, -1)
    for index, (first, last) in enumerate(zip(x0, x1, strict=True)):
        expected[max(first, 0) : max(last, 0)] = index
    np.testing.assert_array_equal(spread(x0, x1, 100), expected)


def test_the_score_between_two_windows() -> None:
    curve = Curve.of(np.array([0.0, 1.0, np.nan], np.float32), 8.0, 1.0)
    assert curve is not None
    assert curve.at(4.0) == 0.0
    assert curve.at(4.25) == pytest.approx(0.25)
    assert curve.at(6.0) is None
    assert curve.at(1.0) is None
    assert Curve.of(np.zeros(0, np.float32), 8.0, 1.0) is None

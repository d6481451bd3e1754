"""Times and pixels."""

from __future__ import annotations

import pytest
from eightcut_qt.timeline.ticks import tick_step, tick_text, ticks
from eightcut_qt.timeline.viewport import MIN_SPAN, Viewport
from hypothesis import given
from hypothesis import strategies as st

WHOLE = Viewport.whole(7200.0, 1000)


def test_times_and_places_are_the_same_thing() -> None:
    view = Viewport(100.0, 50.0, 1000, 7200.0)
    assert view.x(125.0) == 500
    assert view.time(500) == 125.0
    assert (view.time(-100), view.time_within(-2100)) == (95.0, 0.0)


@given(st.floats(0, 1000), st.floats(0.2, 5.0), st.floats(0, 900), st.floats(1, 500))
def test_zooming_keeps_the_time_under_the_mouse_unless_an_edge_is_in_the_way(
    x: float, factor: float, start: float, span: float
) -> None:
    before = Viewport(start, span, 1000, 2000.0)
    after = before.zoomed(factor, x)
    assert MIN_SPAN <= after.span <= 2000.0
    assert after.start >= 0
    assert after.end <= 2000.0 + 1e-6
    if 0 < after.start < 2000.0 - after.span - 1e-6:
        assert after.time(x) == pytest.approx(before.time(x), abs=1e-6)


def test_nobody_leaves_the_media() -> None:
    assert WHOLE.panned(100).start == 0
    near_the_end = WHOLE.zoomed(10, 500).panned(99_999)
    assert near_the_end.end == pytest.approx(7200.0)
    assert WHOLE.zoomed(1e-9, 3).is_whole
    assert Viewport.whole(0.2, 100).zoomed(50, 10).span == MIN_SPAN


def test_a_stretch_that_is_seen_moves_nothing_and_another_comes_to_the_middle() -> None:
    view = Viewport(100.0, 50.0, 1000, 7200.0)
    assert view.revealing(110, 120) is view
    moved = view.revealing(300, 310)
    assert (moved.span, moved.time(500)) == (50.0, 305.0)
    assert view.revealing(300, 400).shows(300)
    assert view.fitted(200, 210).start == pytest.approx(197.5)


def test_who_sees_everything_sees_everything_of_a_media_that_grows() -> None:
    assert Viewport.whole(10, 100).with_duration(20).end == 20
    part = Viewport(2.0, 3.0, 100, 10.0)
    assert (part.with_duration(20).start, part.with_duration(20).span) == (2.0, 3.0)
    assert part.with_duration(4).end == 4


def test_the_ruler_has_round_times_that_do_not_touch() -> None:
    for seconds_per_pixel in (0.0001, 0.003, 0.05, 1.0, 7.0, 60.0):
        step = tick_step(seconds_per_pixel, 50)
        assert step / seconds_per_pixel >= 70 or step == 0.1
    assert ticks(1.0, 2.0, 0.5) == [1.0, 1.5, 2.0]
    assert tick_text(61.0, 1) == "1:01"
    assert tick_text(61.5, 0.5) == "1:01.5"

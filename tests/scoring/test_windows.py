"""How a file is cut into windows."""

from __future__ import annotations

import math

import pytest
from eightcut_scoring.windows import WindowGrid, seconds_to_us
from hypothesis import given
from hypothesis import strategies as st

GRID = WindowGrid()


@pytest.mark.parametrize(
    ("duration", "count"),
    [(0.0, 0), (7.999999, 0), (8.0, 1), (8.999999, 1), (9.0, 2), (15.0, 8), (7200.0, 7193), (36000.0, 35993)],
)
def test_count(duration: float, count: int) -> None:
    assert GRID.count(duration) == count


def test_count_is_exact_where_floats_are_not() -> None:
    # 0.1 added 150 times is 14.999999999999952 as a float, and 15 s to the microsecond.
    duration = sum([0.1] * 150)
    assert duration != 15.0
    assert GRID.count(duration) == 8
    assert GRID.count_us(15_000_000) == 8
    assert GRID.count_us(14_999_999) == 7


def test_the_last_window_ends_within_the_file() -> None:
    grid = WindowGrid(window_s=8, hop_s=2.5)
    for tenth in range(80, 400):
        count = grid.count(tenth / 10)
        assert grid.end(count - 1) <= tenth / 10 + 1e-9
        assert grid.end(count) > tenth / 10


@given(
    start=st.integers(0, 60_000_000),
    length=st.integers(1, 30_000_000),
    hop=st.sampled_from([0.5, 1.0, 3.0, 8.0]),
)
def test_overlapping_windows_are_those_that_share_time(start: int, length: int, hop: float) -> None:
    grid = WindowGrid(hop_s=hop)
    found = set(grid.overlapping(start / 1e6, (start + length) / 1e6, 120))
    expected = {
        k for k in range(120) if seconds_to_us(grid.start(k)) < start + length and seconds_to_us(grid.end(k)) > start
    }
    assert found == expected


def test_overlapping_nothing() -> None:
    assert list(GRID.overlapping(5.0, 5.0)) == []
    assert list(GRID.overlapping(5.0, 4.0)) == []
    assert list(GRID.overlapping(100.0, 101.0, 10)) == []


@pytest.mark.parametrize(("start", "index"), [(0.0, 0), (0.4, 0), (0.5, 0), (0.6, 1), (3.2, 3), (99.0, 9)])
def test_nearest_window(start: float, index: int) -> None:
    assert GRID.nearest(start, 10) == index


def test_nearest_of_no_windows() -> None:
    with pytest.raises(ValueError, match="no windows"):
        GRID.nearest(1.0, 0)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"window_s": 0}, "longer than nothing"),
        ({"hop_s": -1}, "longer than nothing"),
        ({"window_s": math.nan}, "finite"),
        ({"hop_s": math.inf}, "finite"),
        ({"hop_s": 9}, "exceeds the window"),
        ({"hop_s": 0.00001}, "whole number of samples"),
        ({"sample_rate": 0}, "sample rate"),
    ],
)
def test_impossible_grids_are_refused(arguments: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        WindowGrid(**arguments)  # type: ignore[arg-type]

"""The picture of a score track."""

from __future__ import annotations

import pytest
from eightcut_cli.plot import draw


def test_one_window_that_scores_is_seen_in_ten_hours() -> None:
    scores = [0.0] * 36_000
    scores[18_000] = 1.0
    lines = draw(scores, threshold=0.5, grid=(8.0, 1.0), width=80)
    assert lines[0].count("█") == 1
    assert abs(lines[0].index("█") - 43) <= 2
    assert "10:00:07.0" in lines[-1]


def test_the_threshold_is_a_line() -> None:
    lines = draw([0.1, 0.9] * 30, threshold=0.55, grid=(8.0, 1.0), width=80)
    marked = [line for line in lines if "0.55" in line]
    assert len(marked) == 1
    assert "┄" in marked[0]
    assert all("┄" not in line for line in lines if line not in marked)


def test_short_tracks_fill_the_picture_and_regions_stand_under_their_scores() -> None:
    scores = [0.0] * 13 + [1.0] * 7 + [0.0] * 33  # windows that hold what is at 20 s
    lines = draw(scores, threshold=0.5, grid=(8.0, 1.0), regions=[(19.0, 21.0), (59.9, 60.0)], width=126)
    high = [column for column, cell in enumerate(lines[0]) if cell == "█"]
    found = [column for column, cell in enumerate(lines[5]) if cell == "▀"]
    assert lines[5].startswith("found│")
    assert 6 + 2 * 17 - 1 <= high[0] <= 6 + 2 * 17 + 1
    assert 6 + 2 * 23 <= high[-1] <= 6 + 2 * 24
    assert found[:-1] == [6 + 38, 6 + 39, 6 + 40, 6 + 41]
    assert found[-1] == 125
    assert "1:00.0" in lines[-1]


@pytest.mark.parametrize("count", [1, 2, 3, 60, 10_000])
@pytest.mark.parametrize("threshold", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("width", [1, 20, 80, 500])
def test_any_track_fits_into_any_width(count: int, threshold: float, width: int) -> None:
    lines = draw([0.5] * count, threshold=threshold, grid=(8.0, 1.0), width=width)
    assert len(lines) == 7
    assert max(len(line) for line in lines[:-1]) <= max(width, 16)


def test_without_scores_there_is_a_sentence() -> None:
    assert draw([], threshold=0.5, grid=(8.0, 1.0)) == ["(no score track is kept with this scan)"]

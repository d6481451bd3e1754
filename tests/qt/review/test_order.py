"""Which region comes first."""

from __future__ import annotations

import numpy as np
import pytest
from eightcut_qt.review.order import best_at, disagreement


def test_the_best_score_at_a_place_is_that_of_the_windows_in_it() -> None:
    scores = np.array([0.1, 0.9, 0.2, 0.3, 0.8], np.float32)
    starts = np.array([0.0, 2.0, 3.5, 4.0, 9.0])
    ends = np.array([9.0, 10.0, 4.0, 12.0, 17.0])
    # Windows 0 and 1; 2 alone; none begins at 3.5; 4; beyond the end.
    best = best_at(scores, starts, ends, window=8.0, hop=1.0)
    np.testing.assert_allclose(best, [0.9, 0.2, np.nan, 0.8, np.nan], rtol=1e-6)


def test_times_that_are_off_by_a_rounding_find_their_window() -> None:
    best = best_at(np.array([0.1, 0.7], np.float32), np.array([1.0000004]), np.array([8.9999996]), window=8.0, hop=1.0)
    assert best.tolist() == pytest.approx([0.7])


def test_no_places_and_no_scores() -> None:
    nothing = np.zeros(0)
    assert best_at(np.zeros(0, np.float32), nothing, nothing, window=8.0, hop=1.0).tolist() == []
    assert np.isnan(best_at(np.zeros(0, np.float32), np.array([1.0]), np.array([9.0]), window=8.0, hop=1.0)).all()


def test_gained_ones_come_first_then_those_that_differ_most() -> None:
    scores = np.array([0.9, 0.7, 0.95, 0.6])
    other = np.array([0.88, 0.2, 0.6, np.nan])
    keys = disagreement(scores, other, 0.5)
    order = sorted(range(4), key=lambda n: tuple(keys[n]))
    assert order == [1, 2, 0, 3]
    assert keys[1].tolist() == pytest.approx([0.0, -0.5])

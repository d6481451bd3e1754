"""Window average precision and event matching."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from eightcut_scoring.metrics import EventCounts, average_precision, event_counts, match_events, window_truth
from eightcut_scoring.windows import WindowGrid
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

GRID = WindowGrid()


@given(
    pairs=st.lists(st.tuples(st.booleans(), st.sampled_from([0.0, 0.1, 0.5, 0.9])), min_size=1, max_size=40).filter(
        lambda pairs: any(truth for truth, _ in pairs)
    )
)
@settings(deadline=None)
def test_average_precision_is_scikit_learns(pairs: list[tuple[bool, float]]) -> None:
    truth = np.array([t for t, _ in pairs])
    scores = np.array([s for _, s in pairs])
    assert average_precision(truth, scores) == pytest.approx(average_precision_score(truth, scores))


def test_average_precision_without_positives_is_no_number() -> None:
    assert np.isnan(average_precision(np.zeros(3, bool), np.arange(3.0)))
    assert np.isnan(average_precision(np.zeros(0, bool), np.zeros(0)))


def test_window_truth_needs_half_a_second_or_the_whole_event() -> None:
    truth = window_truth([(20.0, 25.0)], GRID, 40)
    assert np.flatnonzero(truth).tolist() == list(range(13, 25))
    short = window_truth([(20.1, 20.3)], GRID, 40)
    assert np.flatnonzero(short).tolist() == list(range(13, 21))
    cut = window_truth([(19.9, 20.2)], GRID, 40)  # window 12 holds a third of it, window 20 two thirds
    assert np.flatnonzero(cut).tolist() == list(range(13, 20))


def test_each_region_and_event_is_used_once() -> None:
    assert event_counts([(10, 30)], [(11, 12), (20, 21)]) == EventCounts(1, 1, 2)
    assert event_counts([(10, 11), (11.5, 12)], [(10, 12)]) == EventCounts(1, 2, 1)


def test_regions_may_be_widened_by_a_second() -> None:
    assert match_events([(10, 11)], [(11.9, 12.0)]) == [(0, 0)]
    assert match_events([(10, 11)], [(12.0, 12.1)]) == []
    assert match_events([(10, 11)], [(11.5, 12.0)], tolerance_s=0.0) == []


@given(
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)), max_size=5),
    st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8)), max_size=5),
)
@settings(max_examples=100, deadline=None)
def test_the_matching_is_the_largest(regions: list[tuple[int, int]], events: list[tuple[int, int]]) -> None:
    spans = [[(float(a), float(a + d)) for a, d in group] for group in (regions, events)]
    overlap = [[a < d + 1 and b > c - 1 for c, d in spans[1]] for a, b in spans[0]]
    best = 0
    small, large = (0, 1) if len(spans[0]) <= len(spans[1]) else (1, 0)
    for chosen in itertools.permutations(range(len(spans[large])), len(spans[small])):
        pairs = [(i, j) if small == 0 else (j, i) for i, j in enumerate(chosen)]
        best = max(best, sum(overlap[i][j] for i, j in pairs))
    assert len(match_events(*spans)) == best


def test_figures() -> None:
    counts = EventCounts(matched=3, regions=4, events=6)
    assert counts.precision == 0.75
    assert counts.recall == 0.5
    assert counts.f1 == pytest.approx(0.6)
    assert counts.f_beta(2) == pytest.approx(5 * 0.75 * 0.5 / (4 * 0.75 + 0.5))
    assert EventCounts(0, 0, 0).f1 == 0
    assert counts + EventCounts(1, 1, 1) == EventCounts(4, 5, 7)

"""From examples to labels of windows."""

from __future__ import annotations

import numpy as np
import pytest
from eightcut_scoring.windows import WindowGrid
from eightcut_trainer.learning.dataset import choose_negatives, label_media
from eightcut_trainer.learning.examples import Example, Kind, merge_duplicates
from eightcut_trainer.learning.labelling import Label, WindowLabels, label_windows
from hypothesis import given, settings
from hypothesis import strategies as st

GRID = WindowGrid()


def positive(start: float, duration: float = 8.0, media: str = "a") -> Example:
    return Example(Kind.POSITIVE, media, start, duration)


def hard(start: float, media: str = "a") -> Example:
    return Example(Kind.HARD_NEGATIVE, media, start)


def soft(start: float, duration: float = 8.0) -> Example:
    return Example(Kind.SOFT, "a", start, duration)


def negative(start: float, duration: float = 8.0) -> Example:
    return Example(Kind.NEGATIVE, "a", start, duration)


def windows(labels: WindowLabels, *kinds: Label) -> list[int]:
    return labels.where(*kinds).tolist()


def test_positive_is_an_overlap_of_at_least_half_a_window() -> None:
    labels = label_windows(300, GRID, [positive(100.0)])
    assert windows(labels, Label.POSITIVE) == list(range(96, 105))
    assert labels.weight[100] == labels.weight.max() == 1.0
    assert labels.weight[96] == labels.weight[104] == pytest.approx(0.04)
    assert (np.diff(labels.weight[96:101]) > 0).all()


def test_a_clip_off_the_grid() -> None:
    assert windows(label_windows(300, GRID, [positive(100.4)]), Label.POSITIVE) == list(range(97, 105))


def test_half_of_a_short_clip_is_enough() -> None:
    labels = label_windows(300, GRID, [positive(100.0, 2.0)])
    assert windows(labels, Label.POSITIVE) == list(range(93, 102))


def test_a_long_clip_has_every_window_that_lies_half_in_it() -> None:
    labels = label_windows(300, GRID, [positive(100.0, 30.0)])
    assert windows(labels, Label.POSITIVE) == list(range(96, 127))
    assert (labels.weight[100:123] == 1.0).all()


def test_a_clip_at_the_end_of_the_file_has_a_window() -> None:
    labels = label_windows(100, GRID, [positive(105.0)])  # of the clip, 2 s lie in the file (107.0 to 107.99)
    assert 99 in windows(labels, Label.POSITIVE)
    beyond = label_windows(100, GRID, [positive(500.0)])
    assert windows(beyond, Label.POSITIVE) == []


def test_automatic_negatives_touch_no_clip_and_lie_beyond_the_margin() -> None:
    labels = label_windows(300, GRID, [positive(100.0)], margin_s=30.0)
    # Window 61 ends 31 s before the clip, window 62 exactly 30 s before it; window 138 begins 30 s after its end.
    assert windows(labels, Label.AUTO_NEGATIVE) == [*range(62), *range(139, 300)]
    assert windows(labels, Label.NEAR_NEGATIVE) == [*range(62, 93), *range(108, 139)]
    assert windows(labels, Label.IGNORED) == [*range(93, 96), *range(105, 108)]


def test_without_a_margin_every_window_apart_is_an_automatic_negative() -> None:
    labels = label_windows(300, GRID, [positive(100.0)], margin_s=0.0)
    assert windows(labels, Label.NEAR_NEGATIVE) == [92, 108]
    assert len(windows(labels, Label.AUTO_NEGATIVE)) == 300 - 17


def test_media_without_positives_give_no_automatic_negatives() -> None:
    labels = label_windows(300, GRID, [hard(50.0), soft(100.0)])
    assert windows(labels, Label.AUTO_NEGATIVE, Label.NEAR_NEGATIVE) == []
    assert windows(labels, Label.HARD_NEGATIVE) == [50]


def test_soft_clips_are_never_automatic_negatives() -> None:
    labels = label_windows(300, GRID, [positive(100.0), soft(200.0, 4.0)])
    assert set(range(193, 204)).isdisjoint(windows(labels, Label.AUTO_NEGATIVE))
    assert {192, 204} <= set(windows(labels, Label.AUTO_NEGATIVE))


def test_positives_win_over_soft_and_negatives_at_the_same_place() -> None:
    alone = label_windows(300, GRID, [positive(100.0)])
    crowded = label_windows(300, GRID, [positive(100.0), soft(100.0), negative(100.0)])
    assert windows(crowded, Label.POSITIVE) == windows(alone, Label.POSITIVE)
    assert windows(crowded, Label.NEGATIVE) == []


def test_explicit_negatives_count_within_the_margin() -> None:
    labels = label_windows(300, GRID, [positive(100.0), negative(110.0)])
    # Windows 106 and 107 hold half of the negative clip, and a little of the positive one.
    assert windows(labels, Label.NEGATIVE) == list(range(108, 115))


def test_a_hard_negative_marks_exactly_its_window_also_near_a_positive() -> None:
    labels = label_windows(300, GRID, [positive(100.0), hard(110.0), hard(103.0), hard(250.0)])
    assert windows(labels, Label.HARD_NEGATIVE) == [103, 110, 250]
    assert windows(labels, Label.POSITIVE) == [96, 97, 98, 99, 100, 101, 102, 104]
    assert labels.weight[103] == 0
    assert labels.set_aside == 0


def test_a_hard_negative_off_the_grid_marks_the_windows_around_it() -> None:
    labels = label_windows(300, GRID, [positive(100.0), hard(200.25)])
    assert windows(labels, Label.HARD_NEGATIVE) == [200, 201]


def test_a_positive_wins_over_a_hard_negative_at_its_very_place() -> None:
    labels = label_windows(300, GRID, [positive(100.0), hard(100.0)])
    assert windows(labels, Label.HARD_NEGATIVE) == []
    assert windows(labels, Label.POSITIVE) == list(range(96, 105))
    assert labels.set_aside == 1


def test_a_hard_negative_in_the_last_seconds_marks_the_last_window() -> None:
    labels = label_windows(100, GRID, [positive(20.0), hard(104.0)])
    assert windows(labels, Label.HARD_NEGATIVE) == [99]


def test_a_file_without_windows() -> None:
    labels = label_windows(0, GRID, [positive(0.0), soft(1.0), hard(2.0)])
    assert labels.label.shape == labels.weight.shape == (0,)


def test_nearby_duplicates_are_merged() -> None:
    merged = merge_duplicates([positive(10.0), positive(10.9), positive(12.0), positive(10.0, media="b"), soft(10.0)])
    assert [(e.media, e.start, e.kind) for e in merged] == [
        ("a", 10.0, Kind.POSITIVE),
        ("a", 10.0, Kind.SOFT),
        ("a", 12.0, Kind.POSITIVE),
        ("b", 10.0, Kind.POSITIVE),
    ]


def test_hard_negatives_are_merged_only_at_equal_starts() -> None:
    assert [e.start for e in merge_duplicates([hard(5.0), hard(5.0), hard(6.0)])] == [5.0, 6.0]


@given(st.permutations([positive(10), positive(10.5), soft(10), hard(11), negative(30), positive(40), hard(40)]))
@settings(max_examples=30)
def test_the_order_of_examples_does_not_matter(examples: list[Example]) -> None:
    one = label_media(examples, {"a": 100}, GRID, 5.0)["a"]
    other = label_media(sorted(examples, key=lambda e: e.start), {"a": 100}, GRID, 5.0)["a"]
    np.testing.assert_array_equal(one.label, other.label)


@pytest.mark.parametrize(
    ("start", "duration"), [(-1.0, 8.0), (float("nan"), 8.0), (0.0, 0.0), (0.0, -2.0), (0.0, float("inf"))]
)
def test_impossible_examples_are_refused(start: float, duration: float) -> None:
    with pytest.raises(ValueError, match=r"example|finite"):
        Example(Kind.POSITIVE, "a", start, duration)


@pytest.mark.parametrize("margin", [-1.0, float("nan")])
def test_impossible_margins_are_refused(margin: float) -> None:
    with pytest.raises(ValueError, match=r"margin|finite"):
        label_windows(10, GRID, [], margin)


def test_far_negatives_are_enough_where_there_are_many() -> None:
    labels = {"a": label_windows(2000, GRID, [positive(100.0)])}
    chosen = choose_negatives(labels, cap=5000, enough=1000)
    assert chosen["a"].tolist() == windows(labels["a"], Label.AUTO_NEGATIVE)


def test_near_negatives_fill_up_the_farthest_first() -> None:
    labels = {"a": label_windows(150, GRID, [positive(100.0)])}
    far = windows(labels["a"], Label.AUTO_NEGATIVE)
    chosen = choose_negatives(labels, cap=5000, enough=len(far) + 4)["a"].tolist()
    assert sorted(set(chosen) - set(far)) == [62, 63, 137, 138]
    assert choose_negatives(labels, cap=5000, enough=0)["a"].tolist() == far


def test_the_cap_is_shared_evenly_and_always_the_same() -> None:
    labels = {m: label_windows(n, GRID, [positive(100.0, media=m)]) for m, n in (("a", 4000), ("b", 2000))}
    chosen = choose_negatives(labels, cap=600, enough=1000)
    assert 590 <= sum(map(len, chosen.values())) <= 600
    assert len(chosen["a"]) == pytest.approx(2 * len(chosen["b"]), rel=0.1)
    assert len(np.unique(chosen["a"])) == len(chosen["a"])
    assert np.diff(chosen["a"]).max() < 90  # spread over the whole file, but for the hole around the clip
    again = choose_negatives(labels, cap=600, enough=1000)
    assert all((chosen[m] == again[m]).all() for m in labels)

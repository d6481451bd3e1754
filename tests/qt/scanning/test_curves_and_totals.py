"""Live curves and reckoning: plain functions."""

from __future__ import annotations

import numpy as np
import pytest
from eightcut_qt.scanning.live import LiveCurve, Stretch, joined
from eightcut_qt.scanning.totals import Totals, about, time_left


def stretch(first: int, *values: float, provisional: bool = False) -> Stretch:
    return Stretch(first, np.array(values, np.float32), provisional)


def test_what_follows_one_another_becomes_one_stretch() -> None:
    made = joined([stretch(0, 0.1), stretch(1, 0.2, 0.3), stretch(5, 0.4), stretch(6, 0.5, provisional=True)])
    assert [(s.first, [round(float(v), 1) for v in s.scores], s.provisional) for s in made] == [
        (0, [0.1, 0.2, 0.3], False),
        (5, [0.4], False),
        (6, [0.5], True),
    ]
    assert joined([]) == []


def test_final_scores_replace_provisional_ones_and_not_the_other_way_round() -> None:
    curve = LiveCurve()
    curve.write(stretch(2, 0.1, 0.2, provisional=True))
    assert np.isnan(curve.values()[:2]).all()
    curve.write(stretch(3, 0.9))
    curve.write(stretch(2, 0.3, 0.4, provisional=True))
    assert curve.values()[2:].tolist() == pytest.approx([0.3, 0.9])


def test_a_curve_grows_and_what_was_given_out_stays() -> None:
    curve = LiveCurve()
    curve.write(stretch(0, 0.5))
    before = curve.values()
    curve.write(Stretch(1, np.full(10_000, 0.25, np.float32), False))
    assert len(before) == 1
    assert len(curve.values()) == 10_001
    with pytest.raises(ValueError):
        before[0] = 1.0


def test_time_left_is_what_files_have_taken() -> None:
    # Two files at once, half done each; 4 files took 40 s of work.
    left = time_left(waiting=5, shares=[0.5, 0.5], finished=4, spent=50.0)
    assert left == pytest.approx(6 * 10.0 / 2)
    assert time_left(waiting=5, shares=[0.0, 0.01], finished=0, spent=1.0) is None
    assert time_left(waiting=5, shares=[], finished=3, spent=1.0) is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (10, "less than a minute"),
        (720, "about 12 min"),
        (3590, "about 1 h"),
        (4800, "about 1 h 20 min"),
        (7190, "about 2 h"),
    ],
)
def test_rough_times(seconds: float, words: str) -> None:
    assert about(seconds) == words


def test_totals_in_words() -> None:
    assert Totals(files=40, finished=3, left=720).sentence() == "3 of 40 files, about 12 min left"
    assert Totals(files=1, finished=1, failed=1).sentence() == "1 of 1 file, 1 failed"
    assert Totals().sentence() == ""

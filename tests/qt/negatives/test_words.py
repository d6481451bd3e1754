"""What is said of hard negatives."""

from __future__ import annotations

import pytest
from eightcut_qt.gateway import NegativeFilter
from eightcut_qt.negatives.words import clear_consequence, clear_question, summary


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ((0, 0, 0), "There are no hard negatives yet."),
        ((1, 1, 1), "1 hard negative, in 1 file"),
        ((12, 340, 3), "12 of 340 hard negatives, in 3 files"),
        ((0, 5000, 0), "0 of 5,000 hard negatives"),
    ],
)
def test_summaries(counts: tuple[int, int, int], text: str) -> None:
    assert summary(*counts) == text


@pytest.mark.parametrize(
    ("wanted", "count", "text"),
    [
        (NegativeFilter(), 340, "Delete all 340 hard negatives of this profile?"),
        (NegativeFilter(), 1, "Delete the only hard negative of this profile?"),
        (NegativeFilter(source_model="LOGMEL_door"), 12, "Delete the 12 hard negatives that LOGMEL_door brought?"),
        (NegativeFilter(source_model=""), 1, "Delete the 1 hard negative that was marked by a person?"),
        (
            NegativeFilter(source_model="LOGMEL_door", text="kitchen"),
            12,
            "Delete the 12 hard negatives that LOGMEL_door brought and whose file or model contains “kitchen”?",
        ),
    ],
)
def test_the_question_says_exactly_what_goes(wanted: NegativeFilter, count: int, text: str) -> None:
    assert clear_question(wanted, count) == text


def test_the_consequence_says_what_stays() -> None:
    assert clear_consequence(12, 340, "Ctrl+Z") == "The other 328 stay. You can undo this (Ctrl+Z)."
    assert clear_consequence(1, 2, "") == "The other one stays. You can undo this."
    assert clear_consequence(2, 2, "") == "None are left then. You can undo this."

"""The table of regions: text, order, filters, and edits of times."""

from __future__ import annotations

import numpy as np
import pytest
from eightcut_qt.core.records import RegionRecord
from eightcut_qt.results.region_model import Column, RegionModel, Shown, state_text, state_tip
from PyQt6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

ASCENDING, DESCENDING = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


def region(
    number: int, start: float, end: float, score: float, *, disabled: bool = False, resized: bool = False
) -> RegionRecord:
    original = start - 1 if resized else start
    return RegionRecord(str(number), "1", start, end, score, disabled, original, end, start, end, "r1")


SOME = (
    region(1, 10.0, 14.0, 0.6),
    region(2, 83.4, 90.0, 0.9, disabled=True),
    region(3, 100.0, 101.5, 0.7, resized=True),
    region(4, 3700.0, 3710.0, 0.8),
)


@pytest.fixture
def model(qtmodeltester: ModelTester) -> RegionModel:
    made = RegionModel()
    made.set_regions(SOME, {"1", "4"})
    qtmodeltester.check(made)
    return made


def texts(model: RegionModel, column: Column) -> list[str]:
    return [model.data(model.index(row, column)) for row in range(model.rowCount())]


def ids(model: RegionModel) -> list[str]:
    return [one.id for one in model.shown]


def test_it_says_what_regions_are(model: RegionModel) -> None:
    assert texts(model, Column.START) == ["0:10.0", "1:23.4", "1:40.0", "1:01:40.0"]
    assert texts(model, Column.LENGTH) == ["4.0 s", "6.6 s", "1.5 s", "10.0 s"]
    assert texts(model, Column.SCORE) == ["0.60", "0.90", "0.70", "0.80"]
    assert texts(model, Column.STATE) == ["● on  ✗ negative", "○ off", "● on  ↔ resized", "● on  ✗ negative"]
    assert state_text(SOME[1], negative=True) == "○ off  ✗ negative"
    assert state_tip(SOME[1], negative=True).startswith("Off: it is neither exported nor reviewed.\nHard negative: ")
    assert state_tip(SOME[2], negative=False) == "On.\nResized: 1:39.0 to 1:41.5 was found."
    assert model.data(model.index(3, Column.STATE), Qt.ItemDataRole.ToolTipRole) == state_tip(SOME[3], negative=True)


@pytest.mark.parametrize(
    ("column", "order", "expected"),
    [
        (Column.SCORE, ASCENDING, "1342"),
        (Column.SCORE, DESCENDING, "2431"),
        (Column.LENGTH, ASCENDING, "3124"),
        (Column.START, DESCENDING, "4321"),
        (Column.STATE, DESCENDING, "2143"),
    ],
)
def test_it_is_sorted_by_any_column(model: RegionModel, column: Column, order: Qt.SortOrder, expected: str) -> None:
    model.sort(column, order)
    assert ids(model) == list(expected)


def test_the_threshold_lets_equal_scores_through(model: RegionModel) -> None:
    model.set_threshold(0.7)
    assert ids(model) == ["2", "3", "4"]
    assert model.total == 4
    assert model.switched_on() == (2, pytest.approx(11.5))
    model.set_threshold(0.0)
    assert len(ids(model)) == 4


@pytest.mark.parametrize(
    ("shown", "expected"),
    [(Shown.ALL, "1234"), (Shown.ENABLED, "134"), (Shown.DISABLED, "2"), (Shown.NEGATIVE, "14")],
)
def test_states_are_filtered(model: RegionModel, shown: Shown, expected: str) -> None:
    model.set_shown(shown)
    assert ids(model) == list(expected)


def test_the_export_is_by_start_whatever_the_order(model: RegionModel) -> None:
    model.sort(Column.SCORE, DESCENDING)
    assert [one.id for one in model.export()] == ["1", "3", "4"]


def test_a_change_in_place_resets_nothing(qtbot: QtBot, model: RegionModel) -> None:
    resets: list[int] = []
    model.modelReset.connect(lambda: resets.append(1))
    changed = (SOME[0], SOME[1], region(3, 100.0, 102.5, 0.7), SOME[3])
    with qtbot.waitSignal(model.dataChanged) as told:
        model.set_regions(changed, {"1", "4"})
    assert (told.args[0].row(), told.args[1].row()) == (2, 2)
    with qtbot.waitSignal(model.dataChanged) as told:
        model.set_regions(changed, {"1"})
    assert told.args[0].row() == 3
    assert not resets
    model.set_regions(changed[1:], {"1"})
    assert resets == [1]
    assert model.row_of("1") is None


def test_typed_times_ask_for_a_resize(qtbot: QtBot, model: RegionModel) -> None:
    with qtbot.waitSignal(model.resize_wanted) as asked:
        assert model.setData(model.index(1, Column.END), "1:31.25")
    assert asked.args == ["2", 83.4, 91.25]
    with qtbot.assertNotEmitted(model.resize_wanted):
        assert not model.setData(model.index(1, Column.END), "soon")
        assert not model.setData(model.index(1, Column.START), "1:23.400")
        assert not model.setData(model.index(1, Column.SCORE), "1")
    assert not model.flags(model.index(1, Column.SCORE)) & Qt.ItemFlag.ItemIsEditable


def test_five_thousand_regions(qtmodeltester: ModelTester) -> None:
    scores = np.linspace(0, 1, 5000)
    many = [region(number, number * 1.0, number + 3.0, float(score)) for number, score in enumerate(scores)]
    model = RegionModel()
    model.set_regions(many)
    model.set_threshold(0.5)
    assert model.rowCount() == 2500
    model.sort(Column.SCORE, DESCENDING)
    assert model.region_at(0).id == "4999"
    assert model.row_of("4999") == 0

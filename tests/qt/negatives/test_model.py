"""The table's model: what it shows, in which order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from eightcut_qt.core.records import NegativeRecord
from eightcut_qt.gateway import NegativeFilter
from eightcut_qt.negatives.model import Column, NegativesModel, place_of, rows_of
from eightcut_qt.negatives.table import NegativesTable
from PyQt6.QtCore import Qt
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

NAMES = {"a" * 64: "Kitchen.mp4", "b" * 64: "garden.mp4"}


def negative(number: int, media: str = "a", start: float = 0.0, model: str = "LOGMEL") -> NegativeRecord:
    created = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    return NegativeRecord(str(number), media * 64, start, model, created)


def filled(*negatives: NegativeRecord) -> NegativesModel:
    model = NegativesModel()
    model.set_all(rows_of(negatives, NAMES))
    return model


def ids(model: NegativesModel) -> list[str]:
    return [one.id for one in model.shown]


def test_it_is_a_correct_model(qtmodeltester: ModelTester) -> None:
    model = filled(negative(1, start=5), negative(2, "b", start=65.4))
    qtmodeltester.check(model)
    model.sort(Column.FILE)
    model.set_filter(NegativeFilter(text="kitchen"))
    qtmodeltester.check(model)


def test_a_row_says_file_time_model_and_when() -> None:
    model = filled(negative(1, "b", 65.4, "LOGMEL_door"))
    texts = [model.index(0, column).data() for column in Column]
    assert texts[:3] == ["garden.mp4", "1:05.4", "LOGMEL_door"]
    assert texts[3].startswith(("2025-12-31", "2026-01-01"))
    assert [model.headerData(column, Qt.Orientation.Horizontal) for column in Column] == [
        "File",
        "Time",
        "Found wrong by",
        "Added",
    ]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (NegativeFilter(), ["3", "2", "1"]),
        (NegativeFilter(source_model="LOGMEL"), ["2", "1"]),
        (NegativeFilter(source_model=""), ["3"]),
        (NegativeFilter(text="KITCHEN"), ["3", "1"]),
        (NegativeFilter(text="logmel"), ["2", "1"]),
        (NegativeFilter(source_model="LOGMEL", text="garden"), ["2"]),
        (NegativeFilter(text="cellar"), []),
    ],
)
def test_filters(wanted: NegativeFilter, expected: list[str]) -> None:
    model = filled(negative(1), negative(2, "b"), negative(3, start=9, model=""))
    model.set_filter(wanted)
    assert ids(model) == expected
    assert model.total == 3


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (Column.FILE, ["2", "3", "1"]),
        (Column.TIME, ["3", "2", "1"]),
        (Column.MODEL, ["1", "3", "2"]),
        (Column.ADDED, ["1", "2", "3"]),
    ],
)
def test_orders(column: Column, expected: list[str]) -> None:
    model = filled(negative(1, start=9, model="EAT"), negative(2, "b", 5), negative(3, start=1, model="Eat"))
    model.sort(column)
    assert ids(model) == expected
    model.sort(column, Qt.SortOrder.DescendingOrder)
    assert ids(model) == expected[::-1]


def test_a_selection_outlives_sorting_filtering_and_reading_again(qtbot: QtBot) -> None:
    model = filled(*(negative(number, start=number) for number in range(20)))
    table = NegativesTable(model)
    qtbot.addWidget(table)
    table.selectRow(3)
    assert [one.id for one in table.selected()] == ["16"]
    model.sort(Column.TIME)
    assert [one.id for one in table.selected()] == ["16"]
    model.set_all(rows_of([negative(number, start=number) for number in range(10, 25)], NAMES))
    assert [one.id for one in table.selected()] == ["16"]


def test_what_the_filter_hides_is_not_selected(qtbot: QtBot) -> None:
    model = filled(negative(1), negative(2, "b"))
    table = NegativesTable(model)
    qtbot.addWidget(table)
    table.selectAll()
    model.set_filter(NegativeFilter(text="garden"))
    assert [one.id for one in table.selected()] == ["2"]
    model.set_filter(NegativeFilter())
    assert [one.id for one in table.selected()] == ["2"]


def test_after_a_deletion_the_next_row_is_selected(qtbot: QtBot) -> None:
    model = filled(*(negative(number, start=number) for number in range(5)))
    table = NegativesTable(model)
    qtbot.addWidget(table)
    table.selectRow(1)
    model.remove([place_of(table.selected()[0])])
    assert [one.id for one in table.selected()] == ["2"]


def test_a_held_key_does_not_change_which_row_follows_a_deletion(qtbot: QtBot) -> None:
    model = filled(*(negative(number, start=number) for number in range(5)))
    table = NegativesTable(model)
    qtbot.addWidget(table)
    table.selectRow(1)
    qtbot.keyPress(table, Qt.Key.Key_Shift, Qt.KeyboardModifier.ShiftModifier)
    model.remove([place_of(table.selected()[0])])
    assert [one.id for one in table.selected()] == ["2"]


def test_reading_the_same_again_resets_nothing(qtbot: QtBot) -> None:
    model = filled(negative(1))
    with qtbot.assertNotEmitted(model.modelReset):
        model.set_all(rows_of([negative(1)], NAMES))

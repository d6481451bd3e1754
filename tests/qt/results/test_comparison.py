"""What changed between two versions."""

from __future__ import annotations

import pytest
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.core.records import RegionRecord
from eightcut_qt.gateway import Gateway, ScanDiff
from eightcut_qt.results.difference_model import DifferenceColumn, DifferenceModel, Kind
from eightcut_qt.results.panel import ResultsPanel
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from tests.qt.regions.world import save, settled, show_media
from tests.qt.results.conftest import NotedPlayer
from tests.qt.results.test_panel import ready
from tests.qt.results.test_region_model import region

OLD = ((10.0, 14.0, 0.6), (20.0, 26.0, 0.9), (40.0, 43.0, 0.7))
NEW = ((10.0, 14.0, 0.65), (22.0, 28.0, 0.95), (60.0, 70.0, 0.8))


def rows(model: DifferenceModel) -> list[tuple[str, ...]]:
    return [
        tuple(model.data(model.index(row, column)) for column in range(model.columnCount()))
        for row in range(model.rowCount())
    ]


@pytest.fixture
def compared(qtbot: QtBot, context: Context, panel: ResultsPanel, media: str, gateway: Gateway) -> ResultsPanel:
    """A panel that compares a new version with an old one."""
    save(gateway, media, OLD)
    save(gateway, media, NEW)
    show_media(context, media)
    ready(qtbot, context)
    context.actions.action("results.compare").setChecked(True)
    qtbot.waitUntil(lambda: panel.comparison.model.rowCount() > 0)
    return panel


def test_the_differences_are_listed_by_start(compared: ResultsPanel, qtmodeltester: ModelTester) -> None:
    assert rows(compared.comparison.model) == [
        ("↔ moved", "0:20.0 → 0:22.0", "0:26.0 → 0:28.0", "0.90 → 0.95"),
        ("- lost", "0:40.0", "0:43.0", "0.70"),
        ("+ gained", "1:00.0", "1:10.0", "0.80"),
    ]
    texts = [check.text() for check in compared.comparison.checks.values()]
    assert texts == ["&Gained (1)", "&Lost (1)", "&Moved (1)", "&Kept (1)"]
    qtmodeltester.check(compared.comparison.model)


def test_kinds_are_filtered(compared: ResultsPanel) -> None:
    pane = compared.comparison
    for kind in (Kind.GAINED, Kind.LOST, Kind.MOVED):
        pane.checks[kind].setChecked(False)
    assert rows(pane.model) == []
    pane.checks[Kind.KEPT].setChecked(True)
    assert rows(pane.model) == [("= kept", "0:10.0", "0:14.0", "0.60 → 0.65")]


def test_rows_go_to_the_place(compared: ResultsPanel, context: Context, player: NotedPlayer) -> None:
    table = compared.comparison.table
    table.selectRow(1)
    assert player.seeks == [40.0]
    assert context.state.selection == ()
    table.selectRow(2)
    assert player.seeks == [40.0, 60.0]
    document = context.state.document
    assert document is not None
    assert context.state.selection == (document.regions[2].id,)


def test_the_other_version_lies_under_the_timeline_while_it_is_compared(
    compared: ResultsPanel, context: Context
) -> None:
    other = context.state.comparison
    assert other is not None
    assert compared.comparison.other_scan == other.scan
    assert compared.comparison.other.currentText().startswith("LOGMEL v1, ")
    context.actions.action("results.compare").setChecked(False)
    assert context.state.comparison is None
    assert not compared.comparison.isVisible()


def test_edits_are_compared_too(compared: ResultsPanel, context: Context, qtbot: QtBot) -> None:
    document = context.state.document
    assert document is not None
    document.set_disabled([document.regions[2].id], True)
    qtbot.waitUntil(lambda: compared.comparison.model.count(Kind.GAINED) == 0)
    assert compared.comparison.model.count(Kind.MOVED) == 1


def test_another_model_can_be_compared_with(
    qtbot: QtBot, compared: ResultsPanel, context: Context, media: str, gateway: Gateway
) -> None:
    save(gateway, media, NEW, model="EAT_door")
    compared.bar.tabs.setCurrentIndex(0)
    context.bus.publish(Change(Topic.SCANS, frozenset([media])))
    qtbot.waitUntil(lambda: compared.bar.tabs.count() == 2)
    compared.bar.tabs.setCurrentIndex(1)
    pane = compared.comparison
    assert [pane.other.itemText(row).split(",")[0] for row in range(pane.other.count())] == ["LOGMEL v1", "EAT_door v1"]
    pane.other.setCurrentIndex(1)
    pane.other.activated.emit(1)
    qtbot.waitUntil(lambda: pane.model.count(Kind.KEPT) == 3)
    comparison = context.state.comparison
    assert comparison is not None
    assert comparison.scan.model == "EAT_door"


def test_without_another_version_it_says_so(
    qtbot: QtBot, context: Context, panel: ResultsPanel, media: str, gateway: Gateway
) -> None:
    save(gateway, media)
    show_media(context, media)
    ready(qtbot, context)
    context.actions.action("results.compare").setChecked(True)
    assert panel.comparison.message.text() == "There is no other version of this file to compare with."
    assert context.state.comparison is None


def test_too_many_regions_are_said_to_be_so(
    qtbot: QtBot, context: Context, panel: ResultsPanel, media: str, gateway: Gateway
) -> None:
    many = [(number * 0.01, number * 0.01 + 1, 0.9) for number in range(2600)]
    save(gateway, media, many)
    save(gateway, media, many)
    show_media(context, media)
    ready(qtbot, context)
    context.actions.action("results.compare").setChecked(True)
    qtbot.waitUntil(lambda: "at most 5,000" in panel.comparison.message.text())
    settled(qtbot, context)
    assert not panel.comparison.table.isVisible()


def test_a_model_of_its_own(qtmodeltester: ModelTester) -> None:
    first: RegionRecord = region(1, 10.0, 14.0, 0.6)
    model = DifferenceModel()
    model.set_diff(ScanDiff((first,), (), (), ((first, first),)))
    qtmodeltester.check(model)
    assert model.data(model.index(0, DifferenceColumn.START)) == "0:10.0"
    model.set_diff(None)
    assert model.rowCount() == 0


def test_both_times_and_both_scores_have_room(compared: ResultsPanel) -> None:
    table = compared.comparison.table
    compared.resize(round(66 * compared.fontMetrics().averageCharWidth()), 640)  # As wide as its dock is at first.
    for column in DifferenceColumn:
        longest = max(len(row[column]) for row in rows(compared.comparison.model))
        text = next(row[column] for row in rows(compared.comparison.model) if len(row[column]) == longest)
        room = table.columnWidth(column)
        if column == DifferenceColumn.SCORE:
            others = [table.columnWidth(other) for other in DifferenceColumn if other != column]
            room = compared.width() - 30 - sum(others)
        assert room > table.fontMetrics().horizontalAdvance(text), text

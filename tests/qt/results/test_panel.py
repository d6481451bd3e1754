"""The results panel: versions, the table and what is done with it."""

from __future__ import annotations

import pytest
from eightcut_client.errors import UnavailableError
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.gateway import Gateway
from eightcut_qt.regions.documents import ScanDocument
from eightcut_qt.results.panel import ResultsPanel
from eightcut_qt.results.region_model import Column
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from tests.qt.regions.world import save, settled, show_media
from tests.qt.results.conftest import Desk, NotedPlayer


def ready(qtbot: QtBot, context: Context) -> ScanDocument:
    qtbot.waitUntil(lambda: context.state.document is not None and context.state.document.is_loaded)
    document = context.state.document
    assert document is not None
    return document


def tabs(panel: ResultsPanel) -> list[str]:
    return [panel.bar.tabs.tabText(place) for place in range(panel.bar.tabs.count())]


def entries(panel: ResultsPanel) -> list[str]:
    return [panel.bar.selector.itemText(row) for row in range(panel.bar.selector.count())]


def choose(panel: ResultsPanel, row: int) -> None:
    panel.bar.selector.setCurrentIndex(row)
    panel.bar.selector.activated.emit(row)


def select(panel: ResultsPanel, *rows: int) -> None:
    panel.table.clearSelection()
    for row in rows:
        panel.table.setSelectionMode(panel.table.SelectionMode.MultiSelection)
        panel.table.selectRow(row)
    panel.table.setSelectionMode(panel.table.SelectionMode.ExtendedSelection)


def test_without_a_file_or_a_scan_it_says_what_to_do(
    qtbot: QtBot, context: Context, panel: ResultsPanel, media: str, gateway: Gateway
) -> None:
    assert panel.message.text() == "Open a file to see what was found in it."
    show_media(context, media)
    qtbot.waitUntil(lambda: panel.message.text().startswith("This file has not been scanned yet"))
    assert not panel.table.isVisible()
    save(gateway, media, [])
    context.bus.publish(Change(Topic.SCANS, frozenset([media])))
    qtbot.waitUntil(lambda: panel.message.text() == "This version found nothing.")
    assert tabs(panel) == ["LOGMEL (0) [v1]"]


def test_the_newest_version_is_shown_and_others_can_be_chosen(
    qtbot: QtBot, context: Context, panel: ResultsPanel, media: str, gateway: Gateway
) -> None:
    scans = [save(gateway, media, [(10.0, 12.0, 0.5 + 0.1 * number)] * (number + 1)) for number in range(3)]
    show_media(context, media)
    document = ready(qtbot, context)
    assert document.scan.id == scans[2].id
    assert tabs(panel) == ["LOGMEL (3) [v3]"]
    assert panel.bar.selector.isVisible()
    when = scans[2].created
    assert when is not None
    assert entries(panel)[0] == f"{when:%Y-%m-%d %H:%M} (3 regions, best: 0.70)"
    assert [entry[17:] for entry in entries(panel)][1:] == ["(2 regions, best: 0.60)", "(1 region, best: 0.50)"]
    choose(panel, 2)
    assert ready(qtbot, context).scan.id == scans[0].id
    qtbot.waitUntil(lambda: panel.model.rowCount() == 1)
    assert tabs(panel) == ["LOGMEL (1) [v1]"]
    assert panel.summary.text() == "1 of 1 region, 1 is on (0:02 in all)"


def test_one_version_needs_no_selector(
    qtbot: QtBot, context: Context, panel: ResultsPanel, media: str, gateway: Gateway
) -> None:
    save(gateway, media)
    show_media(context, media)
    ready(qtbot, context)
    assert not panel.bar.selector.isVisible()
    assert context.state.threshold == 0.5


def test_each_model_has_a_tab_and_a_file_remembers_its_own(
    qtbot: QtBot, context: Context, panel: ResultsPanel, media: str, gateway: Gateway
) -> None:
    save(gateway, media, model="EAT_door", threshold=0.3)
    save(gateway, media, [(1.0, 2.0, 0.9)])
    show_media(context, media)
    assert ready(qtbot, context).scan.model == "LOGMEL"
    assert tabs(panel) == ["EAT_door (4) [v1]", "LOGMEL (1) [v1]"]
    panel.bar.tabs.setCurrentIndex(0)
    assert ready(qtbot, context).scan.model == "EAT_door"
    assert context.state.threshold == 0.3
    qtbot.waitUntil(lambda: panel.model.rowCount() == 4)
    document = ready(qtbot, context)
    document.delete([document.regions[0].id])
    panel.bar.tabs.setCurrentIndex(1)
    assert tabs(panel) == ["EAT_door (3) [v1]", "LOGMEL (1) [v1]"]  # With what was just edited.
    panel.bar.tabs.setCurrentIndex(0)
    context.state.set_media(None)
    assert context.state.document is None
    assert panel.model.rowCount() == 0
    show_media(context, media)
    assert ready(qtbot, context).scan.model == "EAT_door"


def test_a_new_scan_is_shown_when_it_comes(
    qtbot: QtBot, context: Context, panel: ResultsPanel, media: str, gateway: Gateway
) -> None:
    save(gateway, media)
    save(gateway, media, model="EAT_door")
    show_media(context, media)
    ready(qtbot, context)
    panel.bar.tabs.setCurrentIndex(0)
    new = save(gateway, media, [(1.0, 2.0, 0.9)])
    context.bus.publish(Change(Topic.SCANS, frozenset([media]), new.id))
    qtbot.waitUntil(lambda: ready(qtbot, context).scan.id == new.id)
    assert tabs(panel) == ["EAT_door (4) [v1]", "LOGMEL (1) [v2]"]
    assert panel.bar.tabs.currentIndex() == 1


def test_results_of_an_old_database_are_shown_while_there_is_nothing_newer(
    qtbot: QtBot, context: Context, panel: ResultsPanel, media: str, gateway: Gateway
) -> None:
    save(gateway, media, [(1.0, 2.0, 0.9)], unstamped=True)
    show_media(context, media)
    assert ready(qtbot, context).scan.created is None
    assert tabs(panel) == ["LOGMEL (1)"]
    assert not panel.bar.pin.isEnabled()
    save(gateway, media)
    context.bus.publish(Change(Topic.SCANS, frozenset([media])))
    qtbot.waitUntil(lambda: tabs(panel) == ["LOGMEL (4) [v1]"])


def test_versions_are_kept_for_good_and_deleted(qtbot: QtBot, desk: Desk) -> None:
    context, panel, media, gateway, heard = desk.context, desk.panel, desk.media, desk.gateway, desk.heard
    old, new = save(gateway, media), save(gateway, media, [(1.0, 2.0, 0.9)])
    show_media(context, media)
    ready(qtbot, context)
    panel.bar.pin.trigger()
    settled(qtbot, context)
    assert gateway.scans.get(new.id).pinned
    assert panel.bar.pin.isChecked()
    assert entries(panel)[0].endswith(", kept for good)")
    panel.bar.pin.trigger()  # With the etag of the first answer.
    settled(qtbot, context)
    assert not gateway.scans.get(new.id).pinned
    panel.bar.delete.trigger()
    box = panel.findChild(QMessageBox)
    assert box is not None
    (delete,) = [button for button in box.buttons() if button.text() == "&Delete"]
    delete.click()
    assert ready(qtbot, context).scan.id == old.id
    settled(qtbot, context)
    assert [scan.id for scan in gateway.scans.versions(media=media)] == [old.id]
    assert not heard


def test_the_threshold_filters_live_and_is_that_of_the_version(
    qtbot: QtBot, context: Context, panel: ResultsPanel, media: str, gateway: Gateway
) -> None:
    save(gateway, media)
    save(gateway, media)
    show_media(context, media)
    ready(qtbot, context)
    panel.filters.slider.setValue(750)
    assert context.state.threshold == 0.75
    assert panel.filters.spin.value() == 0.75
    assert [one.score for one in panel.model.shown] == [0.9, 0.8]
    assert panel.summary.text() == "2 of 4 regions, 2 are on (0:16 in all)"
    context.state.set_threshold(0.65)  # Dragged in the timeline.
    assert panel.filters.slider.value() == 650
    assert panel.model.rowCount() == 3
    choose(panel, 1)
    assert context.state.threshold == 0.5
    choose(panel, 0)
    assert context.state.threshold == 0.65


def test_the_selection_goes_both_ways_and_is_kept_by_region(qtbot: QtBot, desk: Desk) -> None:
    context, panel, media, gateway, player = desk.context, desk.panel, desk.media, desk.gateway, desk.player
    save(gateway, media)
    show_media(context, media)
    ids = [region.id for region in ready(qtbot, context).regions]
    context.state.set_selection((ids[1], ids[3]))
    assert set(panel.table.selected_ids()) == {ids[1], ids[3]}
    assert not player.seeks
    panel.table.sortByColumn(Column.SCORE, Qt.SortOrder.DescendingOrder)
    assert set(panel.table.selected_ids()) == {ids[1], ids[3]}
    panel.filters.slider.setValue(850)
    assert context.state.selection == (ids[1],)  # The other is not shown, so that nothing is done to it.
    panel.filters.slider.setValue(0)
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    assert context.state.selection == (ids[3],)
    assert player.seeks == [60.0]


def test_keys_edit_the_selected_regions(qtbot: QtBot, desk: Desk) -> None:
    context, panel, media, gateway, heard = desk.context, desk.panel, desk.media, desk.gateway, desk.heard
    save(gateway, media)
    show_media(context, media)
    document = ready(qtbot, context)
    select(panel, 0, 1)
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete)
    assert [region.disabled for region in document.regions] == [True, True, False, False]
    assert panel.summary.text() == "4 of 4 regions, 2 are on (0:13 in all)"
    qtbot.keyClick(panel.table, Qt.Key.Key_Backspace)
    qtbot.keyClick(panel.table, Qt.Key.Key_N)
    assert len(document.negative_regions) == 2
    assert panel.model.data(panel.model.index(0, Column.STATE)) == "● on  ✗ negative"
    context.actions.action("results.merge").trigger()
    assert (document.regions[0].start, document.regions[0].end) == (10.0, 26.0)
    assert context.state.selection == (document.regions[0].id,)
    assert tuple(panel.table.selected_ids()) == context.state.selection
    qtbot.keyClick(panel.table, Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    assert len(document.regions) == 2
    assert tabs(panel) == ["LOGMEL (2) [v1]"]
    undo = context.actions.action("results.undo")
    assert undo.text() == "Undo delete region"
    for text in ("merge 2 regions", "mark 2 hard negatives", "enable 2 regions", "disable 2 regions"):
        undo.trigger()
        assert undo.text() == f"Undo {text}"
    undo.trigger()
    assert not undo.isEnabled()
    assert context.actions.action("results.redo").text() == "Redo disable 2 regions"
    settled(qtbot, context)
    assert [one.disabled for one in gateway.scans.regions(document.scan.id)] == [False] * 4
    assert not heard


def test_times_are_edited_in_the_table(qtbot: QtBot, desk: Desk) -> None:
    context, panel, media, gateway, player = desk.context, desk.panel, desk.media, desk.gateway, desk.player
    save(gateway, media)
    show_media(context, media)
    document = ready(qtbot, context)
    index = panel.model.index(1, Column.START)
    panel.table.setCurrentIndex(index)
    panel.table.edit(index)
    editor = panel.table.findChild(QLineEdit)
    assert editor is not None
    assert editor.accessibleName()
    editor.setText("0:21.5")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: document.regions[1].start == 21.5)
    assert panel.model.data(panel.model.index(1, Column.STATE)) == "● on  ↔ resized"
    assert context.actions.action("results.undo").text() == "Undo resize"
    assert not player.ranges
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_Return)
    assert player.ranges == [(21.5, 26.0)]
    panel.filters.spin.setFocus()
    qtbot.keyClick(panel.filters.spin, Qt.Key.Key_Return)
    assert len(player.ranges) == 1
    settled(qtbot, context)
    assert gateway.scans.regions(document.scan.id)[1].start == 21.5


def test_what_is_shown_stays_while_the_services_are_away(qtbot: QtBot, desk: Desk) -> None:
    context, panel, media, gateway, link, heard = (
        desk.context,
        desk.panel,
        desk.media,
        desk.gateway,
        desk.link,
        desk.heard,
    )
    save(gateway, media)
    show_media(context, media)
    ready(qtbot, context)
    link.error = UnavailableError("The Store cannot be reached.")
    context.bus.publish(Change(Topic.SCANS))
    settled(qtbot, context)
    qtbot.wait(20)
    assert panel.model.rowCount() == 4
    assert not heard
    link.error = None
    new = save(gateway, media, [(1.0, 2.0, 0.9)])
    context.bus.publish(Change(Topic.CONNECTION))
    qtbot.waitUntil(lambda: ready(qtbot, context).scan.id == new.id)


def test_a_version_that_cannot_be_read_says_why_until_it_can(qtbot: QtBot, desk: Desk) -> None:
    old, _ = save(desk.gateway, desk.media, [(1.0, 2.0, 0.9)]), save(desk.gateway, desk.media)
    show_media(desk.context, desk.media)
    ready(qtbot, desk.context)
    desk.link.error = UnavailableError("The Store cannot be reached.")
    choose(desk.panel, 1)
    qtbot.waitUntil(lambda: desk.panel.message.text() == "The Store cannot be reached.")
    assert desk.panel.bar.isVisible()
    desk.link.error = None
    desk.context.bus.publish(Change(Topic.CONNECTION))
    assert ready(qtbot, desk.context).scan.id == old.id
    assert desk.panel.model.rowCount() == 1
    assert not desk.panel.message.isVisible()
    assert not desk.heard


def test_n_without_a_selection_does_nothing(qtbot: QtBot, desk: Desk) -> None:
    save(desk.gateway, desk.media)
    show_media(desk.context, desk.media)
    document = ready(qtbot, desk.context)
    qtbot.keyClick(desk.panel.table, Qt.Key.Key_N)
    assert not document.undo.count()
    assert desk.context.actions.action("results.negative").isEnabled()


def test_another_profile_starts_anew(qtbot: QtBot, desk: Desk) -> None:
    context, panel, media, gateway, link = desk.context, desk.panel, desk.media, desk.gateway, desk.link
    save(gateway, media)
    show_media(context, media)
    ready(qtbot, context)
    link.profile = "default"
    context.bus.publish(Change(Topic.PROFILE))
    assert context.state.document is None
    qtbot.waitUntil(lambda: panel.message.text().startswith("This file has not been scanned yet"))


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_control_has_a_name(context: Context, panel: ResultsPanel, mode: str) -> None:
    context.theme.set_mode(mode)
    for widget in (
        panel.bar.tabs,
        panel.bar.selector,
        panel.filters.slider,
        panel.filters.spin,
        panel.filters.states,
        panel.table,
        panel.comparison.other,
        panel.comparison.table,
    ):
        assert widget.accessibleName()


def test_the_focus_alone_moves_nothing(
    qtbot: QtBot, context: Context, *, panel: ResultsPanel, media: str, gateway: Gateway, player: NotedPlayer
) -> None:
    save(gateway, media, [(10.0, 12.0, 0.9), (20.0, 22.0, 0.8)])
    save(gateway, media, [(10.0, 12.0, 0.9), (30.0, 32.0, 0.8)])
    show_media(context, media)
    ready(qtbot, context)
    context.actions.action("results.compare").setChecked(True)
    qtbot.waitUntil(lambda: panel.comparison.model.rowCount() > 0)
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    for table in (panel.table, panel.comparison.table):
        table.setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.waitUntil(table.hasFocus)
        assert player.seeks == []
        assert context.state.selection == ()
    qtbot.keyClick(panel.table, Qt.Key.Key_Down)
    assert len(player.seeks) == 1


def test_the_state_has_room(panel: ResultsPanel) -> None:
    header = panel.table.horizontalHeader()
    assert header is not None
    panel.resize(round(66 * panel.fontMetrics().averageCharWidth()), 640)  # As wide as its dock is at first.
    room = panel.width() - 30 - sum(header.sectionSize(column) for column in Column if column != Column.STATE)
    assert room >= panel.fontMetrics().horizontalAdvance("● on  ✗ negative")

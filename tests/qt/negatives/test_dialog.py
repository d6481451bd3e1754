"""The dialog of hard negatives on a real Store."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from eightcut_client.errors import UnavailableError
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.negatives import install
from eightcut_qt.negatives.dialog import NegativesDialog
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QMessageBox, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.qt.negatives.conftest import Marks, Shown
from tests.qt.world import FixedServices, Heard

Open = Callable[[], NegativesDialog]


def places(dialog: NegativesDialog) -> list[float]:
    return sorted(one.start for one in dialog.keeper.model.shown)


def choose(dialog: NegativesDialog, source: str | None) -> None:
    """Choose a source model as a person does."""
    dialog.source.setCurrentIndex(dialog.source.findData(source))
    dialog.source.activated.emit(dialog.source.currentIndex())


def answer(dialog: NegativesDialog, qtbot: QtBot, word: str) -> str:
    """Clear, answer the question, and return it."""
    dialog.clear_button.click()
    qtbot.waitUntil(lambda: bool(questions(dialog)))
    (question,) = questions(dialog)
    text = question.text()
    buttons = {button.text().replace("&", ""): button for button in question.buttons()}
    buttons[word].click()
    return text


def questions(dialog: NegativesDialog) -> list[QMessageBox]:
    return [found for found in dialog.findChildren(QMessageBox) if found.isVisible()]


def test_it_shows_what_the_store_has(mark: Marks, dialog: Open) -> None:
    mark("kitchen.mp4", 1.0, 65.4, model="LOGMEL_door")
    mark("garden.mp4", 3.0, model="")
    shown = dialog()
    assert shown.summary.text() == "3 hard negatives, in 2 files"
    assert [shown.source.itemText(row) for row in range(shown.source.count())] == ["Any", "A person", "LOGMEL_door"]


def test_filters_narrow_it_and_the_summary_says_so(mark: Marks, dialog: Open, qtbot: QtBot) -> None:
    mark("kitchen.mp4", 1.0, 2.0, model="LOGMEL_door")
    mark("garden.mp4", 3.0)
    shown = dialog()
    choose(shown, "LOGMEL_door")
    assert shown.summary.text() == "2 of 3 hard negatives, in 1 file"
    choose(shown, None)
    qtbot.keyClicks(shown.text, "GARD")
    assert places(shown) == [3.0]


def test_delete_never_touches_what_the_filter_hides(mark: Marks, dialog: Open, qtbot: QtBot) -> None:
    mark("kitchen.mp4", 1.0, 2.0)
    mark("garden.mp4", 3.0)
    shown = dialog()
    shown.table.selectAll()
    shown.text.setText("kitchen")
    shown.delete()
    assert places(shown) == []
    qtbot.waitUntil(lambda: mark.there() == [("garden.mp4", 3.0, "LOGMEL")])
    shown.text.clear()
    assert places(shown) == [3.0]


def test_deletions_are_undone_and_redone(mark: Marks, dialog: Open, qtbot: QtBot) -> None:
    made = mark("kitchen.mp4", 1.0, 2.0, model="LOGMEL_door")
    shown = dialog()
    shown.table.selectAll()
    shown.delete()
    shown.keeper.undo.undo()
    assert places(shown) == [1.0, 2.0]
    shown.keeper.undo.redo()
    shown.keeper.undo.undo()
    assert places(shown) == [1.0, 2.0]
    with qtbot.waitSignal(shown.keeper.loaded):
        pass
    assert mark.there() == [("kitchen.mp4", 1.0, "LOGMEL_door"), ("kitchen.mp4", 2.0, "LOGMEL_door")]
    assert {one.id for one in shown.keeper.model.shown}.isdisjoint(one.id for one in made)
    shown.keeper.undo.redo()
    qtbot.waitUntil(lambda: mark.there() == [])


def test_clear_all_asks_first_and_respects_the_filter(mark: Marks, dialog: Open, qtbot: QtBot) -> None:
    mark("kitchen.mp4", 1.0, 2.0, model="LOGMEL_door")
    mark("kitchen.mp4", 9.0)
    mark("garden.mp4", 3.0, model="LOGMEL_door")
    shown = dialog()
    choose(shown, "LOGMEL_door")
    shown.text.setText("kitchen")
    expected = "Delete the 2 hard negatives that LOGMEL_door brought and whose file or model contains “kitchen”?"
    assert answer(shown, qtbot, "Keep Them") == expected
    assert places(shown) == [1.0, 2.0]
    qtbot.waitUntil(lambda: not questions(shown))
    assert answer(shown, qtbot, "Delete") == expected
    qtbot.waitUntil(lambda: mark.there() == [("garden.mp4", 3.0, "LOGMEL_door"), ("kitchen.mp4", 9.0, "LOGMEL")])


def test_the_question_counts_what_is_there_at_that_moment(mark: Marks, dialog: Open, qtbot: QtBot) -> None:
    mark("kitchen.mp4", 1.0)
    shown = dialog()
    mark("kitchen.mp4", 2.0)
    assert answer(shown, qtbot, "Keep Them") == "Delete all 2 hard negatives of this profile?"
    assert places(shown) == [1.0, 2.0]


def test_what_is_added_while_the_question_stands_is_not_lost(mark: Marks, dialog: Open, qtbot: QtBot) -> None:
    mark("kitchen.mp4", 1.0)
    shown = dialog()
    shown.clear_button.click()
    qtbot.waitUntil(lambda: bool(questions(shown)))
    mark("kitchen.mp4", 2.0)
    (question,) = questions(shown)
    next(button for button in question.buttons() if "Delete" in button.text()).click()
    qtbot.waitUntil(lambda: mark.there() == [("kitchen.mp4", 2.0, "LOGMEL")])
    qtbot.waitUntil(lambda: places(shown) == [2.0])


def test_it_follows_what_others_change(mark: Marks, dialog: Open, context: Context, qtbot: QtBot) -> None:
    mark("kitchen.mp4", 1.0)
    shown = dialog()
    mark("kitchen.mp4", 2.0)
    with qtbot.waitSignal(shown.keeper.loaded):
        context.bus.publish(Change(Topic.NEGATIVES))
    assert places(shown) == [1.0, 2.0]


def test_hidden_it_reads_nothing_until_it_is_shown_again(
    mark: Marks, dialog: Open, context: Context, qtbot: QtBot
) -> None:
    mark("kitchen.mp4", 1.0)
    shown = dialog()
    shown.close()
    mark("kitchen.mp4", 2.0)
    with qtbot.assertNotEmitted(shown.keeper.loaded, wait=50):
        context.bus.publish(Change(Topic.NEGATIVES))
    with qtbot.waitSignal(shown.keeper.loaded):
        shown.present()
    assert places(shown) == [1.0, 2.0]


def test_what_another_window_deleted_already_is_no_failure(
    mark: Marks, dialog: Open, qtbot: QtBot, heard: Heard
) -> None:
    first, _second = mark("kitchen.mp4", 1.0, 2.0)
    shown = dialog()
    mark.gateway.negatives.delete([first.id])
    shown.table.selectAll()
    shown.delete()
    qtbot.waitUntil(lambda: mark.there() == [])
    assert heard.errors() == []


def test_without_services_what_was_deleted_comes_back(
    mark: Marks, dialog: Open, qtbot: QtBot, heard: Heard, link: FixedServices
) -> None:
    mark("kitchen.mp4", 1.0)
    shown = dialog()
    link.error = UnavailableError("Cannot reach the Store.")
    shown.table.selectAll()
    shown.delete()
    assert places(shown) == []
    qtbot.waitUntil(lambda: bool(heard.errors()))
    assert heard.errors() == ["The hard negatives could not be deleted: Cannot reach the Store."]
    assert places(shown) == [1.0]
    assert not shown.keeper.undo.canUndo()


def test_it_plays_eight_seconds(mark: Marks, dialog: Open, shown: Shown, qtbot: QtBot) -> None:
    (made,) = mark("kitchen.mp4", 30.0)
    found = dialog()
    found.table.selectRow(0)
    qtbot.keyClick(found.table, Qt.Key.Key_Return)
    assert shown.asked == [(made.media, 30.0, (30.0, 38.0))]


def test_keys_delete_and_undo(mark: Marks, dialog: Open, qtbot: QtBot) -> None:
    mark("kitchen.mp4", 1.0)
    found = dialog()
    found.table.selectRow(0)
    qtbot.keyClick(found.table, Qt.Key.Key_Delete)
    assert places(found) == []
    qtbot.keyClick(found.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert places(found) == [1.0]


def test_another_profile_forgets_what_could_be_undone(
    mark: Marks, dialog: Open, qtbot: QtBot, context: Context
) -> None:
    mark("kitchen.mp4", 1.0)
    found = dialog()
    found.table.selectAll()
    found.delete()
    assert found.keeper.undo.canUndo()
    context.bus.publish(Change(Topic.PROFILE))
    assert not found.keeper.undo.canUndo()
    qtbot.waitUntil(lambda: mark.there() == [])


def test_five_thousand_rows(mark: Marks, dialog: Open) -> None:
    mark("kitchen.mp4", *(float(number) for number in range(5000)))
    found = dialog()
    assert found.summary.text() == "5,000 hard negatives, in 1 file"
    found.table.selectAll()
    assert len(found.table.selected()) == 5000


@pytest.mark.usefixtures("mark")
def test_the_action_opens_one_dialog(context: Context, qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    install(context, window)
    for _ in range(2):
        context.actions.action("negatives.open").trigger()
    (found,) = window.findChildren(NegativesDialog)
    assert found.isVisible()
    assert all(button.text() or button.accessibleName() for button in found.findChildren(QPushButton))
    assert QApplication.activeModalWidget() is None
    found.close()

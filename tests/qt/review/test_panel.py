"""The review panel: keys, words, focus."""

from __future__ import annotations

import pytest
from eightcut_qt.core.context import Context
from eightcut_qt.review.card import Card
from eightcut_qt.review.items import Verdict
from eightcut_qt.review.panel import ReviewPanel
from eightcut_qt.review.session import Stage
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.qt.review.conftest import Heard, Shown


@pytest.fixture
def panel(qtbot: QtBot, context: Context, shown: Shown, player: Heard) -> ReviewPanel:
    made = ReviewPanel(context)
    qtbot.addWidget(made)
    context.actions.install(made)
    made.resize(520, 420)
    made.show()
    made.activateWindow()
    qtbot.waitExposed(made)
    return made


def texts(panel: ReviewPanel) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisible())


def begin(qtbot: QtBot, context: Context, panel: ReviewPanel) -> Card:
    context.settings.update("review", all_files=True)
    panel._all.setChecked(True)
    context.actions.action("review.start").trigger()
    qtbot.waitUntil(lambda: panel.session.stage is Stage.JUDGING and not panel.session.looking)
    return panel._card


def test_keys_judge_and_the_panel_says_how_far_one_is(qtbot: QtBot, context: Context, panel: ReviewPanel) -> None:
    card = begin(qtbot, context, panel)
    qtbot.waitUntil(card.hasFocus)
    assert "1 of 3" in texts(panel)
    current = panel.session.current
    assert current is not None
    assert current.filename in texts(panel)
    assert f"{current.region.score:.2f}" in texts(panel)
    qtbot.keyClick(card, Qt.Key.Key_X)
    assert "2 of 3, 1 wrong" in texts(panel)
    qtbot.keyClick(card, Qt.Key.Key_Backspace)
    assert "1 of 3" in texts(panel)
    assert "wrong" not in texts(panel)
    qtbot.keyClick(card, Qt.Key.Key_Y)
    qtbot.keyClick(card, Qt.Key.Key_S)
    qtbot.keyClick(card, Qt.Key.Key_X)
    assert panel.session.queue.counts() == {Verdict.RIGHT: 1, Verdict.SKIPPED: 1, Verdict.WRONG: 1}
    assert "1 right, 1 wrong, 1 skipped." in texts(panel)
    assert panel._train.isVisible()


def test_space_plays_again_while_the_card_has_the_focus(
    qtbot: QtBot, context: Context, panel: ReviewPanel, shown: Shown
) -> None:
    card = begin(qtbot, context, panel)
    qtbot.waitUntil(card.hasFocus)
    before = len(shown.calls)
    qtbot.keyClick(card, Qt.Key.Key_Space)
    assert shown.calls[before:] == [shown.calls[before - 1]]


def test_keys_mean_nothing_elsewhere(qtbot: QtBot, context: Context, panel: ReviewPanel) -> None:
    begin(qtbot, context, panel)
    panel._begin.setFocus()
    qtbot.keyClick(panel._begin, Qt.Key.Key_X)
    assert panel.session.queue.said == 0
    assert "Click here" in texts(panel)


def test_buttons_do_what_keys_do_and_leave_the_focus_to_the_card(
    qtbot: QtBot, context: Context, panel: ReviewPanel
) -> None:
    card = begin(qtbot, context, panel)
    wrong = next(button for button in card.findChildren(QPushButton) if "(X)" in button.text())
    panel._begin.setFocus()
    qtbot.mouseClick(wrong, Qt.MouseButton.LeftButton)
    assert panel.session.queue.said == 1
    qtbot.waitUntil(card.hasFocus)


def test_the_same_action_ends_it_and_what_was_said_stays(qtbot: QtBot, context: Context, panel: ReviewPanel) -> None:
    card = begin(qtbot, context, panel)
    qtbot.keyClick(card, Qt.Key.Key_Y)
    context.actions.action("review.start").trigger()
    assert panel.session.stage is Stage.OVER
    assert "1 right" in texts(panel)
    assert not context.actions.action("review.right").isEnabled()
    context.actions.action("review.undo").trigger()
    assert panel.session.stage is Stage.JUDGING


def test_a_file_that_is_nowhere_is_said_on_the_card(
    qtbot: QtBot, context: Context, panel: ReviewPanel, shown: Shown
) -> None:
    begin(qtbot, context, panel)
    assert panel.session.current is not None
    shown.not_found.emit(panel.session.current.scan.media)
    assert "not found" in texts(panel)


def test_the_choices_are_kept(context: Context, panel: ReviewPanel) -> None:
    panel._order.setCurrentIndex(1)
    panel._all.setChecked(True)
    assert context.settings.value.review.order == "uncertainty"
    assert context.settings.value.review.all_files


def test_everything_has_a_name(panel: ReviewPanel) -> None:
    for widget in panel.findChildren(QWidget):
        if isinstance(widget, QComboBox | Card):
            assert widget.accessibleName()
        if isinstance(widget, QPushButton):
            assert widget.text()

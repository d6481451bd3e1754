"""Actions, their keys, and who gets a key."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from eightcut_qt.core.actions import ActionError, Actions, ActionSpec
from eightcut_qt.core.keys import PanelKeys
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication, QLineEdit, QPushButton, QSlider, QTableWidget, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

NEXT = ActionSpec("playlist.next", "Next file", ("N",))
PLAY = ActionSpec("playback.play", "Play", ("Space", "P"))
STEP = ActionSpec("playback.step", "Step", ("Right",), repeats=True)
NEGATIVE = ActionSpec("results.negative", "Hard negative", ("N",), panel="results", shadows="playlist.next")
PLAY_REGION = ActionSpec("results.play", "Play", ("Return",), panel="results")
DISABLE = ActionSpec("results.disable", "Disable", ("Del", "Backspace"), panel="results")
SPECS = (NEXT, PLAY, STEP, NEGATIVE, PLAY_REGION, DISABLE)


@pytest.mark.parametrize(
    ("specs", "words"),
    [
        ((NEXT, ActionSpec("a.b", "Other", ("n",))), ("N", "Next file", "Other")),
        ((NEXT, NEXT), ("playlist.next", "twice")),
        ((NEXT, ActionSpec("r.n", "Negative", ("N",), panel="results")), ("N", "results", "window")),
        ((ActionSpec("a.b", "Odd", ("Nonsense",)),), ("Nonsense", "Odd")),
        ((DISABLE, ActionSpec("r.d", "Again", ("Delete",), panel="results")), ("Del", "Disable", "Again")),
    ],
)
def test_keys_that_mean_two_things_are_an_error(qapp: object, specs: tuple[ActionSpec, ...], words: list[str]) -> None:
    with pytest.raises(ActionError) as caught:
        Actions(specs)
    for word in words:
        assert word in str(caught.value)


def test_own_keys_replace_the_default_and_are_checked(qapp: object) -> None:
    actions = Actions(SPECS, {"playback.play": ["Ctrl+P"], "gone.long.ago": ["X"]})
    assert actions.keys("playback.play") == ("Ctrl+P",)
    assert actions.action("playback.play").shortcut() == QKeySequence("Ctrl+P")
    with pytest.raises(ActionError):
        actions.set_keys({"playback.play": ["N"]})
    assert actions.keys("playback.play") == ("Ctrl+P",)
    actions.set_keys({})
    assert actions.keys("playback.play") == ("Space", "P")
    assert [key.toString() for key in actions.action("playback.play").shortcuts()] == ["Space", "P"]


def test_an_action_that_nobody_bound_is_off(qapp: object) -> None:
    actions = Actions(SPECS)
    assert not actions.action("playlist.next").isEnabled()
    assert actions.bind("playlist.next", lambda: None).isEnabled()


class Window:
    """A window with a table in a panel, a text field, a button and a slider, and what was done in it."""

    def __init__(self, application: QApplication, qtbot: QtBot) -> None:
        self.done: list[str] = []
        self.actions = Actions(SPECS)
        self.widget = QWidget()
        qtbot.addWidget(self.widget)
        self.panel = QWidget()
        self.table = QTableWidget(3, 2)
        self.field, self.button, self.slider = QLineEdit(), QPushButton("Press"), QSlider(Qt.Orientation.Horizontal)
        self.other = QTableWidget(2, 2)
        inner, outer = QVBoxLayout(self.panel), QVBoxLayout(self.widget)
        inner.addWidget(self.table)
        inner.addWidget(self.field)
        for widget in (self.panel, self.button, self.slider, self.other):
            outer.addWidget(widget)
        self.button.clicked.connect(lambda: self.done.append("button"))
        for spec in SPECS:
            self.actions.bind(spec.id, lambda id_=spec.id: self.done.append(id_))
        self.actions.install(self.widget)
        self.keys = PanelKeys(self.actions, application)
        self.keys.watch(self.panel, "results")
        self.widget.show()
        self.widget.activateWindow()
        qtbot.waitUntil(self.widget.isActiveWindow)

    def press(self, widget: QWidget, key: Qt.Key) -> list[str]:
        widget.setFocus()
        self.done.clear()
        QTest.keyClick(widget, key)
        return list(self.done)


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot) -> Iterator[Window]:
    made = Window(qapp, qtbot)
    yield made
    qapp.removeEventFilter(made.keys)


def test_a_panels_key_goes_before_the_windows_while_it_has_the_focus(window: Window) -> None:
    assert window.press(window.table, Qt.Key.Key_N) == ["results.negative"]
    assert window.press(window.other, Qt.Key.Key_N) == ["playlist.next"]
    assert window.press(window.table, Qt.Key.Key_P) == ["playback.play"]
    assert window.press(window.table, Qt.Key.Key_Delete) == ["results.disable"]
    assert window.press(window.other, Qt.Key.Key_Delete) == []


def test_letters_stay_in_text_fields(window: Window) -> None:
    assert window.press(window.field, Qt.Key.Key_N) == []
    assert window.press(window.field, Qt.Key.Key_P) == []
    assert window.press(window.field, Qt.Key.Key_Backspace) == []
    assert window.field.text() == "n"


def test_return_in_a_text_field_is_not_the_panels(window: Window) -> None:
    assert window.press(window.field, Qt.Key.Key_Return) == []
    assert window.press(window.table, Qt.Key.Key_Return) == ["results.play"]


def test_widgets_keep_the_keys_that_they_live_by(window: Window) -> None:
    assert window.press(window.button, Qt.Key.Key_Space) == ["button"]
    window.slider.setValue(5)
    assert window.press(window.slider, Qt.Key.Key_Right) == []
    assert window.slider.value() == 6
    assert window.press(window.other, Qt.Key.Key_Right) == ["playback.step"]
    assert window.press(window.table, Qt.Key.Key_Space) == ["playback.play"]


def test_a_panel_that_is_gone_has_no_keys(window: Window, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.panel.destroyed):
        window.panel.deleteLater()
    assert window.press(window.other, Qt.Key.Key_N) == ["playlist.next"]


def test_tooltips_tell_the_key(qapp: object) -> None:
    actions = Actions(SPECS)
    assert actions.action("playlist.next").toolTip() == "Next file (N)"
    assert actions.action("results.disable").text() == "Disable\tDel"

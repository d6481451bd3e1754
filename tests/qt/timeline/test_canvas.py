"""The canvas under the mouse."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from eightcut_qt.timeline.canvas import TimelineView
from eightcut_qt.timeline.marks import ClipMarks, Curve
from PyQt6.QtCore import QEvent, QPoint, QPointF, Qt
from PyQt6.QtGui import QMouseEvent, QWheelEvent
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.qt.timeline.scenes import clip, marks, region

NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier
ALT = Qt.KeyboardModifier.AltModifier
LEFT = Qt.MouseButton.LeftButton


class Hand:
    """Moves the mouse over a canvas of 1,000 pixels and 100 seconds, and hears what the canvas says."""

    def __init__(self, canvas: TimelineView) -> None:
        self.canvas = canvas
        self.heard: list[tuple[Any, ...]] = []
        for name in ("seek_requested", "selection_requested", "region_activated", "region_resized", "clip_moved"):
            getattr(canvas, name).connect(lambda *values, name=name: self.heard.append((name, *values)))
        canvas.threshold_set.connect(lambda value: self.heard.append(("threshold_set", value)))

    def said(self, name: str) -> list[Any]:
        return [values[0] if len(values) == 1 else tuple(values) for said, *values in self.heard if said == name]

    def press(self, x: float, y: float, modifiers: Qt.KeyboardModifier = NONE, button: Qt.MouseButton = LEFT) -> None:
        self._send(QEvent.Type.MouseButtonPress, x, y, modifiers, button)

    def move(self, x: float, y: float, modifiers: Qt.KeyboardModifier = NONE) -> None:
        self._send(QEvent.Type.MouseMove, x, y, modifiers, LEFT)

    def release(self, x: float, y: float, modifiers: Qt.KeyboardModifier = NONE) -> None:
        self._send(QEvent.Type.MouseButtonRelease, x, y, modifiers, LEFT)

    def drag(self, start: QPoint, end: QPoint, modifiers: Qt.KeyboardModifier = NONE) -> None:
        self.press(start.x(), start.y(), modifiers)
        for share in (0.3, 0.6, 1.0):
            between = QPointF(start) + (QPointF(end) - QPointF(start)) * share
            self.move(between.x(), between.y(), modifiers)
        self.release(end.x(), end.y(), modifiers)

    def double_click(self, x: float, y: float) -> None:
        self.press(x, y)
        self.release(x, y)
        self._send(QEvent.Type.MouseButtonDblClick, x, y, NONE, LEFT)
        self.release(x, y)

    def wheel(self, x: float, notches: float, modifiers: Qt.KeyboardModifier = NONE) -> None:
        at = QPointF(x, 100)
        event = QWheelEvent(
            at,
            self.canvas.mapToGlobal(at),
            QPoint(),
            QPoint(0, round(120 * notches)),
            Qt.MouseButton.NoButton,
            modifiers,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(self.canvas, event)

    def _send(
        self, kind: QEvent.Type, x: float, y: float, modifiers: Qt.KeyboardModifier, button: Qt.MouseButton
    ) -> None:
        at = QPointF(x, y)
        QApplication.sendEvent(
            self.canvas, QMouseEvent(kind, at, self.canvas.mapToGlobal(at), button, button, modifiers)
        )

    def region_at(self, seconds: float) -> QPoint:
        return QPoint(round(seconds * 10), self.canvas.lanes.regions.top + 12)

    def clip_at(self, seconds: float) -> QPoint:
        return QPoint(round(seconds * 10), self.canvas.lanes.clips.top + 5)

    def sound_at(self, seconds: float) -> QPoint:
        return QPoint(round(seconds * 10), self.canvas.lanes.waveform.top + 5)


@pytest.fixture
def hand(qtbot: QtBot) -> Hand:
    canvas = TimelineView()
    qtbot.addWidget(canvas)
    canvas.resize(1000, 400)
    canvas.set_duration(100.0, anew=True)
    canvas.set_regions(marks(region("a", 10, 20), region("b", 30, 40, 0.3), region("c", 50, 58), region("d", 92, 100)))
    canvas.set_clips(ClipMarks.of([clip("k", 70)]))
    canvas.set_curves(Curve.of(np.full(93, 0.5, np.float32), 8.0, 1.0), None)
    canvas.set_threshold(0.2)
    canvas.show()
    qtbot.waitExposed(canvas)
    return Hand(canvas)


def test_a_click_seeks_and_a_drag_scrubs(hand: Hand) -> None:
    hand.drag(hand.sound_at(25), hand.sound_at(45))
    assert hand.said("seek_requested") == pytest.approx([25.0, 31.0, 37.0, 45.0])
    assert hand.canvas.position == 45.0


def test_a_drag_beyond_the_edges_stays_in_the_media(hand: Hand) -> None:
    hand.press(50, 100)
    hand.move(-500, 100)
    hand.move(5000, 100)
    hand.release(5000, 100)
    assert hand.said("seek_requested") == [5.0, 0.0, 100.0]


@pytest.mark.parametrize("start", [10.0, 20.0, 15.0, 70.0])
def test_a_plain_drag_never_edits(hand: Hand, start: float) -> None:
    before = hand.canvas.scene.regions.start.tolist(), hand.canvas.scene.clips.start.tolist()
    for place in (hand.region_at(start), hand.clip_at(start)):
        hand.drag(place, place + QPoint(83, 0))
    assert not hand.said("region_resized")
    assert not hand.said("clip_moved")
    assert (hand.canvas.scene.regions.start.tolist(), hand.canvas.scene.clips.start.tolist()) == before


def test_an_edge_follows_a_drag_with_shift(hand: Hand) -> None:
    hand.drag(hand.region_at(20), hand.region_at(24.5), SHIFT)
    hand.drag(hand.region_at(50), hand.region_at(47), SHIFT)
    assert hand.said("region_resized") == [("a", 10.0, 24.5), ("c", 47.0, 58.0)]
    assert hand.canvas.scene.regions.end[0] == 24.5  # Shown until the answer comes.
    assert not hand.said("seek_requested")


def test_a_region_has_half_a_second_at_least_and_stays_in_the_media(hand: Hand) -> None:
    hand.drag(hand.region_at(20), hand.region_at(5), SHIFT)
    hand.drag(hand.region_at(50), hand.region_at(90), SHIFT)
    hand.drag(QPoint(998, hand.region_at(1).y()), QPoint(3000, hand.region_at(1).y()), SHIFT)
    assert hand.said("region_resized") == [("a", 10.0, 10.5), ("c", 57.5, 58.0)]


def test_escape_cancels_every_drag(hand: Hand, qtbot: QtBot) -> None:
    canvas = hand.canvas
    lanes = canvas.lanes
    y = round(lanes.score_y(0.2))
    hand.canvas.set_position(3.0, playing=False)
    for start, end, modifiers in (
        (hand.region_at(20), hand.region_at(25), SHIFT),
        (hand.clip_at(72), hand.clip_at(85), ALT),
        (QPoint(500, y), QPoint(500, lanes.scores.top + 6), NONE),
        (hand.sound_at(20), hand.sound_at(30), NONE),
    ):
        hand.press(start.x(), start.y(), modifiers)
        hand.move(end.x(), end.y(), modifiers)
        qtbot.keyClick(canvas, Qt.Key.Key_Escape)
        hand.move(end.x() + 20, end.y(), modifiers)
        hand.release(end.x() + 20, end.y(), modifiers)
    assert not hand.said("region_resized") + hand.said("clip_moved") + hand.said("threshold_set")
    assert canvas.scene.regions.end[0] == 20
    assert canvas.scene.clips.start[0] == 70
    assert canvas.scene.threshold == 0.2
    assert hand.said("seek_requested")[-1] == canvas.position == 3.0


def test_regions_that_change_meanwhile_end_the_drag(hand: Hand) -> None:
    place = hand.region_at(20)
    hand.press(place.x(), place.y(), SHIFT)
    hand.move(place.x() + 50, place.y(), SHIFT)
    hand.canvas.set_regions(marks(region("z", 1, 2)))
    hand.release(place.x() + 50, place.y(), SHIFT)
    assert not hand.said("region_resized")
    assert hand.canvas.scene.regions.ids == ("z",)


def test_clicks_select(hand: Hand) -> None:
    def click(seconds: float, modifiers: Qt.KeyboardModifier = NONE) -> Any:
        place = hand.region_at(seconds)
        hand.press(place.x(), place.y(), modifiers)
        hand.release(place.x(), place.y(), modifiers)
        chosen = hand.said("selection_requested")[-1]
        hand.canvas.set_selection(frozenset(chosen))
        return chosen

    assert click(15) == ("a",)
    assert click(55, CONTROL) == ("a", "c")
    assert click(15, CONTROL) == ("c",)
    assert click(35) == ("b",)
    assert click(95, SHIFT) == ("b", "c", "d")
    hand.canvas.set_threshold(0.5)
    assert click(15) == ("a",)
    assert click(55, SHIFT) == ("a", "c")  # b is not shown.


def test_what_is_below_the_threshold_cannot_be_hit(hand: Hand) -> None:
    hand.canvas.set_threshold(0.5)
    place = hand.region_at(35)
    hand.press(place.x(), place.y())
    hand.release(place.x(), place.y())
    assert not hand.said("selection_requested")
    assert hand.said("seek_requested") == [35.0]


def test_a_double_click_plays(hand: Hand) -> None:
    hand.double_click(150, hand.region_at(15).y())
    assert hand.said("region_activated") == ["a"]
    hand.double_click(250, hand.region_at(25).y())
    assert hand.said("region_activated") == ["a"]


@pytest.mark.parametrize("modifiers", [ALT, SHIFT])
def test_a_clip_is_moved(hand: Hand, modifiers: Qt.KeyboardModifier) -> None:
    hand.drag(hand.clip_at(72), hand.clip_at(62), modifiers)
    assert hand.said("clip_moved") == [("k", pytest.approx(60.0))]
    hand.drag(hand.clip_at(62), hand.clip_at(99), modifiers)
    assert hand.said("clip_moved")[-1] == ("k", 92.0)  # Its end is the file's.


def test_the_threshold_is_told_when_it_is_let_go(hand: Hand) -> None:
    lanes = hand.canvas.lanes
    hand.press(500, lanes.score_y(0.2))
    hand.move(500, lanes.score_y(0.6))
    assert hand.canvas.scene.threshold == pytest.approx(0.6, abs=0.01)
    assert not hand.said("threshold_set")
    hand.release(500, lanes.score_y(0.6))
    assert hand.said("threshold_set") == [pytest.approx(0.6, abs=0.01)]


def test_the_wheel_zooms_at_the_mouse_and_pans(hand: Hand) -> None:
    before = hand.canvas.view.time(300)
    for _ in range(5):
        hand.wheel(300, 1, CONTROL)
    assert hand.canvas.view.time(300) == pytest.approx(before)
    assert hand.canvas.view.span == pytest.approx(100 / 1.25**5)
    start = hand.canvas.view.start
    hand.wheel(300, -1)
    assert hand.canvas.view.start == pytest.approx(start + 0.1 * hand.canvas.view.span)
    for _ in range(40):
        hand.wheel(300, -1, CONTROL)
    assert hand.canvas.view.is_whole


def test_the_middle_button_pans(hand: Hand) -> None:
    hand.canvas.zoom(10, 500)
    start = hand.canvas.view.start
    hand.press(500, 100, button=Qt.MouseButton.MiddleButton)
    hand.move(400, 100)
    hand.release(400, 100)
    assert hand.canvas.view.start == pytest.approx(start + 1.0)
    assert not hand.heard


def test_the_view_pages_while_playing_unless_one_looks_elsewhere(hand: Hand) -> None:
    canvas = hand.canvas
    canvas.set_view(canvas.view.fitted(0, 8, margin=0))
    canvas.set_position(7.9, playing=True)
    assert canvas.view.start == 0
    canvas.set_position(8.05, playing=True)
    assert canvas.view.start == pytest.approx(8.05 - 0.05 * canvas.view.span)
    canvas.set_view(canvas.view.at(60))
    canvas.set_position(8.5, playing=True)
    assert canvas.view.start == 60
    canvas.set_position(20.0, playing=True)  # A jump was wanted.
    assert canvas.view.shows(20.0)


def test_nothing_happens_without_a_file(qtbot: QtBot) -> None:
    canvas = TimelineView()
    qtbot.addWidget(canvas)
    canvas.resize(600, 300)
    canvas.show()
    hand = Hand(canvas)
    hand.drag(QPoint(10, 100), QPoint(50, 100))
    hand.drag(QPoint(10, 100), QPoint(50, 100), SHIFT)
    hand.wheel(20, 3, CONTROL)
    hand.double_click(10, 10)
    assert not hand.heard

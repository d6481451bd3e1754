"""What must be seen, at three zooms and in both themes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from eightcut_qt.core.theme import DARK, LIGHT, Colors
from eightcut_qt.timeline.canvas import TimelineView
from eightcut_qt.timeline.marks import ClipMarks, Curve, RegionMarks
from eightcut_qt.timeline.overlay import STRIPE
from eightcut_qt.timeline.palette import palette
from eightcut_qt.timeline.peaks import RATE
from eightcut_qt.timeline.raster import mixed, over, pixel
from PyQt6.QtCore import QEvent, QObject
from PyQt6.QtGui import QImage, QPaintEvent, QRegion
from pytestqt.qtbot import QtBot

from tests.qt.timeline.scenes import clip, marks, picture, region

SOUND = picture(np.concatenate([np.zeros(50 * RATE), np.random.default_rng(0).uniform(-0.9, 0.9, 50 * RATE)]))


@pytest.fixture
def canvas(qtbot: QtBot) -> TimelineView:
    made = TimelineView()
    qtbot.addWidget(made)
    made.resize(1000, 400)
    made.set_duration(100.0, anew=True)
    made.show()
    qtbot.waitExposed(made)
    return made


class Seen:
    """The pixels of a canvas."""

    def __init__(self, canvas: TimelineView) -> None:
        self.canvas = canvas
        self.image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)

    def at(self, seconds: float, y: float) -> int:
        return int(self.image.pixel(int(self.canvas.view.x(seconds)), int(y)))

    def column(self, seconds: float, top: int, bottom: int) -> list[int]:
        return [self.at(seconds, y) for y in range(top, bottom)]


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("span", [100.0, 60.0, 6.0])
def test_regions_are_seen_for_what_they_are(canvas: TimelineView, colors: Colors, span: float) -> None:
    canvas.set_colors(colors)
    canvas.set_regions(
        marks(
            region("good", 50.0, 51.0, 1.0),
            region("off", 51.5, 52.0, 1.0, disabled=True),
            region("wrong", 52.0, 53.0, 1.0),
            region("trimmed", 53.5, 54.0, 1.0, original=(53.0, 54.5)),
            region("weak", 49.0, 50.0, 0.1),
            negative=["wrong"],
        )
    )
    canvas.set_threshold(0.5)
    canvas.set_view(canvas.view.fitted(51.5 - span / 2, 51.5 + span / 2, margin=0))
    seen, lane, look = Seen(canvas), canvas.lanes.regions, palette(colors)
    assert seen.at(50.5, lane.top + 6) == look.region[255]
    assert {seen.at(51.6 + x / 100, lane.top + 8) for x in range(0, 35, 3)} <= {look.disabled, look.disabled_gap}
    assert seen.at(52.5, lane.bottom - 4) == look.negative
    assert seen.at(53.2, lane.bottom - 6) == look.ghost
    assert seen.at(54.25, lane.bottom - 6) == look.ghost
    assert seen.at(53.7, lane.top + 6) == look.region[255]
    assert seen.at(49.5, lane.bottom - 4) == look.faint[25]
    assert seen.at(49.5, lane.top + 4) in (look.background, look.grid)


def test_a_selected_region_is_outlined(canvas: TimelineView) -> None:
    canvas.set_regions(marks(region("a", 20, 30, 1.0)))
    look, lane = palette(canvas.scene.colors), canvas.lanes.regions
    assert look.selection not in Seen(canvas).column(20.0, lane.top, lane.bottom)
    canvas.set_selection(frozenset({"a"}))
    seen = Seen(canvas)
    assert seen.column(20.05, lane.top + 3, lane.bottom - 3) == [look.selection] * (lane.height - 6)
    assert seen.at(25, lane.top + 1) == look.selection
    assert seen.at(25, lane.top + 6) == look.region[255]


def test_the_best_region_lies_on_top(canvas: TimelineView) -> None:
    canvas.set_regions(marks(region("a", 20, 40, 0.5), region("b", 25, 30, 1.0), region("c", 24, 35, 0.2)))
    look, lane = palette(canvas.scene.colors), canvas.lanes.regions
    seen = Seen(canvas)
    assert seen.at(27, lane.bottom - 20) == look.region[255]
    assert seen.at(37, lane.bottom - 3) == seen.at(32, lane.bottom - 3) == look.region[127]


def test_the_threshold_line_is_where_the_threshold_is(canvas: TimelineView) -> None:
    canvas.set_curves(Curve.of(np.zeros(93, np.float32), 8.0, 1.0), None)
    for threshold in (0.25, 0.75):
        canvas.set_threshold(threshold)
        y = canvas.lanes.score_y(threshold)
        seen = Seen(canvas)
        line = pixel(canvas.scene.colors.threshold)
        near = {seen.at(10 + x / 10, round(y) + dy) for x in range(60) for dy in (-1, 0, 1)}
        far = {seen.at(10 + x / 10, canvas.lanes.score_y(1 - threshold)) for x in range(60)}
        assert min(distance(color, line) for color in near) < 60
        assert min(distance(color, line) for color in far) > 200


def test_the_curve_is_where_the_scores_are(canvas: TimelineView) -> None:
    scores = np.linspace(0, 1, 93).astype(np.float32)
    canvas.set_curves(Curve.of(scores, 8.0, 1.0), Curve.of(scores[::-1].copy(), 8.0, 1.0))
    seen, lanes, colors = Seen(canvas), canvas.lanes, canvas.scene.colors
    for time in (30.0, 70.0):
        score = (time - 4) / 92
        assert distance(seen.at(time, lanes.score_y(score)), pixel(colors.score)) < 90
        others = [seen.at(time + x / 10, lanes.score_y(1 - score) + dy) for x in range(-9, 10) for dy in (-1, 0, 1)]
        assert min(distance(color, pixel(colors.comparison)) for color in others) < 90
    assert seen.at(1.0, lanes.score_y(0.2)) in (palette(colors).background, palette(colors).grid)


def test_the_sound_is_seen(canvas: TimelineView) -> None:
    canvas.set_sound(SOUND, "")
    seen, lanes, look = Seen(canvas), canvas.lanes, palette(canvas.scene.colors)
    wave = [color == look.wave[255] for color in seen.column(75.3, lanes.waveform.top, lanes.waveform.bottom)]
    silence = [color == look.wave[255] for color in seen.column(25.3, lanes.waveform.top, lanes.waveform.bottom)]
    assert sum(wave) > 0.8 * lanes.waveform.height
    assert sum(silence) <= 2
    middle = lanes.spectrogram.top + lanes.spectrogram.height // 3
    assert distance(seen.at(75.3, middle), seen.at(25.3, middle)) > 150
    canvas.set_spectrogram(shown=False)
    assert canvas.lanes.waveform.height > lanes.waveform.height


@pytest.mark.parametrize("note", ["Open a file to see its sound here.", "This file has no audio."])
def test_an_empty_timeline_says_why(canvas: TimelineView, note: str) -> None:
    empty = Seen(canvas).image
    canvas.set_sound(None, note)
    assert Seen(canvas).image != empty


def test_clips_have_the_colours_of_their_folders(canvas: TimelineView) -> None:
    canvas.set_clips(ClipMarks.of([clip("a", 20, folder="door"), clip("b", 60, folder="dog")]))
    canvas.set_sound(SOUND, "")
    seen, lanes, colors = Seen(canvas), canvas.lanes, canvas.scene.colors
    for time, folder in ((20, "door"), (60, "dog")):
        assert seen.at(time + 0.1, lanes.clips.top + 4) == pixel(colors.folder_color(folder))
        body = pixel(mixed(colors.background, colors.folder_color(folder), 0.45))
        assert seen.at(time + 7, lanes.clips.bottom - 3) == body
        stem, beside = seen.at(time, lanes.waveform.top + 3), seen.at(time - 2, lanes.waveform.top + 3)
        assert stem != beside


def test_exported_clips_are_half_as_high_as_marked_ones(canvas: TimelineView) -> None:
    canvas.set_clips(ClipMarks.of([clip("a", 20), replace(clip("b", 60), scan_export=True)]))
    seen, lane = Seen(canvas), canvas.lanes.clips
    body = pixel(mixed(canvas.scene.colors.background, canvas.scene.colors.folder_color("door"), 0.45))
    for seconds, above in ((27.0, True), (67.0, False)):  # Beyond the text.
        assert seen.at(seconds, lane.bottom - 3) == body
        assert (seen.at(seconds, lane.top + 3) == body) == above


class Paints(QObject):
    """Remembers what a canvas painted."""

    def __init__(self, canvas: TimelineView) -> None:
        super().__init__(canvas)
        self.regions: list[QRegion] = []
        canvas.installEventFilter(self)

    def eventFilter(self, _watched: QObject | None, event: QEvent | None) -> bool:
        if isinstance(event, QPaintEvent):
            self.regions.append(QRegion(event.region()))
        return False

    def area(self) -> int:
        whole = QRegion()
        for each in self.regions:
            whole = whole.united(each)
        return sum(whole.intersected(QRegion(x, 0, 1, 400)).boundingRect().height() for x in range(1000))


@pytest.mark.parametrize("line", ["playhead", "cursor"])
def test_a_line_that_moves_paints_narrow_stripes_only(
    canvas: TimelineView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    canvas.set_sound(SOUND, "")
    canvas.grab()
    qtbot.wait(10)
    rendered: list[object] = []
    monkeypatch.setattr(canvas._layers, "render", lambda *values, **_: rendered.append(values))
    paints = Paints(canvas)
    if line == "playhead":
        canvas.set_position(50.0, playing=True)
    else:
        canvas.set_cursor(50.0)
    qtbot.waitUntil(lambda: bool(paints.regions))
    assert 0 < paints.area() <= 2 * (2 * STRIPE + 1) * 400
    assert not rendered


def test_the_playhead_leaves_no_trace(canvas: TimelineView, qtbot: QtBot) -> None:
    canvas.set_sound(SOUND, "")
    canvas.set_regions(marks(region("a", 40, 60)))
    canvas.set_cursor(99.0)
    before = Seen(canvas).image
    paints = Paints(canvas)
    for time in (45.0, 45.33, 51.71, 0.0):
        count = len(paints.regions)
        canvas.set_position(time, playing=True)
        qtbot.waitUntil(lambda count=count: len(paints.regions) > count)  # type: ignore[misc]
    assert Seen(canvas).image == before


def test_only_what_changed_is_drawn_and_it_is_the_same_as_all_of_it(canvas: TimelineView, qtbot: QtBot) -> None:
    changes: list[Callable[[TimelineView], object]] = [
        lambda it: it.set_sound(SOUND, ""),
        lambda it: it.set_regions(RegionMarks.of([region("a", 20, 30), region("b", 50, 70, 0.4)], ["b"])),
        lambda it: it.set_clips(ClipMarks.of([clip("a", 20, label="bang")])),
        lambda it: it.set_curves(Curve.of(np.linspace(0, 1, 93).astype(np.float32), 8.0, 1.0), None),
        lambda it: it.set_threshold(0.6),
        lambda it: it.set_selection(frozenset({"a"})),
        lambda it: it.set_clips(ClipMarks.of([])),
    ]
    fresh = TimelineView()
    qtbot.addWidget(fresh)
    fresh.resize(canvas.size())
    fresh.set_duration(100.0, anew=True)
    for change in changes:
        change(canvas)
        canvas.grab()  # Step by step here, all at once there.
        change(fresh)
    canvas.clearFocus()
    assert Seen(canvas).image == Seen(fresh).image


def test_colours_are_laid_over_others() -> None:
    under = np.array([0xFF000000, 0xFFFFFFFF, 0xFF204060], np.uint32)
    assert over(under, np.uint32(0xFF80FF01), 255).tolist() == pytest.approx([0xFF80FF01] * 3, abs=0x20202)
    np.testing.assert_array_equal(over(under, np.uint32(0xFF80FF01), 0) & 0xF0F0F0, under & 0xF0F0F0)
    half = over(under, np.uint32(0xFFFF0000), 128)
    assert distance(int(half[0]), 0xFF800000) < 6


def distance(one: int, other: int) -> int:
    return sum(abs((one >> shift & 0xFF) - (other >> shift & 0xFF)) for shift in (0, 8, 16))

"""The timeline in its world: real services, real media, the player, the clips."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from eightcut_client.register import identify_file
from eightcut_qt.clips.board import ClipBoard
from eightcut_qt.core.context import Context
from eightcut_qt.core.records import ScanRecord
from eightcut_qt.core.state import OpenMedia
from eightcut_qt.gateway import Gateway, NewClip
from eightcut_qt.regions.documents import ScanDocument
from eightcut_qt.scanning.live import LiveCurve, Stretch
from eightcut_qt.timeline.menu import TimelineMenu
from eightcut_qt.timeline.panel import TimelinePanel
from eightcut_qt.timeline.sound import SoundState
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtWidgets import QScrollBar
from pytestqt.qtbot import QtBot

from tests.qt.regions.world import opened, register, save, settled, show_media
from tests.qt.world import Heard
from tests.support.media import tone, write_media

SCORES = np.linspace(0, 1, 93).tolist()


@pytest.fixture
def panel(qtbot: QtBot, context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TimelinePanel]:
    monkeypatch.setenv("EIGHTCUT_CACHE_DIR", str(tmp_path / "cache"))
    made = TimelinePanel(context)
    qtbot.addWidget(made)
    made.resize(1000, 420)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.sound.close()


@pytest.fixture
def shown(qtbot: QtBot, context: Context, gateway: Gateway, panel: TimelinePanel, heard: Heard) -> ScanDocument:
    """A version with four regions in a media of 100 s whose file is nowhere."""
    assert panel.canvas.view.duration == 0
    document = opened(qtbot, context, save(gateway, register(gateway), scores=SCORES))
    show_media(context, document.scan.media)
    context.state.set_document(document)
    heard.clear()
    return document


def ids(document: ScanDocument) -> list[str]:
    return [region.id for region in document.regions]


def test_a_file_is_seen_from_edge_to_edge(qtbot: QtBot, context: Context, panel: TimelinePanel, tmp_path: Path) -> None:
    assert "Open a file" in panel.canvas.scene.sound_note
    path = tmp_path / "a.wav"
    write_media(path, tone(12.0, 16_000), 16_000)
    context.state.set_media(OpenMedia(path))
    context.state.set_media(OpenMedia(path, identify_file(path), duration=12.0))
    qtbot.waitUntil(lambda: panel.sound.state is SoundState.READY)
    assert panel.canvas.scene.sound is not None
    assert panel.canvas.scene.sound_note == ""
    assert (panel.canvas.view.start, panel.canvas.view.end) == (0.0, 12.0)
    panel.canvas.zoom(3)
    context.state.set_media(None)
    assert panel.canvas.view.duration == 0
    assert panel.canvas.scene.sound is None


def test_a_version_and_its_comparison_are_shown(
    qtbot: QtBot, context: Context, gateway: Gateway, panel: TimelinePanel, shown: ScanDocument
) -> None:
    scene = panel.canvas.scene
    assert list(scene.regions.ids) == ids(shown)
    assert scene.score is not None
    assert scene.score.at(4.0 + 46) == pytest.approx(0.5, abs=0.01)
    other: ScanRecord = save(gateway, shown.scan.media, [(1.0, 5.0, 0.9)], SCORES[::-1])
    context.state.set_comparison(context.documents.get(other))
    qtbot.waitUntil(lambda: scene.comparison is not None)
    context.state.set_comparison(None)
    assert scene.comparison is None
    context.state.set_document(None)
    assert len(scene.regions) == 0
    assert scene.score is None


def test_a_dragged_edge_reaches_the_store(
    qtbot: QtBot, context: Context, gateway: Gateway, panel: TimelinePanel, shown: ScanDocument
) -> None:
    first = ids(shown)[0]
    panel.canvas.region_resized.emit(first, 10.0, 12.3456789)
    region = shown.region(first)
    assert region is not None
    assert (region.start, region.end) == (10.0, 12.345679)
    assert panel.canvas.scene.regions.end[0] == 12.345679
    settled(qtbot, context)
    assert gateway.scans.regions(shown.scan.id)[0].end == 12.345679
    shown.undo.undo()
    assert panel.canvas.scene.regions.end[0] == 14.0


def test_keys_nudge_the_edges_of_the_selected_region(
    context: Context, panel: TimelinePanel, shown: ScanDocument, heard: Heard
) -> None:
    context.actions.action("timeline.start_later").trigger()
    assert len(heard) == 1  # Nothing is selected.
    context.state.set_selection((ids(shown)[1],))
    for name in ("start_later", "start_later", "start_earlier", "end_later", "end_earlier", "end_earlier"):
        context.actions.action(f"timeline.{name}").trigger()
    region = shown.regions[1]
    assert (region.start, region.end) == pytest.approx((20.1, 25.9))
    assert shown.undo.count() == 6
    assert panel.canvas.scene.regions.start[1] == pytest.approx(20.1)


def test_a_nudge_stops_at_the_ends_of_the_media_and_at_half_a_second(
    qtbot: QtBot, context: Context, gateway: Gateway, panel: TimelinePanel, shown: ScanDocument
) -> None:
    document = opened(qtbot, context, save(gateway, shown.scan.media, [(0.05, 0.6, 0.9), (99.0, 99.95, 0.9)]))
    context.state.set_document(document)
    context.state.set_selection((document.regions[0].id,))
    for _ in range(3):
        context.actions.action("timeline.start_earlier").trigger()
    assert document.regions[0].start == 0
    for _ in range(3):
        context.actions.action("timeline.start_later").trigger()
    assert document.regions[0].start == pytest.approx(0.1)
    context.state.set_selection((document.regions[1].id,))
    for _ in range(3):
        context.actions.action("timeline.end_later").trigger()
    assert document.regions[1].end == 100.0


def test_next_and_previous_region(context: Context, panel: TimelinePanel, shown: ScanDocument, heard: Heard) -> None:
    context.state.set_threshold(0.65)
    forward, back = (context.actions.action(f"timeline.{name}_region") for name in ("next", "previous"))
    seen = []
    for action in (forward, forward, back, forward, forward):
        action.trigger()
        seen.append(context.state.selection[0])
    of = ids(shown)
    assert seen == [of[1], of[2], of[1], of[2], of[3]]
    assert not heard
    forward.trigger()
    assert context.state.selection == (of[3],)
    assert heard.errors() == []
    assert len(heard) == 1
    assert panel.canvas.position == 60.0


def test_selection_goes_both_ways_and_is_brought_into_view(
    context: Context, panel: TimelinePanel, shown: ScanDocument
) -> None:
    panel.canvas.set_view(panel.canvas.view.fitted(0, 5))
    context.state.set_selection((ids(shown)[3],))
    assert panel.canvas.scene.selection == {ids(shown)[3]}
    assert panel.canvas.view.shows(60.0)
    view = panel.canvas.view
    panel.canvas.selection_requested.emit((ids(shown)[0],))
    assert context.state.selection == (ids(shown)[0],)
    assert panel.canvas.view == view  # Who clicks sees already what they click.
    context.actions.action("timeline.zoom_region").trigger()
    assert panel.canvas.view.span == pytest.approx(6.0)


def test_delete_disables_while_the_focus_is_here(
    qtbot: QtBot, context: Context, panel: TimelinePanel, shown: ScanDocument
) -> None:
    context.state.set_selection(tuple(ids(shown)[:2]))
    panel.canvas.setFocus()
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Delete)
    assert [region.disabled for region in shown.regions] == [True, True, False, False]
    assert panel.canvas.scene.regions.disabled.tolist() == [True, True, False, False]
    qtbot.keyClick(panel.canvas, Qt.Key.Key_Backspace)
    assert not any(region.disabled for region in shown.regions)


def test_the_threshold_goes_both_ways(context: Context, panel: TimelinePanel, shown: ScanDocument) -> None:
    context.state.set_threshold(0.4)
    assert panel.canvas.scene.threshold == 0.4
    panel.canvas.set_threshold(0.7)
    panel.canvas.threshold_set.emit(0.7)
    assert context.state.threshold == 0.7


def test_hard_negatives_are_marked_from_the_menu(context: Context, panel: TimelinePanel, shown: ScanDocument) -> None:
    def offers() -> dict[str, TimelineMenu]:
        menu = TimelineMenu(context, panel._editing, None, panel)
        y = panel.canvas.lanes.regions.top + 10
        menu.fill(panel.canvas.scene, panel.canvas.hit(QPointF(panel.canvas.view.x(23.0), y)))
        return {action.text(): action for action in menu.actions()}  # type: ignore[misc]

    context.state.set_selection((ids(shown)[1],))
    offers()["Mark as hard negative"].trigger()  # type: ignore[attr-defined]
    assert panel.canvas.scene.regions.negative.tolist() == [False, True, False, False]
    offers()["Not a hard negative"].trigger()  # type: ignore[attr-defined]
    offers()["Disable region"].trigger()  # type: ignore[attr-defined]
    assert "Enable region" in offers()
    offers()["Delete region"].trigger()  # type: ignore[attr-defined]
    assert len(panel.canvas.scene.regions) == 3


def test_the_live_curve_is_shown_while_a_file_is_scanned(
    qtbot: QtBot, context: Context, panel: TimelinePanel, shown: ScanDocument
) -> None:
    live = LiveCurve()
    live.write(Stretch(0, np.full(10, 0.25, np.float32), provisional=False))
    digest = shown.scan.media
    context.scans._curves[digest] = live
    context.scans.scores.emit(digest, 0, np.full(10, 0.25, np.float32), False)
    qtbot.waitUntil(lambda: panel.canvas.scene.score is not None and len(panel.canvas.scene.score.scores) < 93)
    assert panel.canvas.scene.score is not None
    assert panel.canvas.scene.score.at(8.0) == 0.25
    del context.scans._curves[digest]
    context.scans.changed.emit()
    qtbot.waitUntil(lambda: panel.canvas.scene.score is not None and len(panel.canvas.scene.score.scores) == 93)


def test_clips_are_shown_and_moved_through_the_board(
    qtbot: QtBot, context: Context, gateway: Gateway, panel: TimelinePanel, shown: ScanDocument
) -> None:
    gateway.clips.create([NewClip(shown.scan.media, 30.0, 8.0, "door")])
    board = ClipBoard(context)
    panel.set_clips(board)
    qtbot.waitUntil(lambda: len(panel.canvas.scene.clips) == 1)
    panel.canvas.clip_moved.emit(board.clips[0].id, 42.5)
    assert panel.canvas.scene.clips.start.tolist() == [42.5]
    qtbot.waitUntil(lambda: not board.busy)
    assert [clip.start for clip in gateway.clips.list(media=shown.scan.media)] == [42.5]
    menu = TimelineMenu(context, panel._editing, board, panel)
    menu.fill(
        panel.canvas.scene, panel.canvas.hit(QPointF(panel.canvas.view.x(45.0), panel.canvas.lanes.clips.top + 5))
    )
    next(action for action in menu.actions() if action.text() == "Delete clip").trigger()
    assert len(panel.canvas.scene.clips) == 0
    qtbot.waitUntil(lambda: not board.busy)


def test_the_scroll_bar_follows_the_view_and_moves_it(panel: TimelinePanel, shown: ScanDocument) -> None:
    bar = panel.findChild(QScrollBar)
    assert bar is not None
    assert bar.maximum() == 0
    panel.canvas.zoom(4, 0)
    assert (bar.value(), bar.maximum(), bar.pageStep()) == (0, 75_000, 25_000)
    bar.setValue(30_000)
    assert panel.canvas.view.start == 30.0


def test_it_can_be_heard_what_is_seen(
    qtbot: QtBot, context: Context, panel: TimelinePanel, shown: ScanDocument
) -> None:
    context.state.set_selection((ids(shown)[1],))
    qtbot.waitUntil(lambda: "Selected: Region 0:20.00 to 0:26.00, score 0.90" in panel.canvas.accessibleDescription())
    assert panel.canvas.accessibleName() == "Timeline"


def test_pages_are_turned_while_the_focus_is_here(qtbot: QtBot, panel: TimelinePanel, shown: ScanDocument) -> None:
    panel.canvas.zoom(10, 0)
    panel.canvas.setFocus()
    qtbot.keyClick(panel.canvas, Qt.Key.Key_PageDown)
    assert panel.canvas.view.start == pytest.approx(8.0)
    qtbot.keyClick(panel.canvas, Qt.Key.Key_PageUp)
    assert panel.canvas.view.start == 0.0


def test_the_spectrogram_can_be_switched_off(context: Context, panel: TimelinePanel) -> None:
    action = context.actions.action("timeline.spectrogram")
    assert action.isChecked()
    action.toggle()
    assert panel.canvas.lanes.spectrogram.height == 0


def test_the_menu_opens_at_the_mouse_and_goes(qtbot: QtBot, panel: TimelinePanel, shown: ScanDocument) -> None:
    panel.canvas.menu_requested.emit(panel.canvas.hit(QPointF(150, 100)), panel.canvas.mapToGlobal(QPoint(150, 100)))
    menu = panel.findChild(TimelineMenu)
    assert menu is not None
    assert menu.isVisible()
    with qtbot.waitSignal(menu.destroyed):
        menu.close()

"""The panel: what it shows, its keys and buttons, and regions that are played."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from eightcut_qt.core.context import Context
from eightcut_qt.core.theme import DARK, LIGHT
from eightcut_qt.playback.panel import PlaybackPanel
from eightcut_qt.playback.view import VideoView
from eightcut_qt.regions.documents import ScanDocument
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QImage
from PyQt6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QMainWindow, QSlider, QWidget
from pytestqt.qtbot import QtBot

from tests.qt.playback.videos import QT_SAYS, number_in, open_in
from tests.qt.regions.world import opened, register, save
from tests.qt.world import Heard
from tests.support.media import tone, write_media

pytestmark = QT_SAYS


@pytest.fixture
def window(context: Context, qtbot: QtBot) -> Iterator[QMainWindow]:
    """A window that has only the panel, and its keys."""
    made = QMainWindow()
    qtbot.addWidget(made)
    made.setCentralWidget(PlaybackPanel(context))
    context.actions.install(made)
    made.resize(800, 480)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is made)
    yield made
    context.player.close()


@pytest.fixture
def panel(window: QMainWindow) -> PlaybackPanel:
    """The panel in its window."""
    found = window.centralWidget()
    assert isinstance(found, PlaybackPanel)
    found.view.setFocus()
    return found


@pytest.fixture
def document(context: Context, qtbot: QtBot) -> ScanDocument:
    """A version with two regions, which is shown."""
    scan = save(context.gateway, register(context.gateway), [(0.2, 0.8, 0.9), (1.0, 1.6, 0.8)], [0.5])
    made = opened(qtbot, context, scan)
    context.state.set_document(made)
    return made


def test_picture_is_painted_with_its_proportions(qtbot: QtBot) -> None:
    view = VideoView(LIGHT)
    qtbot.addWidget(view)
    view.resize(400, 400)
    image = QImage(200, 100, QImage.Format.Format_RGB32)
    image.fill(QColor("#336699"))
    view.set_picture(image)
    seen = view.grab().toImage()
    ratio = seen.devicePixelRatio()
    assert seen.pixelColor(round(200 * ratio), round(200 * ratio)) == QColor("#336699")
    assert seen.pixelColor(round(5 * ratio), round(105 * ratio)) == QColor("#336699")
    assert seen.pixelColor(round(200 * ratio), round(20 * ratio)) == QColor(LIGHT.background)
    view.set_picture(None)
    view.set_colors(DARK)
    assert view.grab().toImage().pixelColor(5, 5) == QColor(DARK.background)


def test_panel_shows_the_frame_and_the_time(panel: PlaybackPanel, context: Context, qtbot: QtBot, video: Path) -> None:
    open_in(context.player, qtbot, video)
    context.player.seek(0.52)
    qtbot.waitUntil(lambda: number_in(_picture(panel)) == 13)
    assert panel.transport.time.text() == "0:00.520"


def _picture(panel: PlaybackPanel) -> QImage:
    area = panel.view.picture_area().toAlignedRect().adjusted(2, 2, -2, -2)
    return panel.view.grab(area).toImage()


def test_keys(panel: PlaybackPanel, context: Context, qtbot: QtBot, video: Path) -> None:
    player = context.player
    open_in(player, qtbot, video)
    for key, modifier, expected in (
        (Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier, 0.04),
        (Qt.Key.Key_L, Qt.KeyboardModifier.NoModifier, 0.08),
        (Qt.Key.Key_J, Qt.KeyboardModifier.NoModifier, 0.04),
        (Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier, 1.04),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier, 0.04),
        (Qt.Key.Key_End, Qt.KeyboardModifier.NoModifier, player.duration),
        (Qt.Key.Key_Home, Qt.KeyboardModifier.NoModifier, 0.0),
    ):
        qtbot.keyClick(panel.view, key, modifier)
        qtbot.waitUntil(lambda expected=expected: abs(player.position - expected) < 0.002)
    qtbot.keyClick(panel.view, Qt.Key.Key_Space)
    assert player.playing
    qtbot.keyClick(panel.view, Qt.Key.Key_K)
    assert (player.playing, player.position) == (False, 0.0)
    qtbot.keyClick(panel.view, Qt.Key.Key_BracketRight)
    assert player.rate == 2.0
    qtbot.keyClick(panel.view, Qt.Key.Key_BracketLeft)
    qtbot.keyClick(panel.view, Qt.Key.Key_BracketLeft)
    assert player.rate == 1.0
    qtbot.keyClick(panel.view, Qt.Key.Key_G)
    qtbot.keyClick(panel.view, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
    assert context.settings.value.playback.cursor_locked
    assert context.settings.value.playback.muted


def test_region_is_played_to_its_end(
    panel: PlaybackPanel, context: Context, document: ScanDocument, qtbot: QtBot, video: Path
) -> None:
    open_in(context.player, qtbot, video)
    context.state.set_selection((document.regions[1].id,))
    with qtbot.waitSignal(context.player.range_ended):
        qtbot.keyClick(panel.view, Qt.Key.Key_R)
    assert context.player.position == 1.6
    context.state.set_selection(())
    context.player.seek(0.3)
    with qtbot.waitSignal(context.player.range_ended):
        qtbot.keyClick(panel.view, Qt.Key.Key_R)
    assert context.player.position == 0.8


def test_without_a_region_the_person_is_told_what_to_do(
    panel: PlaybackPanel, context: Context, heard: Heard, qtbot: QtBot, video: Path
) -> None:
    open_in(context.player, qtbot, video)
    qtbot.keyClick(panel.view, Qt.Key.Key_R)
    assert [sentence for _level, sentence in heard] == ["Select a region first, or put the playhead on one."]
    assert not context.player.playing


def test_loop_follows_the_region_and_ends_with_it(
    panel: PlaybackPanel, context: Context, document: ScanDocument, qtbot: QtBot, video: Path
) -> None:
    player, loop = context.player, context.actions.action("playback.loop_region")
    open_in(player, qtbot, video)
    id_ = document.regions[0].id
    context.state.set_selection((id_,))
    qtbot.keyClick(panel.view, Qt.Key.Key_R, Qt.KeyboardModifier.ShiftModifier)
    assert loop.isChecked()
    assert player.looping
    told: list[float] = []
    document.resize(id_, 0.4, 1.1)
    context.state.position_changed.connect(told.append)
    qtbot.waitUntil(lambda: bool(told) and told[-1] < 0.6 and max(told) > 1.0)
    assert max(told) <= 1.15
    document.delete([id_])
    assert not player.looping
    assert not loop.isChecked()
    assert player.playing


def test_loop_without_a_region_does_not_stay_on(panel: PlaybackPanel, context: Context) -> None:
    context.actions.action("playback.loop_region").trigger()
    assert not context.actions.action("playback.loop_region").isChecked()
    assert not panel.transport.time.hasFocus()


def test_time_can_be_typed(panel: PlaybackPanel, context: Context, qtbot: QtBot, video: Path) -> None:
    open_in(context.player, qtbot, video)
    field = panel.transport.time
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(field.hasFocus)
    qtbot.keyClicks(field, "0:01.2")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert context.player.position == 1.2
    assert panel.view.hasFocus()
    qtbot.mouseClick(field, Qt.MouseButton.LeftButton)
    qtbot.keyClicks(field, "abc")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert field.hasFocus()
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert (field.text(), context.player.position) == ("0:01.200", 1.2)


def test_speed_and_volume_are_chosen(panel: PlaybackPanel, context: Context, qtbot: QtBot) -> None:
    (rates,) = panel.findChildren(QComboBox)
    (volume,) = panel.findChildren(QSlider)
    rates.setFocus()
    qtbot.keyClick(rates, Qt.Key.Key_Down)
    assert context.player.rate == 2.0
    context.player.set_rate(4.0)
    assert rates.currentData() == 4.0
    volume.setValue(30)
    assert context.settings.value.playback.volume == pytest.approx(0.3)
    context.settings.update("playback", volume=0.6)
    assert volume.value() == 60


def test_sound_without_a_picture_shows_its_name(
    panel: PlaybackPanel, context: Context, qtbot: QtBot, tmp_path: Path
) -> None:
    path = write_media(tmp_path / "a.wav", tone(1.0, 16_000), 16_000)
    open_in(context.player, qtbot, path)
    assert panel.view.accessibleDescription() == "a.wav Sound only"
    with qtbot.waitSignal(context.player.failed):
        context.player.open(tmp_path / "gone.wav")
    assert "gone.wav" in panel.view.accessibleDescription()


def test_everything_has_a_name_and_can_be_reached_by_tab(panel: PlaybackPanel) -> None:
    controls: list[QWidget] = [
        *panel.findChildren(QAbstractButton),
        *panel.findChildren(QComboBox),
        *panel.findChildren(QSlider),
        *panel.findChildren(QLineEdit),
        panel.view,
    ]
    assert len(controls) >= 10
    for control in controls:
        assert control.accessibleName()
        assert control.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_buttons_follow_the_theme(panel: PlaybackPanel, context: Context) -> None:
    context.theme.set_mode("light")
    light = panel.transport.grab().toImage()
    context.theme.set_mode("dark")
    assert panel.transport.grab().toImage() != light
    context.theme.set_mode("light")

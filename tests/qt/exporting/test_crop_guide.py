"""The crop over the picture: dragged with the mouse, moved by keyframes."""

from __future__ import annotations

from pathlib import Path

import pytest
from eightcut_client.cutting.options import CropKeyframe
from eightcut_client.register import identify_file
from eightcut_qt.clips.panel import ClipsPanel
from eightcut_qt.core.context import Context
from eightcut_qt.core.paths import state_folder
from eightcut_qt.core.state import OpenMedia
from eightcut_qt.core.theme import DARK
from eightcut_qt.exporting.form import ExportForm
from eightcut_qt.exporting.kept_keys import read_keys, write_keys
from eightcut_qt.exporting.key_strip import KeyStrip
from eightcut_qt.exporting.keyframes import CropKeys
from eightcut_qt.exporting.overlay import CropOverlay
from eightcut_qt.playback.view import VideoView
from PyQt6.QtCore import QPoint, Qt
from PyQt6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from tests.qt.world import Heard

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def keys(context: Context) -> CropKeys:
    context.state.set_media(OpenMedia(Path("/video.mp4"), duration=10.0))
    return CropKeys(context)


@pytest.fixture
def view(context: Context, keys: CropKeys, qtbot: QtBot) -> VideoView:
    """A white picture of 320 by 180, shown as it is."""
    made = VideoView(context.theme.colors)
    qtbot.addWidget(made)
    picture = QImage(320, 180, QImage.Format.Format_RGB32)
    picture.fill(QColor("white"))
    made.resize(320, 180)
    made.set_picture(picture)
    made.set_overlay(CropOverlay(context, keys, made).guide)
    made.show()
    return made


def brightness(view: VideoView, x: int, y: int = 60) -> int:
    return QColor(view.grab().toImage().pixel(x, y)).lightness()


def test_what_is_cut_away_is_dim(view: VideoView, context: Context) -> None:
    assert brightness(view, 5) == 255
    context.settings.update("export", crop="1:1", crop_center=0.0)
    assert brightness(view, 90) == 255
    assert brightness(view, 250) < 140
    context.settings.update("export", crop_center=1.0)
    assert brightness(view, 90) < 140
    assert brightness(view, 250) == 255
    context.settings.update("export", format="wav")
    assert brightness(view, 90) == 255


def test_a_click_sets_the_centre_and_does_not_play(view: VideoView, context: Context, qtbot: QtBot) -> None:
    context.settings.update("export", crop="1:1", crop_center=0.5)
    with qtbot.assertNotEmitted(view.clicked):
        qtbot.mouseClick(view, LEFT, pos=QPoint(10, 90))
    assert context.settings.value.export.crop_center == 0.0
    context.settings.update("export", crop="")
    with qtbot.waitSignal(view.clicked):
        qtbot.mouseClick(view, LEFT, pos=QPoint(10, 90))


def test_the_crop_is_dragged(view: VideoView, context: Context, qtbot: QtBot) -> None:
    context.settings.update("export", crop="1:1", crop_center=0.5)
    qtbot.mousePress(view, LEFT, pos=QPoint(150, 90))
    qtbot.mouseMove(view, QPoint(185, 90))
    qtbot.mouseRelease(view, LEFT, pos=QPoint(185, 90))
    assert context.settings.value.export.crop_center == pytest.approx(0.75)
    qtbot.mouseMove(view, QPoint(20, 90))
    assert context.settings.value.export.crop_center == pytest.approx(0.75)


def test_keyframes_move_the_crop(view: VideoView, keys: CropKeys, context: Context, qtbot: QtBot) -> None:
    context.settings.update("export", crop="1:1", crop_center=0.0)
    keys.add()
    context.state.set_position(4.0)
    keys.add()
    qtbot.mouseClick(view, LEFT, pos=QPoint(310, 90))
    assert keys.keys == (CropKeyframe(0.0, 0.0), CropKeyframe(4.0, 1.0))
    assert context.settings.value.export.crop_center == 0.0
    context.state.set_position(2.0)
    assert keys.center == pytest.approx(0.5)
    assert brightness(view, 160) == 255
    assert brightness(view, 20) < 140
    assert brightness(view, 300) < 140


def test_keyframes_belong_to_their_file(keys: CropKeys, context: Context, qtbot: QtBot) -> None:
    keys.add()
    assert not context.settings.value.export.crop
    with qtbot.waitSignal(keys.changed):
        context.state.set_media(OpenMedia(Path("/other.mp4"), duration=5.0))
    assert keys.keys == ()
    context.state.set_media(OpenMedia(Path("/video.mp4"), duration=10.0))
    assert len(keys.keys) == 1
    context.state.set_position(3.0)
    assert not keys.remove()
    context.state.set_position(0.01)
    assert keys.remove()
    assert keys.keys == ()


def test_without_a_crop_no_keyframe_is_kept(panel: ClipsPanel, context: Context, heard: Heard) -> None:
    context.actions.action("exporting.key_add").trigger()
    assert panel.commands.keys.keys == ()
    assert heard[-1][1] == "Choose a crop first: in the Clips panel, under Cutting."
    context.settings.update("export", random_square=True)
    context.actions.action("exporting.key_add").trigger()
    assert len(panel.commands.keys.keys) == 1
    context.settings.update("export", format="flac")
    context.actions.action("exporting.key_add").trigger()
    assert heard[-1][1] == "Choose a crop first: in the Clips panel, under Cutting."


def test_the_strip_goes_from_keyframe_to_keyframe(qtbot: QtBot) -> None:
    strip = KeyStrip(DARK)
    qtbot.addWidget(strip)
    strip.resize(220, 20)
    strip.show_keys((CropKeyframe(0.0, 0.0), CropKeyframe(5.0, 1.0)), 10.0, 1.0)
    strip.show()
    heard: list[float] = []
    strip.chosen.connect(heard.append)
    qtbot.mouseClick(strip, LEFT, pos=QPoint(110, 10))
    qtbot.mouseClick(strip, LEFT, pos=QPoint(170, 10))
    qtbot.keyClick(strip, Qt.Key.Key_Left)
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    assert heard == [5.0, 0.0, 5.0]
    assert strip.accessibleDescription() == "Keyframes at 0:00.0, 0:05.0."


def test_the_form_tells_every_change(context: Context, qtbot: QtBot) -> None:
    form = ExportForm(context.settings.value.export, context.theme.colors)
    qtbot.addWidget(form)
    form.edited.connect(lambda values: context.settings.update("export", **{
        name: getattr(values, name) for name in values.__slots__
    }))  # fmt: skip
    form.format.setCurrentIndex(form.format.findData("webp"))
    form.crop.setCurrentIndex(form.crop.findData("9:16"))
    form.encoder.setCurrentIndex(form.encoder.findData("auto"))
    form.short_side.setValue(480)
    form.name.setText(" dog ")
    form.portrait.setChecked(True)
    form.ltx2.setChecked(True)
    form.when_marking.setChecked(False)
    form.by_folder.setChecked(False)
    form.workers.setValue(3)
    kept = context.settings.value.export
    assert (kept.format, kept.crop, kept.encoder, kept.short_side, kept.name) == ("webp", "9:16", "auto", 480, "dog")
    assert (kept.random_portrait, kept.random_square, kept.ltx2, kept.workers) == (True, False, True, 3)
    assert (kept.cut_when_marking, kept.by_folder) == (False, False)
    assert not form.encoder.isEnabled()
    form.format.setCurrentIndex(form.format.findData("opus"))
    assert not form.crop.isEnabled()
    assert not form.ltx2.isEnabled()


def test_keyframes_are_kept_from_one_run_to_the_next(context: Context, video_file: Path, qtbot: QtBot) -> None:
    local = identify_file(video_file)
    context.state.set_media(OpenMedia(video_file, duration=6.0))
    first = CropKeys(context)
    first.add()  # Before the file is identified.
    context.state.set_media(OpenMedia(video_file, local, duration=6.0))
    context.state.set_position(2.0)
    first.set_center(1.0)
    first.save()
    second = CropKeys(context)
    qtbot.waitUntil(lambda: second.keys == first.keys)
    assert second.keys == (CropKeyframe(0.0, 0.5), CropKeyframe(2.0, 1.0))
    second.clear()
    second.save()
    assert read_keys(local.digest) == ()


@pytest.mark.parametrize("text", ["[", "[]", '{"keyframes": 3}', '{"keyframes": [[1]]}', '{"keyframes": [["a", 0]]}'])
def test_damaged_keyframes_are_none(text: str) -> None:
    write_keys("ab" * 32, [CropKeyframe(1.0, 0.5)])
    assert read_keys("ab" * 32) == (CropKeyframe(1.0, 0.5),)
    (state_folder() / "crops" / f"{'ab' * 32}.json").write_text(text)
    assert read_keys("ab" * 32) == ()

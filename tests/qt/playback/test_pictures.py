"""Images of large frames: their colours in every format, and that a video of 4K is shown frame by frame."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from eightcut_qt.playback.pictures import RawPicture
from eightcut_qt.playback.player import Player
from PyQt6.QtCore import QSize
from PyQt6.QtGui import QColor
from PyQt6.QtMultimedia import QVideoFrame, QVideoFrameFormat
from pytestqt.qtbot import QtBot

from tests.qt.playback.videos import QT_SAYS, Screen, open_in, shows, write_numbered

pytestmark = QT_SAYS

Pixels, Space, Range = QVideoFrameFormat.PixelFormat, QVideoFrameFormat.ColorSpace, QVideoFrameFormat.ColorRange

SIZE = QSize(2602, 1602)  # Of no power of two, and more than enough.


def frame_of(
    values: tuple[int, int, int], kind: Pixels, space: Space, colors: Range, size: QSize = SIZE
) -> QVideoFrame:
    """Returns a frame of one colour, given in 8 bits."""
    form = QVideoFrameFormat(size, kind)
    form.setColorSpace(space)
    form.setColorRange(colors)
    frame = QVideoFrame(form)
    assert frame.map(QVideoFrame.MapMode.WriteOnly)
    for number in range(frame.planeCount()):
        memory = frame.bits(number)
        assert memory is not None
        memory.setsize(frame.mappedBytes(number))
        data = np.frombuffer(memory, np.uint8)
        wide = {Pixels.Format_YUV420P10: 2, Pixels.Format_P010: 8}.get(kind)
        plane = data if wide is None else data[: len(data) // 2 * 2].view("<u2")
        parts = values[1:] if frame.planeCount() == 2 and number else (values[number],)
        for place, value in enumerate(parts):
            plane[place :: len(parts)] = value << (wide or 0)
    frame.unmap()
    return frame


@pytest.mark.parametrize(
    "kind", [Pixels.Format_YUV420P, Pixels.Format_NV12, Pixels.Format_YUV420P10, Pixels.Format_P010]
)
@pytest.mark.parametrize(
    ("space", "colors", "values", "color"),
    [
        (Space.ColorSpace_BT709, Range.ColorRange_Video, (63, 102, 240), "#ff0000"),
        (Space.ColorSpace_BT709, Range.ColorRange_Video, (173, 42, 26), "#00ff00"),
        (Space.ColorSpace_BT709, Range.ColorRange_Full, (18, 255, 116), "#0000ff"),
        (Space.ColorSpace_BT601, Range.ColorRange_Video, (81, 90, 240), "#ff0000"),
        (Space.ColorSpace_BT2020, Range.ColorRange_Video, (74, 97, 240), "#ff0000"),
        (Space.ColorSpace_Undefined, Range.ColorRange_Unknown, (63, 102, 240), "#ff0000"),
        (Space.ColorSpace_BT709, Range.ColorRange_Video, (235, 128, 128), "#ffffff"),
        (Space.ColorSpace_BT709, Range.ColorRange_Video, (0, 128, 128), "#000000"),
    ],
)
def test_the_colours_are_those_of_the_frame(
    kind: Pixels, space: Space, colors: Range, values: tuple[int, int, int], color: str
) -> None:
    raw = RawPicture.of(frame_of(values, kind, space, colors))
    assert raw is not None
    image = raw.image()
    assert (image.width(), image.height()) == (1301, 801)
    wanted = QColor(color)
    for x, y in ((0, 0), (700, 400), (1300, 800)):
        seen = image.pixelColor(x, y)
        for channel in ("red", "green", "blue"):
            assert abs(getattr(seen, channel)() - getattr(wanted, channel)()) <= 5, (seen.name(), color)


def test_an_image_is_no_larger_than_a_panel() -> None:
    raw = RawPicture.of(
        frame_of((128,) * 3, Pixels.Format_YUV420P, Space.ColorSpace_BT709, Range.ColorRange_Video, QSize(7680, 4320))
    )
    assert raw is not None
    assert (raw.image().width(), raw.image().height()) == (1920, 1080)


def test_small_and_rare_frames_are_left_to_qt() -> None:
    def made(kind: Pixels, size: QSize = SIZE) -> QVideoFrameFormat:
        return QVideoFrameFormat(size, kind)

    turned, bright = made(Pixels.Format_NV12), made(Pixels.Format_P010)
    turned.setMirrored(True)
    bright.setColorTransfer(QVideoFrameFormat.ColorTransfer.ColorTransfer_ST2084)
    for form in (made(Pixels.Format_NV12, QSize(1920, 1080)), made(Pixels.Format_BGRA8888), turned, bright):
        assert RawPicture.of(QVideoFrame(form)) is None


def test_a_video_of_4k_is_shown_step_by_step(player: Player, screen: Screen, qtbot: QtBot, tmp_path: Path) -> None:
    open_in(player, qtbot, write_numbered(tmp_path / "v.mp4", 4, size=(3840, 2160), sound=False))
    shows(qtbot, screen, 0)
    player.step(1)
    shows(qtbot, screen, 1)
    player.step(2)
    shows(qtbot, screen, 3)
    player.seek(0.05)
    shows(qtbot, screen, 1)


def test_a_late_image_of_a_closed_file_is_not_shown(
    player: Player, screen: Screen, qtbot: QtBot, tmp_path: Path
) -> None:
    open_in(player, qtbot, write_numbered(tmp_path / "v.mp4", 2, size=(3840, 2160), sound=False))
    shows(qtbot, screen, 0)
    empty: list[object] = []
    player.picture_changed.connect(empty.append)
    player.step(1)
    qtbot.waitUntil(lambda: player.position > 0)
    player.close()
    qtbot.wait(100)
    assert empty[-1] is None

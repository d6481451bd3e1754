"""Videos whose frames say their number, as bars of black and white, and what is seen of them."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from eightcut_qt.playback.player import Player
from PyQt6.QtGui import QImage
from pytestqt.qtbot import QtBot

from tests.support.media import tone

QT_SAYS = pytest.mark.qt_log_ignore(
    "No audio device detected",
    "Could not open media",
    "wildcard call disconnects",
    "No RHI backend",
    "Couldn't (load|resolve)",
    "pa_context_connect",
    "Failed to seek",
)
"""What Qt's player writes to the log by itself."""

_BITS = 8
_WIDTH, _HEIGHT = 128, 48


def write_numbered(
    path: Path,
    frames: int,
    *,
    rate: Fraction = Fraction(25),
    times: Sequence[float] | None = None,
    codec: str = "mpeg4",
    size: tuple[int, int] = (_WIDTH, _HEIGHT),
    sound: bool = True,
    start: float = 0.0,
) -> Path:
    """Write a video with a tone.

    Args:
        path: The file; its suffix chooses the container.
        frames: How many, 256 at most.
        rate: Frames per second.
        times: When each frame is shown, seconds, for a variable rate; in steps of a millisecond.
        codec: Of the video.
        size: Width and height, pixels.
        sound: Whether there is a tone, as long as the video.
        start: When the first frame is shown, seconds.
    """
    base = Fraction(1, 1000) if times is not None else 1 / rate
    with av.open(path, "w") as output:
        stream = output.add_stream(codec, rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = base
        stream.gop_size = 12
        audio = cast(AudioStream, output.add_stream("aac", rate=48_000)) if sound else None
        if audio is not None:
            audio.codec_context.layout = "mono"
        for index in range(frames):
            picture = av.VideoFrame.from_ndarray(_picture(index, size), format="rgb24")
            picture.time_base = base
            picture.pts = round(times[index] / base) if times is not None else index + round(start * rate)
            output.mux(stream.encode(picture))
        output.mux(stream.encode(None))
        if audio is not None:
            length = times[-1] + 0.5 if times is not None else frames / float(rate)
            signal = np.ascontiguousarray(tone(length, 48_000, amplitude=0.1)[:, 0])
            for begin in range(0, len(signal), 1024):
                block = av.AudioFrame.from_ndarray(signal[None, begin : begin + 1024], format="fltp", layout="mono")
                block.sample_rate, block.pts, block.time_base = 48_000, begin, Fraction(1, 48_000)
                output.mux(audio.encode(block))
            output.mux(audio.encode(None))
    return path


def number_in(image: QImage) -> int:
    """Return the number that a frame says; the image may be of another size."""
    number = 0
    for bit in range(_BITS):
        x = int((bit + 0.5) * image.width() / _BITS)
        number |= (image.pixelColor(x, image.height() // 2).lightness() > 127) << bit
    return number


class Screen:
    """What the player shows."""

    def __init__(self, player: Player) -> None:
        self.numbers: list[int] = []
        player.picture_changed.connect(self._show)

    @property
    def number(self) -> int | None:
        """Of the frame that is shown."""
        return self.numbers[-1] if self.numbers else None

    def _show(self, image: QImage | None) -> None:
        if image is not None:
            self.numbers.append(number_in(image))


def open_in(player: Player, qtbot: QtBot, path: Path) -> None:
    """Opens a file and waits until it can be played."""
    with qtbot.waitSignal(player.opened):
        player.open(path)


def shows(qtbot: QtBot, screen: Screen, number: int) -> None:
    """Waits until a frame is shown."""
    qtbot.waitUntil(lambda: screen.number == number)


def _picture(index: int, size: tuple[int, int]) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    width, height = size
    picture = np.zeros((height, width, 3), np.uint8)
    for bit in range(_BITS):
        if index >> bit & 1:
            picture[:, bit * width // _BITS : (bit + 1) * width // _BITS] = 235
    return picture

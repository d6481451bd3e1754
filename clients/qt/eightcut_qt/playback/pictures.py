"""Frames as images: small ones at once, large ones in a thread, so that the window stays quick.

Measured: Qt makes an image of a frame of 1080p in 5 ms, of 4K in 18 to 68 ms of the UI thread. Of a large frame only a
copy is made there (0.8 ms for 4K); the rest, in a size that no panel exceeds, is numpy's, which leaves the lock of the
interpreter to others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QImage
from PyQt6.QtMultimedia import QtVideo, QVideoFrame, QVideoFrameFormat

from eightcut_qt.core.tasks import Lane, Task, Tasks

Plane: TypeAlias = npt.NDArray[Any]

_LARGE = 4_000_000  # Pixels from which on an image is made in a thread.
_ENOUGH = 1920  # Pixels across that an image of a large frame has at most.
_HIGH_DEFINITION = 576  # Lines: videos with more mean BT.709 when they do not say anything.

_Pixels = QVideoFrameFormat.PixelFormat
_Space = QVideoFrameFormat.ColorSpace
_Transfer = QVideoFrameFormat.ColorTransfer

_SHIFTS = {_Pixels.Format_YUV420P: 0, _Pixels.Format_NV12: 0, _Pixels.Format_YUV420P10: 2, _Pixels.Format_P010: 8}
"""Formats that are known here, and by how many bits their values exceed a byte."""

# Red of V, green of U, green of V, blue of U, in 64ths, for values from 16 to 240.
_BT601, _BT709, _BT2020 = (102, -25, -52, 129), (115, -14, -34, 135), (107, -12, -42, 137)
_MATRICES = {_Space.ColorSpace_BT601: _BT601, _Space.ColorSpace_BT709: _BT709, _Space.ColorSpace_BT2020: _BT2020}


@dataclass(frozen=True, slots=True, eq=False)
class RawPicture:
    """A copy of what a frame holds: values of 8 bits and more for brightness, and for both colours at half the size.

    Attributes:
        luma: Brightness, [rows, columns].
        blue: First colour (U).
        red: Second colour (V).
        shift: Bits beyond a byte.
        matrix: What the colours add to red, green, green and blue, in 64ths.
        full: Brightness goes from 0 to 255, not from 16 to 235.
    """

    luma: Plane
    blue: Plane
    red: Plane
    shift: int
    matrix: tuple[int, int, int, int]
    full: bool

    @classmethod
    def of(cls, frame: QVideoFrame) -> RawPicture | None:
        """Copy a large frame; None when Qt has to make the image: it is small, or of a rare kind."""
        form = frame.surfaceFormat()
        width, height = frame.width(), frame.height()
        if width * height < _LARGE or not _is_plain(frame, form) or not frame.map(QVideoFrame.MapMode.ReadOnly):
            return None
        try:
            shift = _SHIFTS[frame.pixelFormat()]
            dtype = np.dtype("<u2" if shift else np.uint8)
            planes = [_plane(frame, number, dtype) for number in range(frame.planeCount())]
        finally:
            frame.unmap()
        if len(planes) == 2:  # Both colours in turn.
            planes[1:] = [planes[1][:, ::2], planes[1][:, 1::2]]
        rows, columns = height // 2, width // 2
        luma, blue, red = planes[0][: 2 * rows, : 2 * columns], planes[1][:rows, :columns], planes[2][:rows, :columns]
        matrix = _MATRICES.get(form.colorSpace(), _BT709 if height > _HIGH_DEFINITION else _BT601)
        full = form.colorRange() == QVideoFrameFormat.ColorRange.ColorRange_Full
        return cls(luma, blue, red, shift, matrix, full)

    def image(self) -> QImage:
        """Return the picture at half the size or less; any thread."""
        step = max(-(-self.luma.shape[1] // _ENOUGH), 2) // 2
        blue, red = (self._bytes(colour[::step, ::step]).astype(np.int16) for colour in (self.blue, self.red))
        light = self._light(2 * step)
        blue -= 128
        red -= 128
        if self.full:  # The colours have their full range as well.
            blue, red = blue * 7 // 8, red * 7 // 8
        height, width = light.shape
        made = QImage(width, height, QImage.Format.Format_RGB32)
        memory = made.bits()
        assert memory is not None
        memory.setsize(made.sizeInBytes())
        flat = np.frombuffer(memory, np.uint8)  # type: ignore[call-overload]  # a voidptr with a size is a buffer
        pixels = flat.reshape(height, width, 4)
        of_red, green_of_blue, green_of_red, of_blue = self.matrix
        for channel, parts in (
            (2, ((red, of_red),)),
            (1, ((blue, green_of_blue), (red, green_of_red))),
            (0, ((blue, of_blue),)),
        ):
            value = parts[0][0] * np.int16(parts[0][1])
            for colour, share in parts[1:]:
                value += colour * np.int16(share)
            value >>= 6
            value += light
            pixels[..., channel] = np.clip(value, 0, 255, out=value)
        pixels[..., 3] = 255
        return made

    def _light(self, step: int) -> npt.NDArray[np.int16]:
        """Return the brightness of blocks of so many pixels each way, 0 to 255."""
        half = step // 2
        rows, columns = (-(-size // step) for size in self.luma.shape)
        total = np.zeros((rows, columns), np.uint16)
        for down in (0, half):
            for right in (0, half):
                part = self.luma[down::step, right::step]
                total[: part.shape[0], : part.shape[1]] += self._bytes(part)
        total += 2
        total >>= 2
        if not self.full:
            np.maximum(total, 16, out=total)
            total -= 16
            total *= 149  # 255 / 219, in 128ths.
            total >>= 7
        return total.view(np.int16)

    def _bytes(self, values: Plane) -> Plane:
        return values >> self.shift if self.shift else values


class PictureMaker(QObject):
    """Makes images of frames; of large ones only the newest when there is no time for all."""

    made = pyqtSignal(object)
    """QImage."""

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._task: Task[QImage] | None = None
        self._next: RawPicture | None = None

    def take(self, frame: QVideoFrame) -> None:
        """Make an image of a frame, which is not kept."""
        raw = RawPicture.of(frame)
        if raw is None:
            self.made.emit(frame.toImage())
        elif self._task is None:
            self._make(raw)
        else:
            self._next = raw

    def stop(self) -> None:
        """Let what is under way be."""
        if self._task is not None:
            self._task.stop()
        self._task = self._next = None

    def _make(self, raw: RawPicture) -> None:
        # A thread of its own: readers may be waiting for services that are far away.
        self._task = self._tasks.run(lambda _task: raw.image(), done=self._show, lane=Lane.LONG, owner=self)

    def _show(self, image: QImage) -> None:
        self._task = None
        if self._next is not None:
            raw, self._next = self._next, None
            self._make(raw)
        self.made.emit(image)


def _is_plain(frame: QVideoFrame, form: QVideoFrameFormat) -> bool:
    """Tell whether nothing has to be done but to mix the colours."""
    return (
        frame.pixelFormat() in _SHIFTS
        and frame.rotation() == form.rotation() == QtVideo.Rotation.None_
        and not (frame.mirrored() or form.isMirrored())
        and form.colorTransfer() not in (_Transfer.ColorTransfer_ST2084, _Transfer.ColorTransfer_STD_B67)  # HDR
    )


def _plane(frame: QVideoFrame, number: int, dtype: np.dtype[Any]) -> Plane:
    """Return a copy of a plane of a mapped frame, with what lies beyond the picture's edge."""
    size, stride = frame.mappedBytes(number), frame.bytesPerLine(number)
    memory = frame.bits(number)
    assert memory is not None
    rows = size // stride
    # Bytes are the copy.
    return np.frombuffer(memory.asstring(rows * stride), dtype).reshape(rows, -1)

"""The picture of the timeline without what moves: made anew only where something changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PyQt6.QtGui import QFont, QFontMetricsF, QImage, QPainter

from eightcut_qt.timeline.lanes import SCORE_MARGIN, Lane, Lanes
from eightcut_qt.timeline.mark_lanes import draw_clips, draw_curve, draw_regions, draw_stems
from eightcut_qt.timeline.palette import Palette, palette
from eightcut_qt.timeline.raster import Brush, Pixels, Places
from eightcut_qt.timeline.scene import Part, Scene
from eightcut_qt.timeline.sound_lanes import Loudness, draw_spectrogram, draw_waveform
from eightcut_qt.timeline.texts import Texts
from eightcut_qt.timeline.ticks import tick_step, ticks

if TYPE_CHECKING:
    from eightcut_qt.timeline.viewport import Viewport


class Layers:
    """An image as wide as the view. Lanes are drawn by numpy, texts over them by Qt."""

    def __init__(self) -> None:
        """Make an empty one; `render` fits it to what is wanted."""
        self._image = QImage()
        self._ratio = 1.0
        self._loudness = Loudness()

    def render(
        self, scene: Scene, view: Viewport, lanes: Lanes, font: QFont, *, ratio: float, parts: Part = Part.ALL
    ) -> QImage:
        """Draw parts anew and return the image.

        Args:
            scene: What is shown.
            view: Where.
            lanes: Where its parts lie.
            font: Of texts.
            ratio: Pixels of the screen for each of ours.
            parts: What has changed since the last time.
        """
        height = lanes.scores.bottom
        wide, high = round(view.width * ratio), round(height * ratio)
        if self._image.width() != wide or self._image.height() != high or self._ratio != ratio:
            self._image = QImage(wide, high, QImage.Format.Format_RGB32)
            self._image.setDevicePixelRatio(ratio)
            self._ratio = ratio
            parts = Part.ALL
        sharp = lanes.scaled(ratio)
        look = palette(scene.colors)
        pixels = _pixels(self._image)
        step = tick_step(view.seconds_per_pixel, QFontMetricsF(font).horizontalAdvance("0:00:00"))
        marks = ticks(view.start, view.end, step) if view.duration > 0 else []
        grid = np.unique(np.clip([view.x(mark) * ratio for mark in marks], 0, wide - 1).astype(np.intp))

        def lane(part: Lane) -> Brush:
            return Brush(pixels[part.top : part.bottom], view, look, ratio)

        if Part.SOUND in parts:
            self._draw_sound(scene, lane, sharp, grid)
        if Part.REGIONS in parts:
            _clear(lane(sharp.regions), look, grid)
            draw_regions(lane(sharp.regions), scene.regions, scene.chosen, scene.threshold)
        if Part.SCORES in parts:
            _draw_scores(scene, lane(sharp.scores), grid)
        if Part.CLIPS in parts:
            _clear(lane(sharp.clips), look)
            draw_clips(lane(sharp.clips), scene.clips, scene.colors)
        if Part.RULER in parts:
            pixels[sharp.ruler.top : sharp.ruler.bottom] = look.raised
            pixels[sharp.ruler.bottom - max(round(6 * ratio), 1) : sharp.ruler.bottom, grid] = look.line
        for part, strip in _STRIPS.items():
            if part in parts:
                for each in strip(sharp):
                    pixels[max(each.bottom - 1, 0) : each.bottom] = look.line
        painter = QPainter(self._image)
        painter.setFont(font)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        Texts(painter, scene, view, lanes).write(parts, marks, step)
        painter.end()
        return self._image

    def _draw_sound(self, scene: Scene, lane: Callable[[Lane], Brush], lanes: Lanes, grid: Places) -> None:
        look = palette(scene.colors)
        wave = lane(lanes.waveform)
        _clear(wave, look, grid)
        picture = lane(lanes.spectrogram)
        _clear(picture, look)
        if scene.sound is None:
            return
        self._loudness.measure(scene.sound)
        if lanes.spectrogram.height:
            draw_spectrogram(picture, scene.sound, self._loudness.colors(look.spectrum))
        draw_waveform(wave, scene.sound, self._loudness.gain)
        draw_stems(wave.pixels, scene.clips, wave.view, scene.colors)
        draw_stems(picture.pixels, scene.clips, wave.view, scene.colors)


_STRIPS: dict[Part, Callable[[Lanes], tuple[Lane, ...]]] = {
    Part.RULER: lambda lanes: (lanes.ruler,),
    Part.CLIPS: lambda lanes: (lanes.clips,),
    Part.SOUND: lambda lanes: (lanes.spectrogram, lanes.waveform),
    Part.REGIONS: lambda lanes: (lanes.regions,),
}


def _draw_scores(scene: Scene, brush: Brush, grid: Places) -> None:
    _clear(brush, brush.look, grid)
    margin = SCORE_MARGIN * brush.ratio
    if scene.score is not None:
        draw_curve(brush, scene.score, brush.look.score, margin=margin)
    if scene.comparison is not None:
        draw_curve(brush, scene.comparison, brush.look.comparison, margin=margin, second=True)


def _clear(brush: Brush, look: Palette, grid: Places | None = None) -> None:
    brush.pixels[:] = look.background
    if grid is not None:
        brush.pixels[:, grid] = look.grid


def _pixels(image: QImage) -> Pixels:
    """Return the memory of an image that nobody else holds."""
    memory = image.bits()
    if memory is None:
        return np.zeros((0, 0), np.uint32)
    memory.setsize(image.sizeInBytes())
    rows = np.frombuffer(memory, np.uint32)  # type: ignore[call-overload]  # a voidptr with a size is a buffer
    return rows.reshape(image.height(), image.bytesPerLine() // 4)[:, : image.width()]  # type: ignore[no-any-return]

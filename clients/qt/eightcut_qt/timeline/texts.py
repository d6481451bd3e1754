"""Writes what stands in the lanes of the timeline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QFontMetricsF, QPainter

from eightcut_qt.core.theme import DARK, LIGHT, color
from eightcut_qt.timeline.peaks import BANDS, frequency_band
from eightcut_qt.timeline.scene import Part, Scene
from eightcut_qt.timeline.ticks import tick_text

if TYPE_CHECKING:
    from eightcut_qt.timeline.lanes import Lane, Lanes
    from eightcut_qt.timeline.viewport import Viewport

_FREQUENCIES = ((250.0, "250 Hz"), (1000.0, "1 kHz"), (4000.0, "4 kHz"))
_INK = (LIGHT.text, DARK.text)
"""On regions, whose colours are the same in both themes: dark on light ones, light on dark ones."""

_MOST = 200
"""Scores that are tried at most: overlapping regions can be many."""


class Texts:
    """All texts; only as many as there is room for."""

    def __init__(self, painter: QPainter, scene: Scene, view: Viewport, lanes: Lanes) -> None:
        """Write with a painter whose font is set."""
        self._painter = painter
        self._scene = scene
        self._view = view
        self._lanes = lanes
        self._metrics = QFontMetricsF(painter.font())

    def write(self, parts: Part, marks: Sequence[float], step: float) -> None:
        """Write those of some parts.

        Args:
            parts: Those that were drawn.
            marks: Times on the ruler.
            step: Seconds between them.
        """
        writers: Iterable[tuple[Part, Callable[[], None]]] = (
            (Part.RULER, lambda: self._ruler(marks, step)),
            (Part.CLIPS, self._clips),
            (Part.SOUND, self._sound),
            (Part.REGIONS, self._regions),
            (Part.SCORES, self._scores),
        )
        for part, writer in writers:
            if part in parts:
                writer()

    def _ruler(self, marks: Sequence[float], step: float) -> None:
        lane = self._lanes.ruler
        self._painter.setPen(color(self._scene.colors.text))
        for mark in marks:
            x = self._view.x(mark) + 3
            self._painter.drawText(QPointF(x, lane.top + 2 + self._metrics.ascent()), tick_text(mark, step))

    def _clips(self) -> None:
        lane, clips, view = self._lanes.clips, self._scene.clips, self._view
        if not len(clips):
            return
        left = (clips.start - view.start) / view.seconds_per_pixel
        right = (clips.end - view.start) / view.seconds_per_pixel
        until = np.minimum(right, np.append(left[1:], np.inf))  # The next clip lies over this one.
        room = np.minimum(until, view.width) - np.maximum(left, 0)
        self._painter.setPen(color(self._scene.colors.text))
        for row in np.flatnonzero(room >= 3 * self._metrics.averageCharWidth() + 8):
            clip = clips.clips[int(row)]
            name = f"{clip.folder} · {clip.label}" if clip.label else clip.folder
            name = f"✓ {name}" if clip.scan_export else name  # The sign that its region has in the table.
            self._in_box(lane, max(float(left[row]), 0.0) + 6, float(room[row]) - 8, name)

    def _sound(self) -> None:
        lane = self._lanes.spectrogram
        colors = self._scene.colors
        if lane.height and self._scene.sound is not None and lane.height > 5 * self._metrics.height():
            for frequency, name in _FREQUENCIES:
                y = lane.bottom - lane.height * (frequency_band(frequency) + 0.5) / BANDS
                self._tag(4.0, y - self._metrics.height() / 2, name)
        if self._scene.sound_note:
            top = self._lanes.spectrogram.top
            box = QRectF(0, top, self._view.width, self._lanes.waveform.bottom - top)
            if self._scene.sound is not None:  # The picture grows below it.
                width = self._metrics.horizontalAdvance(self._scene.sound_note)
                self._tag(self._view.width - width - 14, box.top() + 6, self._scene.sound_note)
            else:
                self._painter.setPen(color(colors.muted))
                self._painter.drawText(
                    box, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self._scene.sound_note
                )

    def _regions(self) -> None:
        lane, regions, view = self._lanes.regions, self._scene.regions, self._view
        if not len(regions):
            return
        left = np.maximum((regions.start - view.start) / view.seconds_per_pixel, 0.0)
        right = np.minimum((regions.end - view.start) / view.seconds_per_pixel, view.width)
        width = self._metrics.horizontalAdvance("0.00") + 12
        wide = (right - left >= width) & (regions.score >= self._scene.threshold)
        rows = np.flatnonzero(wide)
        taken: list[float] = []
        for row in rows[np.argsort(-regions.score[rows], kind="stable")][:_MOST]:
            at = float(left[row])
            if any(abs(at - other) < width for other in taken):
                continue  # It would lie over the text of a better one.
            taken.append(at)
            text = f"{regions.score[row]:.2f}"
            light = bool(regions.disabled[row]) and self._scene.colors.dark
            self._painter.setPen(color(_INK[light]))
            box = QRectF(at + 6, lane.top, width, lane.height - 2)
            self._painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom), text)

    def _scores(self) -> None:
        lane, scene = self._lanes.scores, self._scene
        if lane.height < 3 * self._metrics.height():
            return
        names = [("score", scene.colors.score)] if scene.score is not None else []
        names += [("compared with", scene.colors.comparison)] if scene.comparison is not None else []
        x = 4.0
        for name, ink in names:
            x += self._tag(x, lane.top + 3, name, ink) + 4

    def _in_box(self, lane: Lane, x: float, width: float, text: str) -> None:
        shown = self._metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)
        box = QRectF(x, lane.top, width, lane.height - 1)
        self._painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), shown)

    def _tag(self, x: float, y: float, text: str, ink: str = "") -> float:
        """Write over a picture, on a ground of its own; returns the width."""
        colors = self._scene.colors
        width = self._metrics.horizontalAdvance(text) + 8
        self._painter.fillRect(QRectF(x, y, width, self._metrics.height()), color(colors.background, 0.75))
        self._painter.setPen(color(ink or colors.muted))
        self._painter.drawText(QPointF(x + 4, y + self._metrics.ascent()), text)
        return float(width)

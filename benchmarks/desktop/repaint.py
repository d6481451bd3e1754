"""How long the timeline takes to repaint: 2 hours, 5,000 regions, while zooming and while the playhead moves.

The reference, in the same run on the same data, is a timeline as one writes it first: a QPainter that draws each column
of the spectrogram, each line of the waveform, each region and each score by itself.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
from eightcut_qt.core.records import ClipRecord, RegionRecord
from eightcut_qt.core.theme import DARK, color
from eightcut_qt.timeline.canvas import TimelineView
from eightcut_qt.timeline.marks import ClipMarks, Curve, RegionMarks
from eightcut_qt.timeline.peaks import BANDS, PEAK_HOP, RATE, SoundPicture
from eightcut_qt.timeline.pyramid import Pyramid
from eightcut_qt.timeline.scene import Scene
from eightcut_qt.timeline.viewport import Viewport
from PyQt6.QtCore import QLineF, QPointF, QRect, QRectF
from PyQt6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF, QRegion
from PyQt6.QtWidgets import QApplication

DURATION = 7200.0
REGIONS = 5000
WIDTH, HEIGHT = 1600, 400
ZOOM_TARGET, PLAYHEAD_TARGET = 8.0, 1.0  # Milliseconds

_VIEWS = 60


def make_scene() -> Scene:
    """Return two hours of noise with everything that can be shown in them."""
    rng = np.random.default_rng(8)
    columns = int(DURATION * RATE / PEAK_HOP)
    loud = np.abs(np.sin(np.arange(columns) / 4000.0))[:, None] * rng.random((columns, 2))
    peaks, spectrum = Pyramid(2, np.int16), Pyramid(BANDS, np.uint8)
    peaks.append((loud * 20_000).astype(np.int16))
    spectrum.append(rng.integers(60, 200, (columns // 2, BANDS), np.uint8))
    starts = np.sort(rng.uniform(0, DURATION - 10, REGIONS))
    regions = []
    for index, start in enumerate(starts.tolist()):
        end, score = start + float(rng.uniform(0.5, 9)), float(rng.random())
        found = (start - 0.5, end + 0.5) if index % 7 == 0 else (start, end)
        regions.append(RegionRecord(f"r{index}", "scan", start, end, score, index % 5 == 0, *found, *found, ""))
    clips = [
        ClipRecord(f"c{index}", "media", index * 14.0, 8.0, f"folder {index % 6}", "", "", scan_export=False, etag="")
        for index in range(500)
    ]
    scores = rng.random(int(DURATION)).astype(np.float32)
    return Scene(
        colors=DARK,
        sound=SoundPicture(peaks, spectrum, 2 * PEAK_HOP, columns * PEAK_HOP, complete=True),
        regions=RegionMarks.of(regions),
        selection=frozenset(f"r{index}" for index in range(0, REGIONS, 100)),
        threshold=0.3,
        clips=ClipMarks.of(clips),
        score=Curve.of(scores, 8.0, 1.0),
        comparison=Curve.of(scores[::-1].copy(), 8.0, 1.0),
    )


def zoom_views() -> list[Viewport]:
    """Return what is seen while one zooms from everything to five seconds, and while one pans there."""
    view = Viewport.whole(DURATION, WIDTH)
    views = []
    for index in range(_VIEWS):
        views.append(view)
        view = view.zoomed(1.13, WIDTH * (0.3 + 0.4 * (index % 2)))
    return views


def plain(painter: QPainter, scene: Scene, view: Viewport) -> None:
    """Paint the scene as one writes it first: each thing by itself, as it comes."""
    colors = scene.colors
    painter.fillRect(0, 0, WIDTH, HEIGHT, color(colors.background))
    if scene.sound is not None:
        _plain_sound(painter, scene.sound, view, colors.waveform)
    low, high = color(colors.region_low), color(colors.region_high)
    regions = scene.regions
    for row, id_ in enumerate(regions.ids):
        start, end = float(regions.start[row]), float(regions.end[row])
        if end < view.start or start > view.end:
            continue
        share = float(regions.score[row])
        mixed = QColor(
            int(low.red() + share * (high.red() - low.red())),
            int(low.green() + share * (high.green() - low.green())),
            int(low.blue() + share * (high.blue() - low.blue())),
        )
        x = view.x(start)
        painter.setPen(QPen(color(colors.selection), 2) if id_ in scene.selection else QPen(color(colors.line)))
        painter.setBrush(mixed)
        painter.drawRect(QRectF(x, 280, max(view.x(end) - x, 1.0), 36))
    for clip in scene.clips.clips:
        if clip.end >= view.start and clip.start <= view.end:
            x = view.x(clip.start)
            painter.fillRect(QRectF(x, 24, view.x(clip.end) - x, 20), color(colors.folder_color(clip.folder)))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for curve, ink in ((scene.score, colors.score), (scene.comparison, colors.comparison)):
        if curve is not None:
            first = max(int((view.start - curve.first) / curve.hop), 0)
            last = min(int((view.end - curve.first) / curve.hop) + 2, len(curve.scores))
            points = [
                QPointF(view.x(curve.first + index * curve.hop), 395 - 70 * float(curve.scores[index]))
                for index in range(first, last)
            ]
            painter.setPen(color(ink))
            painter.drawPolyline(QPolygonF(points))


def _plain_sound(painter: QPainter, sound: SoundPicture, view: Viewport, ink: str) -> None:
    levels = sound.spectrum.level(0)
    for x in range(WIDTH):
        column = int(view.time(x) * RATE / sound.spectrum_hop)
        for band in range(0, BANDS, 8) if column < len(levels) else ():
            shade = int(levels[column, band])
            painter.fillRect(x, 180 - band * 3 // 2, 1, 12, QColor(shade // 2, shade * 2 // 3, shade))
    peaks = sound.peaks.level(0)
    painter.setPen(color(ink))
    for x in range(WIDTH):
        first = int(view.time(x) * RATE / PEAK_HOP)
        part = peaks[first : max(int(view.time(x + 1) * RATE / PEAK_HOP), first + 1)]
        if len(part):
            painter.drawLine(QLineF(x, 230 - part[:, 1].max() / 700, x, 230 + part[:, 0].max() / 700))


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def run() -> bool:
    """Print the figures and tell whether they are reached."""
    application = QApplication.instance() or QApplication([])
    scene = make_scene()
    canvas = TimelineView()
    canvas.resize(WIDTH, HEIGHT)
    canvas.set_duration(DURATION, anew=True)
    canvas.scene = scene
    canvas.show()
    application.processEvents()
    target = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)

    def repaint(view: Viewport) -> None:
        canvas.set_view(view)
        canvas.repaint()

    def repaint_plain(view: Viewport) -> None:
        painter = QPainter(target)
        plain(painter, scene, view)
        painter.end()

    views = zoom_views()
    for view in views[:3]:
        repaint(view)
    zooming = [_timed(lambda view=view: repaint(view)) for view in views]  # type: ignore[misc]
    reference = [_timed(lambda view=view: repaint_plain(view)) for view in views[::4]]  # type: ignore[misc]
    canvas.set_view(Viewport.whole(DURATION, WIDTH))
    canvas.repaint()
    playhead = []
    for index in range(300):
        x = 5 + index * 5
        both = QRegion(QRect(x - 7, 0, 15, HEIGHT)) | QRegion(QRect(x - 2, 0, 15, HEIGHT))
        canvas.position = canvas.view.time(x)
        playhead.append(_timed(lambda both=both: canvas.repaint(both)))  # type: ignore[misc]
    canvas.close()

    zoom, plainly, move = map(statistics.median, (zooming, reference, playhead))
    print(f"timeline, {DURATION / 3600:.0f} h, {REGIONS:,} regions, {WIDTH} by {HEIGHT} pixels")
    for name, figures, wanted in (
        ("zooming", zooming, f"wanted: {ZOOM_TARGET:.0f} ms"),
        ("playhead", playhead, f"wanted: {PLAYHEAD_TARGET:.0f} ms"),
        ("plain QPainter", reference, f"{plainly / zoom:.1f} times as long when zooming"),
    ):
        print(f"  {name:<16}{statistics.median(figures):8.2f} ms median {max(figures):8.2f} ms at most   ({wanted})")
    return zoom <= ZOOM_TARGET and move <= PLAYHEAD_TARGET

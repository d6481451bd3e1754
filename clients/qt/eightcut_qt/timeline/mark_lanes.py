"""Draws regions, clips and score curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from eightcut_qt.timeline.raster import (
    Brush,
    Coverage,
    Pixels,
    Places,
    band,
    blend,
    blend_columns,
    mixed,
    over,
    pixel,
    spread,
    trace,
)

if TYPE_CHECKING:
    from eightcut_qt.core.theme import Colors
    from eightcut_qt.timeline.marks import ClipMarks, Curve, Flags, RegionMarks
    from eightcut_qt.timeline.viewport import Viewport

_FAINT_HEIGHT = 0.25
"""Of the lane: how high regions below the threshold are."""
_TINT = 36  # Of 255: how much the colour of a curve is seen below it.
_STEM = 110  # Of 255: how much a clip's start is seen across the lanes below.


def columns_of(start: npt.NDArray[Any], end: npt.NDArray[Any], view: Viewport, width: int) -> tuple[Places, Places]:
    """Return the first column of pixels of stretches, and the one after the last; at least one each."""
    scale = width / view.span
    x0 = np.clip(np.floor((start - view.start) * scale), -1, width + 1).astype(np.intp)
    x1 = np.clip(np.ceil((end - view.start) * scale), -1, width + 1).astype(np.intp)
    return x0, np.where((x1 <= x0) & (x0 >= 0), x0 + 1, x1)


def draw_regions(brush: Brush, regions: RegionMarks, selected: Flags, threshold: float) -> None:
    """Draw regions over a lane that is empty: the better the score, the higher and the greener."""
    if not len(regions):
        return
    x0, x1 = columns_of(regions.start, regions.end, brush.view, brush.width)
    seen = np.flatnonzero((x1 > 0) & (x0 < brush.width))
    order = seen[np.argsort(regions.score[seen], kind="stable")]  # The best on top.
    shown = regions.score[order] >= threshold
    _draw_ghosts(brush, regions, order[shown])
    faint = order[~shown]
    _draw_faint(brush, x0[faint], x1[faint], regions.score[faint])
    order = order[shown]
    if len(order):
        _draw_bars(brush, regions, order, selected, (x0, x1))
        _stamp_signs(brush, x0[order], x1[order], regions.negative[order])


def _draw_bars(
    brush: Brush, regions: RegionMarks, order: Places, selected: Flags, bounds: tuple[Places, Places]
) -> None:
    look, height = brush.look, brush.height
    which = spread(bounds[0][order], bounds[1][order], brush.width)
    columns = np.flatnonzero(which >= 0)
    row = order[which[columns]]  # The region of each column, and its bounds.
    x0, x1 = bounds[0][row], bounds[1][row]
    score = np.clip(regions.score[row], 0, 1)
    top = 1 + np.rint((1 - score) * 0.45 * (height - 2)).astype(np.intp)
    y = np.arange(height)[:, None]
    line = max(round(brush.ratio), 1)
    bars = np.broadcast_to(look.region[(score * 255).astype(np.intp)], (height, len(columns)))
    disabled, wrong, chosen = regions.disabled[row], regions.negative[row], selected[row]
    if disabled.any():
        stripe = max(round(3 * brush.ratio), 2)
        hatch = np.where(((y + columns) // stripe) % 2 == 0, np.uint32(look.disabled), np.uint32(look.disabled_gap))
        bars = np.where(disabled, hatch, bars)
    if wrong.any():
        bars = np.where(wrong & (y >= height - 1 - 4 * line), np.uint32(look.negative), bars)
    gap = (columns >= x1 - line) & (x1 - x0 >= 6 * line)  # Neighbours are told apart.
    if chosen.any():
        frame = 2 * line
        edge = (columns < x0 + frame) | (columns >= x1 - frame) | (y < top + frame) | (y >= height - frame - 1)
        bars = np.where(chosen & edge, np.uint32(look.selection), bars)
        gap &= ~chosen
    inside = (y >= top) & (y < height - 1) & ~gap
    brush.pixels[:, columns] = np.where(inside, bars, brush.pixels[:, columns])


def _draw_ghosts(brush: Brush, regions: RegionMarks, rows: Places) -> None:
    """Show where resized regions were found."""
    moved = (regions.original_start[rows] != regions.start[rows]) | (regions.original_end[rows] != regions.end[rows])
    rows = rows[moved]
    if len(rows):
        x0, x1 = columns_of(regions.original_start[rows], regions.original_end[rows], brush.view, brush.width)
        columns = np.flatnonzero(spread(x0, x1, brush.width) >= 0)
        brush.pixels[brush.height // 3 : brush.height - 1, columns] = brush.look.ghost


def _draw_faint(brush: Brush, x0: Places, x1: Places, scores: npt.NDArray[np.float64]) -> None:
    which = spread(x0, x1, brush.width)
    columns = np.flatnonzero(which >= 0)
    top = brush.height - 1 - max(round(brush.height * _FAINT_HEIGHT), 2)
    colors = brush.look.faint[(np.clip(scores[which[columns]], 0, 1) * 255).astype(np.intp)]
    brush.pixels[top : brush.height - 1, columns] = colors


def _stamp_signs(brush: Brush, x0: Places, x1: Places, negative: Flags) -> None:
    """Put a cross on hard negatives where there is room: their colour is not the only sign."""
    sign = _cross(brush.ratio)
    size = len(sign)
    left, right = np.maximum(x0, 0), np.minimum(x1, brush.width)
    fits = negative & (right - left >= size + 4 * brush.ratio)
    left = (left + (right - left - size) // 2)[fits]
    top = brush.height - 1 - size - max(round(4 * brush.ratio), 4)
    if len(left) and top >= 0:
        rows = top + np.arange(size)[None, :, None]
        columns = left[:, None, None] + np.arange(size)[None, None, :]
        colors = np.where(sign, np.uint32(brush.look.background), np.uint32(brush.look.negative))
        brush.pixels[rows, columns] = colors[None]


def _cross(ratio: float) -> Flags:
    size = round(11 * ratio) | 1
    y, x = np.mgrid[:size, :size]
    arms = (np.abs(x - y) <= 0.9 * ratio) | (np.abs(x + y - size + 1) <= 0.9 * ratio)
    margin = round(2 * ratio)
    inner = (np.minimum(x, y) >= margin) & (np.maximum(x, y) < size - margin)
    return np.asarray(arms & inner)


def draw_clips(brush: Brush, clips: ClipMarks, colors: Colors) -> None:
    """Draw clips in the colours of their folders, over a lane that is empty; their starts are darker.

    Those that were exported from a scan are half as high as those that a person marked.
    """
    if not len(clips):
        return
    names = [colors.folder_color(name) for name in clips.folders]
    starts = np.array([pixel(name) for name in names], np.uint32)
    bodies = np.array([pixel(mixed(colors.background, name, 0.45)) for name in names], np.uint32)
    x0, x1 = columns_of(clips.start, clips.end, brush.view, brush.width)
    which = spread(x0, x1, brush.width)
    columns = np.flatnonzero(which >= 0)
    row = which[columns]
    begins = columns < x0[row] + max(round(3 * brush.ratio), 2)
    folder = clips.folder[row]
    top = np.where(clips.exported[row], brush.height // 2, 1)
    inside = np.arange(1, brush.height - 1)[:, None] >= top
    lane = brush.pixels[1 : brush.height - 1, columns]
    brush.pixels[1 : brush.height - 1, columns] = np.where(
        inside, np.where(begins, starts[folder], bodies[folder]), lane
    )


def draw_stems(pixels: Pixels, clips: ClipMarks, view: Viewport, colors: Colors) -> None:
    """Draw where clips start, across a lane."""
    if not len(clips):
        return
    width = pixels.shape[1]
    place = np.floor((clips.start - view.start) * (width / view.span))
    seen = np.flatnonzero((place >= 0) & (place < width))
    columns, first = np.unique(place[seen].astype(np.intp), return_index=True)
    folder = np.array([pixel(colors.folder_color(name)) for name in clips.folders], np.uint32)
    blend_columns(pixels, columns, folder[clips.folder[seen[first]]], _STEM)


def draw_curve(brush: Brush, curve: Curve, color: int, *, margin: float, second: bool = False) -> None:
    """Draw a score curve over a lane; the first one with what lies below it tinted, a second one dashed."""
    least, largest = trace(curve.scores, curve.first, curve.hop, brush.view, brush.width)
    room = brush.height - 2 * margin
    thick = 0.8 * brush.ratio
    upper = margin + (1 - largest) * room - thick
    lower = margin + (1 - least) * room + thick
    covered: Coverage = band(upper, lower, brush.height)
    if second:
        dash = max(round(4 * brush.ratio), 2)
        covered[:, (np.arange(brush.width) // dash) % 3 == 2] = 0
    else:
        tinted = over(brush.pixels[0], np.uint32(color), _TINT)  # Each column is of one colour so far.
        below = np.arange(brush.height)[:, None] >= np.where(np.isnan(lower), 1e6, lower)
        np.copyto(brush.pixels, tinted, where=below)
    blend(brush.pixels, color, covered)

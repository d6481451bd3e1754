"""Drawing whole columns of pixels at once, with numpy, into the memory of an image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from eightcut_qt.timeline.palette import Palette
    from eightcut_qt.timeline.pyramid import Pyramid
    from eightcut_qt.timeline.viewport import Viewport

Pixels: TypeAlias = npt.NDArray[np.uint32]
"""0xffRRGGBB [rows, columns]."""
Coverage: TypeAlias = npt.NDArray[np.uint8]
"""How much of a pixel is covered, 0 to 255."""
Floats: TypeAlias = npt.NDArray[np.floating[Any]]
Places: TypeAlias = npt.NDArray[np.intp]

_TAPS = 5  # Columns of a level that a pixel can touch: four, and one that it shares.


def pixel(color: str) -> int:
    """Return a colour given as #rrggbb."""
    return 0xFF000000 | int(color[1:], 16)


def mixed(low: str, high: str, share: float) -> str:
    """Return a colour between two."""
    pairs = [(int(low[i : i + 2], 16), int(high[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def ramp(stops: Sequence[tuple[float, str]]) -> Pixels:
    """Return 256 colours that pass through the given ones, at places from 0 to 1."""
    places = [place for place, _ in stops]
    made: Pixels = np.full(256, 0xFF, np.uint32)
    for index in (1, 3, 5):
        channel = np.interp(np.linspace(0, 1, 256), places, [int(color[index : index + 2], 16) for _, color in stops])
        made = np.asarray((made << 8) | np.rint(channel).astype(np.uint32), np.uint32)
    return made


@dataclass(frozen=True, slots=True)
class Brush:
    """A lane that is drawn.

    Attributes:
        pixels: Its part of the image.
        view: What is seen.
        look: Colours.
        ratio: Pixels of the screen for each of ours.
    """

    pixels: Pixels
    view: Viewport
    look: Palette
    ratio: float

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return int(self.pixels.shape[1])


def blend(pixels: Pixels, color: int, coverage: Coverage) -> None:
    """Lay a colour over pixels."""
    places = np.flatnonzero(coverage)
    rows, columns = np.divmod(places, coverage.shape[1])
    pixels[rows, columns] = over(pixels[rows, columns], np.uint32(color), coverage.reshape(-1)[places])


def blend_columns(pixels: Pixels, columns: Places, colors: Pixels, alpha: int) -> None:
    """Lay a colour over each of some whole columns of pixels."""
    if len(columns):
        pixels[:, columns] = over(pixels[:, columns], colors[None, :], alpha)


def over(under: Pixels, color: Any, alpha: Any) -> Pixels:  # noqa: ANN401  numbers or arrays
    """Return pixels with a colour over them, of an opacity of 0 to 255."""
    weight = np.asarray(alpha).astype(np.uint32)
    rest = np.uint32(255) - weight
    odd, even = np.uint32(0xFF00FF), np.uint32(0x00FF00)
    # Red and blue in one product, each with eight bits of room above it.
    outer = (((under & odd) * rest + (color & odd) * weight + np.uint32(0x800080)) >> 8) & odd
    inner = ((((under & even) >> 8) * rest + ((color & even) >> 8) * weight + 0x80) >> 8) << 8
    return np.asarray(np.uint32(0xFF000000) | outer | (inner & even), np.uint32)


def band(top: Floats, bottom: Floats, height: int) -> Coverage:
    """Return how much of each pixel of a lane lies between two curves, rows from the lane's top; NaN: nothing."""
    rows = np.arange(height, dtype=np.float32)[:, None]
    upper = np.maximum(np.where(np.isnan(top), 1e6, top).astype(np.float32), rows)
    lower = np.minimum(np.where(np.isnan(bottom), -1e6, bottom).astype(np.float32), rows + 1)
    lower -= upper
    np.clip(lower, 0.0, 1.0, out=lower)
    lower *= 255.0
    return lower.astype(np.uint8)


def spread(x0: Places, x1: Places, width: int) -> Places:
    """Return which of some stretches covers each column of pixels, the last of several; -1: none."""
    made = np.full(width, -1, np.intp)
    left, right = np.clip(x0, 0, width), np.clip(x1, 0, width)
    lengths = np.maximum(right - left, 0)
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    if total:
        which = np.repeat(np.arange(len(lengths)), lengths)
        made[np.arange(total) + (left - ends + lengths)[which]] = which
    return made


def column_edges(view: Viewport, width: int) -> npt.NDArray[np.float64]:
    """Return the times of the edges of ``width`` columns of pixels."""
    return np.asarray(view.start + np.arange(width + 1) * (view.span / width), np.float64)


def sample(pyramid: Pyramid, rate: float, view: Viewport, width: int) -> tuple[npt.NDArray[Any], int, int]:
    """Return the largest values in each column of pixels, or values in between where one has many pixels.

    Args:
        pyramid: Of columns.
        rate: Columns of level 0 a second.
        view: What is seen.
        width: Columns of pixels.

    Returns:
        [pixels, values], and the first and last + 1 pixel that it has something to say of.
    """
    step = view.span / width * rate
    index = min(max(int(math.log(step, 4)), 0) if step > 1 else 0, pyramid.depth - 1)
    columns = pyramid.level(index)
    scale = rate / 4**index
    edges = column_edges(view, width) * scale
    last = int(np.searchsorted(edges[:-1], len(columns)))
    if not len(columns) or last <= 0:
        return np.zeros((0, pyramid.level(0).shape[1])), 0, 0
    if view.span / width * scale >= 1:
        first, until = edges[:last].astype(np.intp), np.ceil(edges[1 : last + 1]).astype(np.intp) - 1
        until = np.minimum(np.maximum(until, first), len(columns) - 1)
        found = columns[first]
        for tap in range(1, min(int((until - first).max()), _TAPS if index + 1 < pyramid.depth else 4096) + 1):
            found = np.maximum(found, columns[np.minimum(first + tap, until)])
        return found, 0, last
    middle = np.clip((edges[:last] + edges[1 : last + 1]) / 2 - 0.5, 0, len(columns) - 1)
    left = middle.astype(np.intp)
    share = (middle - left).astype(np.float32)[:, None]
    before = columns[left].astype(np.float32)
    after = columns[np.minimum(left + 1, len(columns) - 1)].astype(np.float32)
    before += (after - before) * share
    return before, 0, last


def trace(
    scores: npt.NDArray[np.float32], first: float, hop: float, view: Viewport, width: int
) -> tuple[Floats, Floats]:
    """Return the least and the largest value of a curve in each column of pixels, NaN where it is not."""
    edges = (column_edges(view, width) - first) / hop
    count = len(scores)
    left = np.clip(np.floor(edges), 0, count - 1).astype(np.intp)
    right = np.minimum(left + 1, count - 1)
    share = np.clip(edges - left, 0.0, 1.0)
    values = scores[left] * (1 - share) + scores[right] * share
    # A curve of NaNs and numbers is seen at the numbers: half a hop to each side.
    values = np.where(np.isnan(values), scores[np.where(share < 0.5, left, right)], values)
    values[(edges < -0.5) | (edges > count - 0.5)] = np.nan
    least, largest = np.fmin(values[:-1], values[1:]), np.fmax(values[:-1], values[1:])
    starts = np.clip(np.ceil(edges), 0, count).astype(np.intp)
    inside = np.flatnonzero(starts[1:] > starts[:-1])
    if len(inside):
        begin, end = starts[inside[0]], starts[inside[-1] + 1]
        part = scores[begin:end]
        cuts = starts[inside] - begin
        least[inside] = np.fmin(least[inside], np.fmin.reduceat(part, cuts))
        largest[inside] = np.fmax(largest[inside], np.fmax.reduceat(part, cuts))
    return least, largest

"""A picture of a score track for the terminal, drawn with block characters."""

from __future__ import annotations

import math
import shutil
from collections.abc import Sequence

from eightcut_cli.times import clock

_BLOCKS = " ▁▂▃▄▅▆▇█"
_HEIGHT = 5
_AXIS = 5
_WIDEST = 160


def draw(
    scores: Sequence[float],
    *,
    threshold: float,
    grid: tuple[float, float],
    regions: Sequence[tuple[float, float]] = (),
    width: int | None = None,
) -> list[str]:
    """Draws the scores over time, with a line at the threshold, and below it where regions are.

    Args:
        scores: One for each window, 0 to 1.
        threshold: At or above it a window belongs to a region, 0 to 1.
        grid: Length of a window and distance between windows, seconds.
        regions: Start and end of each, seconds.
        width: Columns; absent: the terminal's.

    Returns:
        Lines from the top (1.0) to the time axis; a sentence when there is nothing to draw.
    """
    if not len(scores):
        return ["(no score track is kept with this scan)"]
    columns = max(10, min(width or shutil.get_terminal_size().columns, _WIDEST) - _AXIS - 1)
    duration = grid[0] + (len(scores) - 1) * grid[1]
    peaks = _peaks(scores, columns, grid, duration)
    # The row in whose span the threshold lies.
    line_row = min(int(threshold * _HEIGHT), _HEIGHT - 1)
    rows = []
    for row in reversed(range(_HEIGHT)):
        cells = "".join(_cell(peak, row, line="┄" if row == line_row else " ") for peak in peaks)
        scale = f"{threshold:.2f}" if row == line_row else {_HEIGHT - 1: "1.00", 0: "0.00"}.get(row, "")
        rows.append(f"{scale:>{_AXIS}}│{cells}")
    if regions:
        rows.append(f"{'found':>{_AXIS}}│{_marks(regions, columns, duration)}")
    return [*rows, *_time_axis(columns, duration)]


def _peaks(scores: Sequence[float], columns: int, grid: tuple[float, float], duration: float) -> list[float]:
    """The best score under each column: a hit of one window must be seen in a picture of ten hours.

    A window is drawn at its middle. A column in which no window has its middle shows the nearest one.
    """
    window, hop = grid

    def first_at(time: float) -> int:
        """The first window whose middle is at or after a time."""
        return min(max(math.ceil((time - window / 2) / hop), 0), len(scores))

    peaks = []
    for column in range(columns):
        begin, end = first_at(column * duration / columns), first_at((column + 1) * duration / columns)
        nearest = min(begin, len(scores) - 1)
        peaks.append(max(scores[begin:end]) if end > begin else scores[nearest])
    return peaks


def _cell(peak: float, row: int, line: str) -> str:
    filled = round((peak * _HEIGHT - row) * 8)
    return line if filled <= 0 else _BLOCKS[min(filled, 8)]


def _marks(regions: Sequence[tuple[float, float]], columns: int, duration: float) -> str:
    marks = [" "] * columns
    for start, end in regions:
        first = min(int(start / duration * columns), columns - 1)
        last = min(math.ceil(end / duration * columns), columns)
        marks[first : max(last, first + 1)] = "▀" * max(last - first, 1)
    return "".join(marks)


def _time_axis(columns: int, duration: float) -> list[str]:
    count = max(1, min(columns // 14, 8))
    ticks, labels = ["─"] * columns, [" "] * (columns + 8)
    for mark in range(count + 1):
        at = min(math.floor(mark * columns / count), columns - 1)
        ticks[at] = "┬"
        text = clock(duration * mark / count)
        begin = max(0, min(at - len(text) // 2, columns + 8 - len(text)))
        labels[begin : begin + len(text)] = text
    margin = " " * _AXIS
    return [f"{margin}└{''.join(ticks)}", f"{margin} {''.join(labels)}".rstrip()]

"""Round times for the ruler."""

from __future__ import annotations

import math

from eightcut_qt.core.clock import format_time

_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400)


def tick_step(seconds_per_pixel: float, label_width: float) -> float:
    """Return the seconds between labels that do not touch."""
    least = seconds_per_pixel * label_width * 1.4
    return next((step for step in _STEPS if step >= least), math.ceil(least / 14400) * 14400)


def ticks(start: float, end: float, step: float) -> list[float]:
    """Return the multiples of a step in a stretch."""
    first = math.ceil(start / step - 1e-9)
    return [index * step for index in range(first, math.floor(end / step + 1e-9) + 1)]


def tick_text(time: float, step: float) -> str:
    """Return the label of a tick: tenths only where the ticks are closer than a second."""
    return format_time(time, 1 if step < 1 else 0)

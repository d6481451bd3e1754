"""The theme's colours as numbers for the pixels, mixed once for each theme."""

from __future__ import annotations

from functools import lru_cache

from eightcut_qt.core.theme import Colors
from eightcut_qt.timeline.raster import mixed, pixel, ramp


class Palette:
    """Colours and ramps of the lanes."""

    def __init__(self, colors: Colors) -> None:
        """Mix them; see `palette`."""
        self.background = pixel(colors.background)
        self.raised = pixel(colors.raised)
        self.line = pixel(colors.line)
        self.grid = pixel(mixed(colors.background, colors.line, 0.55))
        self.text = pixel(colors.text)
        self.ghost = pixel(colors.ghost)
        self.disabled = pixel(colors.disabled)
        self.disabled_gap = pixel(mixed(colors.background, colors.disabled, 0.35))
        self.negative = pixel(colors.negative)
        self.selection = pixel(colors.selection)
        self.score = pixel(colors.score)
        self.comparison = pixel(colors.comparison)
        self.wave = ramp([(0.0, colors.background), (1.0, colors.waveform)])
        self.region = ramp([(0.0, colors.region_low), (1.0, colors.region_high)])
        self.faint = ramp(
            [
                (0.0, mixed(colors.background, colors.region_low, 0.3)),
                (1.0, mixed(colors.background, colors.region_high, 0.3)),
            ]
        )
        deep = mixed(colors.background, colors.waveform, 0.45)
        self.spectrum = ramp(
            [
                (0.0, colors.background),
                (0.35, deep),
                (0.7, colors.waveform),
                (1.0, mixed(colors.waveform, colors.text, 0.9)),
            ]
        )


@lru_cache(maxsize=4)
def palette(colors: Colors) -> Palette:
    """Return the palette of a theme."""
    return Palette(colors)

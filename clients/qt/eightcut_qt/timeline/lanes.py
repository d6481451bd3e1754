"""The lanes of the timeline, one below the other."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lane:
    """A horizontal strip, in pixels; of no height when it is not shown."""

    top: int
    height: int

    @property
    def bottom(self) -> int:
        """The first row below."""
        return self.top + self.height

    def has(self, y: float) -> bool:
        """Tell whether a row is in it."""
        return self.top <= y < self.bottom

    def scaled(self, ratio: float) -> Lane:
        """Return it in the pixels of a screen that has so many for each of ours; strips still meet."""
        top = round(self.top * ratio)
        return Lane(top, round(self.bottom * ratio) - top)


@dataclass(frozen=True, slots=True)
class Lanes:
    """All of them, from top to bottom."""

    ruler: Lane
    clips: Lane
    spectrogram: Lane
    waveform: Lane
    regions: Lane
    scores: Lane

    @classmethod
    def of(cls, height: int, line: int, *, spectrogram: bool) -> Lanes:
        """Divide a height.

        Args:
            height: Pixels in all.
            line: Height of a line of text, pixels.
            spectrogram: Whether it is shown.
        """
        ruler, clips, regions = line + 6, line + 5, round(2.2 * line)
        left = max(height - ruler - clips - regions, 5 * line)
        scores = max(round(left * (0.24 if spectrogram else 0.36)), 2 * line)
        picture = round((left - scores) * 0.6) if spectrogram else 0
        waveform = left - scores - picture
        made = []
        top = 0
        for part in (ruler, clips, picture, waveform, regions, scores):
            made.append(Lane(top, part))
            top += part
        return cls(*made)

    @staticmethod
    def least_height(line: int) -> int:
        """Return how high the timeline must be for its lanes to be legible, pixels."""
        return 12 * line

    def scaled(self, ratio: float) -> Lanes:
        """Return them in the pixels of a screen."""
        return Lanes(
            self.ruler.scaled(ratio),
            self.clips.scaled(ratio),
            self.spectrogram.scaled(ratio),
            self.waveform.scaled(ratio),
            self.regions.scaled(ratio),
            self.scores.scaled(ratio),
        )

    def score_y(self, score: float) -> float:
        """Return the row of a score."""
        room = self.scores.height - 2 * SCORE_MARGIN
        return self.scores.top + SCORE_MARGIN + (1.0 - score) * room

    def score_at(self, y: float) -> float:
        """Return the score of a row, 0 to 1."""
        room = max(self.scores.height - 2 * SCORE_MARGIN, 1)
        return min(max(1.0 - (y - self.scores.top - SCORE_MARGIN) / room, 0.0), 1.0)


SCORE_MARGIN = 5
"""Pixels above a score of 1 and below one of 0."""

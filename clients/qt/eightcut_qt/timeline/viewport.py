"""Which stretch of the media is seen, and where a time lies in it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Self

MIN_SPAN = 1.0
"""Seconds that are seen at least: below, peaks and spectra have nothing more to show."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """A visible stretch.

    Attributes:
        start: Seconds at the left edge.
        span: Seconds from edge to edge.
        width: Pixels from edge to edge.
        duration: Seconds of the whole media.
    """

    start: float
    span: float
    width: float
    duration: float

    @classmethod
    def whole(cls, duration: float, width: float) -> Self:
        """Return the view of everything."""
        return cls(0.0, max(duration, MIN_SPAN), max(width, 1.0), duration)

    @property
    def end(self) -> float:
        """Seconds at the right edge."""
        return self.start + self.span

    @property
    def seconds_per_pixel(self) -> float:
        """Seconds that one pixel covers."""
        return self.span / self.width

    @property
    def is_whole(self) -> bool:
        """Whether everything is seen."""
        return self.span >= self.duration

    def x(self, time: float) -> float:
        """Return where a time lies, pixels from the left."""
        return (time - self.start) / self.span * self.width

    def time(self, x: float) -> float:
        """Return the time at a place, whether or not the media has it."""
        return self.start + x / self.width * self.span

    def time_within(self, x: float) -> float:
        """Return the time at a place, not before the media's start nor after its end."""
        return min(max(self.time(x), 0.0), self.duration)

    def shows(self, time: float) -> bool:
        """Tell whether a time is seen."""
        return self.start <= time <= self.end

    def zoomed(self, factor: float, x: float) -> Self:
        """Return a view of ``span / factor`` in which the time at ``x`` stays where it is, if the edges allow."""
        span = min(max(self.span / factor, MIN_SPAN), max(self.duration, MIN_SPAN))
        start = self.time(x) - x / self.width * span
        return self._placed(start, span)

    def panned(self, seconds: float) -> Self:
        """Return a view so much later."""
        return self._placed(self.start + seconds, self.span)

    def at(self, start: float) -> Self:
        """Return a view that starts there."""
        return self._placed(start, self.span)

    def fitted(self, start: float, end: float, *, margin: float = 0.25) -> Self:
        """Return a view of a stretch with so much of its length free on each side."""
        length = max(end - start, MIN_SPAN / 2)
        span = min(max(length * (1 + 2 * margin), MIN_SPAN), max(self.duration, MIN_SPAN))
        return self._placed((start + end) / 2 - span / 2, span)

    def revealing(self, start: float, end: float) -> Self:
        """Return this view if it shows a stretch, else one of the same span with the stretch in its middle."""
        if self.start <= start and end <= self.end:
            return self
        if end - start > self.span:
            return self if self.start <= start <= self.end else self._placed(start - 0.1 * self.span, self.span)
        return self._placed((start + end) / 2 - self.span / 2, self.span)

    def paged(self, time: float) -> Self:
        """Return the next page, in which a playhead that has left this one stands near the left edge."""
        return self._placed(time - 0.05 * self.span, self.span)

    def resized(self, width: float) -> Self:
        """Return the same stretch on so many pixels."""
        return dataclasses.replace(self, width=max(width, 1.0))

    def with_duration(self, duration: float) -> Self:
        """Return the view of a media that turned out to be so long; who saw everything still does."""
        if self.is_whole:
            return type(self).whole(duration, self.width)
        return dataclasses.replace(self, duration=duration)._placed(self.start, self.span)

    def _placed(self, start: float, span: float) -> Self:
        span = min(span, max(self.duration, MIN_SPAN))
        start = min(max(start, 0.0), max(self.duration - span, 0.0))
        return dataclasses.replace(self, start=start, span=span)

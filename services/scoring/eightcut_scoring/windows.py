"""The grid of windows over a file: how many there are, where they start, which ones touch a stretch of time.

All arithmetic is in whole samples: a duration given as a float of seconds is first rounded to microseconds (what the
wire and the database carry), so that 15.0 s hold exactly eight windows of 8 s every 1 s however the 15 was computed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_US = 1_000_000


def seconds_to_us(seconds: float) -> int:
    """Whole microseconds of a time in seconds; ValueError when it is not finite."""
    if not math.isfinite(seconds):
        raise ValueError(f"a time must be a finite number of seconds, not {seconds}")
    return round(seconds * _US)


@dataclass(frozen=True, slots=True)
class WindowGrid:
    """Windows of a fixed length at a fixed hop: window k covers ``[k·hop, k·hop + window)``.

    Attributes:
        window_s: Length of a window in seconds.
        hop_s: Distance between the starts of neighbouring windows in seconds, at most a window.
        sample_rate: Samples a second of the audio that the grid lies on; window and hop are whole numbers of samples.

    Raises:
        ValueError: A length is not finite or positive, is no whole number of samples, or the hop exceeds the window.
    """

    window_s: float = 8.0
    hop_s: float = 1.0
    sample_rate: int = 16_000

    def __post_init__(self) -> None:
        if self.sample_rate < 1:
            raise ValueError(f"the sample rate must be positive, not {self.sample_rate}")
        for name, value in (("window", self.window_s), ("hop", self.hop_s)):
            us = seconds_to_us(value)
            if us <= 0:
                raise ValueError(f"the {name} must be longer than nothing, not {value} s")
            if us * self.sample_rate % _US:
                raise ValueError(f"the {name} of {value} s is no whole number of samples at {self.sample_rate} Hz")
        if self.hop_samples > self.window_samples:
            raise ValueError(f"the hop of {self.hop_s} s exceeds the window of {self.window_s} s")

    @property
    def window_samples(self) -> int:
        """Length of a window in samples."""
        return seconds_to_us(self.window_s) * self.sample_rate // _US

    @property
    def hop_samples(self) -> int:
        """Distance between window starts in samples."""
        return seconds_to_us(self.hop_s) * self.sample_rate // _US

    def count_samples(self, samples: int) -> int:
        """Windows in a file of this many samples: ``floor((D - window) / hop) + 1``, 0 when it is shorter than one."""
        return max(0, (samples - self.window_samples) // self.hop_samples + 1)

    def count_us(self, duration_us: int) -> int:
        """Windows in a file of this many microseconds."""
        return self.count_samples(duration_us * self.sample_rate // _US)

    def count(self, duration_s: float) -> int:
        """Windows in a file of this many seconds."""
        return self.count_us(seconds_to_us(duration_s))

    def first_sample(self, index: int) -> int:
        """The sample at which a window starts."""
        return index * self.hop_samples

    def start(self, index: int) -> float:
        """Start of a window in seconds."""
        return self.first_sample(index) / self.sample_rate

    def end(self, index: int) -> float:
        """End of a window in seconds."""
        return (self.first_sample(index) + self.window_samples) / self.sample_rate

    def duration(self, count: int) -> float:
        """Shortest duration in seconds of a file with this many windows; 0 for none."""
        return self.end(count - 1) if count > 0 else 0.0

    def overlapping(self, start_s: float, end_s: float, count: int | None = None) -> range:
        """Windows that share time with the stretch ``[start, end)``.

        Args:
            start_s: Start of the stretch in seconds.
            end_s: Its end; an empty or reversed stretch overlaps nothing.
            count: Windows that exist; without it the range has no upper limit but the stretch's end.
        """
        start, end = seconds_to_us(start_s), seconds_to_us(end_s)
        if end <= start:
            return range(0)
        hop, window = seconds_to_us(self.hop_s), seconds_to_us(self.window_s)
        # k·hop + window > start and k·hop < end
        first = max(0, (start - window) // hop + 1)
        last = (end - 1) // hop
        stop = last + 1 if count is None else min(last + 1, count)
        return range(first, max(first, stop))

    def nearest(self, start_s: float, count: int) -> int:
        """The window whose start lies nearest to a time, the earlier of two; ValueError when there are no windows."""
        if count < 1:
            raise ValueError("there are no windows")
        hop = seconds_to_us(self.hop_s)
        index = -((hop - 2 * seconds_to_us(start_s)) // (2 * hop))  # ceil(start/hop - 1/2)
        return min(max(0, index), count - 1)

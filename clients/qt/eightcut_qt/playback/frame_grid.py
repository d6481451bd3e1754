"""When the frames of a video are shown: what the file says of it, and what its frames have shown."""

from __future__ import annotations

from dataclasses import dataclass

AUDIO_STEP = 1 / 25
"""Seconds of a step where there are no frames."""

JUST_AFTER = 0.0011
"""Seconds: times are asked for in milliseconds, and at a frame's very start the one before is still shown."""

_TOLERANCE = 0.0011  # Seconds: some containers round times to milliseconds.


@dataclass(frozen=True, slots=True)
class Frame:
    """When a frame is shown, seconds."""

    start: float
    end: float


class FrameGrid:
    """Says which time to ask for so that a frame is shown.

    A rate in the metadata is believed until a frame contradicts it: then the video has a variable rate, and only
    frames next to the shown one can be found (see `steps`).
    """

    def __init__(self) -> None:
        self._rate = 0.0
        self._regular = True
        self._lengths: tuple[float, float] | None = None  # Shortest and longest frame.
        self._shown: Frame | None = None

    def reset(self, rate: float) -> None:
        """Forget everything: another file.

        Args:
            rate: Frames per second as the file says; 0: it does not.
        """
        self._rate = rate if rate > 0 else 0.0
        self._regular = rate > 0
        self._lengths = None
        self._shown = None

    @property
    def regular(self) -> bool:
        """Whether all frames are as long as each other, as far as known."""
        return self._regular

    @property
    def lengths_are_true(self) -> bool:
        """Whether frames say how long they really are: they do not all say the same."""
        return self._lengths is not None and self._lengths[1] - self._lengths[0] > _TOLERANCE

    @property
    def shown(self) -> Frame | None:
        """The frame that was shown last; None: none yet, or there is no video."""
        return self._shown

    @property
    def frame_duration(self) -> float:
        """Seconds of a frame (of the shown one when they differ), or of a step where there are none."""
        if self._regular and self._rate:
            return 1 / self._rate
        if self._shown is not None and self._shown.end > self._shown.start:
            return self._shown.end - self._shown.start
        return 1 / self._rate if self._rate else AUDIO_STEP

    def learn(self, frame: Frame) -> None:
        """Take note of a frame that is shown."""
        length = frame.end - frame.start
        if self._regular and abs(length - 1 / self._rate) > _TOLERANCE:
            self._regular = False
        shortest, longest = self._lengths or (length, length)
        self._lengths = (min(shortest, length), max(longest, length))
        self._shown = frame

    def distrust(self) -> None:
        """Take note that a frame was not where the rate said."""
        self._regular = False

    def aim_at(self, seconds: float) -> float:
        """Return the time to ask for so that the frame of a moment is shown, seconds."""
        if self._shown is None or not self._regular:
            return seconds + JUST_AFTER
        length = 1 / self._rate
        number = (seconds - self._shown.start + _TOLERANCE) // length
        return max(self._shown.start + (number + 0.5) * length, 0.0)

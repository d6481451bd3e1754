"""Frames and their names: hours, minutes, seconds, frames."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from eightcut_client.errors import InvalidError

_TIMECODE = re.compile(r"(\d{1,4}):([0-5]\d):([0-5]\d)([:;.,])(\d{2,3})")


@dataclass(frozen=True, slots=True)
class FrameRate:
    """How many frames a second has, and how they are numbered.

    Attributes:
        name: "25", "29.97df".
        exact: Frames a second.
        nominal: Numbers that a second of timecode has.
        drop: Two numbers (four at 60) are left out at the beginning of every minute but each tenth, so that timecode
            keeps up with the clock: drop-frame timecode.
    """

    name: str
    exact: Fraction
    nominal: int
    drop: bool = False

    def frames(self, seconds: float) -> int:
        """Return the frame that is nearest to a time."""
        return round(Fraction(seconds) * self.exact)

    def seconds(self, frames: int) -> float:
        """Return when a frame begins."""
        return float(frames / self.exact)

    def timecode(self, frames: int) -> str:
        """Return the name of a frame: "01:02:03:04", with ";" before the frames of drop-frame timecode."""
        if self.drop:
            dropped = self._dropped
            tens, rest = divmod(frames, 600 * self.nominal - 9 * dropped)
            minute = 60 * self.nominal - dropped
            frames += 9 * dropped * tens + dropped * max(0, (rest - dropped) // minute)
        whole, frame = divmod(frames, self.nominal)
        mark = ";" if self.drop else ":"
        return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{mark}{frame:02}"

    def parse(self, text: str) -> int:
        """Return which frame a timecode names.

        Raises:
            ValueError: It is no timecode, or one that does not exist at this rate.
        """
        found = _TIMECODE.fullmatch(text)
        if found is None:
            raise ValueError(text)
        hours, minutes, seconds, frame = (int(found[i]) for i in (1, 2, 3, 5))
        minutes += 60 * hours
        left_out = self.drop and minutes % 10 and not seconds and frame < self._dropped
        if frame >= self.nominal or left_out:
            raise ValueError(text)
        number = (60 * minutes + seconds) * self.nominal + frame
        return number - self._dropped * (minutes - minutes // 10) if self.drop else number

    @property
    def _dropped(self) -> int:
        return self.nominal // 15


def _ntsc(nominal: int) -> Fraction:
    return Fraction(nominal * 1000, 1001)


FRAME_RATES: dict[str, FrameRate] = {
    rate.name: rate
    for rate in (
        FrameRate("23.976", _ntsc(24), 24),
        FrameRate("24", Fraction(24), 24),
        FrameRate("25", Fraction(25), 25),
        FrameRate("29.97", _ntsc(30), 30),
        FrameRate("29.97df", _ntsc(30), 30, drop=True),
        FrameRate("30", Fraction(30), 30),
        FrameRate("50", Fraction(50), 50),
        FrameRate("59.94", _ntsc(60), 60),
        FrameRate("59.94df", _ntsc(60), 60, drop=True),
        FrameRate("60", Fraction(60), 60),
    )
}
"""By name; "df" means drop-frame timecode."""


def frame_rate(name: str) -> FrameRate:
    """Return the frame rate of this name.

    Raises:
        InvalidError: There is none.
    """
    found = FRAME_RATES.get(name)
    if found is None:
        raise InvalidError(f"“{name}” is no frame rate of timecode: choose one of {', '.join(FRAME_RATES)}.")
    return found

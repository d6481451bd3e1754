"""The clocks of a recording: its timestamps jump where it was paused, or joined from parts.

A scan hears such a recording without the jumps (see `media.timeline`), so a clip has to be found without them, too.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

_MOST = 100
"""Clocks in a command line; that of Windows has 32,767 characters."""
_HALF_A_WRAP = (1 << 32) / 90_000
_SMALL = 1.0
"""Seconds that timestamps may go back, and a seek still finds what lies elsewhere."""
_READ_ON = 10.0
"""Seconds behind a clip from which something may still be read."""
_LAG = 0.1
_LEAP = 10.0
"""Seconds by which a timestamp may be early or late on the same clock, as in `media.timeline`."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A part of a file in which timestamps count on.

    Attributes:
        start: Where it begins, seconds of media time.
        zero: What media time 0 would be on it, as a timestamp of the file, seconds.
    """

    start: float
    zero: float

    @property
    def first(self) -> float:
        """Its first timestamp, seconds."""
        return self.start + self.zero


def is_jump(lag: float) -> bool:
    """Tell whether a timestamp that is so many seconds later than expected is of another clock."""
    return not -_LAG <= lag <= _LEAP


def clock_at(clocks: Sequence[Clock], time: float) -> Clock:
    """Return the one that runs at a media time."""
    return next((clock for clock in reversed(clocks) if clock.start <= time), clocks[0])


def can_seek(clocks: Sequence[Clock], begin: float, end: float) -> bool:
    """Tell whether timestamps are enough to find what lies between two media times: none of them comes twice."""
    return all(
        after.zero > before.zero
        or (before.zero - after.zero < _SMALL and before.first < after.first and not begin <= after.start <= end)
        for before, after in itertools.pairwise(clocks)
    )


def used_clocks(clocks: Sequence[Clock], begin: float, end: float) -> tuple[Clock, ...]:
    """Return those between two media times, and of the little more that is read."""
    first, last = (clocks.index(clock_at(clocks, time)) for time in (begin, end + _READ_ON))
    return tuple(clocks[first : last + 1])


def can_follow(clocks: Sequence[Clock]) -> bool:
    """Tell whether `moment` can deal with these: few enough for a command line, and none that ffmpeg joins by itself.

    It does so where a clock of 26.5 hours has come to its end.
    """
    return len(clocks) <= _MOST and all(
        before.zero - after.zero < _HALF_A_WRAP for before, after in itertools.pairwise(clocks)
    )


def moment(clocks: Sequence[Clock], start: float, origin: float, *, count: str = "") -> str:
    """Return the timestamp that a filter of ffmpeg is to give, in its time base; 0 where the clip begins.

    Args:
        clocks: From `used_clocks`.
        start: Of the clip, seconds of media time.
        origin: The timestamp of the file that the filter sees as 0, seconds.
        count: Count jumps instead of looking at timestamps, which may come twice; all must be seen. How long a frame
            lasts, an expression.
    """
    if len(clocks) == 1:
        return f"PTS-{clocks[0].zero + start - origin:.9f}/TB"
    pieces: list[str] = []
    for number, clock in enumerate(clocks):
        # Pictures before the first sound of their clock, and those behind its last, are pushed together.
        begin, end, holds = "-1e9", "1e9", ""
        if number:
            begin = f"{clock.start - start:.9f}"
            holds += f"*gte(ld(0),{number})" if count else f"*gte(T,{clock.first - origin:.6f})"
        if number + 1 < len(clocks):
            after = clocks[number + 1]
            end = f"{after.start - start:.9f}"
            holds += f"*lt(ld(0),{number + 1})" if count else f"*lt(T,{after.first - origin:.6f})"
        pieces.append(f"clip(T-{clock.zero + start - origin:.9f},{begin},{end}){holds}")
    jumped = f"st(0,ld(0)+gt(N,0)*(lt(T,ld(1)-{_LAG})+gt(T,ld(1)+{_LEAP})));st(1,T+{count});" if count else ""
    return f"({jumped}({'+'.join(pieces)})/TB)"

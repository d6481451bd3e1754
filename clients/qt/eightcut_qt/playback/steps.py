"""Finding the frame next to the one that is shown.

Qt's player shows the first frame whose end is at or after the moment asked for. Just after the end of a frame is
therefore always its successor. The way back is known where the rate is constant, or where the file says how long each
frame is; some containers know neither, and there it is searched for by halving.
"""

from __future__ import annotations

from eightcut_qt.playback.frame_grid import JUST_AFTER, Frame, FrameGrid

_TRIES = 24
_CLOSE = 0.0015  # Seconds: moments are asked for in milliseconds, so nothing is between two that are this close.


class Step:
    """The way to a frame that is ``count`` frames on (back if negative) from the shown one.

    With a variable rate ``count`` must be ±1.

    Attributes:
        expected: When the frame should begin, seconds.
        ask: The moment to ask the player for next, seconds.
    """

    def __init__(self, grid: FrameGrid, origin: Frame, count: int) -> None:
        """Begin at the frame that is shown."""
        self._grid = grid
        self._origin = origin
        self._count = count
        self._tries = 0
        self._low: float | None = None  # A moment that shows a frame before the origin …
        self._high = origin.end  # … and one that does not, when going back by searching.
        length = grid.frame_duration
        self.expected = max(origin.start + count * length, 0.0)
        if grid.regular and count != 1:
            self.ask = origin.start + (count + 0.5) * length
        elif count > 0:
            self.ask = origin.end + JUST_AFTER
        else:
            self.ask = origin.start - JUST_AFTER

    def take(self, shown: Frame) -> bool:
        """Take the frame that `ask` led to; False: ask again."""
        self._tries += 1
        moved = (shown.start - self._origin.start) * self._count > 0
        if self._tries >= _TRIES or (self._count < 0 and not moved and self.ask <= 0):
            return True  # There is none, or it cannot be found.
        if self._count > 0:
            return self._go_on(shown, moved)
        if self._grid.regular:
            return self._go_back(shown)
        if self._grid.lengths_are_true:
            self.ask -= JUST_AFTER
            return moved
        return self._halve(moved)

    def _go_on(self, shown: Frame, moved: bool) -> bool:
        if not moved:
            self.ask += self._grid.frame_duration / 2
        elif not self._as_expected(shown):
            self._grid.distrust()
        return moved

    def _go_back(self, shown: Frame) -> bool:
        if self._as_expected(shown):
            return True
        self._grid.distrust()
        self.ask = self._origin.start - JUST_AFTER
        return self._count < -1

    def _halve(self, moved: bool) -> bool:
        if moved:
            self._low = self.ask
            if self._high - self._low <= _CLOSE:
                return True
        else:
            self._high = min(self._high, self.ask)
        if self._low is None:
            self.ask = max(self.ask - self._grid.frame_duration * self._tries, 0.0)
        elif self._high - self._low <= _CLOSE:
            self.ask = self._low
        else:
            self.ask = (self._low + self._high) / 2
        return False

    def _as_expected(self, shown: Frame) -> bool:
        tolerance = _CLOSE if abs(self._count) == 1 else self._grid.frame_duration / 2
        return abs(shown.start - self.expected) <= tolerance

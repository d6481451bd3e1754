"""Score curves of files that are being scanned."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Scores = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stretch:
    """Scores (0 to 1) of windows that follow one another, from the window ``first`` on."""

    first: int
    scores: Scores
    provisional: bool


def joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Return the same scores in as few stretches as possible; their order stays."""
    made: list[Stretch] = []
    parts: list[Scores] = []
    first = following = 0
    provisional = False

    def close() -> None:
        if parts:
            made.append(Stretch(first, parts[0] if len(parts) == 1 else np.concatenate(parts), provisional))

    for stretch in stretches:
        if not parts or stretch.first != following or stretch.provisional is not provisional:
            close()
            parts = []
            first, provisional = stretch.first, stretch.provisional
        parts.append(stretch.scores)
        following = stretch.first + len(stretch.scores)
    close()
    return made


class LiveCurve:
    """What has come of one file's curve; NaN where nothing has."""

    def __init__(self) -> None:
        self._values = np.full(64, np.nan, np.float32)
        self._final = np.zeros(64, np.bool_)
        self._length = 0

    def write(self, stretch: Stretch) -> None:
        """Take scores: final ones replace provisional ones, never the other way round."""
        end = stretch.first + len(stretch.scores)
        self._make_room(end)
        self._length = max(self._length, end)
        place = slice(stretch.first, end)
        if stretch.provisional:
            self._values[place] = np.where(self._final[place], self._values[place], stretch.scores)
        else:
            self._values[place] = stretch.scores
            self._final[place] = True

    def values(self) -> Scores:
        """Return the curve so far; read only, and not changed any more."""
        found = self._values[: self._length].copy()
        found.flags.writeable = False
        return found

    def _make_room(self, windows: int) -> None:
        size = len(self._values)
        if windows <= size:
            return
        more = max(2 * size, windows) - size
        self._values = np.concatenate([self._values, np.full(more, np.nan, np.float32)])
        self._final = np.concatenate([self._final, np.zeros(more, np.bool_)])

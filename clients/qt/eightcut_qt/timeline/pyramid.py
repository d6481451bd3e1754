"""Columns of values over time at several resolutions, which grow while others read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Columns: TypeAlias = npt.NDArray[Any]
"""[columns, values]"""

FACTOR = 4
"""Columns of a level that make one of the next."""

_COARSEST = 256  # Columns: a level of fewer is not worth having.


class Pyramid:
    """Level 0 holds what was appended; each column of a level above holds the largest values of four below.

    One thread appends; any may call `level`, which gives what was there at some moment.
    """

    def __init__(self, values: int, dtype: npt.DTypeLike, expected: int = 0) -> None:
        """Make an empty one.

        Args:
            values: In each column.
            dtype: Of the values.
            expected: Columns that will come, as far as one knows.
        """
        self._values = values
        self._dtype = np.dtype(dtype)
        self._expected = max(expected, _COARSEST)
        # Of each level: an array with room, and how many columns of it are filled; replaced as a pair.
        self._levels: list[tuple[Columns, int]] = [(self._room(self._expected), 0)]

    @classmethod
    def of(cls, levels: Sequence[Columns]) -> Pyramid:
        """Return one that is complete."""
        made = cls(levels[0].shape[1], levels[0].dtype)
        made._levels = [(level, len(level)) for level in levels]
        return made

    def __len__(self) -> int:
        """Return the number of columns of level 0."""
        return self._levels[0][1]

    @property
    def levels(self) -> list[Columns]:
        """All levels, the finest first."""
        return [self.level(index) for index in range(len(self._levels))]

    @property
    def depth(self) -> int:
        """How many levels there are."""
        return len(self._levels)

    def level(self, index: int) -> Columns:
        """Return the columns of a level."""
        room, count = self._levels[index]
        return room[:count]

    def append(self, columns: Columns) -> None:
        """Add columns; what makes no whole column of the level above waits there for more."""
        self._put(0, columns)
        self._raise_up(whole=False)

    def finish(self) -> None:
        """Let the last columns, fewer than four, be seen in the levels above."""
        self._raise_up(whole=True)

    def _raise_up(self, *, whole: bool) -> None:
        index = 0
        while True:
            below = self.level(index)
            if index + 1 == len(self._levels):
                if len(below) < _COARSEST * FACTOR:
                    return
                self._levels.append((self._room(len(below) // FACTOR), 0))
            done = self._levels[index + 1][1]
            fresh = below[done * FACTOR :]
            full = len(fresh) // FACTOR
            self._put(index + 1, fresh[: full * FACTOR].reshape(full, FACTOR, self._values).max(axis=1))
            if whole and len(fresh) % FACTOR:
                self._put(index + 1, fresh[full * FACTOR :].max(axis=0, keepdims=True))
            index += 1

    def _put(self, index: int, columns: Columns) -> None:
        room, count = self._levels[index]
        if count + len(columns) > len(room):
            larger = self._room(max(2 * len(room), count + len(columns)))
            larger[:count] = room[:count]
            room = larger
        room[count : count + len(columns)] = columns
        self._levels[index] = (room, count + len(columns))

    def _room(self, columns: int) -> Columns:
        return np.zeros((columns, self._values), self._dtype)

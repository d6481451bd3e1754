"""Sums over lines, in bounded memory."""

from __future__ import annotations

import hashlib
import heapq
import tempfile
from collections.abc import Iterable
from contextlib import ExitStack
from typing import IO, NamedTuple

_RUN = 50_000
"""Lines that are sorted in memory; more go to temporary files."""


class Sum(NamedTuple):
    """How many different lines, and the SHA-256 of them in the order of their bytes."""

    rows: int
    sha256: str


class LineSum:
    """Sorts lines and sums them up: see eightcut.store.v1.TableSum."""

    def __init__(self, run: int = _RUN) -> None:
        self._run = run
        self._lines: list[bytes] = []
        self._runs: list[IO[bytes]] = []

    def add(self, line: str) -> None:
        """Takes a line, without its line feed, of which it has none inside."""
        self._lines.append(line.encode() + b"\n")
        if len(self._lines) >= self._run:
            self._spill()

    def result(self) -> Sum:
        """Returns the sum of all that was taken; nothing can be added after."""
        with ExitStack() as stack:
            self._lines.sort()
            runs: list[Iterable[bytes]] = [self._lines]
            for run in self._runs:
                stack.enter_context(run)
                run.seek(0)
                runs.append(run)
            rows = 0
            last = b""
            digest = hashlib.sha256()
            for line in heapq.merge(*runs) if self._runs else self._lines:
                if line != last:
                    rows += 1
                    digest.update(line)
                    last = line
        self._lines, self._runs = [], []
        return Sum(rows, digest.hexdigest())

    def _spill(self) -> None:
        self._lines.sort()
        run = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `result`, or with this object
        run.writelines(self._lines)
        self._runs.append(run)
        self._lines = []


class Tally:
    """A sum over lines in any order, equal lines counted each, in next to no memory; only good within this process."""

    def __init__(self) -> None:
        self._sum = 0
        self.lines = 0

    def add(self, line: str) -> None:
        """Takes a line."""
        self.lines += 1
        self._sum += hash(line)

    @property
    def value(self) -> tuple[int, int]:
        """Equal for equal lines."""
        return self.lines, self._sum

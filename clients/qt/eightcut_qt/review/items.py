"""Regions that are to be judged, and what was said of them."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto

from eightcut_qt.core.records import RegionRecord, ScanRecord


class Verdict(Enum):
    """What a person says of a region."""

    RIGHT = auto()
    WRONG = auto()
    SKIPPED = auto()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A region that is to be judged.

    Attributes:
        key: Those with the smallest come first.
        scan: The version that has it.
        region: As it was when it was looked up.
        filename: Of the media.
        duration: Of the media, seconds; 0: not known.
        remark: What another version says of the place, in one sentence; else empty.
    """

    key: tuple[float, ...]
    scan: ScanRecord
    region: RegionRecord
    filename: str = ""
    duration: float = 0.0
    remark: str = ""

    def span(self, context: float) -> tuple[float, float]:
        """Return from where to where it is played, seconds, with so much before and after it."""
        end = self.region.end + context
        return max(self.region.start - context, 0.0), min(end, self.duration) if self.duration > 0 else end


class ReviewQueue:
    """What is judged now, what comes, and what was said. Candidates may come while others are being judged."""

    def __init__(self, judged: set[str] | None = None) -> None:
        """Start with nothing.

        Args:
            judged: Ids of regions that are not asked for again; kept up to date.
        """
        self.current: Candidate | None = None
        self._judged = set[str]() if judged is None else judged
        self._seen: set[str] = set()
        self._coming: list[tuple[tuple[float, ...], int, Candidate]] = []
        self._said: list[tuple[Candidate, Verdict]] = []
        self._number = 0

    @property
    def total(self) -> int:
        """How many there are in all, as far as is known."""
        return len(self._said) + (self.current is not None) + len(self._coming)

    @property
    def said(self) -> int:
        """How many have a verdict."""
        return len(self._said)

    def counts(self) -> Counter[Verdict]:
        """Return how many have which verdict."""
        return Counter(verdict for _, verdict in self._said)

    def add(self, candidates: Iterable[Candidate]) -> None:
        """Take what is to be judged; what was judged before, or is here already, is left out."""
        for candidate in candidates:
            if candidate.region.id not in self._judged and candidate.region.id not in self._seen:
                self._seen.add(candidate.region.id)
                self._push(candidate)

    def advance(self, wanted: Callable[[Candidate], bool]) -> Candidate | None:
        """Go to the next one that is still wanted; those that are not are dropped."""
        self.current = None
        while self._coming and self.current is None:
            candidate = heapq.heappop(self._coming)[2]
            if wanted(candidate):
                self.current = candidate
        return self.current

    def judge(self, verdict: Verdict) -> Candidate | None:
        """Say something of the current one; returns it. `advance` goes on."""
        candidate, self.current = self.current, None
        if candidate is not None:
            self._said.append((candidate, verdict))
            if verdict is not Verdict.SKIPPED:
                self._judged.add(candidate.region.id)
        return candidate

    def take_back(self) -> tuple[Candidate, Verdict] | None:
        """Go back to the last one that was judged, whose verdict is forgotten; None: there is none."""
        if not self._said:
            return None
        if self.current is not None:
            self._push(self.current)
        candidate, verdict = self._said.pop()
        self._judged.discard(candidate.region.id)
        self.current = candidate
        return candidate, verdict

    def put_back(self, candidate: Candidate) -> bool:
        """Ask for one again whose verdict came to nothing; False: it is not of this queue."""
        self._judged.discard(candidate.region.id)
        rest = [said for said in self._said if said[0] is not candidate]
        if len(rest) == len(self._said):
            return False
        self._said = rest
        self._push(candidate)
        return True

    def upcoming(self, count: int) -> list[Candidate]:
        """Return the next ones, as far as is known."""
        return [candidate for _, _, candidate in heapq.nsmallest(count, self._coming)]

    def _push(self, candidate: Candidate) -> None:
        self._number += 1
        heapq.heappush(self._coming, (candidate.key, self._number, candidate))

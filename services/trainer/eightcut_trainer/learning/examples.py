"""What a person said about places in media, and what a training is made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from eightcut_scoring.windows import seconds_to_us

#: Two stretches whose starts and ends differ by at most this many seconds are the same place.
SAME_PLACE_S = 1.0


class Kind(Enum):
    """What is said about a place."""

    POSITIVE = "positive"  #: the sound is here
    NEGATIVE = "negative"  #: a clip of the folder of explicit negatives: the sound is not here
    HARD_NEGATIVE = "hard_negative"  #: a classifier was wrong here
    SOFT = "soft"  #: a clip of another folder: nothing is known about this sound


@dataclass(frozen=True, slots=True)
class Example:
    """One place in one media.

    Attributes:
        kind: What is said about it.
        media: Digest of the media.
        start: Start in seconds.
        duration: Length in seconds; of a hard negative, the length of a window.

    Raises:
        ValueError: The start is negative or the duration not positive, or one is not finite.
    """

    kind: Kind
    media: str
    start: float
    duration: float = 8.0

    def __post_init__(self) -> None:
        if seconds_to_us(self.start) < 0:
            raise ValueError(f"an example cannot start before its file, at {self.start} s")
        if seconds_to_us(self.duration) <= 0:
            raise ValueError(f"an example must be longer than nothing, not {self.duration} s")

    @property
    def end(self) -> float:
        """End in seconds."""
        return self.start + self.duration

    def same_place(self, other: Example) -> bool:
        """Whether both mean one place: one media, starts and ends within a second."""
        return (
            self.media == other.media
            and abs(self.start - other.start) <= SAME_PLACE_S
            and abs(self.end - other.end) <= SAME_PLACE_S
        )


def merge_duplicates(examples: Iterable[Example]) -> list[Example]:
    """Examples ordered by media and start, without those that repeat an earlier one of their kind at the same place.

    A hard negative is unique per start in the Store and means exactly its window, so only equal starts are
    merged there.
    """
    kept: list[Example] = []
    for example in sorted(examples, key=lambda e: (e.media, e.start, e.duration, e.kind.value)):
        for earlier in reversed(kept):
            if earlier.media != example.media or example.start - earlier.start > SAME_PLACE_S:
                kept.append(example)
                break
            exact = example.kind is Kind.HARD_NEGATIVE
            same = earlier.start == example.start if exact else earlier.same_place(example)
            if earlier.kind is example.kind and same:
                break
        else:
            kept.append(example)
    return kept

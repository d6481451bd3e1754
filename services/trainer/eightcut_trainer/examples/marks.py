"""The examples of a training, by media."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eightcut.common.v1.training_pb2 import ExampleCounts
from eightcut.store.v1 import training_run_pb2
from eightcut_scoring.windows import WindowGrid

from eightcut_trainer.learning.examples import Example, Kind, merge_duplicates

_KINDS = {
    training_run_pb2.EXAMPLE_KIND_POSITIVE: Kind.POSITIVE,
    training_run_pb2.EXAMPLE_KIND_NEGATIVE: Kind.NEGATIVE,
    training_run_pb2.EXAMPLE_KIND_HARD_NEGATIVE: Kind.HARD_NEGATIVE,
    training_run_pb2.EXAMPLE_KIND_SOFT: Kind.SOFT,
}


@dataclass(frozen=True)
class Marks:
    """What is marked in one media.

    Attributes:
        media: Its digest.
        examples: The places, by start.
    """

    media: str
    examples: tuple[Example, ...]

    def number(self, kind: Kind) -> int:
        """Returns how many there are of a kind."""
        return sum(example.kind is kind for example in self.examples)

    @property
    def teaches(self) -> bool:
        """Whether somebody listened here for this sound.

        Where there are soft clips only, nobody did: such a media takes no part and needs no track.
        """
        return any(example.kind is not Kind.SOFT for example in self.examples)


def group(examples: Iterable[training_run_pb2.TrainingExample]) -> list[Marks]:
    """Returns the marks of every media with an example, by digest."""
    found: dict[str, list[Example]] = {}
    for example in examples:
        if example.kind in _KINDS:
            found.setdefault(example.media, []).append(_example(example))
    return [
        Marks(media, tuple(sorted(places, key=lambda place: (place.start, place.duration, place.kind.value))))
        for media, places in sorted(found.items())
    ]


def counts_of(marks: Sequence[Marks], auto_negative: int = 0, set_aside: int = 0) -> ExampleCounts:
    """Returns how many examples there are of each kind, duplicates merged; of media, those that take part.

    Args:
        marks: All there are.
        auto_negative: Windows that are taken as negatives.
        set_aside: Hard negatives that a positive clip at the same place overrules.
    """
    merged = merge_duplicates(place for one in marks for place in one.examples)
    of_kind = Counter(place.kind for place in merged)
    return ExampleCounts(
        positive=of_kind[Kind.POSITIVE],
        negative=of_kind[Kind.NEGATIVE],
        hard_negative=of_kind[Kind.HARD_NEGATIVE] - set_aside,
        soft=of_kind[Kind.SOFT],
        auto_negative=auto_negative,
        media=sum(one.teaches for one in marks),
    )


def _example(sent: training_run_pb2.TrainingExample) -> Example:
    kind = _KINDS[sent.kind]
    whole_window = kind is Kind.HARD_NEGATIVE or not sent.HasField("duration")
    duration = WindowGrid().window_s if whole_window else sent.duration.ToMicroseconds() / 1e6
    return Example(kind=kind, media=sent.media, start=sent.start.ToMicroseconds() / 1e6, duration=duration)

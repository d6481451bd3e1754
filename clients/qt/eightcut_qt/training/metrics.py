"""The figures of classifier versions, in words, and compared."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from eightcut.common.v1 import training_pb2
from eightcut.common.v1.training_pb2 import ExampleCounts, TrainingMetrics

_SAME = 0.005  # What rounds to 0.00 is no difference.

FIGURES = (
    ("window_average_precision", "Average precision"),
    ("event_precision", "Precision"),
    ("event_recall", "Recall"),
    ("event_f1", "F1"),
)
"""Fields of TrainingMetrics and their titles."""

MEANINGS = {
    "window_average_precision": "How well windows with the sound are ranked before those without it.",
    "event_precision": "How many of the regions that are found are right, at the threshold.",
    "event_recall": "How many of the marked clips are found, at the threshold.",
    "event_f1": "Precision and recall in one figure.",
}


class Trend(Enum):
    """How a figure has changed."""

    BETTER = auto()
    WORSE = auto()
    SAME = auto()
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure of a new version against that of an old one, as it is shown."""

    title: str
    meaning: str
    new: str
    old: str
    difference: str
    trend: Trend


def figure(metrics: TrainingMetrics, name: str) -> float | None:
    """Return a figure, None where it could not be measured."""
    return getattr(metrics, name) if metrics.HasField(name) else None  # type: ignore[arg-type]


def figure_text(value: float | None) -> str:
    """Return a figure with two decimals, or a dash."""
    return "-" if value is None else f"{value:.2f}"


def compare(new: TrainingMetrics, old: TrainingMetrics | None) -> list[Comparison]:
    """Return all figures with their differences; without an old version there are none."""
    return [_compared(name, title, new, old) for name, title in FIGURES]


def _compared(name: str, title: str, new: TrainingMetrics, old: TrainingMetrics | None) -> Comparison:
    value, before = figure(new, name), None if old is None else figure(old, name)
    difference, trend = "", Trend.UNKNOWN
    if value is not None and before is not None:
        change = value - before
        if abs(change) < _SAME:
            difference, trend = "the same", Trend.SAME
        elif change > 0:
            difference, trend = f"▲ +{change:.2f} better", Trend.BETTER
        else:
            difference, trend = f"▼ {change:.2f} worse", Trend.WORSE
    elif old is not None:
        difference = "not comparable"
    return Comparison(title, MEANINGS[name], figure_text(value), figure_text(before), difference, trend)


def verdict(new: TrainingMetrics, old: TrainingMetrics | None) -> str:
    """Return in one sentence whether a version is better than another."""
    name = "window_average_precision"
    value, before = figure(new, name), None if old is None else figure(old, name)
    if value is None:
        return "Its figures could not be measured: there are too few clips for it."
    if before is None:
        return f"Its average precision is {value:.2f}."
    change = value - before
    if abs(change) < _SAME:
        return f"It is as good as the version in use: average precision {value:.2f}."
    how = "better" if change > 0 else "worse"
    return f"It is {how} than the version in use: average precision {value:.2f} against {before:.2f}."


def cross_validation(metrics: TrainingMetrics) -> str:
    """Return how the figures were measured."""
    match metrics.cross_validation:
        case training_pb2.CROSS_VALIDATION_BY_MEDIA:
            return f"Measured on files that it was not trained on ({metrics.folds} parts)."
        case training_pb2.CROSS_VALIDATION_BY_TIME_BLOCK:
            return (
                f"Measured on other parts of the same file ({metrics.folds} parts): that flatters; clips in more "
                "files give truer figures."
            )
        case training_pb2.CROSS_VALIDATION_NONE:
            return "Not measured: there are too few clips for an honest figure."
        case _:
            return "It is not known how this was measured."


def caution(new: TrainingMetrics, old: TrainingMetrics | None) -> str:
    """Return a warning where two versions were not measured in the same way; empty: they were."""
    if old is None or new.cross_validation == old.cross_validation:
        return ""
    return "The two versions were measured in different ways; compare their figures with care."


def examples(counts: ExampleCounts) -> str:
    """Return what took part, such as ``23 positive and 410 automatic negative examples in 3 files``."""
    kinds = {
        "positive": counts.positive,
        "negative": counts.negative,
        "hard negative": counts.hard_negative,
        "automatic negative": counts.auto_negative,
    }
    said = [f"{count:,} {kind}" for kind, count in kinds.items() if count]
    if not said:
        return "no examples"
    listed = said[0] if len(said) == 1 else f"{', '.join(said[:-1])} and {said[-1]}"
    noun = "example" if sum(kinds.values()) == 1 else "examples"
    return f"{listed} {noun} in {counts.media:,} file{'' if counts.media == 1 else 's'}"

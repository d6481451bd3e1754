"""Examples and tracks to a classifier: the whole training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from eightcut_scoring.classifier import ClassifierModel
from eightcut_scoring.metrics import EventCounts
from eightcut_scoring.windows import WindowGrid
from threadpoolctl import threadpool_limits

from eightcut_trainer.learning.dataset import Counts, Dataset, Tracks, build_dataset, without_windows
from eightcut_trainer.learning.examples import Example
from eightcut_trainer.learning.folds import Folds, Grouping, make_folds
from eightcut_trainer.learning.outoffold import (
    Configuration,
    TrainingMatrix,
    labelled,
    out_of_fold,
    suspects,
    window_precision,
)
from eightcut_trainer.learning.threshold import choose_threshold, events_at, platt

#: With fewer positive clips than this no figure would be honest.
FEWEST_FOR_METRICS = 5
#: With fewer positive clips than this scores are not calibrated.
FEWEST_FOR_CALIBRATION = 30
#: Another configuration must beat the usual one by this much average precision: less is chance.
_CLEARLY_BETTER = 0.01
#: A threshold from this many positive clips is trusted half; fewer pull it to the middle between the classes.
#: Measured: docs/decisions/0007.
THRESHOLD_TRUST = 20
#: By how much margins in other files lie below those that blocks of the same file give out of fold (the classes' means
#: lie at ±4). Measured: docs/decisions.
OTHER_FILES_MARGIN = 0.6
#: Called as (stage, done, total).
Progress = Callable[[str, int, int], None]


class TrainingCancelledError(Exception):
    """The training was asked to stop."""


@dataclass(frozen=True)
class LearnOptions:
    """How to train.

    Attributes:
        margin_s: Windows nearer than this to a positive clip are no automatic negatives.
        max_auto_negatives: Automatic negatives at most.
        enough_negatives: Near negatives fill up to this number where automatic ones are fewer; 0: never.
        beta: Weight of recall against precision in the threshold's F-beta.
        strengths: Strengths per positive clip that cross-validation chooses from; the first is the usual one.
        usual_centring: Per-file centring where cross-validation cannot choose (marks in one media only).
    """

    margin_s: float = 30.0
    max_auto_negatives: int = 6_000
    enough_negatives: int = 1_000
    beta: float = 1.0
    strengths: tuple[float, ...] = (0.01, 0.001, 0.1)
    usual_centring: bool = True


@dataclass(frozen=True)
class Metrics:
    """Out-of-fold figures; None where no honest figure can be given, and notes say why.

    Attributes:
        window_average_precision: Over the windows whose class is clear.
        event_precision: Share of regions that match a positive clip, at the threshold.
        event_recall: Share of positive clips that a region matches.
        event_f1: Harmonic mean of the two.
        threshold: The score at or above which a window belongs to a region.
        grouping: What a fold left out.
        folds: How many folds there were.
        counts: What took part.
        notes: Sentences for the person.
    """

    window_average_precision: float | None
    event_precision: float | None
    event_recall: float | None
    event_f1: float | None
    threshold: float
    grouping: Grouping
    folds: int
    counts: Counts
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Learned:
    """A trained classifier and what is known about it."""

    model: ClassifierModel
    metrics: Metrics


def learn(
    examples: Sequence[Example],
    tracks: Tracks,
    grid: WindowGrid,
    *,
    card_hash: str,
    model: str = "",
    options: LearnOptions | None = None,
    progress: Progress = lambda _stage, _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Learned:
    """Trains a classifier. The same examples, tracks and options always give the same one.

    Args:
        examples: What is known. Examples in media without a track take no part.
        tracks: Vectors by media digest, ``[n, dim]``, all made on ``grid`` under the card ``card_hash`` (may be
            mapped files).
        grid: The windows.
        card_hash: Hash of the embedder card.
        model: Name of the model.
        options: How to train.
        progress: Told about stages: "label", "cross-validate", "threshold", "fit".
        cancelled: Asked before every fit.

    Raises:
        ClassMissingError: No positives, or no negatives; holds the counts and says what to add.
        TrainingCancelledError: ``cancelled`` said so.
        ValueError: An example or option is out of range.
    """
    options = options or LearnOptions()
    with threadpool_limits(limits=1):  # so that no bit depends on how many cores there are
        progress("label", 0, 1)
        dataset = build_dataset(
            examples,
            tracks,
            grid,
            margin_s=options.margin_s,
            cap=options.max_auto_negatives,
            enough=options.enough_negatives,
        )
        progress("label", 1, 1)
        return _Training(dataset, grid, options, progress, cancelled).run(card_hash, model)


class _Training:
    """One training: its dataset and what it has found so far."""

    def __init__(
        self,
        dataset: Dataset,
        grid: WindowGrid,
        options: LearnOptions,
        progress: Progress,
        cancelled: Callable[[], bool],
    ) -> None:
        self._dataset = dataset
        self._grid = grid
        self._options = options
        self._progress = progress
        self._cancelled = cancelled
        self._matrix = TrainingMatrix(dataset)
        self._folds = make_folds(dataset, grid)
        self._notes = [*dataset.notes]
        # Figures judge every window that was labelled first: leaving out the doubtful ones would flatter them.
        self._judge = self._matrix
        self._passes = 2 if dataset.counts.auto_negative + dataset.counts.near_negative else 1
        self._fits_done = 0
        self._fits_planned = 0

    def run(self, card_hash: str, model: str) -> Learned:
        clips = self._dataset.counts.positive
        chosen, margins = self._cross_validate(clips)
        if margins and self._set_suspects_aside(margins):
            chosen, margins = self._cross_validate(clips)
        self._progress("cross-validate", self._fits_planned, self._fits_planned)
        self._progress("threshold", 0, 1)
        boundary = choose_threshold(self._dataset, margins, self._grid, self._options.beta) if margins else None
        if boundary is not None:  # margins are scaled so that 0 is the middle between the classes
            boundary *= clips / (clips + THRESHOLD_TRUST)
            if self._folds.grouping is Grouping.TIME_BLOCKS:
                boundary -= OTHER_FILES_MARGIN
        calibration = None
        if margins and clips >= FEWEST_FOR_CALIBRATION:
            calibration = platt(*labelled(self._judge, margins))
        self._progress("threshold", 1, 1)
        self._progress("fit", 0, 1)
        self._check()
        whitened = self._matrix.examples(centred=chosen.centred)
        assert whitened is not None  # build_dataset refused the case
        fit = whitened.fit(chosen.strength * clips)
        self._progress("fit", 1, 1)
        metrics = self._metrics(margins, boundary, calibration)
        classifier = ClassifierModel(
            mean=fit.mean.astype(np.float32),
            scale=fit.scale.astype(np.float32),
            coef=fit.coef.astype(np.float32),
            bias=fit.bias,
            threshold=metrics.threshold,
            card_hash=card_hash,
            model=model,
            centred=chosen.centred,
            calibration=calibration,
            metadata=self._metadata(chosen, metrics),
        )
        return Learned(classifier, metrics)

    def _cross_validate(self, clips: int) -> tuple[Configuration, list[Any]]:
        """The configuration to use, and its out-of-fold margins (empty when there are no folds)."""
        by_media = self._folds.grouping is Grouping.MEDIA
        usual = Configuration(self._options.strengths[0], self._options.usual_centring)
        centrings = [usual.centred, not usual.centred] if by_media else [usual.centred]
        strengths = self._options.strengths if clips >= FEWEST_FOR_METRICS else self._options.strengths[:1]
        configurations = [Configuration(strength, centred) for centred in centrings for strength in strengths]
        if not self._folds.count:
            return usual, []
        self._fits_planned = self._passes * self._folds.count * len(configurations)

        def step() -> None:
            self._check()
            self._progress("cross-validate", self._fits_done, self._fits_planned)
            self._fits_done += 1

        margins = out_of_fold(self._matrix, self._folds, configurations, clips, step)
        quality = {c: window_precision(self._matrix, margins[c]) for c in configurations}
        best = max(configurations, key=lambda c: np.nan_to_num(quality[c], nan=-1.0))
        chosen = best if quality[best] > quality[usual] + _CLEARLY_BETTER else usual
        return chosen, margins[chosen]

    def _set_suspects_aside(self, margins: list[Any]) -> bool:
        """Drops automatic negatives that look like the sound; False when there are none."""
        before = self._dataset.counts
        fewer = without_windows(self._dataset, suspects(self._matrix, margins))
        after = fewer.counts
        count = before.auto_negative + before.near_negative - after.auto_negative - after.near_negative
        if not count or not TrainingMatrix(fewer).has_both_classes:
            return False
        self._notes.append(
            f"{_windows(count)} without a mark sound{'s' if count == 1 else ''} like the clips and took no part: "
            "listen there, and mark what you find as clips or hard negatives."
        )
        self._dataset, self._matrix = fewer, TrainingMatrix(fewer)
        return True

    def _metrics(self, margins: list[Any], boundary: float | None, calibration: tuple[float, float] | None) -> Metrics:
        counts = self._dataset.counts
        honest = counts.positive >= FEWEST_FOR_METRICS and boundary is not None
        precision = window_precision(self._judge, margins) if honest else None
        events = EventCounts(0, 0, 0)
        if honest and boundary is not None:
            events = events_at(self._dataset, margins, self._grid, boundary)
        return Metrics(
            window_average_precision=precision if precision is not None and np.isfinite(precision) else None,
            event_precision=events.precision if honest else None,
            event_recall=events.recall if honest else None,
            event_f1=events.f1 if honest else None,
            threshold=_score(boundary if boundary is not None else 0.0, calibration),
            grouping=self._folds.grouping if honest else Grouping.NONE,
            folds=self._folds.count if honest else 0,
            counts=counts,
            notes=(*self._notes, *_advice(counts, self._folds)),
        )

    def _metadata(self, chosen: Configuration, metrics: Metrics) -> dict[str, Any]:
        return {
            "counts": asdict(metrics.counts),
            "cross_validation": metrics.grouping.value,
            "examples": [
                {"kind": e.kind.value, "media": e.media, "start": e.start, "duration": e.duration}
                for part in self._dataset.media
                for e in part.examples
            ],
            "hop_s": self._grid.hop_s,
            "strength": chosen.strength,
            "window_s": self._grid.window_s,
        }

    def _check(self) -> None:
        if self._cancelled():
            raise TrainingCancelledError("the training was cancelled")


def _windows(count: int) -> str:
    return "1 window" if count == 1 else f"{count} windows"


def _score(margin: float, calibration: tuple[float, float] | None) -> float:
    a, b = calibration or (1.0, 0.0)
    # Rounded down to what float32 scores can be compared with, so that the window that set it is not lost.
    return float(np.float32(1 / (1 + np.exp(-np.clip(a * margin + b, -60, 60)))))


def _advice(counts: Counts, folds: Folds) -> list[str]:
    notes = []
    if counts.positive < FEWEST_FOR_METRICS:
        notes.append(
            f"With {counts.positive} positive clip{'s' * (counts.positive != 1)} no honest figure can be given; mark "
            f"at least {FEWEST_FOR_METRICS}, better in several files."
        )
    elif folds.grouping is Grouping.TIME_BLOCKS:
        notes.append(
            f"{'Most' if folds.several_media else 'All'} positive clips lie in one file, so the figures come from "
            "separated blocks of its time; expect less in other files."
        )
    if counts.positive < FEWEST_FOR_CALIBRATION:
        notes.append(f"Scores are not calibrated: that takes about {FEWEST_FOR_CALIBRATION} positive clips.")
    return notes

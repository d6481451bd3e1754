"""Out-of-fold margins: every window scored by a classifier that was trained without its fold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from eightcut_scoring.metrics import average_precision

from eightcut_trainer.learning.dataset import Dataset, file_mean, pieces, read_windows
from eightcut_trainer.learning.folds import Folds
from eightcut_trainer.learning.labelling import Label
from eightcut_trainer.learning.linear import LinearFit, WhitenedExamples

FloatArray = npt.NDArray[np.float64]

#: What a hard negative counts for among the negatives, as a share of what a positive clip counts among the positives.
HARD_NEGATIVE_SHARE = 0.3
#: Windows that hold at least three quarters of a clip have this weight; only they are positive in figures.
_CLEAR_WEIGHT = 0.36


@dataclass(frozen=True)
class Configuration:
    """What cross-validation chooses between.

    Attributes:
        strength: See `WhitenedExamples.fit`, per positive clip.
        centred: Whether the mean vector of a file is subtracted from its windows.
    """

    strength: float
    centred: bool


class TrainingMatrix:
    """The chosen windows of all media as one matrix, with their classes, weights and file means."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.means = [file_mean(part.vectors) for part in dataset.media]
        self._vectors = np.concatenate([read_windows(part.vectors, part.chosen) for part in dataset.media])
        self._part = np.concatenate([np.full(len(part.chosen), i) for i, part in enumerate(dataset.media)])
        self._positive = np.concatenate([part.labels.label[part.chosen] == Label.POSITIVE for part in dataset.media])
        self._weight = _weights(dataset)

    @property
    def has_both_classes(self) -> bool:
        """Whether a classifier can be fitted to it."""
        return bool(self._positive.any() and not self._positive.all())

    def examples(self, *, centred: bool, rows: npt.NDArray[np.bool_] | None = None) -> WhitenedExamples | None:
        """Rows ready for fitting; None when a class is missing among them."""
        use = np.ones(len(self._positive), dtype=bool) if rows is None else rows
        positive = self._positive[use]
        if positive.all() or not positive.any():
            return None
        vectors = self._vectors[use].astype(np.float64)
        if centred:
            vectors -= np.stack(self.means)[self._part[use]]
        return WhitenedExamples(vectors, positive, self._weight[use])

    def training_rows(self, folds: Folds, fold: int) -> npt.NDArray[np.bool_]:
        """The rows that a fold may train on."""
        return np.concatenate([folds.trained(i, fold)[part.chosen] for i, part in enumerate(self.dataset.media)])

    def margins(self, fit: LinearFit, part: int, *, centred: bool) -> FloatArray:
        """Margins of all windows of a media, ``[n]``."""
        vectors = self.dataset.media[part].vectors
        centre = self.means[part] if centred else 0.0
        read = [fit.margins(np.asarray(vectors[piece], dtype=np.float64) - centre) for piece in pieces(vectors)]
        return np.concatenate(read) if read else np.zeros(0)


def out_of_fold(
    matrix: TrainingMatrix, folds: Folds, configurations: list[Configuration], clips: int, step: Callable[[], None]
) -> dict[Configuration, list[FloatArray]]:
    """Margins of every window of every media under every configuration; NaN where no fold could test it.

    Args:
        matrix: The training windows.
        folds: How to leave out.
        configurations: What to try.
        clips: Positive clips, which strengths are multiplied by.
        step: Called before every fit; may raise to stop.
    """
    media = matrix.dataset.media
    margins = {c: [np.full(len(part.vectors), np.nan) for part in media] for c in configurations}
    for fold in range(folds.count):
        for centred in sorted({c.centred for c in configurations}):
            examples = matrix.examples(centred=centred, rows=matrix.training_rows(folds, fold))
            for configuration in [c for c in configurations if c.centred == centred]:
                step()
                if examples is None:
                    continue
                fit = examples.fit(configuration.strength * clips)
                for part in range(len(media)):
                    tested = folds.tested(part, fold)
                    if tested.any():
                        found = matrix.margins(fit, part, centred=centred)
                        margins[configuration][part][tested] = found[tested]
    return margins


def suspects(matrix: TrainingMatrix, margins: list[FloatArray]) -> list[npt.NDArray[np.bool_]]:
    """Automatic negatives that look like the sound: bool ``[n]`` per media.

    Their out-of-fold margin lies above the median of the windows that hold a clip well, and above the middle between
    the classes. Many of them are occurrences that nobody marked: a person who marks one clip in a file has not said
    that there is no other. Measured: docs/decisions/0007.
    """
    truth, scores = labelled(matrix, margins)
    limit = max(0.0, float(np.median(scores[truth]))) if truth.any() else np.inf
    return [
        np.isin(part.labels.label, (Label.NEAR_NEGATIVE, Label.AUTO_NEGATIVE))
        & (np.nan_to_num(found, nan=-np.inf) > limit)
        for part, found in zip(matrix.dataset.media, margins, strict=True)
    ]


def window_precision(matrix: TrainingMatrix, margins: list[FloatArray]) -> float:
    """Average precision over the labelled windows that were tested; NaN when no positive one was."""
    truth, scores = labelled(matrix, margins)
    return average_precision(truth, scores)


def labelled(matrix: TrainingMatrix, margins: list[FloatArray]) -> tuple[npt.NDArray[np.bool_], FloatArray]:
    """Truth and margins of the windows whose class is clear and which were tested."""
    truths: list[npt.NDArray[np.bool_]] = []
    scores: list[FloatArray] = []
    for part, found in zip(matrix.dataset.media, margins, strict=True):
        label, weight = part.labels.label, part.labels.weight
        clear = weight >= min(_CLEAR_WEIGHT, float(weight.max(initial=0.0)) or 1.0)
        use = (clear | (label >= Label.NEGATIVE)) & ~np.isnan(found)
        truths.append(label[use] == Label.POSITIVE)
        scores.append(found[use])
    return np.concatenate(truths), np.concatenate(scores)


def _weights(dataset: Dataset) -> FloatArray:
    label = np.concatenate([part.labels.label[part.chosen] for part in dataset.media])
    weight = np.concatenate([part.labels.weight[part.chosen] for part in dataset.media])
    hard = label == Label.HARD_NEGATIVE
    plain = (label != Label.POSITIVE) & ~hard
    weight[plain] = 1.0
    # The classes are balanced later, so a clip's part of the positives and a hard negative's of the negatives compare.
    weight[hard] = max(1.0, HARD_NEGATIVE_SHARE * plain.sum() / dataset.counts.positive)
    return weight

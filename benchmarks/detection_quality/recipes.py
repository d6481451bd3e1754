"""The two recipes that are compared: 8-cut's, and the ancestor's as the reference, both on the same vectors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from eightcut_inference.embedders.logmel import CARD
from eightcut_trainer.learning.examples import Example, Kind
from eightcut_trainer.learning.learn import learn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier

from benchmarks.detection_quality.recordings import GRID, Recording

Vectors = npt.NDArray[np.float32]
Scores = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Trained:
    """A recipe's classifier.

    Attributes:
        score: From the vectors of a whole file ``[n, dim]`` to scores ``[n]``, 0 to 1.
        threshold: A window whose score is at least this belongs to a region.
    """

    score: Callable[[Vectors], Scores]
    threshold: float


#: From the recording with marks, the label, and hard negatives as (recording, start), to a classifier.
Recipe = Callable[[Recording, str, list[tuple[Recording, float]]], Trained]


def eightcut(marked: Recording, label: str, hard: list[tuple[Recording, float]]) -> Trained:
    """8-cut's training, as the Trainer runs it."""
    examples = [Example(Kind.POSITIVE, marked.name, start, GRID.window_s) for start in marked.clip_starts(label)]
    examples += [Example(Kind.HARD_NEGATIVE, recording.name, start, GRID.window_s) for recording, start in hard]
    tracks = {recording.name: recording.vectors for recording in [marked, *(recording for recording, _ in hard)]}
    model = learn(examples, tracks, GRID, card_hash=CARD.key()).model
    return Trained(model.score, model.threshold)


def ancestor(marked: Recording, label: str, hard: list[tuple[Recording, float]]) -> Trained:
    """The ancestor's recipe.

    Every file's vectors are standardised by themselves; windows that start within 12 s of a marker are positive; three
    times as many are drawn from the rest as negatives; gradient boosting with isotonic calibration; threshold one half.
    """
    vectors = _standardised(marked.vectors)
    starts = np.arange(len(vectors)) * GRID.hop_s
    near = np.zeros(len(vectors), dtype=bool)
    for start in marked.clip_starts(label):
        near |= np.abs(starts - start) <= 12.0
    rest = np.flatnonzero(~near)
    drawn = np.random.default_rng(0).choice(rest, min(len(rest), 3 * int(near.sum())), replace=False)
    rows = [vectors[near], vectors[drawn]]
    for recording, start in hard:
        rows.append(_standardised(recording.vectors)[[GRID.nearest(start, len(recording.vectors))]])
    truth = np.repeat([True, False], [int(near.sum()), len(drawn) + len(hard)])
    boosting = HistGradientBoostingClassifier(max_iter=200, max_depth=5, learning_rate=0.1, random_state=0)
    model = CalibratedClassifierCV(boosting, method="isotonic", cv=3).fit(np.concatenate(rows), truth)
    return Trained(lambda other: np.asarray(model.predict_proba(_standardised(other))[:, 1]), 0.5)


def _standardised(vectors: Vectors) -> Vectors:
    deviation = vectors.std(axis=0)
    standardised: Vectors = (vectors - vectors.mean(axis=0)) / np.where(deviation > 0, deviation, 1.0)
    return standardised

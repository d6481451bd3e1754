"""The threshold, chosen by F-beta over out-of-fold regions, and Platt's calibration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from eightcut_scoring.metrics import EventCounts, event_counts
from eightcut_scoring.regions import Region, build_regions
from eightcut_scoring.windows import WindowGrid
from sklearn.linear_model import LogisticRegression

from eightcut_trainer.learning.dataset import Dataset, MediaWindows
from eightcut_trainer.learning.examples import Example
from eightcut_trainer.learning.labelling import Label

FloatArray = npt.NDArray[np.float64]

_CANDIDATES = 120
#: Thresholds whose F-beta is within this of the best are as good: the figure itself is no surer than that.
_PLATEAU = 0.02


def events_at(dataset: Dataset, margins: Sequence[FloatArray], grid: WindowGrid, threshold: float) -> EventCounts:
    """Regions of out-of-fold margins against positive clips, over all media.

    Regions that only meet a clip of another folder are left out, and in a media without positive clips all that
    meet no hard negative or explicit negative: nobody said what they are.
    """
    total = EventCounts(0, 0, 0)
    for part, found in zip(dataset.media, margins, strict=True):
        scores = _sigmoid(np.where(np.isnan(found), -np.inf, found))
        regions = build_regions(scores, grid, float(_sigmoid(np.asarray(threshold))))
        judged = [(region.start, region.end) for region in regions if _judged(region, part)]
        total += event_counts(judged, [(clip.start, clip.end) for clip in part.clips], tolerance_s=0.0)
    return total


def choose_threshold(dataset: Dataset, margins: Sequence[FloatArray], grid: WindowGrid, beta: float) -> float | None:
    """The margin in the middle of the thresholds with the best F-beta over regions; None when nothing was tested."""
    tested = np.concatenate([found[~np.isnan(found)] for found in margins])
    if not len(tested):
        return None
    # Half of the windows hold no events worth a threshold; the others' quantiles follow the scores' own density
    # at the top.
    shares = 1 - np.geomspace(0.5, 1 / (4 * len(tested)), _CANDIDATES)
    candidates = np.unique(np.quantile(tested, shares))
    quality = np.array([events_at(dataset, margins, grid, float(c)).f_beta(beta) for c in candidates])
    best = int(np.argmax(quality))
    good = quality >= quality[best] - _PLATEAU
    low = best
    while low > 0 and good[low - 1]:
        low -= 1
    high = best
    while high + 1 < len(good) and good[high + 1]:
        high += 1
    return float((candidates[low] + candidates[high]) / 2)


def platt(truth: npt.NDArray[np.bool_], margins: FloatArray) -> tuple[float, float] | None:
    """Platt's ``(a, b)`` on out-of-fold margins, with his smoothed targets; None unless it rises with the margin.

    J. Platt, "Probabilistic Outputs for Support Vector Machines", 1999: targets (N₊ + 1) / (N₊ + 2) and 1 / (N₋
    + 2), here as pairs of weighted examples.
    """
    hits, misses = int(truth.sum()), int((~truth).sum())
    if not hits or not misses:
        return None
    target = np.where(truth, (hits + 1) / (hits + 2), 1 / (misses + 2))
    column = np.concatenate([margins, margins])[:, np.newaxis]
    classes = np.repeat([1, 0], len(margins))
    weight = np.concatenate([target, 1 - target])
    fit = LogisticRegression(C=1e6, max_iter=1000).fit(column, classes, sample_weight=weight)
    a, b = float(fit.coef_[0, 0]), float(fit.intercept_[0])
    return (a, b) if a > 0 else None


def _judged(region: Region, part: MediaWindows) -> bool:
    if any(_meets(region, clip) for clip in part.clips):
        return True
    if part.clips:
        return not any(_meets(region, clip) for clip in part.soft)
    inside = part.labels.label[region.first_window : region.last_window + 1]
    return bool(np.isin(inside, (Label.NEGATIVE, Label.HARD_NEGATIVE)).any())


def _meets(region: Region, clip: Example) -> bool:
    return region.start < clip.end and region.end > clip.start


def _sigmoid(margins: FloatArray) -> FloatArray:
    return 1 / (1 + np.exp(-np.clip(margins, -60, 60)))

"""The linear fit: standardise, whiten by the negatives, L2 logistic regression, all folded into one row of weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

FloatArray = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.floating[Any]]

#: Share of the identity in the shrunken covariance of the negatives. Measured on many mixtures
#: (docs/decisions/0007); flat from 0.3 to 0.6.
SHRINKAGE = 0.4
#: After a fit the mean margin of its positives is this, that of its negatives its opposite.
MARGIN = 4.0
_MAX_ITERATIONS = 500


@dataclass(frozen=True)
class LinearFit:
    """Margins are ``(x - mean) / scale · coef + bias``; all float64, ``[dim]`` and a number."""

    mean: FloatArray
    scale: FloatArray
    coef: FloatArray
    bias: float

    def margins(self, vectors: Vectors) -> FloatArray:
        """Margins ``[n]`` of vectors ``[n, dim]``."""
        weights = self.coef / self.scale
        margins: FloatArray = vectors @ weights - (self.mean @ weights - self.bias)
        return margins


class WhitenedExamples:
    """Examples made ready for fitting, so that several strengths share the expensive part.

    The vectors are standardised with the mean and deviation of the negatives, then decorrelated with the
    negatives' covariance, shrunk towards the identity: directions in which the background varies count for
    less. The two classes count the same (class_weight balanced).

    Args:
        vectors: ``[n, dim]``.
        positive: Which rows are positive; at least one is, and one is not.
        weight: What each row counts for among its class, positive.
    """

    def __init__(self, vectors: Vectors, positive: npt.NDArray[np.bool_], weight: FloatArray) -> None:
        x = np.asarray(vectors, dtype=np.float64)
        self._positive = positive
        self._share = np.where(positive, weight / weight[positive].sum(), weight / weight[~positive].sum())
        share: FloatArray = self._share[~positive]
        self._mean = share @ x[~positive]
        self._scale = _safe_scale(x, x[~positive], share, self._mean)
        self._z = (x - self._mean) / self._scale
        quiet = self._z[~positive]
        covariance = (1 - SHRINKAGE) * ((quiet * share[:, np.newaxis]).T @ quiet)
        covariance[np.diag_indices_from(covariance)] += SHRINKAGE
        self._root = np.linalg.cholesky(covariance)
        self._white = np.linalg.solve(self._root, self._z.T).T

    def fit(self, strength: float) -> LinearFit:
        """Fits an L2 logistic regression in the whitened space.

        As the strength goes to 0 this becomes Fisher's linear discriminant (R. Fisher, 1936), which is hard to
        beat with few examples; with many a larger strength follows their boundary.

        Args:
            strength: Inverse of the regularisation: scikit-learn's C for two classes of total weight 1.
        """
        regression = LogisticRegression(C=strength, max_iter=_MAX_ITERATIONS, tol=1e-5)
        regression.fit(self._white, self._positive, sample_weight=self._share)
        coef = np.linalg.solve(self._root.T, regression.coef_[0])
        return self._rescaled(coef)

    def _rescaled(self, coef: FloatArray) -> LinearFit:
        """Scales margins so that the classes' means lie at ±MARGIN: the strength decides the direction alone."""
        raw = self._z @ coef
        chosen = self._positive
        high, low = self._share[chosen] @ raw[chosen], self._share[~chosen] @ raw[~chosen]
        spread = (high - low) / 2
        if spread <= 0:  # the classes cannot be told apart: every window scores one half
            return LinearFit(self._mean, self._scale, np.zeros_like(coef), 0.0)
        factor = MARGIN / spread
        return LinearFit(self._mean, self._scale, coef * factor, -(high + low) / 2 * factor)


def _safe_scale(x: FloatArray, background: FloatArray, share: FloatArray, mean: FloatArray) -> FloatArray:
    """Deviation of the negatives, kept away from zero: digital silence varies in nothing and would outweigh all."""
    deviation = np.sqrt(share @ np.square(background - mean))
    overall = x.std(axis=0)
    typical = float(np.median(overall)) or 1.0
    scale: FloatArray = np.maximum(deviation, np.maximum(0.1 * overall, 1e-3 * typical))
    return scale

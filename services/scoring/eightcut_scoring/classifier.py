"""A trained classifier as plain arrays and JSON, and the arithmetic that scores windows with it.

A score is ``sigmoid(a·m + b)`` with the margin ``m = (x - c - mean) / scale · coef + bias``, where ``c`` is the
mean vector of the file's windows with per-file centring and 0 without. ``(a, b)`` is Platt's calibration (J.
Platt, "Probabilistic Outputs for Support Vector Machines", 1999) or ``(1, 0)``.

The stored form is ``8CUTCLF1``, the header's length as little-endian uint32, the header as canonical JSON, then
the arrays one after another as little-endian float32. Equal classifiers have equal bytes, and nothing in them
is ever executed.
"""

from __future__ import annotations

import hashlib
import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]
FloatRow = npt.NDArray[np.float64]
Vectors = npt.NDArray[np.floating[Any]]

_MAGIC = b"8CUTCLF1"
_ARRAYS = ("mean", "scale", "coef")
_MAX_HEADER = 64 << 20
_MAX_DIM = 1 << 20
_ROWS = 1024  # rows turned into float64 at once


@dataclass(frozen=True, eq=False)
class ClassifierModel:
    """A linear classifier over one embedder's window vectors.

    Attributes:
        mean: Mean of the training windows, float32 ``[dim]``; after centring where the file is centred.
        scale: Their standard deviation, float32 ``[dim]``, every element positive.
        coef: Weights of the standardised vector, float32 ``[dim]``.
        bias: The constant term.
        threshold: A window whose score is at least this belongs to a region; 0 to 1.
        card_hash: Hash of the embedder card that the vectors were made under, 64 hex digits.
        model: Name of the model, such as ``LOGMEL_door``.
        centred: Per-file centring: the mean vector of a file's windows is subtracted first.
        calibration: Platt's ``(a, b)``; None leaves the margin as it is.
        metadata: Anything else that JSON can hold: metrics, the examples it was made from.

    Raises:
        ValueError: The arrays do not fit each other, or a number is out of its range.
    """

    mean: FloatArray
    scale: FloatArray
    coef: FloatArray
    bias: float
    threshold: float
    card_hash: str
    model: str = ""
    centred: bool = False
    calibration: tuple[float, float] | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in _ARRAYS:
            array = np.ascontiguousarray(getattr(self, name), dtype=np.float32)
            if array.ndim != 1 or not np.isfinite(array).all():
                raise ValueError(f"the classifier's {name} must be one row of finite numbers")
            array.setflags(write=False)
            object.__setattr__(self, name, array)
        if not self.mean.shape == self.scale.shape == self.coef.shape or not self.dim:
            raise ValueError("the classifier's mean, scale and weights must have one length, at least 1")
        if not (self.scale > 0).all():
            raise ValueError("the classifier's scale must be positive")
        numbers = (self.bias, self.threshold, *(self.calibration or ()))
        if not all(math.isfinite(number) for number in numbers):
            raise ValueError("the classifier's bias, threshold and calibration must be finite")
        if not 0 <= self.threshold <= 1:
            raise ValueError(f"the classifier's threshold must lie between 0 and 1, not at {self.threshold}")

    @property
    def dim(self) -> int:
        """Length of the vectors it takes."""
        return len(self.coef)

    def margins(self, vectors: Vectors, file_mean: npt.NDArray[np.floating[Any]] | None = None) -> FloatRow:
        """Signed distances from the decision boundary, float64 ``[n]``: what calibration and the sigmoid start from.

        Args:
            vectors: Window vectors ``[n, dim]``.
            file_mean: Mean of all windows of their file, for a classifier with per-file centring; without it these
                vectors are taken for the whole file.

        Raises:
            ValueError: The vectors have another length, or hold something that is not a finite number.
        """
        sums = self.weighted_sums(vectors)
        if file_mean is None:
            running = RunningMean(self.dim)
            if self.centred:
                running.push(vectors)
            file_mean = running.mean()
        return sums - self.offset(file_mean)

    def weighted_sums(self, vectors: Vectors) -> FloatRow:
        """The part of the margins that is the same in every file, float64 ``[n]``; errors as `margins`."""
        if vectors.ndim != 2 or vectors.shape[1] != self.dim:
            raise ValueError(f"this classifier takes window vectors of length {self.dim}, not of shape {vectors.shape}")
        weights = self.coef.astype(np.float64) / self.scale
        sums = np.empty(len(vectors))
        for start in range(0, len(vectors), _ROWS):
            # One product per row, summed along the row: unlike a matrix product, no row depends on the others.
            rows = np.ascontiguousarray(vectors[start : start + _ROWS], dtype=np.float64)
            (rows * weights).sum(axis=1, out=sums[start : start + _ROWS])
        if not np.isfinite(sums).all():
            raise ValueError("the window vectors hold values that are not finite numbers")
        return sums

    def offset(self, file_mean: npt.NDArray[np.floating[Any]]) -> float:
        """What is subtracted from every weighted sum of a file: the standardisation's and the centring's part."""
        weights = self.coef.astype(np.float64) / self.scale
        centre = self.mean.astype(np.float64)
        if self.centred:
            centre = centre + file_mean
        return float((centre * weights).sum() - self.bias)

    def score(self, vectors: Vectors, file_mean: npt.NDArray[np.floating[Any]] | None = None) -> FloatArray:
        """Probabilities that windows hold the sound, float32 ``[n]``, each 0 to 1.

        Arguments and errors as `margins`.
        """
        return self.probabilities(self.margins(vectors, file_mean))

    def probabilities(self, margins: FloatRow) -> FloatArray:
        """Scores of margins: calibration, then the logistic function; float32 of the same shape."""
        a, b = self.calibration or (1.0, 0.0)
        logits = np.clip(a * margins + b, -60.0, 60.0)
        return (1.0 / (1.0 + np.exp(-logits))).astype(np.float32)

    def to_bytes(self) -> bytes:
        """The stored form; equal classifiers give equal bytes."""
        header = {
            "arrays": {name: [self.dim] for name in _ARRAYS},
            "bias": float(self.bias),
            "calibration": list(self.calibration) if self.calibration else None,
            "card_hash": self.card_hash,
            "centred": self.centred,
            "metadata": dict(self.metadata),
            "model": self.model,
            "threshold": float(self.threshold),
        }
        text = json.dumps(header, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        encoded = text.encode()
        arrays = b"".join(getattr(self, name).astype("<f4").tobytes() for name in _ARRAYS)
        return _MAGIC + struct.pack("<I", len(encoded)) + encoded + arrays

    @property
    def sha256(self) -> str:
        """SHA-256 of the stored form, 64 hex digits."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    @classmethod
    def from_bytes(cls, data: bytes, *, sha256: str | None = None) -> ClassifierModel:
        """Reads the stored form.

        Args:
            data: What `to_bytes` gave.
            sha256: Digest that the bytes must have, where one is known.

        Raises:
            ValueError: The bytes are damaged, have another digest, or are no classifier.
        """
        if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
            raise ValueError("the classifier is damaged: its SHA-256 differs from the recorded one")
        header, offset = _read_header(data)
        arrays: dict[str, FloatArray] = {}
        for name in _ARRAYS:
            dim = _dim(header, name)
            if len(data) < offset + 4 * dim:
                raise ValueError("the classifier is damaged: its arrays are cut off")
            arrays[name] = np.frombuffer(data, dtype="<f4", count=dim, offset=offset).astype(np.float32)
            offset += 4 * dim
        if offset != len(data):
            raise ValueError("the classifier is damaged: something follows its arrays")
        return _build(cls, header, arrays)


class RunningMean:
    """Mean of vectors that come in any chunks: added one by one, so that the result does not depend on the chunks."""

    def __init__(self, dim: int) -> None:
        self._sum = np.zeros(dim, dtype=np.float64)
        self._count = 0

    def push(self, vectors: Vectors) -> None:
        """Takes vectors ``[n, dim]``."""
        for vector in vectors:
            self._sum += vector
        self._count += len(vectors)

    def mean(self) -> FloatRow:
        """Mean of all vectors so far, float64 ``[dim]``; zeros when there were none."""
        return self._sum / max(1, self._count)


class StreamingScorer:
    """Scores the windows of one file while they arrive.

    Without per-file centring every score is final at once. With it, `push` gives provisional scores (centred on the
    mean of the windows so far) and `finish` the final ones: bit for bit what `ClassifierModel.score` gives for the
    whole track. Memory: 8 bytes a window.
    """

    def __init__(self, model: ClassifierModel) -> None:
        self._model = model
        self._running = RunningMean(model.dim)
        self._sums: list[FloatRow] = []

    @property
    def provisional(self) -> bool:
        """True when the scores of `push` may still change."""
        return self._model.centred

    def push(self, vectors: Vectors) -> FloatArray:
        """Scores of the next windows of the file, float32 ``[n]``; ValueError as `ClassifierModel.margins`."""
        sums = self._model.weighted_sums(vectors)
        if self._model.centred:
            self._running.push(vectors)
        self._sums.append(sums)
        return self._scores(sums)

    def finish(self) -> FloatArray:
        """Final scores of all windows pushed, float32 ``[n]``."""
        return self._scores(np.concatenate(self._sums) if self._sums else np.zeros(0))

    def _scores(self, sums: FloatRow) -> FloatArray:
        return self._model.probabilities(sums - self._model.offset(self._running.mean()))


def _read_header(data: bytes) -> tuple[dict[str, Any], int]:
    start = len(_MAGIC) + 4
    if data[: len(_MAGIC)] != _MAGIC or len(data) < start:
        raise ValueError("these bytes are no classifier of 8-cut")
    (length,) = struct.unpack_from("<I", data, len(_MAGIC))
    if length > _MAX_HEADER or len(data) < start + length:
        raise ValueError("the classifier is damaged: its description is cut off")
    try:
        header = json.loads(data[start : start + length])
    except ValueError as error:
        raise ValueError("the classifier is damaged: its description cannot be read") from error
    if not isinstance(header, dict):  # the bytes are wrong, not the caller's types
        raise ValueError("the classifier is damaged: its description is no table of fields")  # noqa: TRY004
    return header, start + length


def _dim(header: dict[str, Any], name: str) -> int:
    try:
        (dim,) = header["arrays"][name]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"the classifier is damaged: the shape of its {name} is missing") from error
    if not isinstance(dim, int) or isinstance(dim, bool) or not 0 < dim <= _MAX_DIM:
        raise ValueError(f"the classifier is damaged: its {name} cannot have length {dim}")
    return dim


def _build(cls: type[ClassifierModel], header: dict[str, Any], arrays: dict[str, FloatArray]) -> ClassifierModel:
    try:
        calibration = header["calibration"]
        return cls(
            mean=arrays["mean"],
            scale=arrays["scale"],
            coef=arrays["coef"],
            bias=float(header["bias"]),
            threshold=float(header["threshold"]),
            card_hash=str(header["card_hash"]),
            model=str(header["model"]),
            centred=bool(header["centred"]),
            calibration=(float(calibration[0]), float(calibration[1])) if calibration is not None else None,
            metadata=dict(header["metadata"]),
        )
    except (KeyError, TypeError, IndexError) as error:
        raise ValueError(
            "the classifier is damaged: a field of its description is missing or of another kind"
        ) from error

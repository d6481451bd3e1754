"""The interface of embedders, in two halves that different threads may run.

`FeatureStream` is the half per stream: it takes a file's samples in chunks of any size and gives the *features*
of every window that became complete. Its state is bounded. `Embedder.embed` is the half that a network on a
device takes: it turns features of windows, from one stream or from many, into vectors. So an engine thread can
gather what several streams have ready (`np.concatenate` along the first axis) and run it as one batch.

Two promises hold for every embedder, and tests hold every embedder to them: the vector of a window depends on
the samples of that window alone, whatever the chunks, the other windows of its batch and the window at which
the stream began; and features of a file's windows are computed once where windows overlap, as far as the
embedder's arithmetic lets it.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from eightcut_scoring.windows import WindowGrid

from eightcut_inference.embedders.card import EmbedderCard

FloatArray = npt.NDArray[np.float32]

#: Audio that `EmbedSession` hands on at once, in seconds: what bounds the memory of one push.
_SLICE_S = 16


class FeatureStream(Protocol):
    """The samples of one file on their way to features. Not for several threads at once."""

    @property
    def next_window(self) -> int:
        """Index of the window whose features come next."""
        ...

    def push(self, pcm: FloatArray) -> FloatArray:
        """Takes the next samples, float32 mono ``[n]`` at the card's rate, full scale ±1.

        Returns:
            Features of the windows that became complete, ``[k, *feature_shape]``, in order; k is often 0. Memory is
            proportional to the chunk.

        Raises:
            ValueError: A sample is NaN or infinite.
        """
        ...

    def finish(self) -> FloatArray:
        """The file has ended: features of windows that were held back, ``[k, *feature_shape]``.

        Nothing may be pushed then.
        """
        ...


class Embedder(Protocol):
    """A frozen network or feature extractor."""

    @property
    def card(self) -> EmbedderCard:
        """What it is."""
        ...

    def feature_shape(self, grid: WindowGrid) -> tuple[int, ...]:
        """Shape of the features of one window; ValueError as `check_grid`."""
        ...

    def check_grid(self, grid: WindowGrid) -> None:
        """Raises ValueError, in one sentence, when the embedder cannot work on these windows."""
        ...

    def prepare(self, grid: WindowGrid, first_window: int = 0) -> FeatureStream:
        """A stream whose first sample is that of window ``first_window``.

        Raises:
            ValueError: As `check_grid`, or the window is negative.
        """
        ...

    def embed(self, features: FloatArray) -> FloatArray:
        """Vectors of windows.

        Args:
            features: ``[n, *feature_shape]``, of any streams of this embedder on equal grids.

        Returns:
            float32 ``[n, dim]``, one row per window, each independent of the other rows.
        """
        ...


class EmbedSession:
    """Both halves in one place, for callers that do not batch across streams.

    Args:
        embedder: The embedder.
        grid: Its windows.
        first_window: The window whose first sample is pushed first: a resumed file starts at ``first_window · hop``.
    """

    def __init__(self, embedder: Embedder, grid: WindowGrid, first_window: int = 0) -> None:
        self._embedder = embedder
        self._stream = embedder.prepare(grid, first_window)
        self._slice = _SLICE_S * embedder.card.sample_rate

    @property
    def next_window(self) -> int:
        """Index of the window whose vector comes next."""
        return self._stream.next_window

    def push(self, pcm: FloatArray) -> FloatArray:
        """Takes the next samples ``[n]``; gives the vectors of the windows that became complete, ``[k, dim]``.

        Raises:
            ValueError: A sample is NaN or infinite.
        """
        parts = [
            self._embedder.embed(self._stream.push(pcm[start : start + self._slice]))
            for start in range(0, len(pcm), self._slice)
        ]
        return np.concatenate(parts) if parts else self._nothing()

    def finish(self) -> FloatArray:
        """The file has ended: vectors of windows that were held back, float32 ``[k, dim]``."""
        features = self._stream.finish()
        return self._embedder.embed(features) if len(features) else self._nothing()

    def _nothing(self) -> FloatArray:
        return np.zeros((0, self._embedder.card.dim), dtype=np.float32)


def open_session(embedder: Embedder, grid: WindowGrid, first_window: int = 0) -> EmbedSession:
    """A session that starts at a window; ValueError when the embedder cannot work on the grid."""
    return EmbedSession(embedder, grid, first_window)


def checked_samples(pcm: npt.NDArray[np.floating[Any]]) -> FloatArray:
    """One row of samples as float32; ValueError when it is none, or a sample is NaN or infinite."""
    samples = np.asarray(pcm, dtype=np.float32)
    if samples.ndim != 1:
        raise ValueError(f"audio must be one row of samples (mono), not an array of shape {samples.shape}")
    if not np.isfinite(samples).all():
        raise ValueError("the audio holds samples that are not finite numbers (NaN or infinite)")
    return samples

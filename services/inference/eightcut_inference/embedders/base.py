"""The interface of embedders, in three steps that different threads may run.

`Model` is an embedder as the server knows it, cheap, with or without its weights. It makes a `PieceStream` for each
file: samples in chunks of any size go in, *pieces* (what the embedder takes of some consecutive windows) come out; its
state is bounded. `Model.load` gives an `Embedder` on a device, which turns pieces, of one stream or of many, into
vectors. So an engine can gather what several streams have ready and run it as one batch.

Two promises hold for every embedder, and tests hold every embedder to them: the vector of a window depends on
the samples of that window alone, whatever the chunks, the other windows of its batch and the window at which
the stream began; and what windows share is computed once where they overlap, as far as the embedder's
arithmetic lets it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt
from eightcut_scoring.windows import WindowGrid

from eightcut_inference.devices import Device
from eightcut_inference.embedders.card import EmbedderCard

FloatArray = npt.NDArray[np.float32]


class NotReadyError(Exception):
    """An embedder cannot run here; the message is one sentence that says why, and which command changes that."""


class Piece(Protocol):
    """What an embedder takes of some consecutive windows of one file. Immutable."""

    @property
    def windows(self) -> int:
        """How many windows; at least 1."""
        ...

    @property
    def kind(self) -> object:
        """Pieces of one embedder whose kinds are equal may share a batch."""
        ...

    def split(self, windows: int) -> tuple[Self, Self]:
        """The first ``windows`` windows, and the rest; both hold at least one."""
        ...


class PieceStream(Protocol):
    """The samples of one file on their way to pieces. Not for several threads at once."""

    @property
    def next_window(self) -> int:
        """Index of the first window that no piece held yet."""
        ...

    def push(self, pcm: FloatArray) -> Sequence[Piece]:
        """Takes the next samples, float32 mono ``[n]`` at the card's rate, full scale ±1.

        Returns:
            Pieces of windows that became complete, in order; often none. Complete windows may be held back until a
            piece is worth its while. Memory is proportional to the chunk.

        Raises:
            ValueError: A sample is NaN or infinite.
        """
        ...

    def flush(self) -> Sequence[Piece]:
        """Pieces of the complete windows that were held back. More may be pushed afterwards."""
        ...


class Embedder(Protocol):
    """An embedder with its weights on a device. Used by one thread at a time: its engine's."""

    def launch(self, pieces: Sequence[Piece]) -> Launched:
        """Begins to embed pieces of one kind; returns before the device is done where the device allows that.

        Raises:
            DeviceOutOfMemoryError: The batch is too large for what is free; nothing was done.
            DeviceLostError: The device does not answer any more.
        """
        ...


class Launched(Protocol):
    """A batch on its way."""

    def rows(self) -> FloatArray:
        """Waits for the vectors: float32 ``[windows of all pieces, dim]``, in order, each independent of the others.

        Raises:
            DeviceOutOfMemoryError: As `Embedder.launch`.
            DeviceLostError: As `Embedder.launch`.
        """
        ...


class Model(Protocol):
    """An embedder as the server knows it. Any number of threads may share one."""

    @property
    def id(self) -> str:
        """What users type."""
        ...

    @property
    def on_host(self) -> bool:
        """It needs no device: it runs on the processor, beside whatever the devices do."""
        ...

    def card(self) -> EmbedderCard:
        """What exactly makes its vectors: the card whose hash is part of every track's key.

        Raises:
            NotReadyError: The weights are missing or unusable, or the software that runs them is.
        """
        ...

    def outline(self) -> EmbedderCard:
        """The card as far as it is known without the weights; for listing."""
        ...

    def check_grid(self, grid: WindowGrid) -> None:
        """Raises ValueError, in one sentence, when the embedder cannot work on these windows."""
        ...

    def prepare(self, grid: WindowGrid, first_window: int = 0) -> PieceStream:
        """A stream whose first sample is that of window ``first_window``.

        Raises:
            ValueError: As `check_grid`, or the window is negative.
        """
        ...

    def load(self, device: Device) -> Embedder:
        """Brings the weights onto a device; may take seconds.

        Raises:
            NotReadyError: As `card`, or the weights do not match their manifest.
            DeviceOutOfMemoryError: They do not fit.
        """
        ...


class EmbedSession:
    """All steps in one place, for callers that do not batch across streams.

    Args:
        model: The embedder.
        grid: Its windows.
        first_window: The window whose first sample is pushed first: a resumed file starts at ``first_window · hop``.
        embedder: The model on a device; None loads it onto the processor.
    """

    def __init__(
        self, model: Model, grid: WindowGrid, first_window: int = 0, *, embedder: Embedder | None = None
    ) -> None:
        self._stream = model.prepare(grid, first_window)
        self._embedder = embedder or model.load(Device())
        self._dim = model.card().dim
        self._slice = 16 * grid.sample_rate

    @property
    def next_window(self) -> int:
        """Index of the window whose vector comes next."""
        return self._stream.next_window

    def push(self, pcm: FloatArray) -> FloatArray:
        """Takes the next samples ``[n]``; gives the vectors of windows that became complete, ``[k, dim]``.

        Raises:
            ValueError: A sample is NaN or infinite.
        """
        parts = [
            self._embed(self._stream.push(pcm[start : start + self._slice]))
            for start in range(0, len(pcm), self._slice)
        ]
        return np.concatenate(parts) if parts else self._embed([])

    def finish(self) -> FloatArray:
        """The file has ended: vectors of windows that were held back, float32 ``[k, dim]``."""
        return self._embed(self._stream.flush())

    def _embed(self, pieces: Sequence[Piece]) -> FloatArray:
        rows = [self._embedder.launch([piece]).rows() for piece in pieces]
        return np.concatenate(rows) if rows else np.zeros((0, self._dim), np.float32)


def checked_samples(pcm: npt.NDArray[np.floating[Any]]) -> FloatArray:
    """One row of samples as float32; ValueError when it is none, or a sample is NaN or infinite."""
    samples = np.asarray(pcm, dtype=np.float32)
    if samples.ndim != 1:
        raise ValueError(f"audio must be one row of samples (mono), not an array of shape {samples.shape}")
    if not np.isfinite(samples).all():
        raise ValueError("the audio holds samples that are not finite numbers (NaN or infinite)")
    return samples

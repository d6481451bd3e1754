"""What waits for a device, and how it becomes batches."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from eightcut_inference.embedders.base import Embedder, FloatArray, Piece


@dataclass(eq=False)
class Network:
    """An embedder with its weights on a device.

    Attributes:
        id: What users type.
        card_key: Of the card that its weights belong to.
        dim: Length of a vector.
        embedder: What runs.
        limit: Windows in one batch, at most. Halved in the engine's thread when memory runs out.
        users: Requests that are on it; counted on the event loop.
    """

    id: str
    card_key: str
    dim: int
    embedder: Embedder
    limit: int
    users: int = 0


@dataclass(eq=False)
class Request:
    """Consecutive windows that one caller waits for.

    Attributes:
        network: What is to embed them.
        future: Gets their vectors; belongs to the event loop.
        rows: Vectors so far, ``[windows, dim]``; filled in the engine's thread.
        missing: Windows without a vector yet.
        gone: The caller has left (set on the event loop, read in the engine's thread), or a part has failed.
    """

    network: Network
    future: asyncio.Future[FloatArray]
    rows: FloatArray
    missing: int
    gone: bool = False

    @classmethod
    def of(cls, network: Network, windows: int, future: asyncio.Future[FloatArray]) -> Request:
        """A request for so many windows."""
        return cls(network, future, np.empty((windows, network.dim), np.float32), windows)


@dataclass(frozen=True, eq=False)
class Part:
    """A piece of a request.

    Attributes:
        request: Where its vectors go.
        piece: What is to be embedded.
        offset: Index of its first window in the request.
        alone: It gets a batch of its own: it was in one that failed.
    """

    request: Request
    piece: Piece
    offset: int
    alone: bool = False

    @property
    def windows(self) -> int:
        """How many windows."""
        return self.piece.windows

    def fits_with(self, other: Part) -> bool:
        """Both may be in one batch."""
        if self.alone or other.alone:
            return False
        return self.request.network is other.request.network and self.piece.kind == other.piece.kind

    def split(self, windows: int) -> tuple[Part, Part]:
        """The first so many windows, and the rest."""
        first, rest = self.piece.split(windows)
        return replace(self, piece=first), replace(self, piece=rest, offset=self.offset + windows)


@dataclass(frozen=True, eq=False)
class Batch:
    """Parts that run together: of one network and one kind; at least one.

    Attributes:
        parts: Oldest first.
    """

    parts: Sequence[Part]

    @property
    def network(self) -> Network:
        """What runs them."""
        return self.parts[0].request.network

    @property
    def windows(self) -> int:
        """How many windows."""
        return sum(part.windows for part in self.parts)

    @property
    def pieces(self) -> list[Piece]:
        """What the embedder takes."""
        return [part.piece for part in self.parts]


@dataclass
class WorkQueue:
    """Parts in the order in which they came. Not for several threads at once."""

    _parts: deque[Part] = field(default_factory=deque)

    def __bool__(self) -> bool:
        return bool(self._parts)

    @property
    def windows(self) -> int:
        """Windows that wait, of callers that are still there."""
        return sum(part.windows for part in self._parts if not part.request.gone)

    def put(self, parts: Iterable[Part]) -> None:
        """Adds parts at the end."""
        self._parts.extend(parts)

    def put_back(self, parts: Sequence[Part]) -> None:
        """Adds parts at the front, in their order."""
        self._parts.extendleft(reversed(parts))

    def take_all(self) -> list[Part]:
        """Takes everything."""
        taken = list(self._parts)
        self._parts.clear()
        return taken

    def take_batch(self) -> Batch | None:
        """Takes the oldest part and what fits with it, up to the network's limit; the others keep their order.

        A part that is too large gives what there is room for. Parts of callers that have gone are dropped.
        """
        taken: list[Part] = []
        kept: deque[Part] = deque()
        room = 0
        for part in self._parts:
            if part.request.gone:
                continue
            if not taken:
                room = part.request.network.limit
            elif room == 0 or not part.fits_with(taken[0]):
                kept.append(part)
                continue
            now = part
            if part.windows > room:
                now, rest = part.split(room)
                kept.append(rest)
            taken.append(now)
            room -= now.windows
        self._parts = kept
        return Batch(taken) if taken else None

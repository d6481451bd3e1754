"""The bounded queue between the reader of a stream and the recorder of its audio."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

from eightcut_runtime import Aborted, InvalidArgument

_MAX_BYTES = 2 << 20  # waiting: 65 s of PCM
_PIECE_BYTES = 1 << 20  # handed on at once


class Chunk(NamedTuple):
    """Audio as it came.

    Attributes:
        first_sample: Index of its first sample in the media.
        data: Encoded samples.
    """

    first_sample: int
    data: bytes


@dataclass(frozen=True)
class End:
    """All audio came.

    Attributes:
        sample_count: Samples of the whole media, as the sender counted.
    """

    sample_count: int


class Intake:
    """Audio of one stream on its way to a recorder; for one event loop.

    It is closed until `open`, since no audio is wanted before; then it takes chunks and one end.
    """

    def __init__(self) -> None:
        self._chunks: deque[Chunk] = deque()
        self._bytes = 0
        self._end: End | None = None
        self._wanted = False
        self._half_closed = False
        self._changed = asyncio.Condition()

    @property
    def half_closed(self) -> bool:
        """The client will send nothing more."""
        return self._half_closed

    def open(self) -> None:
        """From now on audio is wanted."""
        self._wanted = True

    async def put(self, chunk: Chunk) -> None:
        """Takes a chunk; waits while too much is waiting, and so stops the reading of the stream.

        Raises:
            InvalidArgument: No audio is wanted.
        """
        if not self._wanted or self._end is not None:
            raise InvalidArgument("Audio came that was not asked for: send it from where `accepted` says, then `end`.")
        async with self._changed:
            await self._changed.wait_for(lambda: self._bytes < _MAX_BYTES)
            self._chunks.append(chunk)
            self._bytes += len(chunk.data)
            self._changed.notify_all()

    async def finish(self, sample_count: int) -> None:
        """All audio came. When none was wanted this says nothing new and is passed over.

        Raises:
            InvalidArgument: It was said before.
        """
        if not self._wanted:
            return
        if self._end is not None:
            raise InvalidArgument("The end of the audio was told twice.")
        async with self._changed:
            self._end = End(sample_count)
            self._changed.notify_all()

    async def close(self) -> None:
        """The client's side of the stream is closed."""
        async with self._changed:
            self._half_closed = True
            self._changed.notify_all()

    async def take(self) -> list[Chunk] | End:
        """The chunks that wait, about 1 MiB at most; after the last one the end.

        Raises:
            Aborted: The client closed its side without an end.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._chunks or self._end or self._half_closed)
            if not self._chunks:
                if self._end is not None:
                    return self._end
                raise Aborted(
                    "The audio broke off without its end message: open the stream again, what was embedded is kept."
                )
            taken: list[Chunk] = []
            size = 0
            while self._chunks and size < _PIECE_BYTES:
                taken.append(self._chunks.popleft())
                size += len(taken[-1].data)
            self._bytes -= size
            self._changed.notify_all()
            return taken

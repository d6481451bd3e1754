"""Reading a decoder ahead of whoever takes its chunks, so that decoding and sending do not take turns."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from eightcut_client.media.decode import DecodedAudio
from eightcut_client.media.errors import DecodeCancelledError

CHUNKS_AHEAD = 8
"""Chunks that may wait: 2 MiB at 256 KiB each, a minute of audio."""


class ReadAhead:
    """The chunks of a decoder, read by a thread of its own into a bounded queue; a context manager.

    The pipe between the processes holds only a quarter of a chunk: without this the decoder stands still while a
    chunk is sent. One thread iterates; any thread may call `close`.
    """

    def __init__(self, audio: DecodedAudio, chunks: int = CHUNKS_AHEAD) -> None:
        """Begin to read.

        Args:
            audio: The decoder; it is closed with this.
            chunks: How many may wait.
        """
        self._audio = audio
        self._limit = chunks
        self._waiting: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._ended = False
        self._closed = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._read, name="decoder output", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Chunks that are decoded and not taken yet."""
        return len(self._waiting)

    def __iter__(self) -> Iterator[bytes]:
        """Yield the chunks.

        Raises:
            MediaError: As iterating over the decoder does, at the same place.
        """
        while (chunk := self._take()) is not None:
            yield chunk

    def close(self) -> None:
        """Stop the decoder and the thread. Idempotent."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._audio.close()
        self._thread.join()

    def __enter__(self) -> Self:
        """Return self."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _take(self) -> bytes | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended)
            if self._waiting:
                self._changed.notify_all()
                return self._waiting.popleft()
        if self._error is not None:
            raise self._error
        if self._closed:
            raise DecodeCancelledError("The decoding was cancelled.")
        return None

    def _read(self) -> None:
        try:
            for chunk in self._audio:
                with self._changed:
                    self._changed.wait_for(lambda: len(self._waiting) < self._limit or self._closed)
                    if self._closed:
                        return
                    self._waiting.append(chunk)
                    self._changed.notify_all()
        except BaseException as error:  # noqa: BLE001  raised where the chunks are taken
            self._error = error
        finally:
            with self._changed:
                self._ended = True
                self._changed.notify_all()

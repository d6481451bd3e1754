"""Reading a track from its first window to its last, while somebody makes it."""

from __future__ import annotations

import threading

import numpy as np
import numpy.typing as npt

from eightcut_inference.tracks.cache import TrackCache
from eightcut_inference.tracks.complete import CompleteTrack
from eightcut_inference.tracks.files import CorruptTrackError
from eightcut_inference.tracks.key import TrackKey
from eightcut_inference.tracks.partial import PartialReader

FloatRows = npt.NDArray[np.float32]

_BLOCK_ROWS = 512


class TrackFollower:
    """Gives the rows of a track in order, from the complete file where there is one, else from the unfinished one.

    Every method blocks on the disk. Any thread may call; one at a time gets in.

    Attributes:
        position: Windows given so far.
        track: The complete track, once it is there.
    """

    def __init__(self, cache: TrackCache, key: TrackKey) -> None:
        self._cache = cache
        self._key = key
        self._partial: PartialReader | None = None
        self._mutex = threading.Lock()
        self._closed = False
        self.position = 0
        self.track: CompleteTrack | None = cache.open_verified(key)

    @property
    def finished(self) -> bool:
        """All rows were given."""
        return self.track is not None and self.position == self.track.window_count

    def read(self) -> FloatRows | None:
        """The next rows ``[n, dim]``, some hundreds at most; None when there are no more (yet).

        Raises:
            DataLoss: The complete track was damaged since it was opened; it was set aside.
        """
        with self._mutex:
            if self._closed:
                return None
            if self.track is None:
                rows = self._read_partial()
                if rows is not None:
                    return rows
                # Only when the unfinished file has no more: the complete one appears before that is removed.
                self.track = self._cache.open_verified(self._key)
            if self.track is None or self.finished:
                return None
            try:
                rows = self.track.rows(self.position, _BLOCK_ROWS)
            except CorruptTrackError as error:
                # Whole when it was opened: the disk is failing.
                raise self._cache.set_aside(self._key, error) from error
            self.position += len(rows)
            return rows

    def close(self) -> None:
        """Closes the files; closing again does no harm."""
        with self._mutex:
            self._closed = True
            self._close_partial()

    def _close_partial(self) -> None:
        if self._partial is not None:
            self._partial.close()
            self._partial = None

    def _read_partial(self) -> FloatRows | None:
        found: list[FloatRows] = []
        waiting = 0
        while waiting < _BLOCK_ROWS and (rows := self._read_record()) is not None:
            found.append(rows)
            waiting += len(rows)
        return np.concatenate(found) if found else None

    def _read_record(self) -> FloatRows | None:
        if self._partial is None:
            self._partial = self._cache.open_partial(self._key)
        while self._partial is not None:
            rows = self._partial.read()
            if rows is None:
                if self._partial.removed:
                    self._close_partial()
                return None
            # A file opened anew, because the one before was removed, is read over from its start.
            known = self.position - (self._partial.position - len(rows))
            if known < len(rows):
                self.position = self._partial.position
                return rows[known:]
        return None

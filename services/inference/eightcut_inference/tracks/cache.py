"""Where tracks lie, and which of them are there."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from eightcut_runtime import DataLoss
from eightcut_runtime.logs import fields

from eightcut_inference.tracks.complete import CompleteTrack
from eightcut_inference.tracks.files import CorruptTrackError, disk_full_is_clear, make_folder
from eightcut_inference.tracks.key import TrackKey
from eightcut_inference.tracks.partial import PartialReader, PartialWriter

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrackStatus:
    """How much of a track is there.

    Attributes:
        complete: Nothing is missing.
        window_count: Windows that are there, from the first on.
        sample_count: Samples of the audio; 0 unless complete.
    """

    complete: bool = False
    window_count: int = 0
    sample_count: int = 0


class TrackCache:
    """The tracks under one folder. Every method blocks on the disk; any thread may call.

    Args:
        folder: Made when it is not there.

    Raises:
        OutOfSpace: It cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with disk_full_is_clear():
            make_folder(folder)

    def status(self, key: TrackKey) -> TrackStatus:
        """How much of the track is there; a file that turns out to be damaged counts as absent."""
        try:
            track = CompleteTrack.open(self._path(key), key)
            return TrackStatus(complete=True, window_count=track.window_count, sample_count=track.sample_count)
        except CorruptTrackError as error:
            self.set_aside(key, error)
        except FileNotFoundError:
            pass  # Then perhaps a part of it is there.
        reader = self.open_partial(key)
        if reader is None:
            return TrackStatus()
        try:
            while reader.read() is not None:
                continue
            return TrackStatus(window_count=reader.position)
        finally:
            reader.close()

    def open(self, key: TrackKey) -> CompleteTrack | None:
        """The complete track, its vectors not verified yet; None when it is not there.

        Raises:
            DataLoss: Its file is damaged; it was set aside.
        """
        try:
            return CompleteTrack.open(self._path(key), key)
        except FileNotFoundError:
            return None
        except CorruptTrackError as error:
            raise self.set_aside(key, error) from error

    def open_verified(self, key: TrackKey) -> CompleteTrack | None:
        """The complete track, all its vectors verified; None when it is not there or was damaged (and set aside)."""
        try:
            track = CompleteTrack.open(self._path(key), key)
            track.rows()
        except FileNotFoundError:
            return None
        except CorruptTrackError as error:
            self.set_aside(key, error)
            return None
        return track

    def open_partial(self, key: TrackKey) -> PartialReader | None:
        """A reader of the unfinished track; None when there is none, or nothing in it."""
        try:
            return PartialReader.open(self._path(key, ".partial"), key)
        except (FileNotFoundError, CorruptTrackError):
            return None

    def claim(self, key: TrackKey) -> PartialWriter | None:
        """The right to write the track, until the writer is closed; None when somebody else has it.

        Raises:
            OutOfSpace: The disk is full.
        """
        return PartialWriter.claim(self._path(key, ".partial"), key)

    def complete(self, key: TrackKey, writer: PartialWriter, sample_count: int) -> None:
        """Makes an unfinished track complete; errors as `PartialWriter.complete`."""
        writer.complete(self._path(key), sample_count)

    def set_aside(self, key: TrackKey, error: CorruptTrackError) -> DataLoss:
        """Moves a damaged complete track out of the way of a new one, and returns the error to raise."""
        path = self._path(key)
        logger.error("a track is damaged and was set aside", extra=fields(file=path.name, reason=str(error)))
        try:
            path.replace(path.with_suffix(".corrupt"))
        except FileNotFoundError:
            logger.info("the damaged track is gone already", extra=fields(file=path.name))
        return DataLoss(
            "The stored vectors of this media are damaged and were set aside: scan or embed it again.",
            reason="CORRUPT",
            metadata={"media": key.media, "embedder": key.card.id},
        )

    def _path(self, key: TrackKey, suffix: str = ".track") -> Path:
        return self._folder / key.name[:2] / (key.name + suffix)

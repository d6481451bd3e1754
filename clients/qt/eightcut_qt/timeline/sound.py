"""Gets the picture of the sound of the file that is shown: from disk, or by decoding it while one looks."""

from __future__ import annotations

import os
import threading
import time
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from eightcut_client.media import DecodedAudio, FileStamp, MediaError, NoAudioError, NoAudioTrackError, decode
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.tasks import Lane, Task
from eightcut_qt.timeline.peaks import RATE, SoundPicture

if TYPE_CHECKING:
    from eightcut_client.register import LocalMedia

    from eightcut_qt.core.tasks import Tasks
    from eightcut_qt.timeline.store import PictureStore

_WAIT_FOR_DIGEST = 300  # Milliseconds: mostly it is known at once, and the picture with it.
_CHUNK_SAMPLES = 65_536
_TELL_EVERY = 0.1  # Seconds


class SoundState(Enum):
    """How far the picture is."""

    NONE = auto()
    """No file is shown."""
    COMPUTING = auto()
    """It grows."""
    READY = auto()
    """It is complete."""
    SILENT = auto()
    """The file has no audio."""
    FAILED = auto()
    """The audio cannot be decoded (further)."""


@dataclass(frozen=True, slots=True)
class _News:
    """From the task: the picture has grown."""

    picture: SoundPicture
    share: float | None


class SoundLoader(QObject):
    """Follows the file that is shown. Everything happens in tasks; a file that is left is decoded no further.

    Attributes:
        state: How far it is.
        share: Part that is done, 0 to 1; None while one cannot say.
        sentence: What is wrong, in the state FAILED.
        picture: What there is so far.
    """

    changed = pyqtSignal()

    def __init__(self, tasks: Tasks, store: PictureStore, parent: QObject | None = None) -> None:
        """Show nothing yet."""
        super().__init__(parent)
        self.state = SoundState.NONE
        self.share: float | None = None
        self.sentence = ""
        self.picture: SoundPicture | None = None
        self._tasks = tasks
        self._store = store
        self._path: Path | None = None
        self._local: LocalMedia | None = None
        self._task: Task[SoundPicture] | None = None
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_WAIT_FOR_DIGEST)
        self._patience.timeout.connect(self._begin)

    def show(self, path: Path | None, local: LocalMedia | None) -> None:
        """Follow another file, or hear more of the same one."""
        same = path == self._path and (self._local is None or self._local == local)
        known_now = self._local is None and local is not None
        self._local = local
        if not same:
            self._drop()
            self._path = path
            if path is None:
                self._set(SoundState.NONE)
                return
            self._set(SoundState.COMPUTING)
            self._patience.start()
        if path is not None and local is not None and self._patience.isActive():
            self._patience.stop()
            self._begin()
        elif same and known_now and self.state is SoundState.READY and self.picture is not None:
            self._keep(path, local, self.picture)

    def close(self) -> None:
        """Stop what runs."""
        self._patience.stop()
        if self._task is not None:
            self._task.stop()
            self._task = None

    def _drop(self) -> None:
        self.close()
        self.picture = None
        self.share = None
        self.sentence = ""

    def _begin(self) -> None:
        path, local, store = self._path, self._local, self._store
        if path is None:
            return

        def work(task: Task[SoundPicture]) -> SoundPicture:
            picture = store.load(local.digest) if local is not None else None
            return picture if picture is not None else _compute(path, local, task)

        def done(picture: SoundPicture) -> None:
            self.picture = picture
            self._set(SoundState.READY)
            self._keep(path, self._local, picture)

        self._task = self._tasks.run(
            work, done=done, failed=self._failed, progress=self._grown, lane=Lane.LONG, owner=self
        )

    def _keep(self, path: Path | None, local: LocalMedia | None, picture: SoundPicture) -> None:
        """Write a picture to disk if it is known whose it is, and it is not there."""
        store = self._store
        if path is None or local is None:
            return

        def work(_task: Task[None]) -> None:
            if not store.file(local.digest).exists() and FileStamp.of(path) == local.stamp:
                store.save(local.digest, picture)

        self._tasks.run(work, failed=lambda _error: None, lane=Lane.LONG, owner=self)

    def _grown(self, news: list[_News]) -> None:
        self.picture, self.share = news[-1].picture, news[-1].share
        self.changed.emit()

    def _failed(self, error: BaseException) -> None:
        if isinstance(error, NoAudioError | NoAudioTrackError):
            self._set(SoundState.SILENT)
            return
        self.sentence = sentence_of(error) if isinstance(error, MediaError | OSError) else str(error)
        self._set(SoundState.FAILED)

    def _set(self, state: SoundState) -> None:
        self.state = state
        self.changed.emit()


def _compute(path: Path, local: LocalMedia | None, task: Task[SoundPicture]) -> SoundPicture:
    """Decode a file; what there is is told about ten times a second."""
    expect = None if local is None else local.stamp
    try:
        return _decode(path, expect, task)
    except MediaError:
        task.cancel.check()  # The end of the decoder was our doing then.
        raise


def _decode(path: Path, expect: FileStamp | None, task: Task[SoundPicture]) -> SoundPicture:
    with (
        decode(os.fspath(path), sample_rate=RATE, chunk_samples=_CHUNK_SAMPLES, expect=expect) as audio,
        task.cancel.calling(lambda: _close_elsewhere(audio)),
    ):
        task.cancel.check()
        length = audio.info.duration
        picture = SoundPicture.start(length or 0.0)
        told = 0.0
        for chunk in audio:
            task.cancel.check()
            picture.append(np.frombuffer(chunk, "<i2"))
            if time.monotonic() - told >= _TELL_EVERY:
                told = time.monotonic()
                task.report(_News(picture, min(picture.duration / length, 1.0) if length else None))
    picture.finish()
    return picture


def _close_elsewhere(audio: DecodedAudio) -> None:
    """End a decoder from the UI thread, which must not wait for the end of a process."""
    threading.Thread(target=audio.close, name="8cut decoder end", daemon=True).start()

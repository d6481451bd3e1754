"""Making local files known to the Store."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from eightcut.store.v1 import media_pb2, media_service_pb2

from eightcut_client.cancellation import Cancellation
from eightcut_client.connection import Connection
from eightcut_client.errors import NotFoundError
from eightcut_client.media import FileStamp, MediaInfo, decode, digest, display_name, probe
from eightcut_client.progress import OnProgress, Progress, Stage
from eightcut_client.times import SAMPLE_RATE, to_duration, to_seconds


@dataclass(frozen=True, slots=True)
class LocalMedia:
    """A file on this machine, identified.

    Attributes:
        path: Absolute path.
        digest: SHA-256 of its bytes.
        stamp: State of the file when the digest was taken.
    """

    path: Path
    digest: str
    stamp: FileStamp

    @property
    def filename(self) -> str:
        """Its name as the Store gets it: without folders, always valid UTF-8."""
        return display_name(self.path)


def identify_file(
    path: str | os.PathLike[str],
    *,
    on_progress: OnProgress | None = None,
    cancel: Cancellation | None = None,
) -> LocalMedia:
    """Take the digest of a file, from the digest cache where its state is known there.

    Raises:
        CancelledError: ``cancel`` was used.
        MediaError: The file cannot be read, or changed meanwhile.
    """
    full = Path(path).absolute()

    def report(done: int, total: int) -> None:
        if cancel is not None:
            cancel.check()
        if on_progress is not None:
            on_progress(Progress(Stage.HASHING, done, total))

    found = digest(full, progress=report)
    return LocalMedia(full, found.sha256, found.stamp)


def register_file(
    conn: Connection,
    path: str | os.PathLike[str] | LocalMedia,
    *,
    exact: bool = True,
    on_progress: OnProgress | None = None,
    cancel: Cancellation | None = None,
) -> media_pb2.Media:
    """Make a file known to the Store. For one that is known under this name and place, nothing is decoded.

    Args:
        conn: The services.
        path: The file, or what `identify_file` found.
        exact: Count the samples of a file that does not say how long its audio is, instead of taking its
            estimate (a decode of the whole file, only for such files).
        on_progress: Told while the file is hashed.
        cancel: Stops it.

    Returns:
        The Store's record, with digest and duration.

    Raises:
        CancelledError: ``cancel`` was used.
        EightcutError: The Store refused or cannot be reached.
        MediaError: The file is no media, has no audio, or changed meanwhile.
    """
    local = path if isinstance(path, LocalMedia) else identify_file(path, on_progress=on_progress, cancel=cancel)
    known = _known(conn, local)
    if known is not None and known.filename == local.filename and known.path_hint == _hint(local):
        return known
    duration = to_seconds(known.duration) if known is not None else _duration(local, exact, cancel)
    return record_file(conn, local, duration)


def record_file(conn: Connection, local: LocalMedia, duration: float) -> media_pb2.Media:
    """Register or refresh a file whose duration (seconds) is known.

    Raises:
        EightcutError: The Store refused or cannot be reached.
    """
    request = media_service_pb2.RegisterMediaRequest(
        digest=local.digest,
        filename=local.filename,
        path_hint=_hint(local),
        size_bytes=local.stamp.size,
        duration=to_duration(duration),
    )
    return conn.media.RegisterMedia(request).media


def _known(conn: Connection, local: LocalMedia) -> media_pb2.Media | None:
    try:
        found = conn.media.GetMedia(media_service_pb2.GetMediaRequest(digest=local.digest)).media
    except NotFoundError:
        return None
    return found if found.duration.ToMicroseconds() > 0 else None


def _hint(local: LocalMedia) -> str:
    # A path that is no UTF-8 cannot travel; without a hint the digest cache still finds the file.
    text = str(local.path)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return ""
    return text if len(text) <= 8192 else ""


def _duration(local: LocalMedia, exact: bool, cancel: Cancellation | None) -> float:
    info: MediaInfo = probe(local.path, expect=local.stamp)
    if info.duration is not None and not (exact and info.duration_is_estimate):
        return info.duration
    return _counted(local, cancel)


def _counted(local: LocalMedia, cancel: Cancellation | None) -> float:
    check: Callable[[], None] = cancel.check if cancel is not None else _nothing
    with decode(local.path, expect=local.stamp) as audio:
        for _ in audio:
            check()
        return audio.total_samples / SAMPLE_RATE


def _nothing() -> None:
    return None

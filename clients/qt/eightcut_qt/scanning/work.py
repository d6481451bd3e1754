"""Scanning one file, in a thread: the digest, whether it was scanned already, the scan."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import grpc
from eightcut.common.v1.region_pb2 import REGION_BOUNDS_TRIMMED, RegionOptions
from eightcut_client.errors import CancelledError, DataLossError, EightcutError, InvalidError, UnauthenticatedError
from eightcut_client.kept import was_scanned
from eightcut_client.media.errors import MediaError
from eightcut_client.progress import Progress, Stage
from eightcut_client.register import LocalMedia, identify_file
from eightcut_client.scan import scan_file
from eightcut_client.times import to_duration

from eightcut_qt.core.records import ScanRecord
from eightcut_qt.scanning.items import ScanState
from eightcut_qt.scanning.live import Scores, Stretch

if TYPE_CHECKING:
    from pathlib import Path

    from eightcut_client.cancellation import Cancellation
    from eightcut_client.connection import Connection

    from eightcut_qt.gateway import Gateway
    from eightcut_qt.scanning.items import ScanJob

_AWAY = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})
_LOOK_AGAIN = 0.2  # Seconds between looks whether a wait for a file's twin was cancelled.


@dataclass(frozen=True, slots=True)
class Identified:
    """The digest is known; the scan begins."""

    digest: str


@dataclass(frozen=True, slots=True)
class Noted:
    """Something odd about the file, in one sentence."""

    sentence: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The stream broke and is tried again."""


Report: TypeAlias = Progress | Identified | Noted | Broken | Stretch


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of a file.

    Attributes:
        state: SKIPPED, DONE, FAILED, STOPPED; WAITING: the services are others now, so it is to be tried again.
        scan: The new version.
        sentence: Why it failed.
        hopeless: Other files would fail for the same reason.
        away: That reason is that the services cannot be reached, or do not let us in.
    """

    state: ScanState
    scan: ScanRecord | None = None
    sentence: str = ""
    hopeless: bool = False
    away: bool = False


class Twins:
    """Lets copies of one file be scanned one after the other: the second finds the first one's scan."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._busy: dict[str, tuple[threading.Lock, int]] = {}

    @contextlib.contextmanager
    def alone(self, digest: str, cancel: Cancellation) -> Iterator[None]:
        """Inside the block nobody else is at this digest.

        Raises:
            CancelledError: ``cancel`` was used.
        """
        with self._lock:
            own, users = self._busy.get(digest, (threading.Lock(), 0))
            self._busy[digest] = own, users + 1
        try:
            while not own.acquire(timeout=_LOOK_AGAIN):
                cancel.check()
            try:
                yield
            finally:
                own.release()
        finally:
            with self._lock:
                own, users = self._busy.pop(digest)
                if users > 1:
                    self._busy[digest] = own, users - 1


def scan_one(
    gateway: Gateway,
    path: Path,
    job: ScanJob,
    twins: Twins,
    *,
    report: Callable[[Report], None],
    cancel: Cancellation,
) -> Finished:
    """Scan a file unless it was scanned with this version; for tasks.

    What is wrong with the file or with the services is returned, not raised.
    """
    conn: Connection | None = None
    try:
        local = identify_file(path, on_progress=report, cancel=cancel)
        report(Identified(local.digest))
        conn = gateway.connection()
        with twins.alone(local.digest, cancel):
            cancel.check()
            classifier = job.classifier(conn)
            if not job.rescan and was_scanned(
                conn, profile=job.profile, media=local.digest, classifier_id=classifier.id
            ):
                return Finished(ScanState.SKIPPED)
            return Finished(ScanState.DONE, _scan(conn, local, job, classifier.id, report=report, cancel=cancel))
    except MediaError as error:
        return Finished(ScanState.FAILED, sentence=str(error))
    except Exception as error:
        # Whatever a call says whose connection was closed under it: with the new one it is tried again.
        if cancel.cancelled:
            return Finished(ScanState.STOPPED)
        if conn is not None and _replaced(gateway, conn):
            return Finished(ScanState.WAITING)
        if not isinstance(error, EightcutError):
            raise
        return _refused(error)


def _scan(
    conn: Connection,
    local: LocalMedia,
    job: ScanJob,
    classifier_id: str,
    *,
    report: Callable[[Report], None],
    cancel: Cancellation,
) -> ScanRecord:
    over = False

    def progress(moment: Progress) -> None:
        nonlocal over
        over = moment.stage is Stage.SCORING and 0 < moment.total <= moment.done
        report(moment)

    def scores(first: int, values: Scores, provisional: bool) -> None:
        report(Stretch(first, values, provisional))

    def warned(sentence: str) -> None:
        # Before the last window the sdk warns of nothing but a stream that broke.
        report(Noted(sentence) if over else Broken())

    scan = scan_file(
        conn,
        local,
        profile=job.profile,
        classifier_id=classifier_id,
        region_options=RegionOptions(fuse_gap=to_duration(job.fuse_gap), bounds=REGION_BOUNDS_TRIMMED),
        on_progress=progress,
        on_scores=scores,
        on_warning=warned,
        cancel=cancel,
    )
    return ScanRecord.of(scan)


def _replaced(gateway: Gateway, conn: Connection) -> bool:
    try:
        return gateway.connection() is not conn
    except EightcutError:
        return False


def _refused(error: EightcutError) -> Finished:
    if isinstance(error, InvalidError | DataLossError):
        return Finished(ScanState.FAILED, sentence=str(error))
    # A token that has expired is as good as no services: another connection may have a better one.
    away = error.code in _AWAY or isinstance(error, CancelledError | UnauthenticatedError)
    return Finished(ScanState.FAILED, sentence=str(error), hopeless=True, away=away)

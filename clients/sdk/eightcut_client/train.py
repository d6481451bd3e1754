"""Training from a client: preview, bringing what is missing, starting, watching."""

from __future__ import annotations

import functools
import threading
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from eightcut.common.v1 import training_pb2
from eightcut.store.v1 import classifier_pb2, classifier_service_pb2, media_service_pb2, training_run_pb2
from eightcut.trainer.v1 import trainer_service_pb2

from eightcut_client.backoff import Backoff
from eightcut_client.cancellation import Cancellation
from eightcut_client.connection import Connection
from eightcut_client.embed import embed_file
from eightcut_client.errors import (
    CancelledError,
    EightcutError,
    InvalidError,
    PreconditionError,
    UnavailableError,
)
from eightcut_client.local_files import find_file
from eightcut_client.parallel import default_jobs, work_on_all
from eightcut_client.progress import Progress
from eightcut_client.register import LocalMedia

OnEvent: TypeAlias = Callable[[training_run_pb2.TrainingEvent], None]
"""Called with every event of the run, once, in order."""

OnEmbed: TypeAlias = Callable[["MissingMedia", Progress], None]
"""Called while a file's track is being made: from several threads, but never from two at once."""

FINAL_STATES = frozenset(
    {
        training_run_pb2.TRAINING_STATE_SUCCEEDED,
        training_run_pb2.TRAINING_STATE_FAILED,
        training_run_pb2.TRAINING_STATE_CANCELLED,
    }
)


@dataclass(frozen=True, slots=True)
class MissingMedia:
    """A media whose track a training needs and the server does not have.

    Attributes:
        digest: Its SHA-256.
        filename: Its name as it was registered; the digest's beginning where the Store does not know it.
        local: The file on this machine, verified by digest; None where none was found.
    """

    digest: str
    filename: str
    local: LocalMedia | None

    @property
    def path(self) -> Path | None:
        """Where the file is, None where it was not found."""
        return None if self.local is None else self.local.path


@dataclass(frozen=True, slots=True)
class TrainResult:
    """What came out of a training.

    Attributes:
        run: The run, SUCCEEDED.
        classifier: The registered version, without weights.
    """

    run: training_run_pb2.TrainingRun
    classifier: classifier_pb2.Classifier


def preview(conn: Connection, spec: training_pb2.TrainingSpec) -> trainer_service_pb2.PreviewTrainingResponse:
    """Return what a training would use and what stands in its way; changes nothing.

    Raises:
        EightcutError: An unknown folder, profile or embedder, or a service that cannot be reached.
    """
    conn.start("trainer")
    return conn.trainer.PreviewTraining(trainer_service_pb2.PreviewTrainingRequest(spec=spec))


def find_missing(conn: Connection, digests: Iterable[str], *, cancel: Cancellation | None = None) -> list[MissingMedia]:
    """Look for media on this machine: at the path where they were registered, then by the digest cache.

    A file counts only when its digest is the media's.

    Raises:
        CancelledError: ``cancel`` was used.
        EightcutError: The Store cannot be reached.
    """
    wanted = list(dict.fromkeys(digests))
    found: list[MissingMedia] = []
    for start in range(0, len(wanted), 1000):
        part = wanted[start : start + 1000]
        answer = conn.media.BatchGetMedia(media_service_pb2.BatchGetMediaRequest(digests=part))
        known = {media.digest: media for media in answer.media}
        for digest in part:
            media = known.get(digest)
            hint, size = ("", None) if media is None else (media.path_hint, media.size_bytes or None)
            local = find_file(digest, hint, size=size, cancel=cancel)
            found.append(MissingMedia(digest, media.filename if media is not None else digest[:12], local))
    return found


def train(
    conn: Connection,
    spec: training_pb2.TrainingSpec,
    *,
    on_event: OnEvent | None = None,
    on_embed: OnEmbed | None = None,
    on_missing: Callable[[Sequence[MissingMedia]], None] | None = None,
    on_embedded: Callable[[MissingMedia], None] | None = None,
    on_start: Callable[[training_run_pb2.TrainingRun], None] | None = None,
    upload_missing: bool = True,
    jobs: int | None = None,
    cancel: Cancellation | None = None,
    give_up_after: float = 60.0,
) -> TrainResult:
    """Train a classifier and wait for it.

    Tracks that are missing are made first, several at once, from the files on this machine. The run belongs to
    the server: a connection that breaks, or a Trainer that is started again, is waited for. KeyboardInterrupt leaves
    the run going; `cancel_training` stops it.

    Args:
        conn: The services.
        spec: What to train.
        on_event: See `OnEvent`.
        on_embed: Told while missing tracks are made.
        on_missing: Told before that which are missing, if any are.
        on_embedded: Told when one of them is made; from the threads of ``on_embed``, and never beside it.
        on_start: Told the run once it is accepted (to cancel it, say).
        upload_missing: Whether to make missing tracks.
        jobs: How many of them at once; default: `default_jobs`.
        cancel: Ends the waiting from another thread and cancels the run.
        give_up_after: Seconds without a word from the Trainer after which to stop waiting.

    Returns:
        The run and the classifier version.

    Raises:
        CancelledError: ``cancel`` was used, or somebody cancelled the run.
        EightcutError: A service refused (PreconditionError with reason CLASS_MISSING, TRACK_MISSING …), the
            run failed, or a service could not be reached for too long.
        MediaError: A file that is needed cannot be decoded.
    """
    if upload_missing:
        missing = _find_all_missing(conn, spec, cancel)
        if missing and on_missing is not None:
            on_missing(missing)
        told = _Told(on_embed, on_embedded)
        _bring_tracks(conn, spec.embedder, missing, told, jobs=jobs or default_jobs(), cancel=cancel)
    conn.start("trainer")
    request = trainer_service_pb2.StartTrainingRequest(spec=spec, request_id=uuid.uuid4().hex)
    backoff = Backoff(give_up_after, cancel)
    while True:
        try:
            run = conn.trainer.StartTraining(request).run
            break
        except UnavailableError as error:  # The request id makes another try safe.
            backoff.wait(error)
    if on_start is not None:
        on_start(run)
    try:
        state = watch(conn, run.id, on_event=on_event, cancel=cancel, give_up_after=give_up_after)
    except CancelledError:
        if cancel is not None and cancel.cancelled:
            cancel_training(conn, run.id)
        raise
    return _result(conn, state)


def watch(
    conn: Connection,
    run_id: str,
    *,
    after_seq: int = 0,
    on_event: OnEvent | None = None,
    cancel: Cancellation | None = None,
    give_up_after: float = 60.0,
) -> training_run_pb2.TrainingRun:
    """Follow a run to its end, attaching again whenever the stream breaks.

    Args:
        conn: The services.
        run_id: The run.
        after_seq: Only events with a larger number; 0: all.
        on_event: See `OnEvent`.
        cancel: Ends the waiting; the run goes on.
        give_up_after: Seconds without a word from the Trainer after which to stop waiting.

    Returns:
        The run in its final state, whichever it is.

    Raises:
        CancelledError: ``cancel`` was used.
        EightcutError: There is no such run, or the Trainer could not be reached for too long.
    """
    backoff = Backoff(give_up_after, cancel)
    while True:
        call = conn.trainer.WatchTraining(trainer_service_pb2.WatchTrainingRequest(run_id=run_id, after_seq=after_seq))
        try:
            with (cancel or Cancellation()).calling(call.cancel):
                for answer in call:
                    if answer.event.seq <= after_seq:
                        continue
                    after_seq = answer.event.seq
                    backoff.reset()
                    if on_event is not None:
                        on_event(answer.event)
            run = conn.trainer.GetTraining(trainer_service_pb2.GetTrainingRequest(run_id=run_id)).run
            if run.state in FINAL_STATES:
                return run
            backoff.wait(UnavailableError("The Trainer ended the stream before the run had ended."))
        except (UnavailableError, CancelledError) as error:
            if cancel is not None:
                cancel.check()
            backoff.wait(error)
        finally:
            call.cancel()


def cancel_training(conn: Connection, run_id: str) -> training_run_pb2.TrainingRun:
    """Ask a run to stop; nothing of it is registered. A run that has ended is returned as it is.

    Raises:
        EightcutError: There is no such run, or the Trainer cannot be reached.
    """
    try:
        request = trainer_service_pb2.CancelTrainingRequest(run_id=run_id)
        return conn.trainer.CancelTraining(request).run
    except PreconditionError as error:
        if error.reason != "RUN_STATE":
            raise
        return conn.trainer.GetTraining(trainer_service_pb2.GetTrainingRequest(run_id=run_id)).run


def _find_all_missing(
    conn: Connection, spec: training_pb2.TrainingSpec, cancel: Cancellation | None
) -> list[MissingMedia]:
    missing = find_missing(conn, preview(conn, spec).missing_tracks, cancel=cancel)
    absent = [media.filename for media in missing if media.local is None]
    if absent:
        shown = ", ".join(absent[:3]) + (f" and {len(absent) - 3} more" if len(absent) > 3 else "")
        raise PreconditionError(
            f"Training needs {shown}, which {'is' if len(absent) == 1 else 'are'} neither embedded on the server nor "
            "found on this machine: scan the file once from where it is now, or delete its clips.",
            reason="TRACK_MISSING",
            metadata={"missing": str(len(absent))},
        )
    return missing


class _Told:
    """Whom the making of tracks is told to, one thread at a time."""

    def __init__(self, on_embed: OnEmbed | None, on_embedded: Callable[[MissingMedia], None] | None) -> None:
        self._on_embed = on_embed
        self._on_embedded = on_embedded
        self._lock = threading.Lock()

    def progress(self, media: MissingMedia, progress: Progress) -> None:
        if self._on_embed is not None:
            with self._lock:
                self._on_embed(media, progress)

    def done(self, media: MissingMedia) -> None:
        if self._on_embedded is not None:
            with self._lock:
                self._on_embedded(media)


def _bring_tracks(
    conn: Connection,
    embedder: str,
    missing: Sequence[MissingMedia],
    told: _Told,
    *,
    jobs: int,
    cancel: Cancellation | None,
) -> None:
    """Make tracks. The first that fails ends it: without it there is no training; what was embedded is kept."""

    def embed(media: MissingMedia, stop: Cancellation) -> None:
        assert media.local is not None
        try:
            embed_file(conn, media.local, embedder, on_progress=functools.partial(told.progress, media), cancel=stop)
        except InvalidError as error:
            # The service speaks of "the media": of many files, only its name tells which.
            sentence = f"{media.filename}: {error.message}"
            raise InvalidError(sentence, error.code, error.reason, error.metadata, error.details) from error
        told.done(media)

    work_on_all(missing, _as_it_is, embed, jobs=jobs, cancel=cancel)


def _as_it_is(media: MissingMedia, _stop: Cancellation) -> MissingMedia:
    return media  # Its digest was taken when it was looked for.


def _result(conn: Connection, run: training_run_pb2.TrainingRun) -> TrainResult:
    if run.state == training_run_pb2.TRAINING_STATE_CANCELLED:
        raise CancelledError("The training was cancelled.", reason="CANCELLED", metadata={"run": run.id})
    if run.state != training_run_pb2.TRAINING_STATE_SUCCEEDED:
        raise EightcutError(
            run.error_message or "The training failed; the Trainer's log says why.",
            reason=run.error_reason,
            metadata={"run": run.id},
        )
    request = classifier_service_pb2.GetClassifierRequest(id=run.classifier_id)
    return TrainResult(run, conn.classifiers.GetClassifier(request).classifier)

"""One training, from missing files to the registered version: the work in its thread."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from eightcut.common.v1.training_pb2 import TrainingSpec
from eightcut.store.v1 import training_run_pb2
from eightcut.store.v1.classifier_service_pb2 import ListClassifiersRequest
from eightcut.trainer.v1.trainer_service_pb2 import ListTrainingsRequest, StartTrainingRequest
from eightcut_client.backoff import Backoff
from eightcut_client.errors import (
    CancelledError,
    EightcutError,
    PreconditionError,
    UnauthenticatedError,
    UnavailableError,
)
from eightcut_client.paging import pages
from eightcut_client.train import FINAL_STATES, cancel_training, preview, watch

from eightcut_qt.core.records import ClassifierRecord
from eightcut_qt.training.choice import model_of
from eightcut_qt.training.missing import Bringing, bring, locate

if TYPE_CHECKING:
    from eightcut.store.v1.training_run_pb2 import TrainingEvent, TrainingRun
    from eightcut_client.connection import Connection
    from eightcut_client.search_folder import SearchProgress
    from eightcut_client.train import MissingMedia

    from eightcut_qt.core.tasks import Task
    from eightcut_qt.gateway import Gateway

_SILENCE = 3.0  # Seconds without the Trainer after which the person is told that it is waited for.
_START_WITHIN = 60.0
_PAUSE = 1.0

ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Missing:
    """Files must be embedded first: these."""

    media: tuple[MissingMedia, ...]


@dataclass(frozen=True, slots=True)
class Started:
    """The server has the run; what happens to the window does not matter to it any more."""

    run_id: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """The Trainer cannot be reached; it is waited for. Any event ends it."""


@dataclass(frozen=True, slots=True)
class TrainingOutcome:
    """What came of a run.

    Attributes:
        new: The version that was registered; None: the run was cancelled.
        old: The version that was in use before, None if there was none.
        activated: The new one is in use already.
    """

    new: ClassifierRecord | None
    old: ClassifierRecord | None
    activated: bool


@dataclass(frozen=True, slots=True)
class StartFrom:
    """A training that is to be started."""

    spec: TrainingSpec
    video_folder: str
    unwanted: threading.Event = field(default_factory=threading.Event)
    """Set when the person has cancelled it, as against a window that is closed."""


@dataclass(frozen=True, slots=True)
class Attach:
    """A training that runs on the server already."""

    run_id: str
    spec: TrainingSpec


Report: TypeAlias = "Missing | Bringing | Started | Waiting | SearchProgress | TrainingEvent"


def run_training(gateway: Gateway, what: StartFrom | Attach, task: Task[TrainingOutcome]) -> TrainingOutcome:
    """Do it, reporting every `Report`.

    When the task is stopped before the run is accepted, there will be none; after that the run goes on, and only
    the watching ends.

    Raises:
        CancelledError: The task was stopped.
        EightcutError: A service refused, or the run failed.
    """
    if isinstance(what, Attach):
        run_id, spec = what.run_id, what.spec
    else:
        spec = what.spec
        _bring_missing(gateway, what, task)
        run_id = _start(gateway, what, task).id
    task.report(Started(run_id))
    run = _watch(gateway, run_id, task)
    return _patiently(gateway, task, lambda _conn: _outcome(gateway, run, spec))


def active_runs(gateway: Gateway) -> list[TrainingRun]:
    """Return the runs of the profile that have not ended, the newest first."""
    conn = gateway.connection()
    conn.start("trainer")
    answer = conn.trainer.ListTrainings(ListTrainingsRequest(profile=gateway.profile, page_size=20))
    return [run for run in answer.runs if run.state not in FINAL_STATES]


def _bring_missing(gateway: Gateway, what: StartFrom, task: Task[TrainingOutcome]) -> None:
    digests = preview(gateway.connection(), what.spec).missing_tracks
    if not digests:
        return
    missing = locate(gateway, digests, what.video_folder, on_search=task.report, cancel=task.cancel)
    task.report(Missing(tuple(missing)))
    absent = [media.filename for media in missing if media.local is None]
    if absent:
        more = f" and {len(absent) - 1} more" if len(absent) > 1 else ""
        raise PreconditionError(
            f"{absent[0]}{more} must be embedded first and was not found on this machine: choose the folder it lies "
            "in as the video folder.",
            reason="TRACK_MISSING",
        )
    brought = bring(gateway, what.spec.embedder, missing, on_bringing=task.report, cancel=task.cancel)
    for sentence in brought.failures.values():
        raise EightcutError(sentence)


def _start(gateway: Gateway, what: StartFrom, task: Task[TrainingOutcome]) -> TrainingRun:
    """Start it; the request's id makes another try safe.

    `eightcut_client.train.train` is not used: its cancellation ends the run, and closing the window must not.
    """
    request = StartTrainingRequest(spec=what.spec, request_id=uuid.uuid4().hex)
    backoff = Backoff(_START_WITHIN, task.cancel)
    while True:
        try:
            conn = gateway.connection()
            conn.start("trainer")
            run = conn.trainer.StartTraining(request).run
        except UnavailableError as error:
            task.report(Waiting())
            backoff.wait(error)
            continue
        if what.unwanted.is_set():  # Cancelled while this call was under way.
            cancel_training(conn, run.id)
        task.cancel.check()
        return run


def _watch(gateway: Gateway, run_id: str, task: Task[TrainingOutcome]) -> TrainingRun:
    """Follow the run to its end, however long the Trainer is away."""
    seen = 0

    def hear(event: TrainingEvent) -> None:
        nonlocal seen
        seen = event.seq
        task.report(event)

    def attach(conn: Connection) -> TrainingRun:
        return watch(conn, run_id, after_seq=seen, on_event=hear, cancel=task.cancel, give_up_after=_SILENCE)

    return _patiently(gateway, task, attach)


def _patiently(gateway: Gateway, task: Task[TrainingOutcome], call: Callable[[Connection], ResultT]) -> ResultT:
    """Call again while the services are away, or are reached by another connection: the run goes on without us."""
    while True:
        conn = None
        try:
            conn = gateway.connection()
            return call(conn)
        except (UnavailableError, CancelledError, UnauthenticatedError):  # The person may have another token.
            task.cancel.check()
        except Exception:  # A closed connection raises whatever it likes.
            task.cancel.check()
            if not _replaced(gateway, conn):
                raise
        task.report(Waiting())
        task.cancel.sleep(_PAUSE)


def _replaced(gateway: Gateway, conn: Connection | None) -> bool:
    try:
        return gateway.connection() is not conn
    except UnavailableError:
        return True


def _versions(gateway: Gateway, spec: TrainingSpec) -> list[ClassifierRecord]:
    """Return the versions of the run's own profile: another one may be worked in by now."""
    request = ListClassifiersRequest(profile=spec.profile, model=model_of(spec), page_size=1000)
    answers = pages(gateway.connection().classifiers.ListClassifiers, request)
    return [ClassifierRecord.of(classifier) for page in answers for classifier in page.classifiers]


def _outcome(gateway: Gateway, run: TrainingRun, spec: TrainingSpec) -> TrainingOutcome:
    if run.state == training_run_pb2.TRAINING_STATE_CANCELLED:
        return TrainingOutcome(None, None, activated=False)
    if run.state != training_run_pb2.TRAINING_STATE_SUCCEEDED:
        message = run.error_message or "The training failed; the Trainer's log says why."
        raise EightcutError(message, reason=run.error_reason)
    versions = _versions(gateway, spec)
    new = next((version for version in versions if version.id == run.classifier_id), None)
    if new is None:
        raise EightcutError("The new version was deleted meanwhile.")
    others = [version for version in versions if version.id != new.id]
    old = next((version for version in others if version.active), None)
    if old is None and new.active:  # Whoever started the run wanted it used at once: it replaced the one before.
        old = next((version for version in others if version.version < new.version), None)
    if old is None and not new.active:  # Without it, nothing could be scanned.
        new = gateway.classifiers.activate(new.id)
    return TrainingOutcome(new, old, activated=new.active)

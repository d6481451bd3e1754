"""Training runs: from their acceptance to their end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from eightcut_runtime import FailedPrecondition, InvalidArgument
from sqlalchemy import select
from sqlalchemy.orm import Session

from eightcut_store.areas.classifiers import NewClassifier, get_classifier, register
from eightcut_store.areas.clock import now_us
from eightcut_store.areas.lookups import unknown
from eightcut_store.tables import Classifier, Profile, TrainingEvent, TrainingRun


class State(IntEnum):
    """Numbers of eightcut.store.v1.TrainingState."""

    QUEUED = 1
    RUNNING = 2
    SUCCEEDED = 3
    FAILED = 4
    CANCELLED = 5


ACTIVE = (State.QUEUED, State.RUNNING)


@dataclass(frozen=True)
class NewEvent:
    """What happened: one of a state, progress (stage, done, total) and a note."""

    state: State | None = None
    stage: str | None = None
    done: int | None = None
    total: int | None = None
    note: str | None = None


def create_run(session: Session, profile: Profile, spec: str, spec_hash: str) -> tuple[TrainingRun, bool]:
    """Accepts a run, or returns the active one of an equal spec; the second value says whether it is new."""
    same = select(TrainingRun).where(
        TrainingRun.profile_id == profile.id, TrainingRun.spec_hash == spec_hash, TrainingRun.state.in_(ACTIVE)
    )
    present = session.scalar(same)
    if present is not None:
        return present, False
    run = TrainingRun(
        profile_id=profile.id,
        spec=spec,
        spec_hash=spec_hash,
        state=State.QUEUED,
        create_us=now_us(),
        error_reason="",
        error_message="",
        last_seq=0,
        cancel_requested=False,
    )
    session.add(run)
    session.flush()
    _append(session, run, [NewEvent(state=State.QUEUED)])
    return run, True


def get_run(session: Session, run_id: int) -> tuple[TrainingRun, str]:
    """Returns a run and the name of its profile.

    Raises:
        NotFound: RESOURCE_UNKNOWN.
    """
    query = (
        select(TrainingRun, Profile.name)
        .join(Profile, Profile.id == TrainingRun.profile_id)
        .where(TrainingRun.id == run_id)
    )
    found = session.execute(query).first()
    if found is None:
        raise unknown("training_run", run_id)
    return found[0], found[1]


def list_runs(
    session: Session, profile: Profile | None, *, active_only: bool, before: int | None, limit: int
) -> list[tuple[TrainingRun, str]]:
    """Returns runs with the names of their profiles, the newest first, those with an id below ``before``."""
    query = (
        select(TrainingRun, Profile.name)
        .join(Profile, Profile.id == TrainingRun.profile_id)
        .order_by(TrainingRun.id.desc())
        .limit(limit)
    )
    if profile is not None:
        query = query.where(TrainingRun.profile_id == profile.id)
    if active_only:
        query = query.where(TrainingRun.state.in_(ACTIVE))
    if before is not None:
        query = query.where(TrainingRun.id < before)
    return [(run, name) for run, name in session.execute(query)]


def append_events(
    session: Session, run: TrainingRun, events: Sequence[NewEvent], error_reason: str, error_message: str
) -> list[TrainingEvent]:
    """Adds events and, with them, changes the state.

    Raises:
        FailedPrecondition: RUN_STATE: the run has ended (or ends in the middle of these events).
        InvalidArgument: An event says SUCCEEDED, which only `complete_run` may.
    """
    for event in events:
        if run.state not in ACTIVE:
            raise _wrong_state(run)
        if event.state is State.SUCCEEDED:
            raise InvalidArgument("A run succeeds by CompleteTrainingRun, with its classifier.", field="events")
        if event.state is not None:
            _enter(run, event.state)
        if event.state is State.FAILED:
            run.error_reason, run.error_message = error_reason, error_message
    return _append(session, run, events)


def list_events(session: Session, run: TrainingRun, after_seq: int, limit: int) -> Sequence[TrainingEvent]:
    """Returns the events after a number, in order."""
    query = (
        select(TrainingEvent)
        .where(TrainingEvent.run_id == run.id, TrainingEvent.seq > after_seq)
        .order_by(TrainingEvent.seq)
        .limit(limit)
    )
    return session.scalars(query).all()


def request_cancel(session: Session, run: TrainingRun) -> None:
    """Records that the run is to be cancelled; one that is only queued is cancelled at once.

    Raises:
        FailedPrecondition: RUN_STATE: it succeeded or failed.
    """
    if run.state == State.CANCELLED:
        return
    if run.state not in ACTIVE:
        raise _wrong_state(run)
    run.cancel_requested = True
    if run.state == State.QUEUED:
        _enter(run, State.CANCELLED)
        _append(session, run, [NewEvent(state=State.CANCELLED)])
    session.flush()


def complete_run(session: Session, run: TrainingRun, new: NewClassifier, *, activate: bool) -> Classifier:
    """Registers the classifier and ends the run; for a run that succeeded it returns what was registered.

    Raises:
        FailedPrecondition: RUN_STATE: the run was cancelled, or is to be, or failed.
        NotFound: RESOURCE_UNKNOWN: the classifier of this run was deleted since.
    """
    if run.state == State.SUCCEEDED:
        return get_classifier(session, run.classifier_id or 0)[0]
    if run.state not in ACTIVE or run.cancel_requested:
        raise _wrong_state(run)
    classifier = register(session, run.profile_id, new, activate=activate)
    run.classifier_id = classifier.id
    _enter(run, State.SUCCEEDED)
    _append(session, run, [NewEvent(state=State.SUCCEEDED)])
    return classifier


def _enter(run: TrainingRun, state: State) -> None:
    run.state = state
    if state not in ACTIVE:
        run.end_us = now_us()


def _append(session: Session, run: TrainingRun, events: Sequence[NewEvent]) -> list[TrainingEvent]:
    now = now_us()
    rows = [
        TrainingEvent(
            run_id=run.id,
            seq=run.last_seq + number,
            time_us=now,
            state=event.state,
            stage=event.stage,
            done=event.done,
            total=event.total,
            note=event.note,
        )
        for number, event in enumerate(events, 1)
    ]
    run.last_seq += len(rows)
    session.add_all(rows)
    session.flush()
    return rows


def _wrong_state(run: TrainingRun) -> FailedPrecondition:
    state = State(run.state)
    if state in ACTIVE:
        message = f"The training run {run.id} is to be cancelled."
    else:
        message = f"The training run {run.id} has ended: it is {state.name}."
    return FailedPrecondition(
        message, reason="RUN_STATE", subject=f"training_run {run.id}", metadata={"state": state.name}
    )

"""Training runs, and the classifiers that come out of them."""

from __future__ import annotations

import hashlib

import grpc
import pytest
from eightcut.common.v1 import training_pb2
from eightcut.store.v1 import classifier_service_pb2 as classifiers
from eightcut.store.v1 import training_run_pb2
from eightcut.store.v1 import training_run_service_pb2 as pb
from eightcut_store.database import Database
from eightcut_store.tables import ClassifierWeights
from sqlalchemy import func, select, update

from tests.store.harness import CARD, Store, a_spec, refusal, seconds

RUNNING = training_run_pb2.TrainingEvent(state=training_run_pb2.TRAINING_STATE_RUNNING)
FAILED = training_run_pb2.TrainingEvent(state=training_run_pb2.TRAINING_STATE_FAILED)
CANCELLED = training_run_pb2.TrainingEvent(state=training_run_pb2.TRAINING_STATE_CANCELLED)
State = training_run_pb2.TrainingState


def cancel(store: Store, run_id: str) -> training_run_pb2.TrainingRun:
    return store.runs.RequestTrainingCancel(pb.RequestTrainingCancelRequest(id=run_id)).run


def events(store: Store, run_id: str, after: int = 0) -> list[training_run_pb2.TrainingEvent]:
    return list(store.runs.ListTrainingEvents(pb.ListTrainingEventsRequest(run_id=run_id, after_seq=after)).events)


def test_a_run_is_accepted_as_queued_with_its_first_event(store: Store) -> None:
    answer = store.start_run(a_spec("dog", margin=seconds(12)))
    assert answer.created
    run = answer.run
    assert (run.state, run.last_seq, run.spec) == (State.TRAINING_STATE_QUEUED, 1, a_spec("dog", margin=seconds(12)))
    assert not run.HasField("end_time")
    assert [(event.seq, event.state) for event in events(store, run.id)] == [(1, State.TRAINING_STATE_QUEUED)]


def test_an_equal_spec_gives_the_run_that_is_active(store: Store) -> None:
    run = store.start_run(a_spec("dog", "bark")).run
    same = store.start_run(a_spec("bark", "dog", use_hard_negatives=True, activate=True, margin=seconds(30)))
    assert (same.created, same.run.id) == (False, run.id)
    assert store.start_run(a_spec("dog", "bark", use_hard_negatives=False)).created
    store.append(run.id, FAILED)
    assert store.start_run(a_spec("dog", "bark")).created, "the first one has ended"


def test_events_are_numbered_and_change_the_state(store: Store) -> None:
    run = store.start_run().run
    progress = training_run_pb2.TrainingEvent(progress=training_run_pb2.TrainingProgress(stage="fit", done=1, total=3))
    note = training_run_pb2.TrainingEvent(note="Few positives.")
    answer = store.append(run.id, RUNNING, progress, note)
    assert [event.seq for event in answer.events] == [2, 3, 4]
    assert (answer.run.state, answer.run.last_seq) == (State.TRAINING_STATE_RUNNING, 4)
    assert events(store, run.id, after=2) == list(answer.events[1:])
    assert answer.events[1].progress == progress.progress
    assert answer.events[2].note == "Few positives."
    assert events(store, run.id, after=4) == []


def test_a_failure_says_why_and_is_final(store: Store) -> None:
    run = store.start_run().run
    store.append(run.id, RUNNING)
    ended = store.append(run.id, FAILED, error_reason="CLASS_MISSING", error_message="Mark some clips.").run
    assert (ended.state, ended.error_reason) == (State.TRAINING_STATE_FAILED, "CLASS_MISSING")
    assert (ended.error_message, ended.HasField("end_time")) == ("Mark some clips.", True)
    for call in (lambda: store.append(run.id, RUNNING), lambda: store.complete(run.id), lambda: cancel(store, run.id)):
        refused = refusal(call)
        assert (refused.code, refused.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "RUN_STATE")
        assert refused.metadata == {"state": "FAILED"}
    assert store.runs.GetTrainingRun(pb.GetTrainingRunRequest(id=run.id)).run == ended


def test_a_batch_that_goes_on_after_the_end_adds_nothing(store: Store) -> None:
    run = store.start_run().run
    assert refusal(store.append, run.id, CANCELLED, RUNNING).reason == "RUN_STATE"
    assert store.runs.GetTrainingRun(pb.GetTrainingRunRequest(id=run.id)).run == run
    assert len(events(store, run.id)) == 1


def test_events_that_say_nothing_or_success_are_refused(store: Store) -> None:
    run = store.start_run().run
    success = training_run_pb2.TrainingEvent(state=training_run_pb2.TRAINING_STATE_SUCCEEDED)
    for event in (training_run_pb2.TrainingEvent(), success):
        assert refusal(store.append, run.id, event).code is grpc.StatusCode.INVALID_ARGUMENT


def test_cancelling_a_queued_run_ends_it_and_again_is_answered_again(store: Store) -> None:
    run = store.start_run().run
    ended = cancel(store, run.id)
    assert (ended.state, ended.HasField("end_time")) == (State.TRAINING_STATE_CANCELLED, True)
    assert cancel(store, run.id) == ended
    assert events(store, run.id)[-1].state == State.TRAINING_STATE_CANCELLED
    assert refusal(store.complete, run.id).metadata == {"state": "CANCELLED"}


def test_cancelling_a_running_run_is_recorded_and_wins_over_its_completion(store: Store) -> None:
    run = store.start_run().run
    store.append(run.id, RUNNING)
    asked = cancel(store, run.id)
    assert (asked.state, asked.cancel_requested) == (State.TRAINING_STATE_RUNNING, True)
    assert refusal(store.complete, run.id).reason == "RUN_STATE"
    assert store.append(run.id, CANCELLED).run.state == State.TRAINING_STATE_CANCELLED
    assert (
        len(store.classifiers.ListClassifiers(classifiers.ListClassifiersRequest(profile="default")).classifiers) == 0
    )


def test_completion_registers_the_version_whole_and_ends_the_run(store: Store) -> None:
    spec = a_spec("dog", name="door")
    run = store.start_run(spec).run
    metrics = training_pb2.TrainingMetrics(window_average_precision=0.875, folds=5, notes=["Good."])
    metrics.examples.positive = 12
    answer = store.complete(run.id, b"\0\1weights", name="door", metrics=metrics, threshold=0.375)
    done, made = answer.run, answer.classifier
    assert (done.state, done.classifier_id) == (State.TRAINING_STATE_SUCCEEDED, made.id)
    assert (made.model, made.version, made.active, made.card_hash) == ("LOGMEL_door", 1, True, CARD)
    assert (made.metrics, made.spec, made.threshold, made.weights) == (metrics, spec, 0.375, b"")
    assert made.weights_sha256 == hashlib.sha256(b"\0\1weights").hexdigest()
    assert store.classifier(made.id, weights=True).weights == b"\0\1weights"
    again = store.complete(run.id, b"other weights", name="door")
    assert again == answer
    assert events(store, run.id)[-1].state == State.TRAINING_STATE_SUCCEEDED


def test_a_run_of_which_nothing_can_be_registered_is_left_as_it_was(store: Store) -> None:
    run = store.start_run().run
    for values in (
        {"weights": b""},
        {"threshold": float("nan")},
        {"threshold": -0.5},
        {"embedder": "x"},
        {"name": "a/b"},
    ):
        assert refusal(store.complete, run.id, **values).code is grpc.StatusCode.INVALID_ARGUMENT
    assert store.runs.GetTrainingRun(pb.GetTrainingRunRequest(id=run.id)).run == run


def test_completion_is_one_transaction(store: Store, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure after the weights were written leaves no version, no weights and no used-up number."""
    from eightcut_store.areas import training_runs

    run = store.start_run().run

    def fail(*_: object) -> None:
        raise OSError("secret /srv/path")

    with monkeypatch.context() as patch:
        patch.setattr(training_runs, "_enter", fail)
        refused = refusal(store.complete, run.id)
    assert refused.code is grpc.StatusCode.INTERNAL
    assert "secret" not in refused.message
    assert database.read(lambda session: session.scalar(select(func.count()).select_from(ClassifierWeights))) == 0
    assert store.complete(run.id).classifier.version == 1


def test_only_one_version_of_a_model_is_active(store: Store) -> None:
    first, second = store.train(b"1"), store.train(b"2")
    other = store.train(spec=a_spec(name="door"))
    kept = store.train(b"3", spec=a_spec(activate=False))
    assert [one.version for one in (first, second, kept, other)] == [1, 2, 3, 1]
    assert [store.classifier(one.id).active for one in (first, second, kept, other)] == [False, True, False, True]
    back = store.classifiers.ActivateClassifier(classifiers.ActivateClassifierRequest(id=first.id))
    assert (back.classifier.active, back.previous_id) == (True, second.id)
    assert [store.classifier(one.id).active for one in (first, second)] == [True, False]
    same = store.classifiers.ActivateClassifier(classifiers.ActivateClassifierRequest(id=first.id))
    assert (same.classifier.active, same.previous_id) == (True, "")
    active = classifiers.ActiveModel(profile="default", model="LOGMEL")
    assert store.classifiers.GetClassifier(classifiers.GetClassifierRequest(active=active)).classifier.id == first.id


def test_numbers_of_deleted_versions_are_not_used_again_and_scans_stay(store: Store) -> None:
    first, second = store.train(b"1"), store.train(b"2")
    scan = store.scan(store.register(), classifier_id=first.id)
    delete = store.classifiers.DeleteClassifier
    assert (
        refusal(delete, classifiers.DeleteClassifierRequest(id=second.id)).code is grpc.StatusCode.FAILED_PRECONDITION
    )
    store.classifiers.ActivateClassifier(classifiers.ActivateClassifierRequest(id=first.id))
    delete(classifiers.DeleteClassifierRequest(id=second.id))
    assert store.train(b"3").version == 3
    delete(classifiers.DeleteClassifierRequest(id=first.id))
    assert refusal(store.classifier, first.id).reason == "RESOURCE_UNKNOWN"
    assert store.get_scan(scan.id).scan == scan


def test_weights_that_do_not_match_their_hash_are_data_loss(store: Store, database: Database) -> None:
    made = store.train(b"weights")
    database.write(lambda session: session.execute(update(ClassifierWeights).values(weights=b"weighty")))
    refused = refusal(store.classifier, made.id, weights=True)
    assert (refused.code, refused.reason) == (grpc.StatusCode.DATA_LOSS, "CORRUPT")
    assert store.classifier(made.id).id == made.id, "without the weights it can still be read"


def test_what_is_not_there_is_said(store: Store) -> None:
    active = classifiers.ActiveModel(profile="default", model="LOGMEL_none")
    refused = refusal(store.classifiers.GetClassifier, classifiers.GetClassifierRequest(active=active))
    assert (refused.reason, refused.metadata) == ("MODEL_UNKNOWN", {"model": "LOGMEL_none"})
    active.profile = "nobody"
    request = classifiers.GetClassifierRequest(active=active)
    assert refusal(store.classifiers.GetClassifier, request).reason == "PROFILE_UNKNOWN"
    assert refusal(store.start_run, a_spec(profile="nobody")).reason == "PROFILE_UNKNOWN"
    for call in (lambda: events(store, "999999"), lambda: cancel(store, "999999"), lambda: store.complete("999999")):
        assert refusal(call).metadata == {"type": "training_run", "id": "999999"}


def test_runs_are_listed_the_newest_first(store: Store) -> None:
    store.new_profile("other")
    first = store.start_run(a_spec("a")).run
    second = store.start_run(a_spec("b", profile="other")).run
    third = store.start_run(a_spec("c")).run
    cancel(store, first.id)

    def listed(**values: object) -> list[str]:
        return [run.id for run in store.runs.ListTrainingRuns(pb.ListTrainingRunsRequest(**values)).runs]

    assert listed() == [third.id, second.id, first.id]
    assert listed(profile="default") == [third.id, first.id]
    assert listed(active_only=True) == [third.id, second.id]

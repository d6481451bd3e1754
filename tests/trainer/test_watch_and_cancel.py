"""Watching a run from anywhere, and cancelling it at any moment."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from eightcut.store.v1.training_run_pb2 import TrainingRun
from eightcut.trainer.v1 import trainer_service_pb2 as api
from eightcut_client.errors import from_rpc_error

from tests.trainer.conftest import Bench
from tests.trainer.fake_store import CANCELLED, FINAL, QUEUED, RUNNING, SUCCEEDED


def cancel(bench: Bench, run_id: str) -> TrainingRun:
    return bench.stub.CancelTraining(api.CancelTrainingRequest(run_id=run_id), timeout=30).run


def test_watchers_see_every_event_once_whenever_they_come(bench: Bench) -> None:
    for name in "ab":
        bench.add_media(name, [40.0, 120.0, 200.0])
    bench.inference.gate.clear()
    run = bench.start()
    with ThreadPoolExecutor() as pool:
        watchers = [pool.submit(bench.watch, run.id, after) for after in (0, 0, 2)]
        assert bench.inference.reading.wait(30)
        watchers.append(pool.submit(bench.watch, run.id))
        bench.inference.gate.set()
        seen = [[event.seq for event in watcher.result(90)] for watcher in watchers]
    whole = list(range(1, bench.get(run.id).last_seq + 1))
    assert seen == [whole, whole, whole[2:], whole]
    assert [event.seq for event in bench.watch(run.id, whole[-2])] == whole[-1:]
    assert bench.watch(run.id, whole[-1]) == []


def test_a_watcher_that_goes_away_may_come_back(bench: Bench) -> None:
    bench.add_media("a", [40.0, 120.0])
    bench.inference.gate.clear()
    run = bench.start()
    stream = bench.stub.WatchTraining(api.WatchTrainingRequest(run_id=run.id), timeout=60)
    seen = [next(stream).event.seq for _ in range(3)]
    stream.cancel()
    bench.inference.gate.set()
    seen += [event.seq for event in bench.watch(run.id, seen[-1])]
    assert seen == list(range(1, bench.get(run.id).last_seq + 1))


def test_a_watch_ends_when_the_trainer_stops(bench: Bench) -> None:
    bench.add_media("a", [40.0, 120.0])
    bench.inference.gate.clear()
    run = bench.start()
    stream = bench.stub.WatchTraining(api.WatchTrainingRequest(run_id=run.id), timeout=60)
    next(stream)
    bench.trainer.stop(grace=30)
    with pytest.raises(grpc.RpcError) as caught:
        list(stream)
    assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
    assert bench.store.runs[run.id].state == RUNNING, "the next start goes on with it"


def test_cancel_while_queued(bench: Bench) -> None:
    bench.add_media("a", [40.0, 120.0])
    bench.inference.gate.clear()
    first = bench.start(name="one")
    assert bench.inference.reading.wait(30)
    queued = bench.start(name="two")
    assert cancel(bench, queued.id).state == CANCELLED
    bench.inference.gate.set()
    assert [event.state for event in bench.watch(queued.id)] == [QUEUED, CANCELLED]
    assert bench.watch(first.id)[-1].state == SUCCEEDED
    assert len(bench.store.classifiers) == 1


def test_cancel_while_reading(bench: Bench) -> None:
    bench.add_media("a", [40.0, 120.0])
    bench.inference.gate.clear()
    run = bench.start()
    assert bench.inference.reading.wait(30)
    assert cancel(bench, run.id).cancel_requested
    assert bench.watch(run.id)[-1].state == CANCELLED
    assert cancel(bench, run.id).state == CANCELLED, "to cancel again is no error"
    assert not bench.store.classifiers


def test_cancel_kills_the_fit_at_once(bench: Bench) -> None:
    for name in "abcdef":
        bench.add_media(name, [float(at) for at in range(100, 1900, 100)], windows=2000, dim=384)
    run = bench.start()
    stream = bench.stub.WatchTraining(api.WatchTrainingRequest(run_id=run.id), timeout=60)
    for answer in stream:
        if answer.event.progress.stage == "cross-validate":
            break
    stages_before = {event.progress.stage for event in bench.store.log[run.id]}
    assert "fit" not in stages_before
    cancel(bench, run.id)
    assert list(stream)[-1].event.state == CANCELLED
    assert multiprocessing.active_children() == []
    assert not bench.store.classifiers


def test_a_cancel_through_another_process_is_seen(bench: Bench) -> None:
    """Only the Store knows of it."""
    bench.add_media("a", [40.0, 120.0])
    bench.inference.gate.clear()
    run = bench.start()
    assert bench.inference.reading.wait(30)
    bench.store.runs[run.id].cancel_requested = True
    assert bench.watch(run.id)[-1].state == CANCELLED


def test_a_cancel_that_the_store_takes_just_before_the_end_wins(bench: Bench) -> None:
    bench.add_media("a", [40.0, 120.0])
    bench.store.before_complete = lambda run: setattr(run, "cancel_requested", True)
    run = bench.start()
    assert bench.watch(run.id)[-1].state == CANCELLED
    assert not bench.store.classifiers


def test_cancel_after_the_end_is_refused(bench: Bench) -> None:
    bench.add_media("a", [40.0, 120.0])
    run = bench.start()
    bench.watch(run.id)
    with pytest.raises(grpc.RpcError) as caught:
        cancel(bench, run.id)
    error = from_rpc_error(caught.value)
    assert (error.code, error.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "RUN_STATE")
    assert bench.get(run.id).state in FINAL

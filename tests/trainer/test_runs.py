"""A run from its start to its end."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import grpc
import numpy as np
import pytest
from eightcut.common.v1 import training_pb2
from eightcut.trainer.v1 import trainer_service_pb2 as api
from eightcut.trainer.v1.trainer_service_pb2_grpc import TrainerServiceStub
from eightcut_runtime.testing import serve_in_thread
from eightcut_scoring.classifier import ClassifierModel
from eightcut_trainer.service import SPEC
from eightcut_trainer.worker.track_file import TrackWriter

from tests.trainer.conftest import HARD, NEGATIVE, SOFT, Bed, Bench, example, spec
from tests.trainer.fake_inference import CARD_HASH, digest, make_track
from tests.trainer.fake_store import FAILED, QUEUED, RUNNING, SUCCEEDED


def stages(events: list) -> list[str]:
    """The stages in the order they began."""
    return list(dict.fromkeys(event.progress.stage for event in events if event.HasField("progress")))


def test_a_run_makes_one_classifier_that_finds_the_sound(bench: Bench) -> None:
    places = {"a": [40.0, 120.0, 200.0], "b": [30.0, 150.0], "c": [60.0, 170.0, 240.0]}
    for name, events in places.items():
        bench.add_media(name, events)
    run = bench.start(name="creak")
    events = bench.watch(run.id)

    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert [event.state for event in events if event.HasField("state")] == [QUEUED, RUNNING, SUCCEEDED]
    assert stages(events) == ["collect", "read", "cross-validate", "calibrate", "fit", "register"]
    assert bench.get(run.id).state == SUCCEEDED
    (made,) = bench.store.classifiers
    assert (made.embedder, made.name, made.card_hash) == ("LOGMEL", "creak", CARD_HASH)
    model = ClassifierModel.from_bytes(made.weights)
    assert (model.model, model.threshold) == ("LOGMEL_creak", made.threshold)
    for media in bench.inference.tracks:
        vectors = bench.inference.tracks[media]
        marked = [round(e.start.ToMicroseconds() / 1e6) for e in bench.store.examples if e.media == media]
        scores = model.score(vectors)
        others = np.ones(len(scores), bool)
        for start in marked:
            others[max(0, start - 7) : start + 8] = False
        assert scores[marked].min() >= made.threshold > np.percentile(scores[others], 99)


def test_metrics_are_filled_and_the_examples_travel_with_the_weights(bench: Bench) -> None:
    for name in "abc":
        media = bench.add_media(name, [50.0, 150.0, 220.0])
    bench.store.examples += [example(media, 100.0, HARD), example(media, 120.0, NEGATIVE), example(media, 280.0, SOFT)]
    bench.watch(bench.start().id)
    (made,) = bench.store.classifiers
    metrics = made.metrics
    assert metrics.cross_validation == training_pb2.CROSS_VALIDATION_BY_MEDIA
    assert metrics.folds == 3
    assert metrics.window_average_precision > 0.9
    assert metrics.event_f1 > 0.8
    counts = metrics.examples
    assert (counts.positive, counts.negative, counts.hard_negative, counts.soft, counts.media) == (9, 1, 1, 1, 3)
    assert counts.auto_negative > 300
    preview = bench.stub.PreviewTraining(api.PreviewTrainingRequest(spec=spec()), timeout=30)
    assert preview.examples == counts
    examples = ClassifierModel.from_bytes(made.weights).metadata["examples"]
    assert examples[media] == {
        "positive": [[50.0, 8.0], [150.0, 8.0], [220.0, 8.0]],
        "hard_negative": [100.0],
        "negative": [[120.0, 8.0]],
    }


def test_a_classifier_knows_what_it_could_not_learn_from(bench: Bench) -> None:
    for name in "abc":
        bench.add_media(name, [40.0, 100.0])
    bench.store.unlocated = 1
    bench.watch(bench.start().id)
    (classifier,) = bench.store.classifiers
    assert classifier.metrics.examples.unlocated == 1
    assert "1 example is left out because the file was not found yet; locate the missing media." in (
        classifier.metrics.notes
    )


def test_few_positives_and_one_file_are_told(bench: Bench) -> None:
    bench.add_media("a", [40.0, 120.0, 200.0])
    run = bench.start()
    events = bench.watch(run.id)
    metrics = bench.store.classifiers[0].metrics
    assert metrics.cross_validation == training_pb2.CROSS_VALIDATION_NONE
    assert not metrics.HasField("event_f1")
    assert not metrics.HasField("window_average_precision")
    assert any("no honest figure" in note for note in metrics.notes)
    assert [event.note for event in events if event.HasField("note")] == list(metrics.notes)

    bench.store.examples += [example(next(iter(bench.inference.tracks)), start) for start in (70.0, 160.0, 250.0)]
    bench.watch(bench.start().id)
    metrics = bench.store.classifiers[1].metrics
    assert metrics.cross_validation == training_pb2.CROSS_VALIDATION_BY_TIME_BLOCK
    assert metrics.HasField("event_f1")
    assert any("one file" in note for note in metrics.notes)


def test_the_same_training_gives_the_same_bytes(bench: Bench) -> None:
    for name in "ab":
        bench.add_media(name, [50.0, 150.0, 220.0])
    for _ in range(2):
        bench.watch(bench.start().id)
    one, other = bench.store.classifiers
    assert one.weights == other.weights
    assert one.metrics == other.metrics


def test_the_margin_of_the_spec_is_used(bench: Bench) -> None:
    bench.add_media("a", [100.0, 900.0], windows=3000)
    counts = []
    for seconds in (10, 400):
        given = spec()
        given.margin.FromSeconds(seconds)
        counts.append(bench.stub.PreviewTraining(api.PreviewTrainingRequest(spec=given)).examples.auto_negative)
    # Two clips of 8 s, windows of 8 s: a window is nearer than m to a clip when it starts in (-8 - m, 8 + m) around it.
    assert counts[0] == 3000 - 2 * (2 * (8 + 10) + 1)
    assert counts[1] == 3000 - (100 + 408 + 1) - (2 * 408 + 1) + 17


def test_scikit_learn_stays_out_of_the_servers_process() -> None:
    code = (
        "import sys, eightcut_trainer.service\n"
        "from eightcut_trainer.worker import fit\n"
        "sys.exit(any(name.split('.')[0] in ('sklearn', 'torch', 'sqlalchemy') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_runs_wait_for_each_other(bench: Bench) -> None:
    bench.add_media("a", [40.0, 120.0])
    bench.inference.gate.clear()
    first, second = bench.start(name="one"), bench.start(name="two")
    assert bench.inference.reading.wait(30)
    assert [bench.get(run.id).state for run in (first, second)] == [RUNNING, QUEUED]
    bench.inference.gate.set()
    assert bench.watch(second.id)[-1].state == SUCCEEDED
    assert bench.get(first.id).state == SUCCEEDED
    assert [made.name for made in bench.store.classifiers] == ["one", "two"]


def test_parallel_runs_may_be_asked_for(bed: Bed, tmp_path: Path) -> None:
    media = digest("a")
    bed.inference.tracks[media] = make_track(200, [40.0, 120.0], seed=0)
    bed.store.examples = [example(media, 40.0), example(media, 120.0)]
    bed.inference.gate.clear()
    arguments = bed.arguments(tmp_path, "--parallel-runs=2")
    with serve_in_thread(SPEC, arguments) as trainer, trainer.channel() as channel:
        stub = TrainerServiceStub(channel)
        for name in ("one", "two"):
            run = stub.StartTraining(api.StartTrainingRequest(spec=spec(name=name))).run
            watched = stub.WatchTraining(api.WatchTrainingRequest(run_id=run.id), timeout=60)
            assert any(answer.event.progress.stage == "collect" for answer in watched), "it waited for the other one"
            watched.cancel()
        bed.inference.gate.set()


def test_an_equal_spec_that_runs_is_not_started_twice(bench: Bench) -> None:
    bench.add_media("a", [40.0, 120.0])
    bench.inference.gate.clear()
    first = bench.start()
    # What stands in its way now does not matter to a run that was accepted.
    bench.store.examples.clear()
    assert bench.start().id == first.id
    bench.inference.gate.set()


def test_the_same_request_id_gives_the_same_run(bench: Bench) -> None:
    bench.add_media("a", [40.0, 120.0])
    request = api.StartTrainingRequest(spec=spec(), request_id="once")
    first = bench.stub.StartTraining(request).run
    bench.watch(first.id)
    assert bench.stub.StartTraining(request).run.id == first.id
    assert len(bench.store.classifiers) == 1


def test_a_broken_read_goes_on_where_it_was(bench: Bench) -> None:
    media = bench.add_media("a", [40.0, 120.0])
    bench.inference.interruptions = 3
    run = bench.start()
    assert bench.watch(run.id)[-1].state == SUCCEEDED
    assert bench.inference.reads == [(media, 0), (media, 64), (media, 128), (media, 192)]


def test_a_store_that_is_away_for_a_while_fails_nothing(bench: Bench) -> None:
    bench.add_media("a", [40.0, 120.0])
    bench.inference.gate.clear()
    run = bench.start()
    assert bench.inference.reading.wait(30)
    bench.store.fail_before.update({"AppendTrainingEvents": 2, "CompleteTrainingRun": 2})
    bench.store.fail_after.update({"AppendTrainingEvents": 2, "CompleteTrainingRun": 1})
    bench.inference.gate.set()
    events = bench.watch(run.id)
    assert events[-1].state == SUCCEEDED
    assert len(bench.store.classifiers) == 1
    assert bench.store.fail_after["AppendTrainingEvents"] == 0
    bodies = [(e.progress.stage, e.progress.done, e.note, e.state) for e in events]
    assert len(bodies) == len(set(bodies)), "an event whose answer was lost was added again"


def test_a_track_that_changes_while_it_is_read_fails_the_run_with_its_reason(bench: Bench) -> None:
    media = bench.add_media("a", [40.0, 120.0])
    bench.inference.gate.clear()
    run = bench.start()
    assert bench.inference.reading.wait(30)
    bench.inference.interruptions = 1
    bench.inference.tracks[media] = bench.inference.tracks[media][:100]
    bench.inference.gate.set()
    assert bench.watch(run.id)[-1].state == FAILED
    ended = bench.get(run.id)
    assert ended.error_reason == "CORRUPT"
    assert ended.error_message.startswith(f"The track of the media {media[:12]}… cannot be used: it was replaced")
    assert not bench.store.classifiers


def test_what_changes_between_start_and_run_fails_the_run_with_its_reason(bench: Bench) -> None:
    bench.add_media("a", [40.0, 120.0])
    media = bench.add_media("b", [40.0])
    bench.inference.gate.clear()
    bench.start(name="first")
    assert bench.inference.reading.wait(30)
    queued = bench.start(name="second")
    bench.inference.partial.add(media)
    bench.inference.gate.set()
    assert bench.watch(queued.id)[-1].state == FAILED
    ended = bench.get(queued.id)
    assert ended.error_reason == "TRACK_MISSING"
    assert ended.error_message == "1 of the 2 media with examples are not embedded with LOGMEL yet; embed them first."


def test_temporary_files_are_gone_after_a_run(bench: Bench, tmp_path: Path) -> None:
    bench.add_media("a", [40.0, 120.0])
    bench.inference.gate.clear()
    run = bench.start()
    assert bench.inference.reading.wait(30)
    names = {path.name for path in (tmp_path / "runs").rglob("*")}
    assert names == {f"{run.id}.lock", f"{run.id}.work", "job.json", "0.npy"}
    bench.inference.gate.set()
    bench.watch(run.id)
    bench.trainer.stop()
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_full_disk_fails_the_run_with_its_reason(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(TrackWriter, "append", full)
    bench.add_media("a", [40.0, 120.0])
    run = bench.start()
    assert bench.watch(run.id)[-1].state == FAILED
    ended = bench.get(run.id)
    assert (ended.error_reason, ended.error_message.split(":")[0]) == ("DISK_FULL", "The server's disk is full")


def test_an_unknown_run_is_not_found(bench: Bench) -> None:
    for call in (
        lambda: bench.watch("77"),
        lambda: bench.get("77"),
        lambda: bench.stub.CancelTraining(api.CancelTrainingRequest(run_id="77")),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            call()
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND
        assert caught.value.details() == "There is no training run 77."

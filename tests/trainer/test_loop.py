"""The Trainer beside the real Store: what clips and hard negatives become."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import grpc
import pytest
from eightcut.store.v1.clip_pb2 import CLIP_ORIGIN_SCAN_EXPORT
from eightcut.store.v1.training_run_pb2 import TrainingRun
from eightcut.trainer.v1 import trainer_service_pb2 as api
from eightcut.trainer.v1.trainer_service_pb2_grpc import TrainerServiceStub
from eightcut_client.errors import from_rpc_error
from eightcut_runtime.testing import serve_in_thread
from eightcut_scoring.classifier import ClassifierModel
from eightcut_store.service import SPEC as STORE
from eightcut_trainer.service import SPEC

from tests.trainer import fake_inference
from tests.trainer.conftest import spec
from tests.trainer.fake_inference import FakeInference, digest, make_track
from tests.trainer.fake_store import SUCCEEDED
from tests.trainer.store_client import StoreMarks


class Loop(NamedTuple):
    """A Trainer on the real Store."""

    stub: TrainerServiceStub
    marks: StoreMarks
    inference: FakeInference

    def media(self, name: str, *starts: float, windows: int = 300) -> str:
        media = digest(name)
        self.inference.tracks[media] = make_track(windows, list(starts), seed=len(self.inference.tracks))
        self.marks.register(media, windows + 7)
        if starts:
            self.marks.clip(media, *starts)
        return media

    def train(self, **more: object) -> TrainingRun:
        run = self.stub.StartTraining(api.StartTrainingRequest(spec=spec(**more)), timeout=30).run
        events = [
            answer.event for answer in self.stub.WatchTraining(api.WatchTrainingRequest(run_id=run.id), timeout=90)
        ]
        assert events[-1].state == SUCCEEDED, self.stub.GetTraining(api.GetTrainingRequest(run_id=run.id)).run
        return self.stub.GetTraining(api.GetTrainingRequest(run_id=run.id)).run

    def preview(self, **more: object) -> api.PreviewTrainingResponse:
        return self.stub.PreviewTraining(api.PreviewTrainingRequest(spec=spec(**more)), timeout=30)


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    inference = FakeInference()
    with (
        serve_in_thread(STORE, [f"--data-dir={tmp_path}"]) as store,
        serve_in_thread(fake_inference.spec_of(inference)) as vectors,
        serve_in_thread(
            SPEC, [f"--data-dir={tmp_path}", f"--store={store.address}", f"--inference={vectors.address}"]
        ) as trainer,
        trainer.channel() as channel,
        store.channel() as store_channel,
    ):
        yield Loop(TrainerServiceStub(channel), StoreMarks(store_channel), inference)


def test_from_marks_to_versions_of_a_classifier(loop: Loop) -> None:
    for name in "abc":
        loop.media(name, 50.0, 150.0, 220.0)
    first, second = loop.train(), loop.train()
    made = loop.marks.classifiers()
    assert [one.id for one in made] == [first.classifier_id, second.classifier_id]
    assert [(one.model, one.version, one.active) for one in made] == [("LOGMEL", 1, False), ("LOGMEL", 2, True)]
    assert made[0].weights == made[1].weights
    assert made[0].metrics.event_f1 > 0.8
    assert (made[0].metrics.examples.positive, made[0].metrics.examples.media) == (9, 3)
    assert ClassifierModel.from_bytes(made[0].weights, sha256=made[0].weights_sha256).threshold == made[0].threshold
    listed = loop.stub.ListTrainings(api.ListTrainingsRequest(profile="default", page_size=1))
    assert [run.id for run in listed.runs] == [second.id]
    again = loop.stub.ListTrainings(api.ListTrainingsRequest(profile="default", page_token=listed.next_page_token))
    assert [run.id for run in again.runs] == [first.id]


def test_use_hard_negatives_false_leaves_them_untouched(loop: Loop) -> None:
    media = loop.media("a", 50.0, 150.0)
    loop.marks.hard_negative(media, 100.0, 110.0)
    before = loop.marks.hard_negatives()
    loop.train(use_hard_negatives=False)
    loop.train()
    without, with_them = loop.marks.classifiers()
    assert without.metrics.examples.hard_negative == 0
    assert with_them.metrics.examples.hard_negative == 2
    assert without.weights != with_them.weights
    assert loop.marks.hard_negatives() == before
    assert len(before) == 2


def test_folders_of_a_spec(loop: Loop) -> None:
    media = loop.media("a", 50.0, 150.0)
    loop.marks.clip(media, 200.0, folder="gate")
    loop.marks.clip(media, 250.0, 270.0, folder="quiet")
    loop.marks.clip(media, 20.0, folder="exported", origin=CLIP_ORIGIN_SCAN_EXPORT)
    loop.marks.clip(media, 230.0, folder="old_disabled")

    def counts(**more: object) -> tuple[int, int, int]:
        found = loop.preview(**more)
        assert not found.problems
        return found.examples.positive, found.examples.negative, found.examples.soft

    assert counts() == (2, 0, 3)
    assert counts(positive_folders=["door", "gate"], negative_folder="quiet") == (3, 2, 0)
    both = ["door", "exported"]
    assert counts(positive_folders=both, include_scan_exports=True) == (3, 0, 3)
    assert counts(positive_folders=both) == (2, 0, 3)

    reasons = {
        "nothing": "FOLDER_UNKNOWN",
        "old_disabled": "FOLDER_DISABLED",
        "exported": "CLASS_MISSING",
    }
    for folder, reason in reasons.items():
        (problem,) = loop.preview(positive_folders=[folder]).problems
        assert problem.reason == reason
        with pytest.raises(grpc.RpcError) as caught:
            loop.train(positive_folders=[folder])
        assert (from_rpc_error(caught.value).reason, caught.value.details()) == (reason, problem.message)
    with pytest.raises(grpc.RpcError) as caught:
        loop.preview(profile="nobody")
    assert from_rpc_error(caught.value).reason == "PROFILE_UNKNOWN"


def test_activate_false_leaves_the_active_version(loop: Loop) -> None:
    loop.media("a", 50.0, 150.0)
    loop.train()
    loop.train(activate=False)
    assert [one.active for one in loop.marks.classifiers()] == [True, False]


def test_a_cancelled_run_registers_nothing(loop: Loop) -> None:
    loop.media("a", 50.0, 150.0)
    loop.inference.gate.clear()
    run = loop.stub.StartTraining(api.StartTrainingRequest(spec=spec())).run
    assert loop.inference.reading.wait(30)
    loop.stub.CancelTraining(api.CancelTrainingRequest(run_id=run.id))
    list(loop.stub.WatchTraining(api.WatchTrainingRequest(run_id=run.id), timeout=60))
    assert loop.stub.GetTraining(api.GetTrainingRequest(run_id=run.id)).run.cancel_requested
    assert loop.marks.classifiers() == []
    with pytest.raises(grpc.RpcError) as caught:
        loop.stub.GetTraining(api.GetTrainingRequest(run_id="999"))
    assert from_rpc_error(caught.value).reason == "RESOURCE_UNKNOWN"

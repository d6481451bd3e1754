"""Shared by the Trainer's tests: a Trainer beside small services of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from eightcut.common.v1.training_pb2 import TrainingSpec
from eightcut.store.v1.training_run_pb2 import TrainingEvent, TrainingExample, TrainingRun
from eightcut.trainer.v1 import trainer_service_pb2 as api
from eightcut.trainer.v1.trainer_service_pb2_grpc import TrainerServiceStub
from eightcut_runtime.testing import RunningService, serve_in_thread
from eightcut_trainer.service import SPEC

from tests.trainer import fake_inference, fake_store
from tests.trainer.fake_inference import FakeInference, digest, make_track
from tests.trainer.fake_store import FakeStore

POSITIVE, NEGATIVE, HARD, SOFT = range(1, 5)


def example(media: str, start: float, kind: int = POSITIVE, duration: float = 8.0) -> TrainingExample:
    made = TrainingExample(media=media, kind=kind)
    made.start.FromMicroseconds(round(start * 1e6))
    if kind != HARD:
        made.duration.FromMicroseconds(round(duration * 1e6))
    return made


def spec(**more: object) -> TrainingSpec:
    return TrainingSpec(**{"profile": "default", "positive_folders": ["door"], "embedder": "LOGMEL"} | more)


class Bench(NamedTuple):
    """A Trainer and what it talks to."""

    store: FakeStore
    inference: FakeInference
    services: dict[str, str]
    stub: TrainerServiceStub
    trainer: RunningService

    def add_media(self, name: str, events: list[float], *, windows: int = 300, dim: int = 16) -> str:
        """A track in which a sound is at these seconds, each marked as a positive clip."""
        media = digest(name)
        self.inference.tracks[media] = make_track(windows, events, seed=len(self.inference.tracks), dim=dim)
        self.store.examples.extend(example(media, start) for start in events)
        return media

    def start(self, **more: object) -> TrainingRun:
        return self.stub.StartTraining(api.StartTrainingRequest(spec=spec(**more)), timeout=30).run

    def watch(self, run_id: str, after_seq: int = 0) -> list[TrainingEvent]:
        request = api.WatchTrainingRequest(run_id=run_id, after_seq=after_seq)
        return [answer.event for answer in self.stub.WatchTraining(request, timeout=90)]

    def get(self, run_id: str) -> TrainingRun:
        return self.stub.GetTraining(api.GetTrainingRequest(run_id=run_id), timeout=30).run


class Bed(NamedTuple):
    """The services that a Trainer talks to."""

    store: FakeStore
    inference: FakeInference
    addresses: dict[str, str]

    def arguments(self, data_dir: Path, *more: str) -> list[str]:
        peers = [f"--{name}={address}" for name, address in self.addresses.items()]
        return [f"--data-dir={data_dir}", *peers, *more]


@pytest.fixture
def bed() -> Iterator[Bed]:
    with ExitStack() as stack:
        store, inference = FakeStore(), FakeInference()
        addresses = {
            "store": stack.enter_context(serve_in_thread(fake_store.spec_of(store))).address,
            "inference": stack.enter_context(serve_in_thread(fake_inference.spec_of(inference))).address,
        }
        yield Bed(store, inference, addresses)
        inference.gate.set()


@pytest.fixture
def bench(bed: Bed, tmp_path: Path) -> Iterator[Bench]:
    with serve_in_thread(SPEC, bed.arguments(tmp_path)) as trainer, trainer.channel() as channel:
        yield Bench(bed.store, bed.inference, bed.addresses, TrainerServiceStub(channel), trainer)

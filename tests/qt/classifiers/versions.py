"""Versions of classifiers, registered in the real Store as the Trainer registers them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from eightcut.common.v1 import training_pb2
from eightcut.store.v1 import classifier_pb2, training_run_service_pb2
from eightcut_client.connection import Connection


@dataclass
class Versions:
    """Makes them."""

    services: Connection
    profile: str

    def __call__(
        self, precision: float | None = 0.9, *, name: str = "", activate: bool = True, notes: tuple[str, ...] = ()
    ) -> classifier_pb2.Classifier:
        spec = training_pb2.TrainingSpec(
            profile=self.profile, positive_folders=["door"], embedder="LOGMEL", name=name, activate=activate
        )
        runs = self.services.training_runs
        run = runs.CreateTrainingRun(training_run_service_pb2.CreateTrainingRunRequest(spec=spec)).run
        metrics = training_pb2.TrainingMetrics(
            cross_validation=training_pb2.CROSS_VALIDATION_BY_MEDIA,
            folds=2,
            examples=training_pb2.ExampleCounts(positive=6, auto_negative=100, media=2),
            notes=notes,
        )
        if precision is not None:
            metrics.window_average_precision = precision
            metrics.event_f1 = precision / 2
        made = classifier_pb2.Classifier(
            embedder="LOGMEL", name=name, card_hash="c" * 64, threshold=0.5, weights=b"w", metrics=metrics
        )
        request = training_run_service_pb2.CompleteTrainingRunRequest(run_id=run.id, classifier=made)
        return runs.CompleteTrainingRun(request).classifier


class Queue:
    """A queue of scans that only remembers."""

    def __init__(self) -> None:
        self.added: list[tuple[list[Path], str, str, bool]] = []

    def add(self, paths: list[Path], *, model: str, classifier_id: str = "", rescan: bool = False) -> None:
        self.added.append((list(paths), model, classifier_id, rescan))

"""A real Store with media and classifiers in it."""

from __future__ import annotations

import grpc
import numpy as np
from eightcut.common.v1 import training_pb2
from eightcut.store.v1 import (
    classifier_pb2,
    classifier_service_pb2,
    classifier_service_pb2_grpc,
    media_service_pb2,
    media_service_pb2_grpc,
    scan_pb2,
    scan_service_pb2,
    scan_service_pb2_grpc,
    training_run_service_pb2,
    training_run_service_pb2_grpc,
)
from eightcut_inference.embedders.card import EmbedderCard
from eightcut_scoring.classifier import ClassifierModel
from google.protobuf.duration_pb2 import Duration

from tests.inference.clients import MEDIA


class World:
    """What tests put into the Store and look up there."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._media = media_service_pb2_grpc.MediaServiceStub(channel)
        self._runs = training_run_service_pb2_grpc.TrainingRunServiceStub(channel)
        self._classifiers = classifier_service_pb2_grpc.ClassifierServiceStub(channel)
        self._scans = scan_service_pb2_grpc.ScanServiceStub(channel)

    def register(self, digest: str = MEDIA) -> None:
        self._media.RegisterMedia(
            media_service_pb2.RegisterMediaRequest(
                digest=digest, filename="a.wav", size_bytes=1, duration=Duration(seconds=60)
            ),
            timeout=30,
        )

    def train(self, card: EmbedderCard, model: ClassifierModel, name: str = "") -> classifier_pb2.Classifier:
        """Registers and activates a classifier as the Trainer does."""
        spec = training_pb2.TrainingSpec(profile="default", positive_folders=["dog"], embedder=card.id, name=name)
        run = self._runs.CreateTrainingRun(training_run_service_pb2.CreateTrainingRunRequest(spec=spec), timeout=30).run
        registered = classifier_pb2.Classifier(
            embedder=card.id,
            name=name,
            card_hash=model.card_hash,
            threshold=model.threshold,
            weights=model.to_bytes(),
        )
        done = self._runs.CompleteTrainingRun(
            training_run_service_pb2.CompleteTrainingRunRequest(run_id=run.id, classifier=registered), timeout=30
        )
        return done.classifier

    def activate(self, classifier_id: str) -> None:
        self._classifiers.ActivateClassifier(
            classifier_service_pb2.ActivateClassifierRequest(id=classifier_id), timeout=30
        )

    def scans(self, media: str = MEDIA) -> list[scan_pb2.Scan]:
        request = scan_service_pb2.ListScansRequest(profile="default", media=media)
        return list(self._scans.ListScans(request, timeout=30).scans)

    def regions(self, scan_id: str) -> list[scan_pb2.Region]:
        request = scan_service_pb2.GetScanRequest(id=scan_id, include_regions=True)
        return list(self._scans.GetScan(request, timeout=30).regions)

    def scores(self, scan_id: str) -> np.ndarray:
        parts = self._scans.ReadScores(scan_service_pb2.ReadScoresRequest(scan_id=scan_id), timeout=30)
        return np.frombuffer(b"".join(part.scores for part in parts), "<f4")


def loudness_model(card: EmbedderCard, *, centred: bool = False, threshold: float = 0.5) -> ClassifierModel:
    """Scores a window of the probe by its mean magnitude: 0.5 at 0.15 of full scale (at the file's mean if centred)."""
    return ClassifierModel(
        mean=np.array([0, 0 if centred else 0.15, 0, 0], np.float32),
        scale=np.full(4, 0.05, np.float32),
        coef=np.array([0, 1, 0, 0], np.float32),
        bias=0.0,
        threshold=threshold,
        card_hash=card.key(),
        model=card.id,
        centred=centred,
    )

"""What can be trained on, and what a training would use. Running one is the sdk's (`eightcut_client.train`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eightcut.inference.v1.inference_service_pb2 import ListEmbeddersRequest
from eightcut_client.train import preview

if TYPE_CHECKING:
    from eightcut.common.v1.training_pb2 import TrainingSpec
    from eightcut.trainer.v1.trainer_service_pb2 import PreviewTrainingResponse

    from eightcut_qt.gateway import Services


@dataclass(frozen=True, slots=True)
class EmbedderRecord:
    """An embedder; ``reason`` says in a sentence why it is not ready."""

    id: str
    dim: int
    ready: bool
    device: str
    reason: str


class TrainingCalls:
    """Calls of InferenceService and TrainerService."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def embedders(self) -> list[EmbedderRecord]:
        """Return the embedders of the Inference service."""
        answer = self._services.connection().inference.ListEmbedders(ListEmbeddersRequest())
        return [
            EmbedderRecord(found.card.id, found.card.dim, found.ready, found.device, found.reason)
            for found in answer.embedders
        ]

    def preview(self, spec: TrainingSpec) -> PreviewTrainingResponse:
        """Return what a training would use; changes nothing."""
        return preview(self._services.connection(), spec)

"""Versions of classifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eightcut.store.v1 import classifier_service_pb2 as api
from eightcut_client.errors import NotFoundError
from eightcut_client.paging import pages

from eightcut_qt.core.records import ClassifierRecord
from eightcut_qt.gateway.media import BATCH

if TYPE_CHECKING:
    from eightcut_qt.gateway import Services


class ClassifierCalls:
    """Calls of ClassifierService."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def list(self, *, model: str = "") -> list[ClassifierRecord]:
        """Return versions, the newest first."""
        request = api.ListClassifiersRequest(profile=self._services.profile, model=model, page_size=BATCH)
        answers = pages(self._services.connection().classifiers.ListClassifiers, request)
        return [ClassifierRecord.of(classifier) for page in answers for classifier in page.classifiers]

    def active(self, model: str) -> ClassifierRecord | None:
        """Return the version of a model that scans use, None when there is none."""
        active = api.ActiveModel(profile=self._services.profile, model=model)
        try:
            answer = self._services.connection().classifiers.GetClassifier(api.GetClassifierRequest(active=active))
        except NotFoundError:
            return None
        return ClassifierRecord.of(answer.classifier)

    def activate(self, classifier_id: str) -> ClassifierRecord:
        """Let scans use this version."""
        request = api.ActivateClassifierRequest(id=classifier_id)
        return ClassifierRecord.of(self._services.connection().classifiers.ActivateClassifier(request).classifier)

    def delete(self, classifier_id: str) -> None:
        """Delete a version that is not active."""
        self._services.connection().classifiers.DeleteClassifier(api.DeleteClassifierRequest(id=classifier_id))

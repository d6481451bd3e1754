"""Hard negatives."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eightcut.store.v1 import hard_negative_service_pb2 as api
from eightcut_client.paging import pages
from eightcut_client.times import to_duration

from eightcut_qt.core.records import NegativeRecord
from eightcut_qt.gateway.media import BATCH, batches

if TYPE_CHECKING:
    from eightcut_qt.gateway import Services


@dataclass(frozen=True, slots=True)
class NegativeFilter:
    """Which hard negatives; conditions that are set must all hold. ``source_model`` None: any; empty: none named."""

    source_model: str | None = None
    media: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class NewNegative:
    """A wrong window that is to be marked; its start in seconds."""

    media: str
    start: float
    source_model: str = ""


class NegativeCalls:
    """Calls of HardNegativeService."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def create(self, negatives: Sequence[NewNegative]) -> list[NegativeRecord]:
        """Mark wrong windows; one that is marked already is returned as it is."""
        made: list[NegativeRecord] = []
        for start in range(0, len(negatives), BATCH):
            request = api.BatchCreateHardNegativesRequest(
                profile=self._services.profile,
                hard_negatives=[
                    api.NewHardNegative(media=new.media, start=to_duration(new.start), source_model=new.source_model)
                    for new in negatives[start : start + BATCH]
                ],
                request_id=uuid.uuid4().hex,
            )
            answer = self._services.connection().hard_negatives.BatchCreateHardNegatives(request)
            made += map(NegativeRecord.of, answer.hard_negatives)
        return made

    def delete(self, ids: Iterable[str]) -> None:
        """Delete hard negatives by id."""
        for part in batches(ids):
            request = api.BatchDeleteHardNegativesRequest(profile=self._services.profile, ids=part)
            self._services.connection().hard_negatives.BatchDeleteHardNegatives(request)

    def clear(self, wanted: NegativeFilter, *, only_count: bool = False) -> int:
        """Delete all that match, or only count them; returns how many."""
        request = api.ClearHardNegativesRequest(
            profile=self._services.profile, filter=_message(wanted), validate_only=only_count
        )
        return self._services.connection().hard_negatives.ClearHardNegatives(request).deleted

    def list(self, wanted: NegativeFilter | None = None) -> list[NegativeRecord]:
        """Return hard negatives, the newest first."""
        request = api.ListHardNegativesRequest(
            profile=self._services.profile, filter=_message(wanted or NegativeFilter()), page_size=BATCH
        )
        answers = pages(self._services.connection().hard_negatives.ListHardNegatives, request)
        return [NegativeRecord.of(negative) for page in answers for negative in page.hard_negatives]


def _message(wanted: NegativeFilter) -> api.HardNegativeFilter:
    return api.HardNegativeFilter(source_model=wanted.source_model, media=wanted.media, text=wanted.text)

"""Media: which the Store knows, which the profile hides."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from eightcut.store.v1 import media_service_pb2 as api
from eightcut_client.paging import pages
from eightcut_client.register import LocalMedia, register_file

from eightcut_qt.core.records import MediaRecord

if TYPE_CHECKING:
    from eightcut_client.cancellation import Cancellation

    from eightcut_qt.gateway import Services

BATCH = 1000
"""Things in one call at most: the API's own limit."""


def batches(items: Iterable[str]) -> Iterable[Sequence[str]]:
    """Cut what may be long into calls; each item once."""
    unique = list(dict.fromkeys(items))
    for start in range(0, len(unique), BATCH):
        yield unique[start : start + BATCH]


class MediaCalls:
    """Calls of MediaService."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def register(self, local: LocalMedia, *, cancel: Cancellation | None = None) -> MediaRecord:
        """Make a local file known (see `eightcut_client.register.register_file`)."""
        return MediaRecord.of(register_file(self._services.connection(), local, exact=False, cancel=cancel))

    def get_many(self, digests: Iterable[str]) -> dict[str, MediaRecord]:
        """Return those that the Store knows, by digest."""
        found: dict[str, MediaRecord] = {}
        for part in batches(digests):
            answer = self._services.connection().media.BatchGetMedia(api.BatchGetMediaRequest(digests=part))
            found.update((media.digest, MediaRecord.of(media)) for media in answer.media)
        return found

    def list(self) -> list[MediaRecord]:
        """Return the media in which the profile has clips, hard negatives or scans."""
        request = api.ListMediaRequest(profile=self._services.profile, page_size=BATCH)
        answers = pages(self._services.connection().media.ListMedia, request)
        return [MediaRecord.of(media) for page in answers for media in page.media]

    def named(self, filename: str) -> Sequence[MediaRecord]:
        """Return the media of all profiles whose name is exactly this."""
        request = api.ListMediaRequest(filename=filename, page_size=BATCH)
        answers = pages(self._services.connection().media.ListMedia, request)
        return [MediaRecord.of(media) for page in answers for media in page.media]

    def unlocated(self, filename: str = "") -> Sequence[MediaRecord]:
        """Return imported media whose files were not found yet, of all profiles; with a name, only those of it."""
        request = api.ListMediaRequest(unlocated=True, filename=filename, page_size=BATCH)
        answers = pages(self._services.connection().media.ListMedia, request)
        return [MediaRecord.of(media) for page in answers for media in page.media]

    def hidden(self) -> frozenset[str]:
        """Return the digests of media that the profile hides."""
        request = api.ListHiddenMediaRequest(profile=self._services.profile, page_size=BATCH)
        answers = pages(self._services.connection().media.ListHiddenMedia, request)
        return frozenset(media.digest for page in answers for media in page.media)

    def set_hidden(self, digests: Collection[str], *, hidden: bool) -> None:
        """Hide or show media."""
        for part in batches(digests):
            request = api.SetMediaHiddenRequest(profile=self._services.profile, digests=part, hidden=hidden)
            self._services.connection().media.SetMediaHidden(request)

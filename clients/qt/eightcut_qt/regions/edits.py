"""The Store's side of edits: called in the one thread of edits, in the order in which the person made them.

A region that the person has merged is shown before the Store has given it an id, and gets another id when the merge is
undone and done again. So documents know regions (and hard negatives) by ids of their own: those of the Store where
something came from there, made-up ones where it was made here. This is where one becomes the other.
"""

from __future__ import annotations

import dataclasses
import itertools
import threading
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from eightcut_client.errors import ConflictError

from eightcut_qt.core.records import NegativeRecord, RegionRecord
from eightcut_qt.gateway import NegativeFilter, NewNegative, RegionRef

if TYPE_CHECKING:
    from eightcut_qt.gateway import Gateway


class Ids:
    """Ids of a document and of the Store; safe to use from both threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._store: dict[str, str] = {}
        self._own: dict[str, str] = {}
        self._numbers = itertools.count(1)

    def make(self) -> str:
        """Return an id for something that the Store does not know yet."""
        return f"new-{next(self._numbers)}"

    def link(self, own: str, store: str) -> None:
        """Say what something that was made here is called in the Store from now on."""
        if own != store:
            with self._lock:
                self._store[own] = store
                self._own[store] = own

    def store(self, own: str) -> str:
        """Return the Store's id."""
        with self._lock:
            return self._store.get(own, own)

    def own(self, store: str) -> str:
        """Return the document's id."""
        with self._lock:
            return self._own.get(store, store)


class Edits:
    """Changes what the Store holds of one version. Answers come with the document's ids."""

    def __init__(self, gateway: Gateway) -> None:
        """Use these calls."""
        self.region_ids = Ids()
        self.negative_ids = Ids()
        self._gateway = gateway
        self._lock = threading.Lock()
        self._etags: dict[str, str] = {}

    def seen(self, regions: Iterable[RegionRecord]) -> list[RegionRecord]:
        """Take regions as the Store has them: the next edits are based on them."""
        found = list(regions)
        with self._lock:
            self._etags.update((region.id, region.etag) for region in found)
        return [
            region if (own := self.region_ids.own(region.id)) == region.id else dataclasses.replace(region, id=own)
            for region in found
        ]

    def seen_negatives(self, negatives: Iterable[NegativeRecord]) -> list[NegativeRecord]:
        """Take hard negatives as the Store has them."""
        return [dataclasses.replace(old, id=self.negative_ids.own(old.id)) for old in negatives]

    def set_disabled(self, ids: Sequence[str], *, disabled: bool) -> list[RegionRecord]:
        """Disable or enable regions."""
        return self.seen(self._gateway.scans.set_disabled(self._refs(ids), disabled=disabled))

    def set_deleted(self, ids: Sequence[str], *, deleted: bool) -> list[RegionRecord]:
        """Delete or restore regions; returns those that are shown after it."""
        found = self.seen(self._gateway.scans.set_deleted(self._refs(ids), deleted=deleted))
        return [] if deleted else found

    def resize(self, id_: str, start: float, end: float) -> list[RegionRecord]:
        """Set the bounds of a region, seconds."""
        return self.seen([self._gateway.scans.resize(self._refs([id_])[0], start, end)])

    def merge(self, parts: Sequence[str], whole: str) -> list[RegionRecord]:
        """Make one region of several, which the document knows as ``whole``."""
        made = self._gateway.scans.merge(self._refs(parts))
        self.region_ids.link(whole, made.id)
        return self.seen([made])

    def unmerge(self, whole: str) -> list[RegionRecord]:
        """Take a merge back; returns the parts."""
        return self.seen(self._gateway.scans.unmerge(self._refs([whole])[0]))

    def change_negatives(self, made: Sequence[NegativeRecord], gone: Sequence[NegativeRecord]) -> list[NegativeRecord]:
        """Mark some hard negatives and unmark others; returns those that were marked."""
        if gone:
            self._gateway.negatives.delete([self.negative_ids.store(old.id) for old in gone])
        if not made:
            return []
        self._refuse_marks_of_others(made)
        found = self._gateway.negatives.create([NewNegative(new.media, new.start, new.source_model) for new in made])
        for new, record in zip(made, found, strict=True):
            self.negative_ids.link(new.id, record.id)
        return self.seen_negatives(found)

    def _refuse_marks_of_others(self, made: Sequence[NegativeRecord]) -> None:
        """Say so where there is a mark already: the Store would return it as it is, and undo would delete it.

        Raises:
            ConflictError: There is one.
        """
        wanted = {(new.media, round(new.start, 6)) for new in made}
        for media in {media for media, _ in wanted}:
            there = self._gateway.negatives.list(NegativeFilter(media=media))
            if any((old.media, round(old.start, 6)) in wanted for old in there):
                raise ConflictError("Somebody else has marked this hard negative already.")

    def _refs(self, ids: Sequence[str]) -> list[RegionRef]:
        names = [self.region_ids.store(own) for own in ids]
        with self._lock:
            return [RegionRef(name, self._etags.get(name, "")) for name in names]

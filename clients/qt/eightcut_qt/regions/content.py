"""Regions and hard negatives of a version, as they are or as a step leaves them."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter
from typing import TypeVar, cast

from eightcut_qt.core.records import NegativeRecord, RegionRecord
from eightcut_qt.regions.negatives import NegativeMarks

OneT = TypeVar("OneT", RegionRecord, NegativeRecord)


@dataclass(frozen=True, slots=True)
class Content:
    """Regions and hard negatives by id: all of a version, or those that a step is about."""

    regions: Mapping[str, RegionRecord] = field(default_factory=dict)
    negatives: Mapping[str, NegativeRecord] = field(default_factory=dict)

    @classmethod
    def of(cls, regions: Iterable[RegionRecord] = (), negatives: Iterable[NegativeRecord] = ()) -> Content:
        """Make it from records."""
        return cls({one.id: one for one in regions}, {one.id: one for one in negatives})

    def replaced(self, regions: Collection[str], negatives: Collection[str], part: Content) -> Content:
        """Return what it becomes when the things with these ids go and a part comes."""
        return Content(
            _replaced(self.regions, regions, part.regions), _replaced(self.negatives, negatives, part.negatives)
        )


class View:
    """What is shown, and what follows from it when it is asked for."""

    def __init__(self, content: Content, window: float, last: View | None = None) -> None:
        """Show this.

        Args:
            content: All regions of a version and all hard negatives of its media.
            window: Length of the version's windows, seconds.
            last: What was shown before: what is as it was there is not worked out again.
        """
        self.content = content
        self._window = window
        self._last_order: tuple[RegionRecord, ...] = () if last is None else last.__dict__.get("regions", ())
        if last is not None and last.content.negatives is content.negatives and "marks" in last.__dict__:
            self.marks = last.marks

    @cached_property
    def regions(self) -> tuple[RegionRecord, ...]:
        """The regions by start."""
        last, self._last_order = self._last_order, ()
        return _in_order(self.content.regions, last) or tuple(sorted(self.content.regions.values(), key=_PLACE))

    @cached_property
    def best_score(self) -> float | None:
        """The best score of the regions, None when there are none."""
        return max((region.score for region in self.content.regions.values()), default=None)

    @cached_property
    def marks(self) -> NegativeMarks:
        """The hard negatives."""
        return NegativeMarks(self.content.negatives.values(), self._window)

    @cached_property
    def marked(self) -> frozenset[str]:
        """Ids of the regions that are hard negatives."""
        if not self.content.negatives:
            return frozenset()
        return self.marks.marked(self.content.regions.values())


def different(
    old: Mapping[str, RegionRecord] | Mapping[str, NegativeRecord],
    new: Mapping[str, RegionRecord] | Mapping[str, NegativeRecord],
) -> frozenset[str]:
    """Return the ids of what came, went or looks different; etags are not seen."""
    if old is new:
        return frozenset()
    here = {id_ for id_, one in new.items() if (was := old.get(id_)) is not one and not _same(was, one)}
    return frozenset(here | (old.keys() - new.keys()))


def _replaced(all_: Mapping[str, OneT], gone: Collection[str], part: Mapping[str, OneT]) -> Mapping[str, OneT]:
    """Return things with others in the place of some; those that stay keep their order."""
    if not gone and not part:
        return all_
    made = dict(all_)
    for id_ in gone:
        if id_ not in part:
            made.pop(id_, None)
    made.update(part)
    return made


def _in_order(regions: Mapping[str, RegionRecord], last: tuple[RegionRecord, ...]) -> tuple[RegionRecord, ...]:
    """Return regions in the order of the last ones; nothing when they are others or begin elsewhere."""
    if len(regions) != len(last):
        return ()
    found = tuple(map(regions.get, map(_ID, last)))
    for now, was in zip(found, last, strict=True):
        if now is not was and (now is None or now.start != was.start):
            return ()
    return cast("tuple[RegionRecord, ...]", found)


def _same(old: object, new: object) -> bool:
    if isinstance(old, RegionRecord) and isinstance(new, RegionRecord):
        return bool(_LOOK(old) == _LOOK(new))
    if isinstance(old, NegativeRecord) and isinstance(new, NegativeRecord):  # The Store has its own clock.
        return _place(old) == _place(new)
    return False


_LOOK = attrgetter(*(item.name for item in dataclasses.fields(RegionRecord) if item.name != "etag"))

_ID, _PLACE = attrgetter("id"), attrgetter("start", "id")


def _place(negative: NegativeRecord) -> tuple[str, str, float, str]:
    return negative.id, negative.media, negative.start, negative.source_model

"""Regions and hard negatives of a version, as they are or as a step leaves them."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from operator import attrgetter

from eightcut_qt.core.records import NegativeRecord, RegionRecord
from eightcut_qt.regions.negatives import NegativeMarks


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
            {id_: one for id_, one in self.regions.items() if id_ not in regions} | dict(part.regions),
            {id_: one for id_, one in self.negatives.items() if id_ not in negatives} | dict(part.negatives),
        )


class View:
    """What is shown, and what follows from it when it is asked for."""

    def __init__(self, content: Content, window: float) -> None:
        """Show this.

        Args:
            content: All regions of a version and all hard negatives of its media.
            window: Length of the version's windows, seconds.
        """
        self.content = content
        self._window = window

    @cached_property
    def regions(self) -> tuple[RegionRecord, ...]:
        """The regions by start."""
        return tuple(sorted(self.content.regions.values(), key=_PLACE))

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
        return frozenset(id_ for id_, region in self.content.regions.items() if self.marks.is_marked(region))


def different(
    old: Mapping[str, RegionRecord] | Mapping[str, NegativeRecord],
    new: Mapping[str, RegionRecord] | Mapping[str, NegativeRecord],
) -> frozenset[str]:
    """Return the ids of what came, went or looks different; etags are not seen."""
    if old is new:
        return frozenset()
    here = {id_ for id_, one in new.items() if (was := old.get(id_)) is not one and not _same(was, one)}
    return frozenset(here | (old.keys() - new.keys()))


def _same(old: object, new: object) -> bool:
    if isinstance(old, RegionRecord) and isinstance(new, RegionRecord):
        return bool(_LOOK(old) == _LOOK(new))
    if isinstance(old, NegativeRecord) and isinstance(new, NegativeRecord):  # The Store has its own clock.
        return _place(old) == _place(new)
    return False


_LOOK = attrgetter(*(item.name for item in dataclasses.fields(RegionRecord) if item.name != "etag"))

_PLACE = attrgetter("start", "id")


def _place(negative: NegativeRecord) -> tuple[str, str, float, str]:
    return negative.id, negative.media, negative.start, negative.source_model

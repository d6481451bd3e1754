"""Steps of the person that can be undone: what is shown before and after, and what the Store is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from PyQt6.QtGui import QUndoCommand

from eightcut_qt.core.bus import Topic
from eightcut_qt.core.records import NegativeRecord, RegionRecord
from eightcut_qt.regions.content import Content
from eightcut_qt.regions.edits import Edits

Call: TypeAlias = Callable[[Edits], Content]
"""What tells the Store; returns what it has then of the things that the step is about."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One thing that the person did.

    Attributes:
        text: What it is called after "Undo".
        before: The things that it is about, as they were.
        behind: The same things, as they are when it is done.
        do: Tells the Store that it is done …
        undo: … or undone.
    """

    text: str
    before: Content
    behind: Content
    do: Call
    undo: Call

    @property
    def regions(self) -> frozenset[str]:
        """Ids of the regions that it is about."""
        return frozenset(self.before.regions) | frozenset(self.behind.regions)

    @property
    def negatives(self) -> frozenset[str]:
        """Ids of the hard negatives that it is about."""
        return frozenset(self.before.negatives) | frozenset(self.behind.negatives)

    def on(self, content: Content, part: Content) -> Content:
        """Return what a version becomes when the things that it is about are replaced by a part."""
        return content.replaced(self.regions, self.negatives, part)

    @property
    def topic(self) -> Topic:
        """What others have to look at."""
        return Topic.NEGATIVES if self.negatives else Topic.REGIONS


class StepCommand(QUndoCommand):
    """A step on an undo stack.

    Attributes:
        step: The step.
    """

    def __init__(self, step: Step, run: Callable[[Step, bool], None]) -> None:
        """Let ``run(step, forward)`` do and undo it."""
        super().__init__(step.text)
        self.step = step
        self._run = run

    def redo(self) -> None:
        """See QUndoCommand."""
        self._run(self.step, True)

    def undo(self) -> None:
        """See QUndoCommand."""
        self._run(self.step, False)


def disabling(old: Sequence[RegionRecord], new: Sequence[RegionRecord], *, disabled: bool) -> Step:
    """Return the step that disables or enables regions, none of which is so already."""
    ids = [region.id for region in old]
    return Step(
        f"{'disable' if disabled else 'enable'} {_regions(len(old))}",
        Content.of(old),
        Content.of(new),
        lambda edits: Content.of(edits.set_disabled(ids, disabled=disabled)),
        lambda edits: Content.of(edits.set_disabled(ids, disabled=not disabled)),
    )


def resizing(old: RegionRecord, new: RegionRecord) -> Step:
    """Return the step that sets the bounds of a region."""
    return Step(
        "resize",
        Content.of([old]),
        Content.of([new]),
        lambda edits: Content.of(edits.resize(old.id, new.start, new.end)),
        lambda edits: Content.of(edits.resize(old.id, old.start, old.end)),
    )


def merging(parts: Sequence[RegionRecord], whole: RegionRecord) -> Step:
    """Return the step that makes one region of several."""
    ids = [part.id for part in parts]
    return Step(
        f"merge {_regions(len(parts))}",
        Content.of(parts),
        Content.of([whole]),
        lambda edits: Content.of(edits.merge(ids, whole.id)),
        lambda edits: Content.of(edits.unmerge(whole.id)),
    )


def deleting(old: Sequence[RegionRecord]) -> Step:
    """Return the step that deletes regions."""
    ids = [region.id for region in old]
    return Step(
        f"delete {_regions(len(old))}",
        Content.of(old),
        Content(),
        lambda edits: Content.of(edits.set_deleted(ids, deleted=True)),
        lambda edits: Content.of(edits.set_deleted(ids, deleted=False)),
    )


def marking(made: Sequence[NegativeRecord], gone: Sequence[NegativeRecord], regions: int) -> Step:
    """Return the step that marks regions as hard negatives, or takes the marks away."""
    return Step(
        f"{'mark' if made else 'unmark'} {'hard negative' if regions == 1 else f'{regions:,} hard negatives'}",
        Content.of(negatives=gone),
        Content.of(negatives=made),
        lambda edits: Content.of(negatives=edits.change_negatives(made, gone)),
        lambda edits: Content.of(negatives=edits.change_negatives(gone, made)),
    )


def _regions(count: int) -> str:
    return "region" if count == 1 else f"{count:,} regions"

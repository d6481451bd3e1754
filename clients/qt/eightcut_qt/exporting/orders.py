"""What the export queue is told to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from eightcut_client.cancellation import Cancellation

if TYPE_CHECKING:
    from eightcut_client.connection import Connection
    from eightcut_client.cutting.options import CutOptions
    from eightcut_client.exports.items import CutItem
    from eightcut_client.exports.journal import Journal
    from eightcut_client.exports.places import ExportTarget

    from eightcut_qt.core.bus import Topic


@dataclass(frozen=True, slots=True)
class Batch:
    """Clips that are cut alike, into one export folder."""

    items: tuple[CutItem, ...]
    options: CutOptions
    target: ExportTarget


@dataclass(frozen=True, slots=True)
class Place:
    """With what an order works: given to it in its thread."""

    connection: Connection
    profile: str
    journal: Journal
    cancel: Cancellation
    workers: int


@dataclass(frozen=True, slots=True)
class Step:
    """How far an order is; ``words`` name what is being done."""

    done: int
    total: int
    words: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an order.

    Attributes:
        topics: What is different now; None: nothing.
        media: Of which media; empty: perhaps of all.
        said: What the person is told in passing.
        warnings: What the person should see.
        failed: Why clips were not cut, one sentence each.
        clips: How many were to be cut.
    """

    topics: Topic | None = None
    media: frozenset[str] = frozenset()
    said: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    clips: int = 0


Prepare = Callable[[Place], Sequence[Batch]]
"""Called in a thread: says what is to be cut."""

Work = Callable[[Place, Callable[[Step], None]], Outcome]
"""Called in a thread; tells how far it is."""


@dataclass(slots=True, eq=False)
class Order:
    """Something to be done with files on the disk, one after the other.

    Attributes:
        words: What it is, such as "Cutting".
        total: How many files it is about, as far as known; 0: not known.
        profile: Whose clips.
        work: Does it, where it is no cutting.
        cuts: Say what is to be cut.
        create: Export folders that are gone are made anew.
        done: Called in the UI thread at its end, however it ended.
        quiet: It is not shown while it runs, and closing the window need not wait for it.
        cancel: Ends it early.
        step: How far it is.
    """

    words: str
    total: int
    profile: str
    work: Work | None = None
    cuts: tuple[Prepare, ...] = ()
    create: bool = False
    done: Callable[[], None] | None = None
    quiet: bool = False
    cancel: Cancellation = field(default_factory=Cancellation)
    step: Step = Step(0, 0)

    def takes(self, other: Order) -> bool:
        """Whether both can be cut at once, so that all cores have something to do."""
        return bool(self.cuts and other.cuts) and (self.profile, self.create) == (other.profile, other.create)

    def join(self, other: Order) -> None:
        """Cut what another order wants, too."""
        self.total += other.total
        self.cuts += other.cuts
        ends = [done for done in (self.done, other.done) if done is not None]
        self.done = partial(_each, ends)


def _each(calls: Sequence[Callable[[], None]]) -> None:
    for call in calls:
        call()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the queue is."""

    words: str
    done: int
    total: int

    def text(self) -> str:
        """Return it as a person reads it."""
        if self.total <= 0:
            return f"{self.words} …"
        return f"{self.words} {min(self.done + 1, self.total):,} of {self.total:,} …"


def sum_up(sentences: Sequence[str], clips: int) -> str:
    """Return one sentence for clips that were not cut, out of so many."""
    if len(sentences) == 1:
        return sentences[0]
    what = f"{len(sentences):,} of {clips:,} clips" if clips >= len(sentences) else f"{len(sentences):,} clips"
    same = len(set(sentences)) == 1
    return f"{what} were not cut. {sentences[0]}" if same else f"{what} were not cut, the first because: {sentences[0]}"

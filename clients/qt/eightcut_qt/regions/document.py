"""One version as it is shown, with the person's edits: at once here, in order in the Store."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from eightcut_client.errors import ConflictError, EightcutError, NotFoundError, PreconditionError
from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtGui import QUndoStack

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.operations import Outcome
from eightcut_qt.core.records import NegativeRecord, RegionRecord, ScanRecord
from eightcut_qt.gateway import NegativeFilter
from eightcut_qt.regions import commands
from eightcut_qt.regions.commands import Step, StepCommand
from eightcut_qt.regions.content import Content, View, different
from eightcut_qt.regions.edits import Edits
from eightcut_qt.regions.history import History
from eightcut_qt.regions.negatives import mark_place

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.core.tasks import Task

SHORTEST = 0.5
"""Seconds that a region needs at least: the Store's own rule."""

_NOTHING = Topic(0)
_BOTH = Topic.REGIONS | Topic.NEGATIVES
_CONFLICTS = (ConflictError, NotFoundError, PreconditionError)

_Read: TypeAlias = tuple[list[RegionRecord] | None, list[NegativeRecord] | None]


class ScanDocument(QObject):
    """A version that is open. Its edits are steps of its own undo stack.

    What is shown is ahead of what the Store has confirmed while edits are on their way; when one of them fails, what
    was confirmed is shown again and the steps that came with it are forgotten.

    Attributes:
        scan: The version.
        undo: Its edits.
    """

    loaded = pyqtSignal()
    """The regions and hard negatives are there, for the first time."""
    load_failed = pyqtSignal(str)
    """One sentence: they could not be read; what was shown stays."""
    regions_changed = pyqtSignal(object)
    """frozenset of the ids of regions that came, went or look different."""
    taken_back = pyqtSignal(object)
    """frozenset of steps that were done and could not be saved: they are not there any more."""
    scores_changed = pyqtSignal()
    negatives_changed = pyqtSignal()

    def __init__(self, context: Context, scan: ScanRecord) -> None:
        """Start loading; made by `ScanDocuments`."""
        super().__init__()
        self.scan = scan
        self.undo = QUndoStack(self)
        self._context = context
        self._edits = Edits(context.gateway)
        self._confirmed = Content()
        self._view = View(Content(), scan.window)
        self._scores: npt.NDArray[np.float32] | None = None
        self._is_loaded = False
        self._stale = _NOTHING
        self._reading: Task[_Read] | None = None
        self._reading_scores: Task[npt.NDArray[np.float32]] | None = None
        self._pending = 0
        self._line = _Line()
        self._restoring = False
        context.bus.changed.connect(self._on_change)
        self.refresh(_BOTH)

    @property
    def is_loaded(self) -> bool:
        """Whether the regions are there."""
        return self._is_loaded

    @property
    def regions(self) -> tuple[RegionRecord, ...]:
        """All regions, by start."""
        return self._view.regions

    @property
    def best_score(self) -> float | None:
        """The best score of the regions, None when there are none."""
        return self._view.best_score

    def region(self, id_: str) -> RegionRecord | None:
        """Return a region by its id here or in the Store."""
        regions = self._view.content.regions
        return regions.get(id_) or regions.get(self._edits.region_ids.own(id_))

    def store_id(self, id_: str) -> str:
        """Return what the Store calls a region; one that was merged here has another id here."""
        return self._edits.region_ids.store(id_)

    @property
    def scores(self) -> npt.NDArray[np.float32] | None:
        """The score track, float32 [windows], empty when none is kept; None until it is there."""
        return self._scores

    @property
    def negatives(self) -> tuple[NegativeRecord, ...]:
        """Hard negatives in this media, by start."""
        return self._view.marks.all

    def is_negative(self, region_id: str) -> bool:
        """Tell whether a region is marked as a hard negative."""
        region = self.region(region_id)
        return region is not None and self._view.marks.is_marked(region)

    @property
    def negative_regions(self) -> frozenset[str]:
        """Ids of the regions that are marked as hard negatives."""
        return self._view.marked

    def set_disabled(self, ids: Iterable[str], disabled: bool) -> None:
        """Disable or enable regions."""
        old = [region for region in self._find(ids) if region.disabled != disabled]
        if old:
            new = [dataclasses.replace(region, disabled=disabled) for region in old]
            self._push(commands.disabling(old, new, disabled=disabled))

    def toggle_disabled(self, ids: Iterable[str]) -> None:
        """Disable regions, or enable them when all are disabled."""
        found = self._find(ids)
        self.set_disabled((region.id for region in found), any(not region.disabled for region in found))

    def resize(self, id_: str, start: float, end: float) -> None:
        """Set the bounds of a region, seconds; the Store refuses what lies beyond the end of the media."""
        start, end = round(max(start, 0.0), 6), round(end, 6)
        if end - start < SHORTEST - 1e-9:
            self._context.notices.warning(f"A region needs {SHORTEST:g} s at least.")
            return
        old = self.region(id_)
        if old is not None and (old.start, old.end) != (start, end):
            self._push(commands.resizing(old, dataclasses.replace(old, start=start, end=end)))

    def merge(self, ids: Iterable[str]) -> None:
        """Make one region of two or more."""
        parts = self._find(ids)
        if len(parts) < 2:
            return
        whole = RegionRecord(
            id=self._edits.region_ids.make(),
            scan_id=self.scan.id,
            start=min(part.start for part in parts),
            end=max(part.end for part in parts),
            score=max(part.score for part in parts),
            disabled=all(part.disabled for part in parts),
            original_start=min(part.original_start for part in parts),
            original_end=max(part.original_end for part in parts),
            union_start=min(part.union_start for part in parts),
            union_end=max(part.union_end for part in parts),
            etag="",
        )
        self._push(commands.merging(parts, whole))

    def delete(self, ids: Iterable[str]) -> None:
        """Delete regions."""
        old = self._find(ids)
        if old:
            self._push(commands.deleting(old))

    def set_negative(self, ids: Iterable[str], on: bool) -> None:
        """Mark regions as hard negatives, or take away all marks in them."""
        marks = self._view.marks
        found = [region for region in self._find(ids) if marks.is_marked(region) != on]
        if not found:
            return
        if not on:
            gone = {negative.id: negative for region in found for negative in marks.of(region)}
            self._push(commands.marking((), tuple(gone.values()), len(found)))
            return
        now = datetime.now(UTC).astimezone()
        places = {mark_place(region, self.scan.window, self.scan.hop, self._scores) for region in found}
        made = [
            NegativeRecord(self._edits.negative_ids.make(), self.scan.media, place, self.scan.model, now)
            for place in sorted(places)
        ]
        self._push(commands.marking(made, (), len(found)))

    def toggle_negative(self, ids: Iterable[str]) -> None:
        """Mark regions as hard negatives, or take the marks away when all have them."""
        found = self._find(ids)
        on = any(not self._view.marks.is_marked(region) for region in found)
        self.set_negative((region.id for region in found), on)

    def refresh(self, topics: Topic = _NOTHING) -> None:
        """Read again what may be different, and what could not be read before; not while edits are on their way."""
        self._stale |= topics & _BOTH
        if self._scores is None and self._reading_scores is None:
            self._read_scores()
        if not self._stale or self._pending or self._reading is not None:
            if topics and self._reading is not None:  # What it finds may be older.
                self._stop_reading()
                self.refresh()
            return
        gateway, scan, wanted = self._context.gateway, self.scan, self._stale

        def work(_task: Task[_Read]) -> _Read:
            regions = gateway.scans.regions(scan.id) if wanted & Topic.REGIONS else None
            negatives = gateway.negatives.list(NegativeFilter(media=scan.media)) if wanted & Topic.NEGATIVES else None
            return regions, negatives

        self._reading = self._context.tasks.run(work, done=self._take, failed=self._read_failed, owner=self)

    def _find(self, ids: Iterable[str]) -> list[RegionRecord]:
        found = {region.id: region for id_ in ids if (region := self.region(id_)) is not None}
        return sorted(found.values(), key=lambda region: region.start)

    def _push(self, step: Step) -> None:
        self.undo.push(StepCommand(step, self._run))
        if self is self._context.state.document:  # Perhaps clips were edited last.
            self._context.undo.setActiveStack(self.undo)

    def _run(self, step: Step, forward: bool) -> None:
        if self._restoring:
            return
        before = History.of(self.undo)  # Commands run before the stack moves on.
        self._pending += 1
        self._stop_reading()
        self._show(step.on(self._view.content, step.behind if forward else step.before))
        call, edits, line = (step.do if forward else step.undo), self._edits, self._line
        change = Change(step.topic, frozenset([self.scan.media]), self.scan.id, source=self)

        def work() -> Outcome[Content]:
            if line.broken:
                raise _SkippedError
            try:
                return Outcome(call(edits), change)
            except BaseException:
                line.broken = True  # What was done after it was done to something that is not there.
                raise

        def done(answer: Content) -> None:
            self._pending -= 1
            self._confirmed = step.on(self._confirmed, answer)
            self._settle()

        def failed(error: BaseException) -> None:
            self._pending -= 1
            if line is self._line:
                self._take_back(step, before, error)
            self._settle()

        self._context.operations.run(work, done=done, failed=failed, owner=self)

    def _take_back(self, step: Step, before: History, error: BaseException) -> None:
        self._line = _Line()
        self._stale |= _BOTH
        steps = History.of(self.undo).done_steps
        if isinstance(error, _CONFLICTS):
            before = before.without(lambda other: other is step)
            self._context.notices.warning("Somebody else changed this version; it is shown as it is now.")
        else:
            self._context.notices.error(f"The change could not be saved: {sentence_of(error)}")
        self._restore(before)
        self._show(self._confirmed)
        self.taken_back.emit(steps - before.done_steps)

    def _settle(self) -> None:
        if not self._pending:
            self._show(self._confirmed)
            self.refresh()

    def _take(self, found: _Read) -> None:
        regions, negatives = found
        self._reading = None
        self._stale = _NOTHING
        new = Content(
            self._confirmed.regions if regions is None else Content.of(self._edits.seen(regions)).regions,
            self._confirmed.negatives
            if negatives is None
            else Content.of(negatives=self._edits.seen_negatives(negatives)).negatives,
        )
        foreign_regions = different(self._confirmed.regions, new.regions)
        foreign_negatives = different(self._confirmed.negatives, new.negatives)
        history = History.of(self.undo)
        fitting = history.without(
            lambda step: bool(step.regions & foreign_regions or step.negatives & foreign_negatives)
        )
        if fitting != history:
            self._restore(fitting)
        first = not self._is_loaded
        self._is_loaded = True
        self._confirmed = new
        self._show(new)
        if first:
            self.loaded.emit()

    def _read_failed(self, error: BaseException) -> None:
        self._reading = None
        self.load_failed.emit(sentence_of(error))
        if isinstance(error, NotFoundError):  # Somebody has deleted the version.
            self._context.bus.publish(Change(Topic.SCANS, frozenset([self.scan.media]), self.scan.id, source=self))
        if not isinstance(error, EightcutError):
            self._context.notices.error(error)

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.stop()
            self._reading = None

    def _read_scores(self) -> None:
        if not self.scan.window_count:
            self._scores = np.zeros(0, np.float32)
            return
        gateway, scan_id = self._context.gateway, self.scan.id

        def take(scores: npt.NDArray[np.float32]) -> None:
            self._scores, self._reading_scores = scores, None
            self.scores_changed.emit()

        def failed(_error: BaseException) -> None:
            self._reading_scores = None  # Tried again when the services are back.

        self._reading_scores = self._context.tasks.run(
            lambda _task: gateway.scans.scores(scan_id), done=take, failed=failed, owner=self
        )

    def _restore(self, history: History) -> None:
        self._restoring = True
        try:
            history.put_on(self.undo, self._run)
        finally:
            self._restoring = False

    def _show(self, content: Content) -> None:
        old = self._view.content
        regions = different(old.regions, content.regions)
        negatives = different(old.negatives, content.negatives)
        self._view = View(content, self.scan.window, self._view)
        if regions:
            self.regions_changed.emit(regions)
        if negatives:
            self.negatives_changed.emit()

    def _on_change(self, change: Change) -> None:
        if change.source is self or change.topics & Topic.PROFILE:
            return
        if change.topics & Topic.CONNECTION:
            self._stale |= _BOTH
            state = self._context.state
            if not self._is_loaded or self in (state.document, state.comparison) or self.undo.count():
                self.refresh(_BOTH)
            return
        if change.scan_id and change.scan_id != self.scan.id:
            change = dataclasses.replace(change, topics=change.topics & ~Topic.REGIONS)
        wanted = _NOTHING
        for topic in (Topic.REGIONS, Topic.NEGATIVES):
            if change.concerns(topic, self.scan.media):
                wanted |= topic
        if wanted:
            self.refresh(wanted)


class _Line:
    """Edits that build on one another: after one failed, none of the rest is sent."""

    def __init__(self) -> None:
        self.broken = False


class _SkippedError(Exception):
    pass

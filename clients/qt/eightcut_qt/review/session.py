"""A review: from looking regions up to the last verdict."""

from __future__ import annotations

import functools
from enum import Enum, auto
from typing import TYPE_CHECKING

from eightcut_client.train import find_missing
from PyQt6.QtCore import QObject, pyqtSignal

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.tasks import Lane, Task
from eightcut_qt.review.gather import Wanted, gather
from eightcut_qt.review.items import Candidate, ReviewQueue, Verdict
from eightcut_qt.review.marking import Marking
from eightcut_qt.review.order import Order

if TYPE_CHECKING:
    from eightcut_client.train import MissingMedia

    from eightcut_qt.core.context import Context
    from eightcut_qt.regions.documents import ScanDocument

_AHEAD = 4  # Regions whose versions and files are got ready.


class Stage(Enum):
    """Where a review is."""

    IDLE = auto()
    LOOKING = auto()
    """Nothing to judge has been found yet."""
    JUDGING = auto()
    OVER = auto()


class ReviewSession(QObject):
    """Plays one region after the other and does what the verdicts say. Every verdict acts at once."""

    changed = pyqtSignal()
    """Something that is shown is different."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._judged: set[str] = set()
        self._queue = ReviewQueue(self._judged)
        self._stage = Stage.IDLE
        self._task: Task[None] | None = None
        self._locating: Task[list[MissingMedia]] | None = None
        self._located: set[str] = set()
        self._near: dict[str, ScanDocument] = {}
        self._markings: dict[str, Marking] = {}
        self._away: set[str] = set()
        self._again: set[str] = set()
        self.loop = False
        context.bus.changed.connect(self._heard)
        context.state.document_changed.connect(self._document_changed)
        if context.navigator is not None:
            context.navigator.not_found.connect(self._not_found)

    @property
    def stage(self) -> Stage:
        """Where it is."""
        return self._stage

    @property
    def queue(self) -> ReviewQueue:
        """What is judged; not to be changed."""
        return self._queue

    @property
    def current(self) -> Candidate | None:
        """The region that is judged now."""
        return self._queue.current

    @property
    def looking(self) -> bool:
        """Whether more regions may still be found."""
        return self._task is not None

    def is_away(self, candidate: Candidate) -> bool:
        """Tell whether its file was not found on this machine."""
        return candidate.scan.media in self._away

    def start(self, order: Order, *, all_files: bool) -> bool:
        """Look for regions and begin with the first.

        Args:
            order: Which first.
            all_files: Of the newest version of every file, instead of the shown version.

        Returns:
            Whether there is a version to review.
        """
        self.stop()
        state = self._context.state
        document = state.document
        if document is None and not all_files:
            self._context.notices.warning("Show a scan first: open a file and scan it (F5).")
            return False
        if all_files:
            model = document.scan.model if document is not None else self._context.settings.value.scan.model
            wanted = Wanted(order, model=model, least=state.threshold)
        else:
            assert document is not None
            other = state.comparison.scan if state.comparison is not None else None
            if other is not None and (other.media != document.scan.media or other.id == document.scan.id):
                other = None
            wanted = Wanted(order, document.scan, other, least=state.threshold)
        self._queue = ReviewQueue(self._judged)
        self._markings.clear()
        self._stage = Stage.LOOKING
        gateway = self._context.gateway

        def work(task: Task[None]) -> None:
            gather(gateway, wanted, task.report, task.cancel)

        self._task = self._context.tasks.run(
            work,
            done=self._all_found,
            failed=functools.partial(self._failed, self._queue),
            progress=self._found,
            lane=Lane.LONG,
            owner=self,
        )
        self.changed.emit()
        return True

    def stop(self) -> None:
        """End it; the verdicts stay."""
        self._stop_looking()
        if self._stage is Stage.JUDGING:
            self._pause()
        if self._stage is not Stage.IDLE:
            self._stage = Stage.OVER if self._queue.said else Stage.IDLE
            self._queue.current = None
            self._near.clear()
            self.changed.emit()

    def judge(self, verdict: Verdict) -> None:
        """Say something of the current region, and go on."""
        candidate = self._queue.judge(verdict)
        if candidate is None:
            return
        if verdict is Verdict.WRONG:
            document = self._document(candidate)
            marking = Marking(document, candidate.region.id, self)
            marking.failed.connect(functools.partial(self._not_saved, candidate))
            self._markings[candidate.region.id] = marking
        self._go_on(candidate)

    def undo(self) -> None:
        """Take the last verdict back, whichever file it is of, and go back to it."""
        back = self._queue.take_back()
        if back is None:
            return
        candidate, verdict = back
        if verdict is Verdict.WRONG:
            marking = self._markings.pop(candidate.region.id)
            marking.take_back()
            marking.deleteLater()
        self._stage = Stage.JUDGING
        self._show()

    def replay(self) -> None:
        """Play the current region again."""
        candidate = self._queue.current
        if candidate is None:
            return
        navigator, player = self._context.navigator, self._context.player
        start, end = candidate.span(self._context.settings.value.playback.context)
        media = candidate.scan.media
        if not self.loop:
            navigator.show(media, play=(start, end))
            return

        def again() -> None:
            if self._queue.current is candidate:
                player.play_range(start, end, loop=True)

        navigator.show(media, at=start, then=again)

    def _found(self, reports: list[list[Candidate]]) -> None:
        for candidates in reports:
            self._queue.add(candidates)
        if self._stage is Stage.LOOKING:
            self._go_on(None)
        else:
            self._prepare()
            self.changed.emit()

    def _all_found(self, _nothing: None) -> None:
        self._task = None
        if self._stage is Stage.LOOKING:
            self._go_on(None)
        else:
            self.changed.emit()

    def _failed(self, queue: ReviewQueue, error: BaseException) -> None:
        if self._task is None or queue is not self._queue:  # Nobody waits for it any more.
            return
        self._task = None
        if self._stage is Stage.LOOKING:
            self._stage = Stage.OVER if self._queue.said else Stage.IDLE
        self._context.notices.error(f"Not all regions could be looked up: {sentence_of(error)}")
        self.changed.emit()

    def _not_saved(self, candidate: Candidate) -> None:
        """Ask again for a region whose verdict could not be saved; that it could not was told."""
        marking = self._markings.pop(candidate.region.id, None)
        if marking is not None:
            marking.deleteLater()
        finished = self._stage is Stage.OVER and not self._queue.upcoming(1)
        if not self._queue.put_back(candidate):
            return
        self._again.add(candidate.region.id)
        if finished or self._stage is Stage.LOOKING:
            self._go_on(None)
        else:
            self.changed.emit()

    def _go_on(self, before: Candidate | None) -> None:
        """Go to the next region, if there is one."""
        following = self._queue.advance(self._still_wanted)
        if following is None:
            self._stage = Stage.LOOKING if self._task is not None else Stage.OVER
            if before is not None:
                self._pause()
            self.changed.emit()
            return
        self._stage = Stage.JUDGING
        if before is not None and before.scan.media != following.scan.media:
            self._pause()  # The next file may take a moment; the last one is done with.
        self._show()

    def _show(self) -> None:
        self.replay()
        self._select()
        self._prepare()
        self.changed.emit()

    def _pause(self) -> None:
        if self._context.player is not None:
            self._context.player.pause()

    def _document_changed(self, _document: ScanDocument | None) -> None:
        self._select()

    def _select(self) -> None:
        """Select the region where its version is shown."""
        candidate, state = self._queue.current, self._context.state
        if candidate is not None and state.document is not None and state.document.scan.id == candidate.scan.id:
            state.set_selection((candidate.region.id,))

    def _still_wanted(self, candidate: Candidate) -> bool:
        """Tell whether nobody has disabled, marked or deleted it since it was looked up."""
        document = self._document(candidate)
        if not document.is_loaded:
            return True
        region = document.region(candidate.region.id)
        if region is None or region.disabled:
            return False
        # Half of a verdict may have been saved; then the rest is still to be done.
        return candidate.region.id in self._again or not document.is_negative(region.id)

    def _document(self, candidate: Candidate) -> ScanDocument:
        scan = candidate.scan
        document = self._near.get(scan.id)
        if document is None:
            document = self._context.documents.get(scan)
            self._near[scan.id] = document
        return document

    def _prepare(self) -> None:
        """Get ready what comes next: its version, and where its file is."""
        near = [one for one in (self._queue.current, *self._queue.upcoming(_AHEAD)) if one is not None]
        self._near = {one.scan.id: self._document(one) for one in near}
        if self._locating is not None:
            return
        digests = [digest for digest in dict.fromkeys(one.scan.media for one in near) if digest not in self._located]
        media = self._context.state.media
        digests = [digest for digest in digests if media is None or digest != media.digest]
        if not digests:
            return
        self._located.update(digests)
        gateway = self._context.gateway

        def work(task: Task[list[MissingMedia]]) -> list[MissingMedia]:
            return find_missing(gateway.connection(), digests, cancel=task.cancel)

        self._locating = self._context.tasks.run(
            work, done=self._take_places, failed=self._not_located, lane=Lane.LONG, owner=self
        )

    def _take_places(self, found: list[MissingMedia]) -> None:
        self._locating = None
        for one in found:
            if one.path is not None:
                self._context.navigator.add_place(one.digest, one.path)
        self._prepare()  # More may have come meanwhile.

    def _not_located(self, _error: BaseException) -> None:
        self._locating = None  # The navigator looks again when its turn comes, and tells.

    def _not_found(self, digest: str) -> None:
        self._away.add(digest)
        self.changed.emit()

    def _stop_looking(self) -> None:
        if self._task is not None:
            self._task.stop()
            self._task = None

    def _heard(self, change: Change) -> None:
        if change.topics & Topic.PROFILE:
            self._stop_looking()
            self._queue = ReviewQueue(self._judged)
            self._markings.clear()
            self._near.clear()
            self._stage = Stage.IDLE
            self.changed.emit()

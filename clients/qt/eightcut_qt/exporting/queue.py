"""The files that are being cut, moved or deleted, or wait for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eightcut_client.errors import CancelledError, UnavailableError
from PyQt6.QtCore import QObject, pyqtSignal

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.tasks import Lane, Task
from eightcut_qt.exporting.choices import MOST_WORKERS
from eightcut_qt.exporting.orders import Batch, Order, Outcome, Place, Prepare, Progress, Work, sum_up
from eightcut_qt.exporting.work import FolderGoneError, cut_all, heal_all, open_journal

if TYPE_CHECKING:
    from eightcut_client.cutting.options import CutOptions
    from eightcut_client.exports.items import CutItem
    from eightcut_client.exports.places import ExportTarget

    from eightcut_qt.core.context import Context

_KEY = "exports"  # Of what goes on.


class ExportQueue(QObject):
    """Does one order after the other: each uses all cores, and moves must not meet cutting.

    What a killed process has left is healed by the first order after the services are there.
    """

    changed = pyqtSignal()
    """How far it is, or whether it is busy."""
    folder_changed = pyqtSignal()
    """Another export folder is chosen."""
    folder_gone = pyqtSignal(object, object)
    """`Order` that was not done, and the export folder (a `Path`) that is not there though it should hold files."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._folder = ""
        self._waiting: deque[Order] = deque()
        self._running: Order | None = None
        self._healing = False
        self._past = 0  # Files of orders that are over, since it was last idle.
        context.bus.changed.connect(self._heard)

    # Where files go

    @property
    def folder(self) -> Path | None:
        """The export folder of the playlist's tab, None while none is chosen."""
        return Path(self._folder) if self._folder else None

    def set_folder(self, folder: str) -> None:
        """Use another export folder; empty: none."""
        if folder != self._folder:
            self._folder = folder
            self.folder_changed.emit()

    # What is done

    @property
    def busy(self) -> bool:
        """Whether something is being done to files, or will be."""
        return any(not order.quiet for order in self._orders())

    @property
    def working(self) -> bool:
        """Whether anything runs, healing included."""
        return self._running is not None

    @property
    def progress(self) -> Progress | None:
        """How far it is with all that it has to do, None while there is nothing."""
        orders = [order for order in self._orders() if not order.quiet]
        if not orders:
            return None
        now = orders[0]
        same = [order for order in orders if order.words == now.words]
        total = sum(order.step.total or order.total for order in same)
        return Progress(now.step.words or now.words, self._past + now.step.done, self._past + total)

    def add(self, items: Sequence[CutItem], options: CutOptions, target: ExportTarget) -> None:
        """Cut clips; those that have files in the export folder already get them anew.

        Args:
            items: The clips.
            options: How.
            target: Where to.
        """
        batch = Batch(tuple(items), options, target)
        self.cut(sum(len(item.files) for item in items), lambda _place: [batch])

    def cut(self, files: int, prepare: Prepare, *, done: Callable[[], None] | None = None) -> None:
        """Cut what a function says in the thread, when its turn comes.

        Args:
            files: How many files it will be, as far as known.
            prepare: Says which.
            done: Called in the UI thread at the end, however it ended.
        """
        self._put(Order("Cutting", files, self._context.gateway.profile, cuts=(prepare,), done=done))

    def cut_anew(self, order: Order) -> None:
        """Cut what an order wanted that failed with `FolderGoneError`, and make its export folders anew."""
        self._put(Order(order.words, order.total, order.profile, cuts=order.cuts, create=True))

    def run(
        self,
        words: str,
        work: Work,
        *,
        done: Callable[[], None] | None = None,
        quiet: bool = False,
    ) -> None:
        """Do something with files on the disk when its turn comes, in the profile that is worked in now.

        Args:
            words: What it is.
            work: Called in a thread.
            done: Called in the UI thread at its end, however it ended.
            quiet: Nobody needs to know while it runs.
        """
        self._put(Order(words, 0, self._context.gateway.profile, work, done=done, quiet=quiet))

    def cancel(self) -> None:
        """Stop at once what runs, and forget what waits; clips of which all files are complete stay."""
        waiting = [order for order in self._waiting if not order.quiet]
        self._waiting = deque(order for order in self._waiting if order.quiet)
        running = self._running
        if running is not None and not running.quiet:
            # Ending ffmpeg takes a while, which is not the UI thread's.
            self._context.tasks.run(lambda _task: running.cancel.cancel(), lane=Lane.READ)
        for order in waiting:
            if order.done is not None:
                order.done()
        self._tell()

    def heal(self) -> None:
        """Bring to an end what a killed process has left."""
        if not self._healing:
            self._healing = True
            self.run("Tidying up", heal_all, quiet=True, done=self._healed)

    def _healed(self) -> None:
        self._healing = False

    def _orders(self) -> list[Order]:
        return [*([] if self._running is None else [self._running]), *self._waiting]

    def _put(self, order: Order) -> None:
        self._waiting.append(order)
        self._next()
        self._tell()

    def _next(self) -> None:
        if self._running is not None or not self._waiting:
            return
        order = self._running = self._waiting.popleft()
        while self._waiting and order.takes(self._waiting[0]):
            order.join(self._waiting.popleft())
        gateway, workers = self._context.gateway, min(max(self._context.settings.value.export.workers, 1), MOST_WORKERS)

        def work(task: Task[Outcome]) -> Outcome:
            with task.cancel.calling(order.cancel.cancel), gateway.within(order.profile):
                order.cancel.check()
                connection = gateway.connection()
                journal = open_journal(connection)
                place = Place(connection, order.profile, journal, order.cancel, workers)
                if order.work is not None:
                    return order.work(place, task.report)
                return cut_all(place, order.cuts, task.report, create=order.create)

        self._context.tasks.run(
            work,
            done=partial(self._done, order),
            failed=partial(self._failed, order),
            progress=partial(self._step, order),
            ended=partial(self._ended, order),
            lane=Lane.LONG,
            owner=self,
        )

    def _step(self, order: Order, steps: list[Any]) -> None:
        order.step = steps[-1]
        self._tell()

    def _done(self, order: Order, outcome: Outcome) -> None:
        self._publish(order, outcome)
        notices = self._context.notices
        for sentence in outcome.said:
            notices.info(sentence)
        for sentence in outcome.warnings:
            notices.warning(sentence)
        if outcome.failed:
            notices.error(sum_up(outcome.failed, outcome.clips))

    def _failed(self, order: Order, error: BaseException) -> None:
        # What was done before it is not known here: everybody looks.
        self._publish(order, Outcome(Topic.CLIP_FILES | Topic.CLIPS))
        if isinstance(error, CancelledError):
            if not order.quiet:
                self._context.notices.info("Stopped; the clips that are complete stay.")
        elif isinstance(error, FolderGoneError):
            self.folder_gone.emit(order, error.folder)
        elif order.quiet:
            pass  # The services are away: it is tried again when they are back.
        elif order.cuts and isinstance(error, UnavailableError):
            rest = "Once it is back, Cut All Clips of This File cuts the rest."
            self._context.notices.error(f"Cutting was interrupted. {sentence_of(error)} {rest}")
        elif sentence_of(error) == str(error):
            self._context.notices.error(error)
        else:
            self._context.tasks.unheard(error)

    def _ended(self, order: Order) -> None:
        self._running = None
        self._past += order.step.total or order.total
        if order.done is not None:
            order.done()
        self._next()
        self._tell()

    def _publish(self, order: Order, outcome: Outcome) -> None:
        if outcome.topics is not None and order.profile == self._context.gateway.profile:
            self._context.bus.publish(Change(outcome.topics, outcome.media, source=self))

    def _tell(self) -> None:
        progress = self.progress
        if progress is None:
            self._past = 0
        self._context.notices.doing(_KEY, "" if progress is None else progress.text())
        self.changed.emit()

    def _heard(self, change: Change) -> None:
        if change.topics & Topic.CONNECTION:
            self.heal()

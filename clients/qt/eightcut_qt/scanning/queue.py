"""The files that are being scanned, or wait for it."""

from __future__ import annotations

import functools
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.cancellation import Cancellation
from eightcut_client.parallel import default_jobs
from eightcut_client.progress import Progress
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.tasks import Lane, Task
from eightcut_qt.scanning.items import FINAL, ScanItem, ScanJob, ScanState
from eightcut_qt.scanning.live import LiveCurve, Scores, Stretch, joined
from eightcut_qt.scanning.totals import Totals, time_left
from eightcut_qt.scanning.work import Broken, Finished, Identified, Noted, Report, Twins, scan_one

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context

_TICK = 50  # Milliseconds between two tellings.
_RETRY = 15_000  # Milliseconds after which services that were away are tried, whether or not anybody has seen them.
_AT_ONCE = 500  # Files taken in in one turn of the event loop.


class _Block(Enum):
    """What is in the way of every file."""

    NONE = auto()
    AWAY = auto()
    REFUSED = auto()


@dataclass(slots=True, eq=False)
class _Run:
    """A file that is being worked on."""

    cancel: Cancellation = field(default_factory=Cancellation)
    stopped: bool = False
    stretches: list[Stretch] = field(default_factory=list)


class ScanQueue(QObject):
    """Scans files, several at once, in the order in which they were added; it goes on when the services come back."""

    changed = pyqtSignal()
    """Something about it or its items is different; at most 20 times a second."""
    scores = pyqtSignal(str, int, object, bool)
    """Digest, first window, float32 array, whether they are provisional: the live curve, as often as `changed`."""
    added = pyqtSignal(object)
    """List of items that stand at the end of `items` now."""
    updated = pyqtSignal(object)
    """Set of items that are different, just before `changed`."""
    cleared = pyqtSignal()
    """Items have gone."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._twins = Twins()
        self._items: list[ScanItem] = []
        self._known: dict[tuple[Path, str], ScanItem] = {}
        self._again: dict[ScanItem, ScanJob] = {}  # What is wanted of files when what runs is over.
        self._incoming: deque[tuple[Path, ScanJob]] = deque()
        self._waiting: deque[ScanItem] = deque()
        self._running: dict[ScanItem, _Run] = {}
        self._curves: dict[str, LiveCurve] = {}
        self._stopped = False  # The person wants nothing more to be begun …
        self._block = _Block.NONE  # … or something is in the way, …
        self._told = _Block.NONE  # … which was told.
        self._files = self._over = self._failed = 0  # Since it was last idle.
        self._spent = 0.0
        self._dirty: set[ScanItem] = set()
        self._ticker = QTimer(self)
        self._ticker.setSingleShot(True)
        self._ticker.setInterval(_TICK)
        self._ticker.timeout.connect(self._tell)
        self._taker = QTimer(self)
        self._taker.setSingleShot(True)
        self._taker.setInterval(0)
        self._taker.timeout.connect(self._take_in)
        self._retry = QTimer(self)
        self._retry.setSingleShot(True)
        self._retry.setInterval(_RETRY)
        self._retry.timeout.connect(self._try_again)
        context.bus.changed.connect(self._heard)

    @property
    def items(self) -> Sequence[ScanItem]:
        """All of them, the oldest first; not to be changed."""
        return self._items

    @property
    def busy(self) -> bool:
        """Whether a file is being worked on, or will be without anybody's doing."""
        return bool(self._running) or (not self._held and bool(self._waiting or self._incoming))

    @property
    def _held(self) -> bool:
        """Whether nothing more is begun."""
        return self._stopped or self._block is not _Block.NONE

    @property
    def holding(self) -> bool:
        """Whether files wait and none of them will be begun before `resume`."""
        return self._held and bool(self._waiting)

    @property
    def away(self) -> bool:
        """Whether it waits for the services."""
        return self._block is _Block.AWAY

    def totals(self) -> Totals:
        """Return how far it is since it was last idle."""
        shares = [item.share for item in self._running]
        waiting = len(self._waiting) + len(self._incoming)
        files = self._files + len(self._incoming)
        now = time.monotonic()
        spent = self._spent + sum(now - item.begun for item in self._running)
        return Totals(
            files=files,
            finished=self._over,
            failed=self._failed,
            running=len(shares),
            fraction=(self._over + sum(shares)) / files if files else 0.0,
            left=time_left(waiting=waiting, shares=shares, finished=self._over, spent=spent),
        )

    def live_scores(self, digest: str) -> Scores | None:
        """Return what has come of a file's curve (NaN where nothing yet), None when it is not being scanned."""
        curve = self._curves.get(digest)
        return None if curve is None else curve.values()

    def add(self, paths: Sequence[Path], *, model: str, classifier_id: str = "", rescan: bool = False) -> None:
        """Let files be scanned; one that stands in the queue already, for the same, is not added again.

        Args:
            paths: The files.
            model: ``ID`` or ``ID_name``.
            classifier_id: A version of it; empty: the one that is active when the first file's turn comes.
            rescan: Scan also what this version has scanned.
        """
        gap = self._context.settings.value.scan.fuse_gap
        job = ScanJob(self._context.gateway.profile, model, classifier_id=classifier_id, rescan=rescan, fuse_gap=gap)
        if not self._running and not self._waiting and not self._incoming:
            self._files = self._over = self._failed = 0
            self._spent = 0.0
        self._incoming.extend((path, job) for path in paths)
        self._release()
        self._take_in()

    def stop_after_current(self) -> None:
        """Finish what is being worked on and leave the rest waiting."""
        self._stopped = True
        self._touch()

    def resume(self) -> None:
        """Go on with what is waiting."""
        self._release()
        self._start_more()
        self._touch()

    def cancel(self) -> None:
        """Stop everything at once."""
        self._incoming.clear()
        for item in self._waiting:
            item.state, item.sentence = ScanState.STOPPED, ""
            self._dirty.add(item)
        self._files -= len(self._waiting)
        self._waiting.clear()
        stopping = [run for run in self._running.values() if not run.stopped]
        for item, run in self._running.items():
            run.stopped = True
            item.sentence = "Stopping."
            self._touch(item)
        if stopping:  # Ending a decoder takes a while, which is not the UI thread's.
            self._context.tasks.run(lambda _task: _cancel(stopping), lane=Lane.LONG)
        self._release()
        self._touch()

    def clear_finished(self) -> None:
        """Forget the files that are over."""
        self._items = [item for item in self._items if item.state not in FINAL]
        self._known = {(item.path, item.job.model): item for item in self._items}
        self._dirty.intersection_update(self._items)
        self.cleared.emit()
        self._touch()

    def _take_in(self) -> None:
        """Make items of some of what was added; the rest has to wait for other events."""
        new: list[ScanItem] = []
        for _ in range(min(len(self._incoming), _AT_ONCE)):
            path, job = self._incoming.popleft()
            item = self._known.get((path, job.model))
            if item is None:
                item = ScanItem(path, job)
                self._known[path, job.model] = item
                new.append(item)
            elif item.state in FINAL:
                item.job, item.state = job, ScanState.WAITING
                item.restart()
                self._dirty.add(item)
            else:
                self._change(item, job)
                continue
            self._files += 1
            self._waiting.append(item)
        if new:
            self._items.extend(new)
            self.added.emit(new)
        if self._incoming:
            self._taker.start()
        self._start_more()
        self._touch()

    def _change(self, item: ScanItem, job: ScanJob) -> None:
        """Take another wish for a file that is not over: with another version, say, which has become active."""
        if item not in self._running:
            item.job = job
        elif item.job.wants(job):
            self._again.pop(item, None)
        else:
            self._again[item] = job

    def _start_more(self) -> None:
        jobs = self._context.settings.value.scan.jobs or default_jobs()
        while self._waiting and not self._held and len(self._running) < jobs:
            item = self._waiting.popleft()
            item.restart()
            item.state, item.begun = ScanState.HASHING, time.monotonic()
            run = _Run()
            self._running[item] = run
            path, job = item.path, item.job  # What a thread is given does not change.

            def work(task: Task[Finished], path: Path = path, job: ScanJob = job, run: _Run = run) -> Finished:
                with task.cancel.calling(run.cancel.cancel):
                    return scan_one(
                        self._context.gateway, path, job, self._twins, report=task.report, cancel=run.cancel
                    )

            self._context.tasks.run(
                work,
                done=functools.partial(self._finish, item),
                failed=functools.partial(self._fail, item),
                progress=functools.partial(self._follow, item),
                lane=Lane.LONG,
                owner=self,
            )
            self._touch(item)

    def _follow(self, item: ScanItem, batch: list[Report]) -> None:
        """Take what a file's thread reported: the newest progress, and all scores."""
        run = self._running[item]
        latest: Progress | None = None
        stretches: list[Stretch] = []
        for report in batch:
            match report:
                case Stretch():
                    stretches.append(report)
                    item.away = False
                case Progress():
                    latest = report
                    item.away = False
                case Identified():
                    item.digest, item.state, latest = report.digest, ScanState.SCANNING, None
                    item.fraction = 0.0
                    if self._context.navigator is not None:
                        self._context.navigator.add_place(item.digest, item.path)
                case Noted():
                    item.notes.append(report.sentence)
                case Broken():
                    item.away = True
        if stretches:
            curve = self._curves.setdefault(item.digest, LiveCurve())
            for stretch in joined(stretches):
                curve.write(stretch)
                run.stretches.append(stretch)
        if latest is not None:
            item.fraction, item.speed, item.eta = latest.fraction, latest.speed, latest.eta
        if not run.stopped:
            item.sentence = "Waiting for the service." if item.away else ""
        self._touch(item)

    def _fail(self, item: ScanItem, error: BaseException) -> None:
        self._context.tasks.unheard(error)
        self._finish(item, Finished(ScanState.FAILED, sentence=sentence_of(error)))

    def _finish(self, item: ScanItem, outcome: Finished) -> None:
        run = self._running.pop(item)
        self._send_scores(item, run)
        self._spent += time.monotonic() - item.begun
        item.away, item.speed, item.eta = False, None, None
        item.sentence = outcome.sentence
        stopped = run.stopped and outcome.state is not ScanState.DONE
        if not stopped and (outcome.away or outcome.state is ScanState.WAITING):
            item.state, item.fraction = ScanState.WAITING, 0.0
            item.sentence = "Waiting for the services."
            self._waiting.appendleft(item)
        else:
            item.state = ScanState.STOPPED if stopped else outcome.state
            item.sentence = "" if stopped else outcome.sentence
            self._over += 1
            self._failed += item.state is ScanState.FAILED
            again = self._again.pop(item, None)
            if again is not None and not stopped:
                item.job, item.state = again, ScanState.WAITING
                self._files += 1
                self._waiting.append(item)
        if item.state in (ScanState.DONE, ScanState.SKIPPED):
            self._told = _Block.NONE
        if outcome.hopeless and not stopped:
            self._hold(outcome)
        if outcome.scan is not None:
            item.scan_id, item.regions = outcome.scan.id, outcome.scan.region_count
            topics = Topic.SCANS | Topic.MEDIA
            self._context.bus.publish(Change(topics, frozenset({item.digest}), outcome.scan.id))
        if not any(other.digest == item.digest for other in self._running):
            self._curves.pop(item.digest, None)
        self._start_more()
        self._touch(item)

    def _hold(self, outcome: Finished) -> None:
        """Begin nothing more for a reason that no other file can get around; it is told of once."""
        self._block = _Block.AWAY if outcome.away else _Block.REFUSED
        if outcome.away:
            self._retry.start()
        if self._told is self._block:
            return
        self._told = self._block
        if outcome.away:
            self._context.notices.warning(f"{outcome.sentence} Scanning goes on when the services are back.")
        else:
            left = len(self._waiting) + len(self._incoming)
            rest = f" {left} more {'file waits' if left == 1 else 'files wait'}." if left else ""
            self._context.notices.error(f"{outcome.sentence}{rest}")

    def _release(self) -> None:
        self._stopped = False
        self._block = self._told = _Block.NONE
        self._retry.stop()

    def _heard(self, change: Change) -> None:
        if change.topics & Topic.CONNECTION:
            self._try_again()

    def _try_again(self) -> None:
        """Go on when the services may be back; that they were away was told."""
        if self._block is _Block.AWAY:
            self._block = _Block.NONE
            self._retry.stop()
            self._start_more()
            self._touch()

    def _touch(self, item: ScanItem | None = None) -> None:
        if item is not None:
            self._dirty.add(item)
        if not self._ticker.isActive():
            self._ticker.start()

    def _tell(self) -> None:
        for item, run in self._running.items():
            self._send_scores(item, run)
        if self._dirty:
            dirty, self._dirty = self._dirty, set()
            self.updated.emit(dirty)
        self.changed.emit()

    def _send_scores(self, item: ScanItem, run: _Run) -> None:
        stretches, run.stretches = run.stretches, []
        for stretch in joined(stretches):
            self.scores.emit(item.digest, stretch.first, stretch.scores, stretch.provisional)


def _cancel(runs: Sequence[_Run]) -> None:
    for run in runs:
        run.cancel.cancel()

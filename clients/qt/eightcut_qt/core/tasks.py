"""Blocking work in threads of its own, and its results back in the UI thread, in batches.

Calls of stubs block. They run in QThreads; what they report is collected and handed over by one queued signal for as
many reports as have come together, so that a burst of thousands costs the UI thread a few calls.
"""

from __future__ import annotations

import functools
import logging
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Generic, TypeAlias, TypeVar

from eightcut_client.cancellation import Cancellation
from eightcut_client.errors import CancelledError
from PyQt6 import sip
from PyQt6.QtCore import QObject, Qt, QThread, pyqtSignal

ResultT = TypeVar("ResultT")

Callback: TypeAlias = Callable[[], None]

_READERS = 4
_SLICE = 0.006  # Seconds of deliveries in one turn of the event loop: the rest waits for the next.
_BATCH = 1000  # Reports in one call of a progress callback at most.
_LAST_EDITS = 5.0  # Seconds that edits get which the person has made and the services have not answered yet.
_LAST_WORDS = 10.0  # Seconds that threads get to end when everything is closed.

_log = logging.getLogger(__name__)


class Lane(Enum):
    """Which thread takes a task."""

    READ = auto()
    """One of a few: short calls that change nothing, in any order."""
    EDIT = auto()
    """Just one: what a person changes, in the order in which they did."""
    LONG = auto()
    """Its own: scans, trainings, decoding."""


class Task(Generic[ResultT]):
    """A piece of work, from both sides: the thread's (`cancel`, `report`) and the UI's (`stop`, `running`).

    Attributes:
        cancel: For the work: the sdk's functions take it.
        lane: Which thread does it.
    """

    def __init__(self, tasks: Tasks, work: Callable[[Task[ResultT]], ResultT], hooks: _Hooks, lane: Lane) -> None:
        """Made by `Tasks.run`."""
        self.lane = lane
        self.cancel = Cancellation()
        self._tasks = tasks
        self._work = work
        self._hooks = hooks
        self._reports: deque[object] = deque()
        self._lock = threading.Lock()
        self._announced = False
        self._running = True

    @property
    def running(self) -> bool:
        """Whether its end has not been delivered yet."""
        return self._running

    def stop(self) -> None:
        """Let it end early: neither ``done`` nor ``failed`` is called any more. Idempotent; any thread."""
        self.cancel.cancel()

    def forget(self) -> None:
        """Used by `Tasks`: it will not run, or is told of no more."""
        self._running = False

    def report(self, item: object) -> None:
        """From the work: hand something to ``progress``; returns at once."""
        with self._lock:
            self._reports.append(item)
            if self._announced:
                return
            self._announced = True
        self._tasks.post(self._deliver_reports)

    def run(self) -> None:
        """Do the work in the calling thread and post its end."""
        try:
            self.cancel.check()
            result = self._work(self)
        except CancelledError as error:
            self._tasks.post(functools.partial(self._end_with, None, error))
        except Exception as error:  # noqa: BLE001  told in the UI thread
            self._tasks.post(functools.partial(self._end_with, None, error))
        else:
            self._tasks.post(functools.partial(self._end_with, result, None))

    def _deliver_reports(self) -> None:
        with self._lock:
            batch = [self._reports.popleft() for _ in range(min(len(self._reports), _BATCH))]
            self._announced = bool(self._reports)
            more = self._announced
        if more:
            self._tasks.post(self._deliver_reports)
        if batch and self._hooks.progress is not None and not self.cancel.cancelled and self._hooks.wanted():
            self._hooks.progress(batch)

    def _end_with(self, result: ResultT | None, error: BaseException | None) -> None:
        if self._announced:  # What was reported comes before the end.
            self._tasks.post(functools.partial(self._end_with, result, error))
            return
        self.forget()
        self._tasks.forget(self)
        if not self._hooks.wanted():
            self._let_go()
            return
        try:
            if self.cancel.cancelled:
                pass  # However it ended: nobody waits for it.
            elif error is not None:
                self._hooks.fail(error)
            elif self._hooks.done is not None:
                self._hooks.done(result)
        finally:
            if self._hooks.ended is not None:
                self._hooks.ended()
            self._let_go()

    def _let_go(self) -> None:
        """Drop what is the UI's while its own thread does it: the worker may hold the task a moment longer."""
        self._work = _nothing
        self._hooks = _Hooks(None, _ignore, None, None, None)


class _Hooks:
    """Who is told."""

    def __init__(
        self,
        done: Callable[[Any], None] | None,
        failed: Callable[[BaseException], None],
        progress: Callable[[list[Any]], None] | None,
        ended: Callback | None,
        owner: QObject | None,
    ) -> None:
        self.done = done
        self.progress = progress
        self.ended = ended
        self._failed = failed
        self._owner = owner

    def wanted(self) -> bool:
        return self._owner is None or not sip.isdeleted(self._owner)

    def fail(self, error: BaseException) -> None:
        self._failed(error)


def _nothing(_task: object) -> Any:  # noqa: ANN401  it is never called
    raise AssertionError("the task is over")


def _ignore(_error: BaseException) -> None:
    pass


class Tasks(QObject):
    """The threads of the window. Made, closed and told by the UI thread.

    Attributes:
        unheard: Told of the errors of tasks that have no ``failed``.
    """

    edits_changed = pyqtSignal(int)
    """How many changes of the person are on their way."""
    _posted = pyqtSignal()

    def __init__(self, unheard: Callable[[BaseException], None], parent: QObject | None = None) -> None:
        """Start no thread yet.

        Args:
            unheard: Told of the errors of tasks that have no ``failed``.
            parent: Qt's.
        """
        super().__init__(parent)
        self.unheard = unheard
        self._mail: deque[Callback] = deque()
        self._mail_lock = threading.Lock()
        self._signalled = False
        self._closed = False
        self._running: set[Task[Any]] = set()
        self._queues: dict[Lane, queue.SimpleQueue[Task[Any] | None]] = {
            Lane.READ: queue.SimpleQueue(),
            Lane.EDIT: queue.SimpleQueue(),
        }
        self._threads: list[_Worker] = []
        # PyQt's stubs know connect with a slot alone.
        self._posted.connect(self._deliver, Qt.ConnectionType.QueuedConnection)  # type: ignore[call-arg]

    @property
    def closed(self) -> bool:
        """Whether nothing runs any more."""
        return self._closed

    def run(
        self,
        work: Callable[[Task[ResultT]], ResultT],
        *,
        done: Callable[[ResultT], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        progress: Callable[[list[Any]], None] | None = None,
        ended: Callback | None = None,
        lane: Lane = Lane.READ,
        owner: QObject | None = None,
    ) -> Task[ResultT]:
        """Let a thread do something; call it in the UI thread, which all callbacks run in, too.

        Args:
            work: Called in a thread with its `Task`. It must not touch widgets.
            done: Called with what it returned, unless the task was stopped.
            failed: Called with what it raised; default: a notice.
            progress: Called with lists of what it reported, in order, never after the end.
            ended: Called last in every case.
            lane: Which thread.
            owner: When this object is deleted, nothing is called any more.

        Returns:
            The task; when the tasks are closed already, one that has ended without a word.
        """
        task = Task(self, work, _Hooks(done, failed or self.unheard, progress, ended, owner), lane)
        if self._closed:
            task.stop()
            task.forget()
            return task
        self._running.add(task)
        self._tell_edits(task)
        self._hand_over(task)
        return task

    def post(self, callback: Callback) -> None:
        """Let the UI thread call something, from any thread, after what was posted before."""
        with self._mail_lock:
            self._mail.append(callback)
            if self._signalled or self._closed:
                return
            self._signalled = True
        self._posted.emit()

    def forget(self, task: Task[Any]) -> None:
        """Used by tasks that ended."""
        self._running.discard(task)
        self._tell_edits(task)

    def _tell_edits(self, task: Task[Any]) -> None:
        if task.lane is Lane.EDIT:
            self.edits_changed.emit(sum(other.lane is Lane.EDIT for other in self._running))

    def close(self) -> None:
        """End the threads; nothing is called any more. Edits are still made (for a while), the rest is stopped."""
        if self._closed:
            return
        self._closed = True
        for task in list(self._running):
            if task.lane is not Lane.EDIT:
                task.stop()
        for thread in self._threads:
            thread.leave()
        end = time.monotonic() + _LAST_EDITS
        for thread in self._threads:
            if thread.lane is Lane.EDIT:
                thread.wait(int(max(end - time.monotonic(), 0.0) * 1000))
        for task in list(self._running):
            task.stop()
        end = time.monotonic() + _LAST_WORDS
        for thread in self._threads:
            left = max(end - time.monotonic(), 0.0)
            if not thread.wait(int(left * 1000)):
                _log.error("a thread does not end: %s", thread.objectName())
                _ABANDONED.append(thread)  # Deleting a running QThread would end the process.
        self._threads = [thread for thread in self._threads if thread.isRunning()]
        for task in self._running:
            task.forget()
        self._running.clear()
        self._mail.clear()

    def _hand_over(self, task: Task[Any]) -> None:
        lane = task.lane
        if lane is Lane.LONG:
            own: queue.SimpleQueue[Task[Any] | None] = queue.SimpleQueue()
            own.put(task)
            own.put(None)
            self._start(_Worker(own, lane))
            return
        wanted = _READERS if lane is Lane.READ else 1
        if sum(thread.lane is lane for thread in self._threads) < wanted:
            self._start(_Worker(self._queues[lane], lane))
        self._queues[lane].put(task)

    def _start(self, thread: _Worker) -> None:
        self._threads = [old for old in self._threads if not old.isFinished()]
        self._threads.append(thread)
        thread.start()

    def _deliver(self) -> None:
        end = time.perf_counter() + _SLICE
        while not self._closed:
            with self._mail_lock:
                if not self._mail:
                    self._signalled = False
                    return
                callback = self._mail.popleft()
            try:
                callback()
            except BaseException:
                self._posted.emit()  # What is left is delivered all the same.
                raise
            if time.perf_counter() >= end:
                self._posted.emit()
                return


_ABANDONED: list[QThread] = []


class _Worker(QThread):
    """A thread that takes tasks from a queue until it finds None."""

    def __init__(self, tasks: queue.SimpleQueue[Task[Any] | None], lane: Lane) -> None:
        super().__init__()
        self.lane = lane
        self._tasks = tasks
        self.setObjectName(f"8cut {lane.name.lower()}")

    def run(self) -> None:
        """See QThread."""
        while (task := self._tasks.get()) is not None:
            task.run()
            del task  # Not until the next one comes.
        self._tasks.put(None)  # For the next thread at the same queue.

    def leave(self) -> None:
        """Let it end after the task it is at."""
        self._tasks.put(None)

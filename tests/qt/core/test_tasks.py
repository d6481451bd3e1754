"""Work in threads, and what the UI thread hears of it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from eightcut_client.errors import CancelledError, UnavailableError
from eightcut_qt.core.bus import Bus, Change, Topic
from eightcut_qt.core.operations import Operations, Outcome
from eightcut_qt.core.tasks import Lane, Task, Tasks
from PyQt6.QtCore import QObject, QThread, QTimer
from pytestqt.qtbot import QtBot


class Unheard(list[BaseException]):
    """Errors that nobody else took."""


@pytest.fixture
def unheard() -> Unheard:
    return Unheard()


@pytest.fixture
def tasks(qapp: object, unheard: Unheard) -> Iterator[Tasks]:
    made = Tasks(unheard.append)
    yield made
    made.close()


def wait(qtbot: QtBot, task: Task[Any]) -> None:
    qtbot.waitUntil(lambda: not task.running)


def test_work_runs_elsewhere_and_its_result_comes_back_here(qtbot: QtBot, tasks: Tasks) -> None:
    here = QThread.currentThread()
    seen: list[tuple[int, bool]] = []
    threads: list[object] = []

    def work(_task: Task[int]) -> int:
        threads.append(QThread.currentThread())
        return 42

    task = tasks.run(work, done=lambda value: seen.append((value, QThread.currentThread() is here)))
    assert seen == []
    wait(qtbot, task)
    assert seen == [(42, True)]
    assert threads != [here]


def test_reports_come_in_order_in_batches_and_before_the_end(qtbot: QtBot, tasks: Tasks) -> None:
    batches: list[list[int]] = []
    order: list[str] = []

    def work(task: Task[None]) -> None:
        for number in range(20_000):
            task.report(number)

    def progress(batch: list[int]) -> None:
        batches.append(batch)
        order.append("progress")

    task = tasks.run(work, progress=progress, done=lambda _: order.append("done"), lane=Lane.LONG)
    wait(qtbot, task)
    assert [number for batch in batches for number in batch] == list(range(20_000))
    assert len(batches) < 2_000
    assert order[-1] == "done"
    assert order.count("done") == 1


def test_an_error_goes_to_who_asked_or_else_to_everybody(qtbot: QtBot, tasks: Tasks, unheard: Unheard) -> None:
    mine: list[BaseException] = []

    def work(_task: Task[None]) -> None:
        raise UnavailableError("away")

    wait(qtbot, tasks.run(work, failed=mine.append))
    assert [str(error) for error in mine] == ["away"]
    assert not unheard
    wait(qtbot, tasks.run(work))
    assert [str(error) for error in unheard] == ["away"]


def test_what_was_stopped_says_nothing_but_that_it_ended(qtbot: QtBot, tasks: Tasks, unheard: Unheard) -> None:
    begun = threading.Event()
    said: list[str] = []

    def work(task: Task[None]) -> None:
        begun.set()
        task.report("late")
        task.cancel.sleep(60)

    task = tasks.run(work, done=lambda _: said.append("done"), ended=lambda: said.append("ended"), lane=Lane.LONG)
    assert begun.wait(10)
    task.stop()
    wait(qtbot, task)
    assert said == ["ended"]
    assert not unheard


def test_somebody_elses_cancellation_is_an_error(qtbot: QtBot, tasks: Tasks, unheard: Unheard) -> None:
    def work(_task: Task[None]) -> None:
        raise CancelledError("by the server")

    wait(qtbot, tasks.run(work))
    assert [str(error) for error in unheard] == ["by the server"]


def test_edits_are_done_in_the_order_of_the_person(qtbot: QtBot, tasks: Tasks) -> None:
    gate = threading.Event()
    done: list[int] = []

    def edit(number: int) -> Task[None]:
        def work(_task: Task[None]) -> None:
            if number == 0:
                gate.wait(10)
            done.append(number)

        return tasks.run(work, lane=Lane.EDIT)

    edits = [edit(number) for number in range(30)]
    gate.set()
    wait(qtbot, edits[-1])
    assert done == list(range(30))


def test_it_is_told_how_many_edits_are_on_their_way(qtbot: QtBot, tasks: Tasks) -> None:
    counts: list[int] = []
    tasks.edits_changed.connect(counts.append)
    gate = threading.Event()
    for _ in range(2):
        last = tasks.run(lambda _task: gate.wait(10), lane=Lane.EDIT)
    wait(qtbot, tasks.run(lambda _task: 1))
    assert counts == [1, 2]
    gate.set()
    wait(qtbot, last)
    assert counts == [1, 2, 1, 0]


def test_reads_do_not_wait_for_one_that_hangs(qtbot: QtBot, tasks: Tasks) -> None:
    gate = threading.Event()
    hanging = tasks.run(lambda _task: gate.wait(30))
    wait(qtbot, tasks.run(lambda _task: 1))
    assert hanging.running
    gate.set()
    wait(qtbot, hanging)


def test_nothing_is_told_to_a_deleted_owner(qtbot: QtBot, tasks: Tasks) -> None:
    gate = threading.Event()
    owner = QObject()
    heard: list[object] = []
    task = tasks.run(lambda _task: gate.wait(10), done=heard.append, owner=owner)
    with qtbot.waitSignal(owner.destroyed):
        owner.deleteLater()
    gate.set()
    wait(qtbot, task)
    assert heard == []


def test_a_task_that_is_over_holds_nothing_of_the_windows(qtbot: QtBot, tasks: Tasks) -> None:
    """Else the worker, which may hold the task a moment longer, would delete it."""

    def begin(owner: QObject) -> Task[str]:
        return tasks.run(lambda _task: owner.objectName(), done=lambda _value: owner.objectName(), owner=owner)

    owner = QObject()
    gone = weakref.ref(owner)
    task = begin(owner)
    wait(qtbot, task)
    del owner
    qtbot.waitUntil(lambda: gone() is None)


def test_a_callback_that_fails_does_not_stop_the_others(qtbot: QtBot, tasks: Tasks) -> None:
    heard: list[int] = []

    def bad(_value: int) -> None:
        raise ZeroDivisionError

    with qtbot.captureExceptions() as caught:
        tasks.run(lambda _task: 1, done=bad, lane=Lane.EDIT)
        wait(qtbot, tasks.run(lambda _task: 2, done=heard.append, lane=Lane.EDIT))
    assert [kind for kind, *_ in caught] == [ZeroDivisionError]
    assert heard == [2]


def test_the_window_breathes_while_a_burst_arrives(qtbot: QtBot, tasks: Tasks) -> None:
    """A timer gets its turns between the deliveries of a burst (how often is measured in benchmarks/desktop)."""
    ticks_during: list[int] = []
    ticks = 0

    def tick() -> None:
        nonlocal ticks
        ticks += 1

    timer = QTimer()
    timer.timeout.connect(tick)
    timer.start(0)

    def work(task: Task[None]) -> None:
        for number in range(50_000):
            task.report(number)

    def progress(_batch: list[int]) -> None:
        ticks_during.append(ticks)
        time.sleep(0.002)  # A slow view: all of them together take longer than one turn may.

    task = tasks.run(work, progress=progress, lane=Lane.LONG)
    wait(qtbot, task)
    assert ticks_during[-1] > ticks_during[0]


def test_closing_ends_running_work_and_is_final(qtbot: QtBot, unheard: Unheard) -> None:
    tasks = Tasks(unheard.append)
    begun, ended = threading.Event(), threading.Event()

    def work(task: Task[None]) -> None:
        begun.set()
        try:
            task.cancel.sleep(60)
        finally:
            ended.set()

    tasks.run(work, lane=Lane.LONG)
    assert begun.wait(10)
    tasks.close()
    assert ended.is_set()
    tasks.close()
    heard: list[int] = []
    assert not tasks.run(lambda _task: 1, done=heard.append).running
    assert heard == []


def test_what_the_person_has_changed_is_still_done_when_everything_closes(qapp: object, unheard: Unheard) -> None:
    tasks = Tasks(unheard.append)
    done: list[int] = []

    def edit(number: int) -> None:
        def work(_task: Task[None]) -> None:
            time.sleep(0.01)
            done.append(number)

        tasks.run(work, lane=Lane.EDIT)

    for number in range(5):
        edit(number)
    tasks.close()
    assert done == [0, 1, 2, 3, 4]


def test_a_process_that_closes_in_the_middle_of_work_ends_cleanly() -> None:
    program = """
import sys
from PyQt6.QtCore import QCoreApplication, QTimer
from eightcut_qt.core.tasks import Lane, Tasks
app = QCoreApplication([])
tasks = Tasks(print)
for lane in (Lane.READ, Lane.LONG):
    tasks.run(lambda task: task.cancel.sleep(60), lane=lane)
QTimer.singleShot(50, app.quit)
app.exec()
tasks.close()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_an_operation_tells_the_bus_before_who_asked(qtbot: QtBot, tasks: Tasks) -> None:
    bus = Bus()
    order: list[object] = []
    bus.changed.connect(order.append)
    change = Change(Topic.CLIPS, frozenset({"a" * 64}))
    wait(qtbot, Operations(tasks, bus).run(lambda: Outcome(7, change), done=order.append))
    assert order == [change, 7]


def test_an_operation_that_fails_changes_nothing(qtbot: QtBot, tasks: Tasks, unheard: Unheard) -> None:
    bus = Bus()
    changes: list[object] = []
    bus.changed.connect(changes.append)

    def work() -> Outcome[None]:
        raise UnavailableError("away")

    wait(qtbot, Operations(tasks, bus).run(work))
    assert changes == []
    assert len(unheard) == 1


def test_whom_a_change_concerns() -> None:
    change = Change(Topic.REGIONS, frozenset({"m"}))
    assert change.concerns(Topic.REGIONS | Topic.SCANS, "m")
    assert not change.concerns(Topic.REGIONS, "other")
    assert not change.concerns(Topic.CLIPS, "m")
    assert Change(Topic.REGIONS).concerns(Topic.REGIONS, "any")
    assert Change(Topic.CONNECTION).concerns(Topic.CLIPS, "any")

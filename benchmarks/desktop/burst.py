"""What a burst of 20,000 score events does to the UI thread: the longest time in which a timer of 1 ms does not tick.

The events come from a server in another process, through a stub in a task, into the live curve of a scan. The
reference, in the same run, is a thread that emits a queued signal for every event.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import grpc
import numpy as np
from eightcut.inference.v1 import stream_pb2
from eightcut.inference.v1.inference_service_pb2 import ScanRequest, ScanResponse
from eightcut.inference.v1.inference_service_pb2_grpc import InferenceServiceStub
from eightcut_qt.core.tasks import Lane, Task, Tasks
from eightcut_qt.scanning.live import LiveCurve, Stretch, joined
from PyQt6.QtCore import QEventLoop, Qt, QThread, QTimer, pyqtSignal
from PyQt6.QtWidgets import QApplication

from benchmarks.desktop.event_server import SCORES, event_server

TARGET = 20.0  # Milliseconds
_RUNS = 5


class _Clock:
    """Ticks every millisecond while the event loop lets it."""

    def __init__(self) -> None:
        self.worst = 0.0
        self.last = time.perf_counter()
        self.timer = QTimer()
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.timeout.connect(self.tick)
        self.timer.start(1)

    def tick(self) -> None:
        """Note how long it was since the last time."""
        now = time.perf_counter()
        self.worst = max(self.worst, now - self.last)
        self.last = now


def _scores(channel: grpc.Channel) -> Iterator[ScanResponse]:
    stub = InferenceServiceStub(channel)
    return iter(stub.Scan(iter([ScanRequest(config=stream_pb2.ScanConfig())])))


def _stretch(event: ScanResponse) -> Stretch:
    scores = event.scores
    return Stretch(scores.first_window, np.frombuffer(scores.scores, "<f4"), scores.provisional)


class _PlainThread(QThread):
    """One queued signal for every event."""

    came = pyqtSignal(object)

    def __init__(self, channel: grpc.Channel) -> None:
        super().__init__()
        self._channel = channel

    def run(self) -> None:
        """See QThread."""
        for event in _scores(self._channel):
            self.came.emit(_stretch(event))


def _ours(channel: grpc.Channel, curve: LiveCurve) -> None:
    loop = QEventLoop()
    tasks = Tasks(lambda error: print(f"failed: {error}"))

    def work(task: Task[None]) -> None:
        for event in _scores(channel):
            task.report(_stretch(event))

    def show(batch: list[Stretch]) -> None:
        for stretch in joined(batch):
            curve.write(stretch)

    tasks.run(work, progress=show, ended=loop.quit, lane=Lane.LONG)
    loop.exec()
    tasks.close()


def _plain(channel: grpc.Channel, curve: LiveCurve) -> None:
    loop = QEventLoop()
    thread = _PlainThread(channel)
    thread.came.connect(curve.write)
    thread.finished.connect(loop.quit)
    thread.start()
    loop.exec()
    thread.wait()


def _idle() -> float:
    """Return the longest gap in milliseconds while nothing comes: what the machine itself does."""
    loop = QEventLoop()
    QTimer.singleShot(2000, loop.quit)
    clock = _Clock()
    loop.exec()
    clock.timer.stop()
    return clock.worst * 1000


def _measured(way: Callable[[grpc.Channel, LiveCurve], None], channel: grpc.Channel) -> tuple[float, float]:
    """Return the longest gap in milliseconds, and how many seconds it took."""
    curve = LiveCurve()
    clock = _Clock()
    start = time.perf_counter()
    way(channel, curve)
    took = time.perf_counter() - start
    clock.tick()
    clock.timer.stop()
    assert len(curve.values()) == SCORES
    assert not np.isnan(curve.values()).any()
    return clock.worst * 1000, took


def run() -> bool:
    """Print the figures and tell whether they are reached."""
    application = QApplication.instance() or QApplication([])
    with event_server() as channel:
        _measured(_ours, channel)
        idle = _idle()
        ours, plain = [], []
        for _ in range(_RUNS):
            ours.append(_measured(_ours, channel))
            plain.append(_measured(_plain, channel))
    application.processEvents()
    print(f"{SCORES:,} score events in a burst, {_RUNS} times: longest gap between ticks of a timer of 1 ms")
    worst = {}
    for name, figures, remark in (
        ("in batches", ours, f"wanted: {TARGET:.0f} ms"),
        ("signal for each", plain, "for comparison"),
    ):
        gaps = sorted(gap for gap, _ in figures)
        took = sorted(seconds for _, seconds in figures)[len(figures) // 2]
        worst[name] = gaps[len(gaps) // 2]
        print(f"  {name:<16}{worst[name]:8.2f} ms median {gaps[-1]:8.2f} ms at most   {took:.2f} s   ({remark})")
    print(f"  {'nothing comes':<16}{'':15} {idle:8.2f} ms at most   2.00 s   (what the machine itself does)")
    return worst["in batches"] <= TARGET

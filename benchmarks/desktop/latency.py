"""How long an event takes from the server to a slot of the window.

The reference, in the same run, is a bare blocking stub that is read in a thread without Qt.
"""

from __future__ import annotations

import statistics
import threading
import time

import grpc
from eightcut.trainer.v1.trainer_service_pb2 import WatchTrainingRequest, WatchTrainingResponse
from eightcut.trainer.v1.trainer_service_pb2_grpc import TrainerServiceStub
from eightcut_qt.core.tasks import Lane, Task, Tasks
from PyQt6.QtCore import QEventLoop
from PyQt6.QtWidgets import QApplication

from benchmarks.desktop.event_server import EVENTS, event_server

TARGET = 2.0  # Milliseconds

_REQUEST = WatchTrainingRequest(run_id="1")


def _age(event: WatchTrainingResponse) -> float:
    return (time.monotonic_ns() - int(event.event.note)) / 1e6


def _ours(channel: grpc.Channel) -> list[float]:
    loop = QEventLoop()
    tasks = Tasks(lambda error: print(f"failed: {error}"))
    ages: list[float] = []

    def work(task: Task[None]) -> None:
        for event in TrainerServiceStub(channel).WatchTraining(_REQUEST):
            task.report(event)

    def arrived(batch: list[WatchTrainingResponse]) -> None:
        ages.extend(map(_age, batch))

    tasks.run(work, progress=arrived, ended=loop.quit, lane=Lane.LONG)
    loop.exec()
    tasks.close()
    return ages


def _bare(channel: grpc.Channel) -> list[float]:
    ages: list[float] = []

    def read() -> None:
        ages.extend(map(_age, TrainerServiceStub(channel).WatchTraining(_REQUEST)))

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    return ages


def _p95(ages: list[float]) -> float:
    return statistics.quantiles(ages, n=20)[-1]


def run() -> bool:
    """Print the figures and tell whether they are reached."""
    application = QApplication.instance() or QApplication([])
    with event_server() as channel:
        ours, bare = _ours(channel), _bare(channel)
        ours += _ours(channel)
        bare += _bare(channel)
    application.processEvents()
    assert len(ours) == len(bare) == 2 * EVENTS
    print(f"an event of the server, {len(ours):,} times, over a Unix socket")
    for name, ages, remark in (
        ("to the slot", ours, f"wanted: p95 {TARGET:.0f} ms"),
        ("bare stub", bare, f"a thread without Qt; {_p95(ours) / _p95(bare):.1f} times as long to the slot"),
    ):
        print(f"  {name:<16}{statistics.median(ages):8.2f} ms median {_p95(ages):8.2f} ms p95   ({remark})")
    return _p95(ours) <= TARGET

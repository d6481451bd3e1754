"""Asks services that are not used yet whether they answer, for the test button."""

from __future__ import annotations

from functools import partial
from typing import Any

from eightcut_client.endpoints import SERVICE_NAMES, ServiceName
from PyQt6.QtCore import QObject, pyqtSignal

from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.settings import ConnectionSettings
from eightcut_qt.core.tasks import Lane, Task, Tasks
from eightcut_qt.link.given import Given, find
from eightcut_qt.link.states import ServiceState, Status
from eightcut_qt.link.watcher import check_once


class ConnectionCheck(QObject):
    """One test at a time; a new one ends the one before."""

    answered = pyqtSignal(str, object)
    """Short name of a service, its `ServiceState`."""
    finished = pyqtSignal()

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._running: dict[ServiceName, Task[Any]] = {}

    @property
    def running(self) -> bool:
        """Whether an answer is still awaited."""
        return bool(self._running)

    def start(self, settings: ConnectionSettings, token: str) -> None:
        """Ask the services that these settings name; each in a task of its own, so that none waits for another."""
        self.stop()
        given = Given(token=token or None)
        for name in SERVICE_NAMES:
            self._running[name] = self._tasks.run(
                partial(_check, settings, given, name),
                done=partial(self._learn, name),
                failed=partial(self._fail, name),
                lane=Lane.LONG,
                owner=self,
            )

    def stop(self) -> None:
        """End the test that runs; nothing more is told of it."""
        running, self._running = self._running, {}
        for task in running.values():
            task.stop()

    def _fail(self, name: ServiceName, error: BaseException) -> None:
        self._learn(name, ServiceState(Status.UNREACHABLE, sentence=sentence_of(error)))

    def _learn(self, name: ServiceName, state: ServiceState) -> None:
        if self._running.pop(name, None) is not None:
            self.answered.emit(name, state)
            if not self._running:
                self.finished.emit()


def _check(settings: ConnectionSettings, given: Given, name: ServiceName, task: Task[ServiceState]) -> ServiceState:
    connection, _address = find(settings, given)
    with connection:
        return check_once(connection, name, task.cancel)

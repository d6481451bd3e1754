"""The training that is under way, if one is: it goes on when the dialog is closed, and when the window is."""

from __future__ import annotations

import time
from enum import Enum, auto
from typing import TYPE_CHECKING, assert_never

from eightcut.store.v1.training_run_pb2 import TrainingEvent
from eightcut_client.search_folder import SearchProgress
from eightcut_client.train import cancel_training
from PyQt6.QtCore import QObject, pyqtSignal

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.tasks import Lane
from eightcut_qt.training.choice import model_of
from eightcut_qt.training.missing import Bringing
from eightcut_qt.training.run import (
    Attach,
    Missing,
    Report,
    Started,
    StartFrom,
    TrainingOutcome,
    Waiting,
    run_training,
)
from eightcut_qt.training.stages import BRING, Stages

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.core.tasks import Task


class Phase(Enum):
    """What a training is at."""

    IDLE = auto()
    BRINGING = auto()
    """Files are looked for and embedded; nothing runs on the server yet."""
    RUNNING = auto()
    CANCELLING = auto()
    """The server was asked to stop it."""


class TrainingFollower(QObject):
    """Starts a training or attaches to one, and tells how far it is.

    Attributes:
        phase: What it is at.
        stages: How far it is.
        notes: What the Trainer said.
        status: One sentence: what is going on now.
        model: What is trained.
    """

    changed = pyqtSignal()
    finished = pyqtSignal(object)
    """`TrainingOutcome` with a new version."""
    failed = pyqtSignal(str)
    """One sentence; also when it was cancelled."""

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.phase = Phase.IDLE
        self.stages = Stages()
        self.notes: list[str] = []
        self.status = ""
        self.model = ""
        self._context = context
        self._task: Task[TrainingOutcome] | None = None
        self._what: StartFrom | Attach | None = None
        self._run_id = ""
        self._begun = 0.0
        self._fractions: dict[str, float] = {}
        self._files = 0
        self._said = ""
        self.changed.connect(self._tell)

    @property
    def busy(self) -> bool:
        """Whether there is a training."""
        return self.phase is not Phase.IDLE

    @property
    def elapsed(self) -> float:
        """Seconds since it was started, or attached to."""
        return time.monotonic() - self._begun if self.busy else 0.0

    def follow(self, what: StartFrom | Attach) -> None:
        """Start a training, or attach to one; only when there is none."""
        if self.busy:
            return
        self.phase = Phase.BRINGING if isinstance(what, StartFrom) else Phase.RUNNING
        self.stages, self.notes = Stages(), []
        self._run_id = what.run_id if isinstance(what, Attach) else ""
        self._fractions, self._files = {}, 0
        self.status = "Preparing the training."
        self.model = model_of(what.spec)
        self._what = what
        self._begun = time.monotonic()
        gateway = self._context.gateway
        self._task = self._context.tasks.run(
            lambda task: run_training(gateway, what, task),
            done=self._on_done,
            failed=self._on_failed,
            progress=self._on_progress,
            ended=self._on_ended,
            lane=Lane.LONG,
            owner=self,
        )
        self.changed.emit()

    def cancel(self) -> None:
        """Stop it, on the server too."""
        if self._task is None or self.phase is Phase.CANCELLING:
            return
        if isinstance(self._what, StartFrom) and not self._run_id:
            self._what.unwanted.set()
            self.phase, self.status = Phase.CANCELLING, "Cancelling."
            self._task.stop()
            self.changed.emit()
            return
        before = self.phase
        self.phase, self.status = Phase.CANCELLING, "Cancelling; the Trainer ends its step first."
        gateway, run_id = self._context.gateway, self._run_id

        def refused(error: BaseException) -> None:
            if self.phase is Phase.CANCELLING:
                self.phase = before
                self.status = f"It could not be cancelled: {sentence_of(error)}"
                self.changed.emit()

        self._context.tasks.run(lambda _task: cancel_training(gateway.connection(), run_id), failed=refused, owner=self)
        self.changed.emit()

    def _tell(self) -> None:
        """Say in the window that it goes on: the dialog may be closed."""
        words = ""
        if self.busy:
            words = f"Training {self.model}"
            if self.phase is Phase.CANCELLING:
                words += ", cancelling"
        if words != self._said:
            self._said = words
            self._context.notices.doing("training", words)

    def _on_progress(self, reports: list[Report]) -> None:
        for report in reports:
            self._take(report)
        self.changed.emit()

    def _take(self, report: Report) -> None:
        if isinstance(report, TrainingEvent):
            self._take_event(report)
        elif isinstance(report, SearchProgress):
            hashing = f"; checking {report.hashing}" if report.hashing else ""
            self.status = f"Looking for missing files in the video folder: {report.seen:,} seen{hashing}."
        elif isinstance(report, Missing):
            self._files = len(report.media)
            self.stages.advance(BRING, 0, self._files)
        elif isinstance(report, Bringing):
            self._take_bringing(report)
        elif isinstance(report, Started):
            self._run_id = report.run_id
            self._say(Phase.RUNNING, "The training runs on the server; this dialog may be closed.")
        elif isinstance(report, Waiting):
            self._say(self.phase, "Waiting for the Trainer: it cannot be reached at the moment.")
        else:
            assert_never(report)

    def _take_event(self, event: TrainingEvent) -> None:
        if event.HasField("progress"):
            self.stages.advance(event.progress.stage, event.progress.done, event.progress.total)
        elif event.HasField("note") and event.note not in self.notes:
            self.notes.append(event.note)
        self._say(Phase.RUNNING, "The training runs on the server; this dialog may be closed.")

    def _take_bringing(self, report: Bringing) -> None:
        self._fractions[report.media.digest] = 1.0 if report.finished else report.fraction
        done = sum(fraction >= 1.0 for fraction in self._fractions.values())
        self.stages.advance(BRING, done, self._files)
        percent = round(100 * sum(self._fractions.values()) / max(self._files, 1))
        self._say(Phase.BRINGING, f"Embedding {report.media.filename}; {percent} % of all.")

    def _say(self, phase: Phase, sentence: str) -> None:
        if self.phase is not Phase.CANCELLING:
            self.phase, self.status = phase, sentence

    def _on_done(self, outcome: TrainingOutcome) -> None:
        self.phase = Phase.IDLE
        if outcome.new is None:
            self.failed.emit("The training was cancelled; nothing has changed.")
            return
        self.stages.finish()
        self._context.bus.publish(Change(Topic.CLASSIFIERS))
        self.finished.emit(outcome)

    def _on_failed(self, error: BaseException) -> None:
        self.phase = Phase.IDLE
        self.failed.emit(sentence_of(error))

    def _on_ended(self) -> None:
        self._task = self._what = None
        if self.busy:  # It was stopped: neither done nor failed.
            self.phase = Phase.IDLE
            self.failed.emit("The training was cancelled; nothing has changed.")
        self.changed.emit()

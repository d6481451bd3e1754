"""What a training would use, asked again and again while the person chooses; the newest answer wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eightcut_client.errors import UnavailableError
from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.tasks import Lane
from eightcut_qt.training.missing import Bringing, Brought, bring, locate

if TYPE_CHECKING:
    from eightcut.trainer.v1.trainer_service_pb2 import PreviewTrainingResponse
    from eightcut_client.search_folder import SearchProgress
    from eightcut_client.train import MissingMedia

    from eightcut_qt.core.context import Context
    from eightcut_qt.core.tasks import Task
    from eightcut_qt.training.choice import TrainChoice

_DEBOUNCE = 250  # Milliseconds.


@dataclass(frozen=True, slots=True)
class PreviewAnswer:
    """What the Trainer said, and the names of the files."""

    response: PreviewTrainingResponse
    filenames: dict[str, str]


class TrainingPreview(QObject):
    """Asks the Trainer what a choice would come to, and looks for what is missing.

    Attributes:
        answer: To the newest choice that could be asked; None: there is none yet.
        mistake: Why the choice cannot be asked, or was not answered; one sentence, else empty.
        counting: The answer to the newest choice is not there yet.
        missing: Files to be embedded, with where they are; None: they are still looked for.
        searching: What is looked through; empty when nothing is.
        uploading: How far the embedding is, 0 to 1; None: none is under way.
        failures: Why files were not embedded, last time.
    """

    changed = pyqtSignal()

    def __init__(self, context: Context, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.answer: PreviewAnswer | None = None
        self.mistake = ""
        self.counting = False
        self.missing: Sequence[MissingMedia] | None = ()
        self.searching = ""
        self.uploading: float | None = None
        self.failures: tuple[str, ...] = ()
        self._context = context
        self._choice: TrainChoice | None = None
        self._stopped = False
        self._asking: Task[PreviewAnswer] | None = None
        self._locating: Task[list[MissingMedia]] | None = None
        self._located_for: tuple[tuple[str, ...], str] | None = None
        self._bringing: Task[Brought] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DEBOUNCE)
        self._timer.timeout.connect(self._ask)

    @property
    def embedder(self) -> str:
        """What is asked for."""
        return "" if self._choice is None else self._choice.embedder

    @property
    def can_train(self) -> bool:
        """Whether nothing stands in the way: what is missing is brought by the training itself, if it is here."""
        if self.mistake or self.counting or self.answer is None or self.uploading is not None:
            return False
        if any(problem.reason != "TRACK_MISSING" for problem in self.answer.response.problems):
            return False
        return self.missing is None or all(media.local is not None for media in self.missing)

    def ask(self, choice: TrainChoice) -> None:
        """Ask for a choice, unless it changes again at once."""
        self._choice = choice
        self._stopped = False
        self.mistake = choice.mistake()
        if self._asking is not None:
            self._asking.stop()
        if self.mistake:
            self._timer.stop()
            self.counting = False
        else:
            self.counting = True
            self._timer.start()
        self.changed.emit()

    def ask_again(self, *, look_again: bool = False) -> None:
        """Ask for the same choice: something has changed. ``look_again``: also for files that were not found."""
        if look_again:
            self._located_for = None
        if self._choice is not None and not self._stopped:
            self.ask(self._choice)

    def stop(self) -> None:
        """Ask and look no more until the next `ask`; an upload goes on."""
        self._stopped = True
        self._timer.stop()
        for task in (self._asking, self._locating):
            if task is not None:
                task.stop()
        self._located_for = None
        self.searching = ""

    def upload(self) -> None:
        """Embed the files that were found."""
        choice, missing = self._choice, [media for media in self.missing or () if media.local is not None]
        if choice is None or not missing or self.uploading is not None:
            return
        gateway = self._context.gateway
        fractions: dict[str, float] = {}

        def progress(reports: list[Bringing]) -> None:
            fractions.update((report.media.digest, 1.0 if report.finished else report.fraction) for report in reports)
            self.uploading = sum(fractions.values()) / len(missing)
            self.changed.emit()

        self.uploading, self.failures = 0.0, ()
        self._bringing = self._context.tasks.run(
            lambda task: bring(gateway, choice.embedder, missing, on_bringing=task.report, cancel=task.cancel),
            done=self._brought,
            failed=lambda error: self._brought(Brought({"": sentence_of(error)})),
            progress=progress,
            ended=self._upload_ended,
            lane=Lane.LONG,
            owner=self,
        )
        self.changed.emit()

    def cancel_upload(self) -> None:
        """Embed no more; what is embedded is kept."""
        if self._bringing is not None:
            self._bringing.stop()

    def _ask(self) -> None:
        choice, gateway = self._choice, self._context.gateway
        if choice is None:
            return
        spec = choice.spec(gateway.profile)

        def work(_task: Task[PreviewAnswer]) -> PreviewAnswer:
            response = gateway.training.preview(spec)
            media = gateway.media.get_many(item.media for item in response.media)
            return PreviewAnswer(response, {digest: record.filename for digest, record in media.items()})

        self._asking = self._context.tasks.run(work, done=self._show, failed=self.refuse, owner=self)

    def _show(self, answer: PreviewAnswer) -> None:
        self.answer, self.counting = answer, False
        self._locate()
        self.changed.emit()

    def refuse(self, error: BaseException) -> None:
        """Say that it cannot be counted; what was counted before stays if the services are only away."""
        self.counting = False
        self.mistake = sentence_of(error)
        if not isinstance(error, UnavailableError):
            self.answer = None
        self.changed.emit()

    def _locate(self) -> None:
        assert self.answer is not None
        assert self._choice is not None
        digests, folder = tuple(self.answer.response.missing_tracks), self._choice.video_folder
        if self._located_for == (digests, folder):
            return
        self._located_for = (digests, folder)
        if self._locating is not None:
            self._locating.stop()
        self.searching = ""
        if not digests:
            self.missing = ()
            return
        self.missing = None
        gateway = self._context.gateway
        self._locating = self._context.tasks.run(
            lambda task: locate(gateway, digests, folder, on_search=task.report, cancel=task.cancel),
            done=self._located,
            failed=self._not_located,
            progress=self._searching,
            lane=Lane.LONG,
            owner=self,
        )

    def _searching(self, reports: list[SearchProgress]) -> None:
        last = reports[-1]
        hashing = f"; checking {last.hashing}" if last.hashing else ""
        self.searching = f"Looking through the video folder: {last.seen:,} files seen{hashing}."
        self.changed.emit()

    def _located(self, missing: list[MissingMedia]) -> None:
        self.missing, self.searching = missing, ""
        self.changed.emit()

    def _not_located(self, error: BaseException) -> None:
        self._located_for, self.searching = None, ""
        self.mistake = sentence_of(error)
        self.changed.emit()

    def _brought(self, brought: Brought) -> None:
        self.failures = tuple(brought.failures.values())

    def _upload_ended(self) -> None:
        self.uploading, self._bringing = None, None
        self.changed.emit()
        self.ask_again(look_again=True)

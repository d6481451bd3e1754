"""The Train dialog: what to train, how far it is, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QHideEvent, QShowEvent
from PyQt6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from eightcut_qt.classifiers.rescan import Rescan, rescan_with
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.operations import Outcome
from eightcut_qt.training.choice import TrainChoice, model_of
from eightcut_qt.training.follower import TrainingFollower
from eightcut_qt.training.form import TrainForm
from eightcut_qt.training.metrics import verdict
from eightcut_qt.training.preview import TrainingPreview
from eightcut_qt.training.preview_view import PreviewView
from eightcut_qt.training.progress_page import ProgressPage
from eightcut_qt.training.result_page import ResultPage
from eightcut_qt.training.run import Attach, StartFrom, TrainingOutcome, active_runs

if TYPE_CHECKING:
    from eightcut.store.v1.training_run_pb2 import TrainingRun

    from eightcut_qt.core.context import Context
    from eightcut_qt.core.records import ClassifierRecord, FolderRecord
    from eightcut_qt.core.tasks import Task
    from eightcut_qt.gateway import EmbedderRecord


class TrainDialog(QDialog):
    """Trains a classifier. Closing it stops nothing; opened again it shows how far the training is."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self.preview = TrainingPreview(context, self)
        self.follower = TrainingFollower(context, self)
        self.form = TrainForm()
        self.view = PreviewView(self.preview, context.theme)
        self.progress = ProgressPage(self.follower)
        self.outcome_page = ResultPage(context.theme)
        self.pages = QStackedWidget()
        self.message = QLabel()
        self.running = QLabel()
        self.watch_button = QPushButton("&Watch It")
        self.train_button = QPushButton("&Train")
        self.close_button = QPushButton("Close")
        self._run: TrainingRun | None = None
        self._reading: list[Task[list[FolderRecord]] | Task[list[EmbedderRecord]] | Task[list[TrainingRun]]] = []
        self.setWindowTitle("Train")
        self.form.set_choice(TrainChoice.of_settings(context.settings.value.train))
        self._lay_out()
        self._connect()

    def present(self) -> None:
        """Show it, in front of all others."""
        self.show()
        self.raise_()
        self.activateWindow()

    def train(self) -> None:
        """Start the training that is chosen."""
        choice = self.form.choice()
        if self.follower.busy or choice.mistake():
            return
        self.message.clear()
        self.follower.follow(StartFrom(choice.spec(self._context.gateway.profile), choice.video_folder))
        self._show_page(self.progress)
        self.progress.cancel.setFocus()

    def watch(self) -> None:
        """Show the training that runs on the server already."""
        if self._run is not None and not self.follower.busy:
            self.message.clear()
            self.follower.follow(Attach(self._run.id, self._run.spec))
            self._show_page(self.progress)

    def showEvent(self, event: QShowEvent | None) -> None:
        """See QWidget."""
        super().showEvent(event)
        self._refresh()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """See QWidget."""
        super().hideEvent(event)
        self.preview.stop()

    def reject(self) -> None:
        """See QDialog: closing it stops nothing."""
        super().reject()
        if self.follower.busy:
            self._context.notices.info(f"The training of {self.follower.model} goes on; Train shows how far it is.")
        outcome = self.outcome_page.outcome
        if self.pages.currentWidget() is self.outcome_page and outcome is not None:
            if outcome.old is None:  # There is nothing to choose.
                self._show_page(self._form_page)
            elif not outcome.activated:
                self._context.notices.info(f"Version {outcome.old.version} stays in use until you choose in Train.")

    def _lay_out(self) -> None:
        both = QSplitter(Qt.Orientation.Horizontal)
        both.setChildrenCollapsible(False)
        both.setHandleWidth(self.fontMetrics().height())
        both.addWidget(self.form)
        both.addWidget(self.view)
        both.setStretchFactor(0, 2)
        both.setStretchFactor(1, 3)
        for page in (both, self.progress, self.outcome_page):
            self.pages.addWidget(page)
        self._form_page = both
        self.message.setWordWrap(True)
        self.message.setVisible(False)
        for label in (self.message, self.running):  # They name files and models.
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.running.setVisible(False)
        self.watch_button.setVisible(False)
        self.train_button.setEnabled(False)
        for button in (self.watch_button, self.train_button, self.close_button):  # Return never starts a training.
            button.setAutoDefault(False)
        banner = QHBoxLayout()
        banner.addWidget(self.running, 1)
        banner.addWidget(self.watch_button)
        buttons = QHBoxLayout()
        buttons.addStretch()
        buttons.addWidget(self.train_button)
        buttons.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.addLayout(banner)
        column.addWidget(self.message)
        column.addWidget(self.pages, 1)
        column.addLayout(buttons)
        self.resize(self.fontMetrics().horizontalAdvance("x") * 150, self.fontMetrics().height() * 38)
        self._color()

    def _connect(self) -> None:
        context = self._context
        self.form.changed.connect(self._on_form)
        self.form.exports.toggled.connect(self._read_folders)
        self.form.manage.clicked.connect(context.actions.action("negatives.open").trigger)
        self.preview.changed.connect(self._show_buttons)
        self.follower.finished.connect(self._on_finished)
        self.follower.failed.connect(self._on_failed)
        self.outcome_page.use_new.connect(self._use_new)
        self.outcome_page.use_old.connect(self._use_old)
        self.train_button.clicked.connect(self.train)
        self.watch_button.clicked.connect(self.watch)
        self.close_button.clicked.connect(self.reject)
        context.bus.changed.connect(self._on_change)
        context.theme.changed.connect(self._color)

    def _on_form(self) -> None:
        choice = self.form.choice()
        choice.keep(self._context.settings, self.form.folders.wanted)
        self.preview.ask(choice)

    def _on_change(self, change: Change) -> None:
        if not self.isVisible() or change.source is self:
            return
        if change.concerns(Topic.CLIPS):
            self._refresh()
        elif change.concerns(Topic.NEGATIVES | Topic.MEDIA):
            self.preview.ask_again()

    def _refresh(self) -> None:
        """Read everything again that the form offers."""
        if self.follower.busy:
            return
        self._reading = [task for task in self._reading if task.running]
        self._read_folders()
        gateway = self._context.gateway
        self._reading += [
            self._context.tasks.run(
                lambda _task: gateway.training.embedders(), done=self._show_embedders, failed=self._away, owner=self
            ),
            self._context.tasks.run(
                lambda _task: active_runs(gateway), done=self._show_runs, failed=self._away, owner=self
            ),
        ]

    def _read_folders(self) -> None:
        gateway, exports = self._context.gateway, self.form.exports.isChecked()

        def show(folders: list[FolderRecord]) -> None:
            if exports == self.form.exports.isChecked():
                self.form.set_folders(folders)
                self._ask()

        self._context.tasks.run(
            lambda _task: gateway.clips.folders(include_scan_exports=exports), done=show, failed=self._away, owner=self
        )

    def _show_embedders(self, embedders: list[EmbedderRecord]) -> None:
        self.form.set_embedders(embedders)
        self._ask()

    def _ask(self) -> None:
        if self.form.filled and self.isVisible():  # What comes after it was closed is asked for when it is opened.
            self.preview.ask(self.form.choice())

    def _away(self, error: BaseException) -> None:
        """Keep what is shown."""
        self.preview.refuse(error)

    def _show_runs(self, runs: list[TrainingRun]) -> None:
        self._run = runs[0] if runs and not self.follower.busy else None
        if self._run is not None:
            self.running.setText(f"A training of {model_of(self._run.spec)} is running on the server.")
        self.running.setVisible(self._run is not None)
        self.watch_button.setVisible(self._run is not None)

    def _show_page(self, page: QWidget) -> None:
        self.pages.setCurrentWidget(page)
        form = page is self._form_page
        self.train_button.setVisible(form)
        self.message.setVisible(form and bool(self.message.text()))
        if not form:
            self._show_runs([])
        self._show_buttons()

    def _show_buttons(self) -> None:
        self.train_button.setEnabled(self.preview.can_train and not self.follower.busy)

    def _on_finished(self, outcome: TrainingOutcome) -> None:
        new, old = outcome.new, outcome.old
        assert new is not None
        self.outcome_page.show_outcome(outcome)
        self.outcome_page.rescan.choose(Rescan.NOTHING if self._context.state.media is None else Rescan.OPEN_FILE)
        self._show_page(self.outcome_page)
        if not self.isVisible():
            said = verdict(new.metrics, None if old is None else old.metrics)
            ask = "" if outcome.activated else " Open Train to choose whether it is used."
            self._context.notices.info(f"{new.model} version {new.version} is trained. {said}{ask}")

    def _on_failed(self, sentence: str) -> None:
        self.message.setText(sentence)
        self._show_page(self._form_page)
        if self.isVisible():
            self._refresh()
        else:
            self._context.notices.warning(f"Training {self.follower.model}: {sentence}")

    def _use_new(self) -> None:
        outcome = self.outcome_page.outcome
        if outcome is not None and outcome.new is not None:
            self._use(outcome.new, active=outcome.activated, rescan=self.outcome_page.rescan.chosen)

    def _use_old(self) -> None:
        outcome = self.outcome_page.outcome
        if outcome is not None and outcome.old is not None:
            self._use(outcome.old, active=not outcome.activated, rescan=Rescan.NOTHING)

    def _use(self, classifier: ClassifierRecord, *, active: bool, rescan: Rescan) -> None:
        """Let scans use a version, unless they do, and scan again what the person wants."""
        self._show_page(self._form_page)
        self.reject()
        context, gateway = self._context, self._context.gateway

        def used(_record: ClassifierRecord) -> None:
            context.notices.info(f"Scans use {classifier.model} version {classifier.version} from now on.")
            rescan_with(context, classifier, rescan, self)

        def failed(error: BaseException) -> None:
            context.notices.error(f"Version {classifier.version} could not be used: {sentence_of(error)}")
            self._show_page(self.outcome_page)  # It can be chosen again.

        if active:
            rescan_with(context, classifier, rescan, self)
            return
        context.operations.run(
            lambda: Outcome(gateway.classifiers.activate(classifier.id), Change(Topic.CLASSIFIERS)),
            done=used,
            failed=failed,
            owner=self,
        )

    def _color(self) -> None:
        self.message.setStyleSheet(f"color: {self._context.theme.colors.error}")

"""The dialog that brings an old library along: choose, look, import, compare."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eightcut_client.cancellation import Cancellation
from eightcut_client.errors import CancelledError
from eightcut_client.media import display_name
from PyQt6.QtGui import QCloseEvent
from PyQt6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.notices import sentence_of
from eightcut_qt.core.tasks import Lane
from eightcut_qt.gateway.imports import ReadLibrary, Step
from eightcut_qt.importing.choose_page import DATABASE, ChoosePage
from eightcut_qt.importing.describe import report_of, result_of
from eightcut_qt.importing.report import LibraryReport, LibraryResult
from eightcut_qt.importing.report_page import ReportPage, ResultPage
from eightcut_qt.importing.words import count_of
from eightcut_qt.importing.working_page import WorkingPage

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.core.tasks import Task

_CAME = Topic.MEDIA | Topic.CLIPS | Topic.CLIP_FILES | Topic.NEGATIVES | Topic.SCANS | Topic.REGIONS
_DOING = "import"  # Key of what goes on.
_RARELY = 1_000_000  # Collections of younger objects until all are looked at.


class LibraryDialog(QDialog):
    """Imports; the window stays usable meanwhile.

    Attributes:
        choose: The first page.
        report: What would come.
        outcome: What came.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._read: ReadLibrary | None = None
        self._told: LibraryReport | None = None
        self._cancel: Cancellation | None = None
        self._rows = _ManyRows()
        self.choose = ChoosePage()
        self.working = WorkingPage()
        self.report = ReportPage()
        self.outcome = ResultPage()
        self.pages = QStackedWidget()
        for page in (self.choose, self.working, self.report, self.outcome):
            self.pages.addWidget(page)
        self.search_button = _button("&Search Media Folder…", self._search)
        self.back_button = _button("&Back", self._go_back)
        self.go_button = _button("", self._go)
        self.close_button = _button("Close", self.reject)
        self.go_button.setDefault(True)
        self.setWindowTitle("Import from Old 8-cut")
        self._lay_out()
        self.choose.changed.connect(self._show_buttons)
        self.report.skip_damaged.toggled.connect(self._show_buttons)
        home = Path.home() / DATABASE
        context.tasks.run(lambda _task: home.is_file(), done=partial(self._offer, home), owner=self)
        self._show(self.choose)

    @property
    def busy(self) -> bool:
        """Whether it reads or imports."""
        return self._cancel is not None

    @property
    def importing(self) -> bool:
        """Whether it imports."""
        return self.busy and self._read is not None

    def read(self) -> None:
        """Read the library and say what would come; changes nothing."""
        database, folders = self.choose.database, tuple(self.choose.folders)
        restore = self.choose.restore.isChecked()
        if database is None or self.busy:
            return
        self._forget()
        gateway = self._context.gateway

        def work(tell: Callable[[Step], None], cancel: Cancellation) -> tuple[ReadLibrary, LibraryReport]:
            found = gateway.imports.read(database, folders, restore=restore, tell=tell, cancel=cancel)
            return found, report_of(found)

        self._run(
            f"Reading {display_name(database)}…",
            work,
            done=self._show_report,
            back=self.choose,
        )

    def bring(self) -> None:
        """Import what was read."""
        found = self._read
        if found is None or self.busy:
            return
        gateway = self._context.gateway

        def work(tell: Callable[[Step], None], cancel: Cancellation) -> LibraryResult:
            return result_of(found.plan, gateway.imports.bring(found, tell=tell, cancel=cancel))

        self._run(
            "Importing…",
            work,
            done=self._show_result,
            back=self.report,
        )

    def reject(self) -> None:
        """Stop what goes on; with nothing going on, close."""
        if self._cancel is None:
            self._go_back()  # Next time it begins anew.
            super().reject()
        else:
            self._cancel.cancel()
            self.working.words.setText("Stopping…")

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Hide it while it works: it goes on, and its end is told in the window."""
        if self.busy and event is not None:
            event.ignore()
            self.hide()
        else:
            super().closeEvent(event)

    def _run(
        self,
        words: str,
        work: Callable[[Callable[[Step], None], Cancellation], Any],
        *,
        done: Callable[[Any], None],
        back: QWidget,
    ) -> None:
        """Do something that takes its time, and show how far it is.

        It has a cancellation of its own: that an import was stopped in time is told only when it is so.
        """
        cancel = self._cancel = Cancellation()
        self._rows.hold()
        self.working.show_step(Step(words))
        self._show(self.working)
        self._context.notices.doing(_DOING, words)

        def follow(task: Task[Any]) -> Any:  # noqa: ANN401  whatever the work returns
            with task.cancel.calling(cancel.cancel):  # The window is closed.
                return work(task.report, cancel)

        def ended() -> None:
            self._cancel = None
            self._context.notices.doing(_DOING, "")

        def arrived(value: Any) -> None:  # noqa: ANN401
            ended()
            done(value)

        def failed(error: BaseException) -> None:
            ended()
            if self._read is None:
                self._rows.release()
            self._show(back)
            stopped = isinstance(error, CancelledError)
            if stopped and back is self.report:  # It may have been too late: what is read again tells.
                self._context.bus.publish(Change(_CAME | Topic.CONNECTION))
                self.read()
                return
            sentence = "It was stopped; nothing was changed." if stopped else sentence_of(error)
            if back is self.choose:
                self.choose.say(sentence)
            else:
                self.report.sentence.setText(sentence)
            if not self.isVisible():
                self._context.notices.error(sentence)

        self._context.tasks.run(
            follow, done=arrived, failed=failed, progress=self._show_steps, lane=Lane.LONG, owner=self
        )

    def _show_steps(self, steps: list[Step]) -> None:
        if self._cancel is not None and not self._cancel.cancelled:
            self.working.show_step(steps[-1])

    def _show_report(self, found: tuple[ReadLibrary, LibraryReport]) -> None:
        self._read, self._told = found
        self.report.skip_damaged.setChecked(False)
        self.report.show_report(self._told)
        self._show(self.report)
        if not self.isVisible():
            self._context.notices.info("The old library was read: Import from Old 8-cut in the File menu shows it.")

    def _show_result(self, result: LibraryResult) -> None:
        self._forget()
        self.outcome.show_result(result)
        self._show(self.outcome)
        if result.added:  # With new profiles everything is read again, and the list of them, too.
            self._context.bus.publish(Change(_CAME | Topic.CONNECTION if result.profiles else _CAME))
        self._context.settings.update("importing", imported=True)
        if not self.isVisible():
            what = count_of(result.added, "row was", "rows were")
            self._context.notices.info(f"The import is done: {what} added.")

    def _offer(self, home: Path, there: bool) -> None:
        if there and not self.choose.path.text():
            self.choose.path.setText(str(home))

    def _search(self) -> None:
        dialog = self.choose.ask_for_folder()
        dialog.fileSelected.connect(self._read_again)  # After the page has taken it.

    def _read_again(self, _folder: str) -> None:
        self.read()

    def _go_back(self) -> None:
        self._forget()
        self._show(self.choose)

    def _forget(self) -> None:
        """Let a thread drop what was read: hundreds of thousands of rows take a while."""
        rows, self._read = [self._read], None
        self._rows.release()
        self._context.tasks.run(lambda _task: rows.clear())

    def _go(self) -> None:
        if self.pages.currentWidget() is self.choose:
            self.read()
        elif self.pages.currentWidget() is self.report:
            self.bring()

    def _show(self, page: QWidget) -> None:
        self.pages.setCurrentWidget(page)
        self._show_buttons()

    def _show_buttons(self) -> None:
        page = self.pages.currentWidget()
        report = None if self._read is None else self._told
        ready = report is not None and (not report.damaged or self.report.skip_damaged.isChecked())
        self.search_button.setVisible(page is self.report and report is not None and report.missing_media > 0)
        self.back_button.setVisible(page in (self.report, self.outcome))
        self.go_button.setVisible(page in (self.choose, self.report))
        self.go_button.setText("&Read" if page is self.choose else "&Import")
        something = report is not None and report.new > 0
        self.go_button.setEnabled(self.choose.database is not None if page is self.choose else ready and something)
        self.close_button.setText("Close" if page in (self.choose, self.outcome) else "Cancel")
        if page is self.outcome:
            self.close_button.setFocus()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.addWidget(self.search_button)
        buttons.addStretch()
        for button in (self.back_button, self.go_button, self.close_button):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.addWidget(self.pages, 1)
        layout.addLayout(buttons)
        metrics = self.fontMetrics()
        self.resize(metrics.averageCharWidth() * 150, metrics.height() * 36)


class _ManyRows:
    """While there are many rows, Python seldom looks through all objects: it would hold up the UI thread.

    See `eightcut_qt.core.collector`, which does it in that thread.
    """

    def __init__(self) -> None:
        self._limits: tuple[int, int, int] | None = None

    def hold(self) -> None:
        """There will be many."""
        if self._limits is None:
            self._limits = gc.get_threshold()
            gc.set_threshold(self._limits[0], self._limits[1], _RARELY)

    def release(self) -> None:
        """There are few again."""
        if self._limits is not None:
            gc.set_threshold(*self._limits)
            self._limits = None


def _button(text: str, handler: Callable[[], object]) -> QPushButton:
    made = QPushButton(text)
    made.setAutoDefault(False)
    made.clicked.connect(lambda _checked=False: handler())
    return made

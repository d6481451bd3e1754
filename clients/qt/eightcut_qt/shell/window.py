"""The main window: the panels and what lies round them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eightcut_client.media import display_name
from PyQt6.QtCore import QEvent, QSize, Qt
from PyQt6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QApplication, QMainWindow, QMessageBox, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.notices import Level
from eightcut_qt.importing.offer import LibraryOffer
from eightcut_qt.link.states import Kind, LinkState
from eightcut_qt.shell.docks import Docks, focus_beside
from eightcut_qt.shell.menus import add_docks, add_themes, fill_menu_bar
from eightcut_qt.shell.notice_bar import Notice, NoticeBar
from eightcut_qt.shell.panels import Panels
from eightcut_qt.shell.status import StatusBar
from eightcut_qt.shell.welcome import Welcome

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.core.state import OpenMedia
    from eightcut_qt.shell.dialogs import Dialogs

TITLE = "8-cut"

_SHARED = Topic.CLIPS | Topic.NEGATIVES | Topic.SCANS | Topic.REGIONS
_LINK = "link"  # Key of notices about the services.
_TROUBLE = {Kind.DEGRADED: Level.WARNING, Kind.OFFLINE: Level.ERROR, Kind.REFUSED: Level.ERROR}


class MainWindow(QMainWindow):
    """Holds the panels. It closes itself only; `eightcut_qt.app` ends what it used."""

    def __init__(self, context: Context, panels: Panels, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._was_left = False
        self.panels = panels
        self.dialogs: Dialogs
        self.ask_to_close: Callable[[str], bool] = self._ask_to_close
        self.setWindowTitle(TITLE)
        self.setAcceptDrops(True)
        self.notice_bar = NoticeBar(context.theme)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(panels.playback)
        self.splitter.addWidget(panels.timeline)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        self.centre = QStackedWidget()
        self.welcome = Welcome(context.actions, context.theme, offer=LibraryOffer(context))
        self.centre.addWidget(self.welcome)
        self.centre.addWidget(self.splitter)
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.notice_bar)
        layout.addWidget(self.centre, 1)
        self.setCentralWidget(middle)
        self.docks = Docks(self, panels, self.splitter)
        self.status = StatusBar(context)
        self.setStatusBar(self.status)
        self._fill_menus()
        context.actions.install(self)
        self._bind()
        context.state.media_changed.connect(self._show_media)
        context.link.state_changed.connect(self._tell_link)
        context.notices.said.connect(self._tell)
        self._show_media(context.state.media)
        self.resize(self._first_size())
        self.docks.restore(context.settings)

    def _first_size(self) -> QSize:
        height = self.fontMetrics().height()
        wanted = QSize(96 * height, 58 * height)
        screen = self.screen()
        return wanted if screen is None else wanted.boundedTo(screen.availableSize() * 0.9)

    def _fill_menus(self) -> None:
        bar = self.menuBar()
        assert bar is not None
        menus = fill_menu_bar(bar, self._context.actions)
        add_docks(menus["View"], self.docks.all)
        add_themes(menus["View"], self._context.actions, self._context.theme, self._context.settings)

    def _bind(self) -> None:
        actions, panels = self._context.actions, self.panels
        order: list[QWidget] = [self.notice_bar, panels.playlist, panels.clips, panels.playback, panels.timeline]
        order += [panels.results, panels.review, panels.scan]
        actions.bind("shell.next_panel", lambda: focus_beside(order, 1))
        actions.bind("shell.previous_panel", lambda: focus_beside(order, -1))
        actions.bind("shell.reset_layout", self.docks.reset)
        actions.bind("shell.quit", self.close)
        connection = actions.action("shell.connection")
        self.status.link.clicked.connect(connection.trigger)

    def _show_media(self, media: OpenMedia | None) -> None:
        # What Qt takes for the place of its own sign is written twice.
        name = "" if media is None else display_name(media.path).replace("[*]", "[*][*]")
        self.setWindowTitle(f"{name} — {TITLE}" if name else TITLE)
        self.centre.setCurrentWidget(self.welcome if media is None else self.splitter)

    def _tell(self, level: Level, sentence: str) -> None:
        if level is Level.INFO:
            self.status.say(sentence)
        else:
            self.notice_bar.say(Notice(level, sentence))

    def _tell_link(self, state: LinkState) -> None:
        level = _TROUBLE.get(state.kind)
        if level is not None:
            action = self._context.actions.action("shell.connection")
            self.notice_bar.say(Notice(level, state.sentence, _LINK, action))
        elif state.kind is Kind.ONLINE:
            self.notice_bar.withdraw(_LINK)

    def take(self, paths: Sequence[Path]) -> None:
        """Put files and folders into the playlist, and open the first file where none is open."""
        self.panels.add_paths(paths)

        def show(first: Path | None) -> None:
            if first is not None and self._context.state.media is None:
                self._context.navigator.open(first)

        self._context.tasks.run(
            lambda _task: next((path for path in paths if path.is_file()), None), done=show, owner=self
        )

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """Take files and folders."""
        if event is not None and _local_paths(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """Put them into the playlist."""
        if event is not None and (paths := _local_paths(event)):
            event.acceptProposedAction()
            self.take(paths)

    def changeEvent(self, event: QEvent | None) -> None:
        """Read again what is shown of the file when the person comes back: another window may have changed it."""
        super().changeEvent(event)
        if event is None or event.type() != QEvent.Type.ActivationChange:
            return
        if not self.isActiveWindow():
            self._was_left = not self._owns(QApplication.activeWindow())
        elif self._was_left:
            self._was_left = False
            media = self._context.state.media
            if media is not None and media.registered and self._context.link.state.kind is not Kind.OFFLINE:
                self._context.bus.publish(Change(_SHARED, frozenset([media.digest])))

    def _owns(self, widget: QWidget | None) -> bool:
        """Tell whether a window is one of our dialogs."""
        while widget is not None and widget is not self:
            widget = widget.parentWidget()
        return widget is self

    def closeEvent(self, event: QCloseEvent | None) -> None:
        """Ask if something still runs; keep where everything is."""
        if event is None:
            return
        running = self._what_runs()
        if running and not self.ask_to_close(running):
            event.ignore()
            return
        self.keep_layout()
        event.accept()

    def keep_layout(self) -> None:
        """Keep the window's size and the places of the panels."""
        self.docks.save(self._context.settings)
        self._context.settings.save()

    def _what_runs(self) -> str:
        """Say what closing would interrupt, empty when nothing."""
        scans = self._context.scans
        if scans is not None and scans.busy:
            return "A scan is running. If you close 8-cut, it stops; scanning the file again goes on where it was."
        if self._context.exports is not None and self._context.exports.busy:
            return "Clips are being cut. If you close 8-cut, it stops; the clips stay marked and can be cut later."
        from eightcut_qt.importing.library_dialog import LibraryDialog
        from eightcut_qt.training.follower import TrainingFollower

        library = self.findChild(LibraryDialog)
        if library is not None and library.importing:
            return "An old library is being imported. If you close 8-cut, it stops; it can be imported again."
        training = self.findChild(TrainingFollower)
        own = self._context.link.state.mode == "embedded"
        if own and training is not None and training.busy:
            return "A training is running. If you close 8-cut, it pauses; it goes on when you open 8-cut again."
        return ""

    def _ask_to_close(self, sentence: str) -> bool:
        box = QMessageBox(QMessageBox.Icon.Question, "Close 8-cut?", sentence, parent=self)
        close = box.addButton("Close 8-cut", QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton("Keep it open", QMessageBox.ButtonRole.RejectRole))
        box.exec()
        return box.clickedButton() is close


def _local_paths(event: QDropEvent) -> list[Path]:
    data = event.mimeData()
    if data is None or not data.hasUrls():
        return []
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]

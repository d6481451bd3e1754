"""The playlist panel: tabs of files, and what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from eightcut_client.media import display_name
from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QAction, QDragEnterEvent, QDropEvent, QGuiApplication, QShowEvent
from PyQt6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from eightcut_qt.core.context import Context
from eightcut_qt.core.paths import state_folder
from eightcut_qt.core.state import OpenMedia
from eightcut_qt.playlist.actions import PANEL
from eightcut_qt.playlist.adding import Adding
from eightcut_qt.playlist.asking import ask_for_files, ask_for_folder, ask_to_close
from eightcut_qt.playlist.autosave import Autosave
from eightcut_qt.playlist.commands import FileCommands, Pages
from eightcut_qt.playlist.files import PlaylistFile, PlaylistFiles
from eightcut_qt.playlist.filter_bar import FilterBar
from eightcut_qt.playlist.footer import Footer, Tally
from eightcut_qt.playlist.hashing import Hashing
from eightcut_qt.playlist.knowledge import Knowledge
from eightcut_qt.playlist.model import FileFilter, local_paths
from eightcut_qt.playlist.page import PlaylistPage
from eightcut_qt.playlist.presence import Presence
from eightcut_qt.playlist.saved import SavedLists, SavedTab, snapshot
from eightcut_qt.playlist.tabs import PlaylistTabs

FILE_NAME = "playlists.json"

_LOOK_EVERY = 10_000  # Milliseconds.
_SOON = 100  # Milliseconds: what comes together is summed up once.
_CONTEXT_MENU = ("open", "done", "hide", "reveal", "locate", "", "move_up", "move_down", "sort", "", "remove")


class PlaylistPanel(QWidget):
    """Shows the playlists, kept from one run to the next.

    Attributes:
        context: The shared objects.
        files: The current tab's files, for others.
    """

    paths_changed = pyqtSignal()
    """`visible_paths` or `paths_to_scan` may be different."""
    export_folder_changed = pyqtSignal(str)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("playlist")
        self.setAcceptDrops(True)
        self.context = context
        self._knowledge = Knowledge(context, self)
        self._presence = Presence(context, self)
        self._hashing = Hashing(context, self)
        self._early: list[Path] = []
        self._loaded = False
        self._adding = Adding(context, self)
        self.files = PlaylistFiles(self.paths_to_scan, self)
        self.tabs = PlaylistTabs()
        self.filter_bar = FilterBar(context.actions)
        self.footer = Footer()
        self.commands = FileCommands(context, self._knowledge, Pages(self._page, self.pages), self)
        self._soon = _timer(self, _SOON, self._sum_up, once=True)
        self._look = _timer(self, _LOOK_EVERY, self._look_again, once=False)
        self._lay_out()
        self._bind()
        self._watch()
        self._saved = Autosave(context, state_folder() / FILE_NAME, self._snapshot, self)
        self._saved.loaded.connect(self._show_saved)

    @property
    def current_path(self) -> Path | None:
        """The file that the keys are at."""
        page = self._page()
        file = None if page is None else page.view.current()
        return None if file is None else file.path

    @property
    def export_folder(self) -> Path | None:
        """Where clips of the current tab's files go, None while it is not chosen."""
        page = self._page()
        return Path(page.export_folder) if page is not None and page.export_folder else None

    @property
    def is_loaded(self) -> bool:
        """Whether the lists of the last run are shown."""
        return self._loaded

    @property
    def adding(self) -> bool:
        """Whether folders are being walked."""
        return self._adding.busy

    def visible_paths(self) -> list[Path]:
        """Return the files that are shown in the current tab, in their order."""
        page = self._page()
        return [] if page is None else [file.path for file in page.model.shown]

    def paths_to_scan(self) -> list[Path]:
        """Return the files of the current tab that are neither hidden nor missing, in their order."""
        page = self._page()
        files = () if page is None else page.model.files
        return [file.path for file in files if not file.missing and not self._knowledge.is_hidden(file)]

    def pages(self) -> list[PlaylistPage]:
        """Return the tabs."""
        found = (self.tabs.widget(index) for index in range(self.tabs.count()))
        return [page for page in found if isinstance(page, PlaylistPage)]

    def save(self) -> None:
        """Write the playlists if they changed: before the window closes."""
        self._saved.save_now()

    def add_paths(self, paths: Sequence[Path], before: PlaylistFile | None = None) -> None:
        """Add files, and the media files in folders, to the current tab; they appear as they are found.

        Args:
            paths: Files and folders.
            before: The file before which they are put; None: at the end.
        """
        if not self._loaded:
            self._early += paths
            return
        page = self._page() or self.add_tab()
        self._adding.add(page.model, paths, before)

    def add_tab(self, saved: SavedTab | None = None) -> PlaylistPage:
        """Add a tab and go to it."""
        tab = saved or SavedTab(self._new_name())
        page = PlaylistPage(self._knowledge, tab)
        page.model.set_colors(self.context.theme.colors)
        page.model.set_filter(self.filter_bar.value())
        page.model.set_current(self._open_key())
        page.model.files_changed.connect(self._files_changed)
        page.model.paths_dropped.connect(self.add_paths)
        page.model.done_wanted.connect(self.commands.set_done)
        page.view.opened.connect(self.commands.open)
        for action in self._menu:
            page.view.addAction(action)
        self.context.keys.watch(page.view, PANEL)
        self.tabs.setCurrentIndex(self.tabs.addTab(page, tab.name.replace("&", "&&")))
        self._touch()
        return page

    def close_tab(self, index: int) -> None:
        """Close a tab; one that has files only when the person agrees."""
        page = self.tabs.widget(index)
        if not isinstance(page, PlaylistPage):
            return
        if not page.model.files:
            self._drop_page(page)
            return
        ask_to_close(self, self._name(page), len(page.model.files), partial(self._drop_page, page))

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:
        """See QWidget."""
        if event is not None and (data := event.mimeData()) is not None and data.hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:
        """See QWidget."""
        if event is not None and (data := event.mimeData()) is not None and (paths := local_paths(data)):
            self.add_paths(paths)
            event.acceptProposedAction()

    def _lay_out(self) -> None:
        actions = self.context.actions
        self._menu: list[QAction] = []
        for name in _CONTEXT_MENU:
            if name:
                self._menu.append(actions.action(f"playlist.{name}"))
            else:
                line = QAction(self)
                line.setSeparator(True)
                self._menu.append(line)
        new = QToolButton()
        new.setText("+")
        new.setAccessibleName("New tab")
        new.setToolTip(actions.action("playlist.new_tab").toolTip())
        new.clicked.connect(actions.action("playlist.new_tab").trigger)
        new.setAutoRaise(True)
        self.tabs.setCornerWidget(new)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(self.filter_bar)
        layout.addWidget(self.tabs, 1)
        layout.addWidget(self.footer)
        self.setTabOrder(self.filter_bar, self.tabs)

    def _bind(self) -> None:
        bind = self.context.actions.bind
        bind("playlist.add_files", self.choose_files)
        bind("playlist.add_folder", self.choose_folder)
        bind("playlist.new_tab", self.add_tab)
        bind("playlist.rename_tab", self.tabs.rename_current)
        bind("playlist.close_tab", lambda: self.close_tab(self.tabs.currentIndex()))
        bind("playlist.export_folder", self.choose_export_folder)
        bind("playlist.filter", self.filter_bar.focus_text)

    def _watch(self) -> None:
        context = self.context
        self.filter_bar.changed.connect(self._set_filter)
        self.footer.choose_wanted.connect(self.choose_export_folder)
        self._adding.changed.connect(self._soon.start)
        self.filter_bar.left.connect(self._focus_list)
        self.tabs.currentChanged.connect(self._tab_changed)
        self.tabs.tabCloseRequested.connect(self.close_tab)
        self.tabs.renamed.connect(self._touch)
        self.tabs.bar.tabMoved.connect(self._touch)
        self._knowledge.changed.connect(self._know_more)
        self._presence.changed.connect(self._know_more)
        self._presence.changed.connect(self._touch)
        self._presence.gone.connect(self._open_file_gone)
        self._hashing.known.connect(self._hashed)
        context.state.media_changed.connect(self._media_changed)
        context.theme.changed.connect(self._show_colors)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._application_changed)
            application.aboutToQuit.connect(self.save)

    def choose_files(self) -> None:
        """Let the person choose files to add."""
        ask_for_files(self, self.add_paths)

    def choose_folder(self) -> None:
        """Let the person choose a folder to add."""
        ask_for_folder(self, "Add Folder", "", lambda folder: self.add_paths([folder]))

    def choose_export_folder(self) -> None:
        """Let the person choose where clips of this tab's files go."""
        page = self._page()
        if page is not None:
            set_folder = partial(self.set_export_folder, page)
            ask_for_folder(self, "Export Folder", page.export_folder, lambda folder: set_folder(str(folder)))

    def set_export_folder(self, page: PlaylistPage, folder: str) -> None:
        """Let clips of a tab's files go to this folder."""
        page.export_folder = folder
        self._touch()
        self._sum_up()
        if page is self._page():
            self.export_folder_changed.emit(folder)

    def _page(self) -> PlaylistPage | None:
        page = self.tabs.currentWidget()
        return page if isinstance(page, PlaylistPage) else None

    def _name(self, page: PlaylistPage) -> str:
        return self.tabs.tabText(self.tabs.indexOf(page)).replace("&&", "&")

    def _new_name(self) -> str:
        taken = {self._name(page) for page in self.pages()}
        return next(name for number in range(1, 10_000) if (name := f"List {number}") not in taken)

    def _drop_page(self, page: PlaylistPage) -> None:
        self.tabs.removeTab(self.tabs.indexOf(page))
        page.deleteLater()
        if not self.tabs.count():
            self.add_tab()
        self._touch()

    def _show_saved(self, lists: SavedLists) -> None:
        for tab in lists.tabs or [SavedTab(self._new_name())]:
            self.add_tab(tab)
        self.tabs.setCurrentIndex(lists.current)
        self._loaded = True
        early, self._early = self._early, []
        if early:
            self.add_paths(early)
        self._tab_changed()

    def _snapshot(self) -> dict[str, Any]:
        tabs = [SavedTab(self._name(page), page.export_folder, list(page.model.files)) for page in self.pages()]
        return snapshot(tabs, self.tabs.currentIndex())

    def _focus_list(self) -> None:
        page = self._page()
        if page is None:
            return
        page.view.setFocus(Qt.FocusReason.OtherFocusReason)
        if page.view.current() is None and page.model.shown:
            page.view.select([page.model.file(0)])

    def _set_filter(self, wanted: FileFilter) -> None:
        page = self._page()
        if page is not None:
            page.model.set_filter(wanted)
        self._soon.start()

    def _tab_changed(self) -> None:
        page = self._page()
        if page is None:
            return
        page.model.set_filter(self.filter_bar.value())
        page.model.refresh()
        self._presence.check(page.model.files)
        self._touch()
        self._soon.start()
        self.export_folder_changed.emit(page.export_folder)

    def _files_changed(self) -> None:
        self._touch()
        self._soon.start()

    def _touch(self) -> None:
        if self._loaded:
            self._saved.touch()

    def _know_more(self) -> None:
        page = self._page()
        if page is not None:
            page.model.refresh()
        self._soon.start()

    def _sum_up(self) -> None:
        """Say what is in the tab, and let the digests be taken that would tell more."""
        self._soon.stop()
        page = self._page()
        if page is None:
            return
        files = page.model.files
        tally = Tally(
            files=len(files),
            shown=len(page.model.shown),
            done=sum(file.done for file in files),
            hidden=sum(map(self._knowledge.is_hidden, files)),
            missing=sum(file.missing for file in files),
            clips=self._knowledge.count(files),
            adding=self._adding.busy,
        )
        self.footer.show_tally(tally, page.export_folder)
        if self.isVisible():
            self._hashing.want(file for file in files if self._knowledge.may_be_known(file))
        self.paths_changed.emit()
        self.files.changed.emit()

    def showEvent(self, event: QShowEvent | None) -> None:
        """See QWidget."""
        super().showEvent(event)
        self._soon.start()

    def _look_again(self) -> None:
        if self.isVisible() and (page := self._page()) is not None:
            self._presence.check(page.view.visible_files())
        if (window := self.window()) is not None and window.isVisible():
            self._presence.check_open()

    def _application_changed(self, state: Qt.ApplicationState) -> None:
        if state == Qt.ApplicationState.ApplicationActive and (page := self._page()) is not None:
            self._presence.check(page.model.files)
            self._presence.check_open()

    def _open_file_gone(self, path: Path) -> None:
        what = f"“{display_name(path)}” is no longer where it was opened."
        self.context.notices.warning(f"{what} Bring it back, or choose Locate… in the playlist.")
        self._presence.check(file for page in self.pages() if (file := page.model.find(PlaylistFile.at(path).key)))

    def _hashed(self, file: PlaylistFile) -> None:
        self.context.navigator.add_place(file.digest, file.path)
        self._touch()
        self._know_more()

    def _media_changed(self, media: OpenMedia | None) -> None:
        key = self._open_key()
        for page in self.pages():
            page.model.set_current(key)
            file = page.model.find(key) if key else None
            if file is not None and media is not None and media.local is not None and file.digest != media.digest:
                file.digest = media.digest
                file.size = media.local.stamp.size
                self._know_more()

    def _open_key(self) -> str:
        media = self.context.state.media
        return "" if media is None else PlaylistFile.at(media.path).key

    def _show_colors(self) -> None:
        for page in self.pages():
            page.model.set_colors(self.context.theme.colors)


def _timer(parent: QWidget, interval: int, call: Any, *, once: bool) -> QTimer:  # noqa: ANN401  a slot
    made = QTimer(parent)
    made.setSingleShot(once)
    made.setInterval(interval)
    made.timeout.connect(call)
    if not once:
        made.start()
    return made

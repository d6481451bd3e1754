"""What is done with the selected files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PyQt6.QtCore import QObject, QUrl
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import QWidget

from eightcut_qt.core.context import Context
from eightcut_qt.core.tasks import Lane, Task
from eightcut_qt.playlist.asking import ask_for_folder
from eightcut_qt.playlist.files import PlaylistFile
from eightcut_qt.playlist.hiding import Hiding
from eightcut_qt.playlist.knowledge import Knowledge
from eightcut_qt.playlist.locating import Located, Lost, look
from eightcut_qt.playlist.page import PlaylistPage
from eightcut_qt.playlist.texts import by_name, count_text


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages, as the panel has them."""

    current: Callable[[], PlaylistPage | None]
    all: Callable[[], Sequence[PlaylistPage]]


class FileCommands(QObject):
    """Opens, marks, hides, moves, removes and finds files; binds the actions that do."""

    def __init__(self, context: Context, knowledge: Knowledge, pages: Pages, window: QWidget) -> None:
        super().__init__(window)
        self._context = context
        self._knowledge = knowledge
        self._pages = pages
        self._window = window
        self._hiding = Hiding(context, knowledge, self)
        self._search: Task[Located] | None = None
        bind = context.actions.bind
        bind("playlist.open", self.open_current)
        bind("playlist.next", partial(self.open_next, 1))
        bind("playlist.previous", partial(self.open_next, -1))
        bind("playlist.done", self.toggle_done)
        bind("playlist.hide", self.toggle_hidden)
        bind("playlist.remove", self.remove)
        bind("playlist.locate", self.ask_where)
        bind("playlist.reveal", self.reveal)
        bind("playlist.move_up", partial(self.move, -1))
        bind("playlist.move_down", partial(self.move, 1))
        bind("playlist.sort", self.sort)

    def open(self, file: PlaylistFile) -> None:
        """Open a file."""
        self._context.navigator.open(file.path)

    def open_current(self) -> None:
        """Open the file that the keys are at."""
        page = self._pages.current()
        if page is not None and (file := page.view.current()) is not None:
            self.open(file)

    def open_next(self, step: int) -> None:
        """Open the next (1) or previous (-1) file that is shown, not hidden and not missing."""
        page = self._pages.current()
        if page is None or not page.model.files:
            self._context.notices.info("There are no files in this list.")
            return
        shown = set(page.model.shown)
        files = page.model.files if step > 0 else page.model.files[::-1]
        media = self._context.state.media
        here = None if media is None else page.model.find(_key(media.path))
        begin = 0 if here is None else files.index(here) + 1
        for file in files[begin:]:
            if file in shown and not file.missing and not self._knowledge.is_hidden(file):
                page.view.select([file])
                self.open(file)
                return
        self._context.notices.info("This is the last file." if step > 0 else "This is the first file.")

    def toggle_done(self) -> None:
        """Mark the selected files as done; as not done, when all of them are."""
        files = self._selected()
        if files:
            self.set_done(files, not all(file.done for file in files))

    def set_done(self, files: Sequence[PlaylistFile], done: bool) -> None:
        """Mark files as done or not, in all tabs."""
        keys = {file.key for file in files}
        for page in self._pages.all():
            page.model.set_done(keys, done)

    def toggle_hidden(self) -> None:
        """Hide the selected files; show them, when all of them are hidden."""
        files = self._selected()
        if not files:
            return
        hide = not all(self._knowledge.is_hidden(file) for file in files)
        self._hiding.set_hidden([file for file in files if self._knowledge.is_hidden(file) != hide], hide)
        if hide and not self._context.actions.action("playlist.show_hidden").isChecked():
            what = "The file is" if len(files) == 1 else f"{len(files)} files are"
            self._context.notices.info(f"{what} hidden; “Show hidden files” brings them back to the list.")

    def remove(self) -> None:
        """Take the selected files out of the list."""
        page, files = self._pages.current(), self._selected()
        if page is None or not files:
            return
        row = page.model.row_of(files[0]) or 0
        page.model.remove(files)
        if page.model.shown:
            page.view.select([page.model.file(min(row, len(page.model.shown) - 1))])
        what = "1 file was" if len(files) == 1 else f"{len(files)} files were"
        self._context.notices.info(f"{what} taken out of the list; nothing was deleted.")

    def move(self, step: int) -> None:
        """Move the selected files one row up (-1) or down (1)."""
        page, files = self._pages.current(), self._selected()
        if page is None or not files:
            return
        shown = page.model.shown
        # Only the outermost are looked for: each look goes through the list.
        row = page.model.row_of(files[0] if step < 0 else files[-1]) or 0
        before = max(row - 1, 0) if step < 0 else row + 2
        page.model.move(files, shown[before] if before < len(shown) else None)
        page.view.scrollTo(page.view.currentIndex())

    def sort(self) -> None:
        """Order the tab by name."""
        if (page := self._pages.current()) is not None:
            names = [(file.searched, file.key, file) for file in page.model.files]
            self._context.tasks.run(lambda _task: by_name(names), done=page.model.reorder, lane=Lane.LONG, owner=page)

    def reveal(self) -> None:
        """Open the folder of the current file in the file manager."""
        page = self._pages.current()
        if page is not None and (file := page.view.current()) is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(file.path.parent)))

    def ask_where(self) -> None:
        """Let the person name a folder in which missing files are looked for."""
        page = self._pages.current()
        if page is None or not self._lost(page):
            self._context.notices.info("No file of this list is missing.")
            return
        ask_for_folder(self._window, "Where Are the Missing Files?", "", partial(self.locate, page))

    def locate(self, page: PlaylistPage, folder: Path) -> None:
        """Look for the missing files among the selected ones, or for all that are missing."""
        lost = [Lost(file, file.name, file.size, self._knowledge.digest_of(file)) for file in self._lost(page)]
        if self._search is not None:
            self._search.stop()
        self._context.notices.info(f"Looking for {count_text(len(lost))} in {folder}.")

        def found(located: Located) -> None:
            for old, path in located.places.items():
                new = PlaylistFile.at(path, size=old.size)
                new.done = old.done
                new.digest = old.digest
                if old in page.model.files:
                    page.model.replace(old, new)
                if old.digest:
                    self._context.navigator.add_place(old.digest, path)
            self._context.notices.info(_found_sentence(len(lost), located))

        self._search = self._context.tasks.run(
            lambda task: look(lost, folder, task.cancel), done=found, lane=Lane.LONG, owner=page
        )

    def _lost(self, page: PlaylistPage) -> list[PlaylistFile]:
        chosen = [file for file in page.view.selected() if file.missing]
        return chosen or [file for file in page.model.files if file.missing]

    def _selected(self) -> list[PlaylistFile]:
        page = self._pages.current()
        return [] if page is None else page.view.selected()


def _key(path: Path) -> str:
    return PlaylistFile.at(path).key


def _found_sentence(wanted: int, located: Located) -> str:
    if not located.places:
        return f"{'The file was' if wanted == 1 else 'The files were'} not found there."
    text = f"{len(located.places)} of {count_text(wanted)} found."
    unsure = f" {located.unsure} of them only by name and size." if located.unsure else ""
    return text + unsure

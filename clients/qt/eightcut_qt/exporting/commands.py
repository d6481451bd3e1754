"""What the person can do with clips as files: bound to actions, done by the export queue."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices
from PyQt6.QtWidgets import QMessageBox, QWidget

from eightcut_qt.clips.board import ClipBoard
from eightcut_qt.clips.model import FileSign
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.records import ClipRecord
from eightcut_qt.exporting.asking import ask_to_delete, ask_to_delete_files, ask_to_make
from eightcut_qt.exporting.choices import cut_options, guide_ratio, target_folder
from eightcut_qt.exporting.files import WAITING, ClipFiles, FilesOf, sign_of
from eightcut_qt.exporting.keyframes import CropKeys
from eightcut_qt.exporting.orders import Batch, Order, Outcome, Place
from eightcut_qt.exporting.preparing import Wanted, prepare
from eightcut_qt.exporting.work import delete_clips, delete_files, disable_clips, relabel_clips

if TYPE_CHECKING:
    from eightcut_client.register import LocalMedia

    from eightcut_qt.core.context import Context


class ExportCommands(QObject):
    """Cuts, deletes, disables and shows the clips of a board.

    Attributes:
        files: Files of the open file's clips.
        keys: Crop keyframes of the open file.
        question: The last question that was asked.
        open_url: Shows a folder to the person.
    """

    changed = pyqtSignal()
    """What is to be said of the clips' files is different (see `signs`)."""

    def __init__(
        self, context: Context, board: ClipBoard, selected: Callable[[], Sequence[str]], parent: QWidget
    ) -> None:
        """Bind the actions.

        Args:
            context: The shared objects.
            board: The clips.
            selected: Returns the ids of those that are selected.
            parent: Of questions.
        """
        super().__init__(parent)
        self._context = context
        self._board = board
        self._selected = selected
        self._window = parent
        self._waiting: dict[str, int] = {}  # Clips that are being cut, or wait for it, and how often.
        self._told: dict[str, tuple[ClipRecord, FilesOf, FileSign]] = {}  # What was said of which clip and files.
        self._told_for: object = None  # With which length of the file and export folders.
        self.files = ClipFiles(context, self)
        self.keys = CropKeys(context, self)
        self.question: QMessageBox | None = None
        self.open_url: Callable[[QUrl], object] = QDesktopServices.openUrl
        self.files.changed.connect(self.changed)
        self._bind()
        board.before_delete = self._before_delete
        board.labelled.connect(self._relabel)
        context.settings.changed.connect(self._settings_changed)
        context.exports.changed.connect(self._allow)
        context.exports.folder_changed.connect(self.changed)
        context.exports.folder_gone.connect(self._ask_to_make)
        context.bus.changed.connect(self._bus_changed)
        self._settings_changed("export")
        self._allow()

    @property
    def cuts_when_marking(self) -> bool:
        """Whether a clip is cut as soon as it is marked."""
        return self._context.settings.value.export.cut_when_marking and self._context.exports.folder is not None

    def signs(self) -> Mapping[str, FileSign]:
        """Return what is to be said of the files of clips, by id; clips without files are left out."""
        found: dict[str, FileSign] = {}
        media = self._context.state.media
        duration = None if media is None else media.duration
        clips = self._board.clips
        targets = {folder: self._target(folder) for folder in {clip.folder for clip in clips}}
        if self._told_for != (duration, targets):
            self._told, self._told_for = {}, (duration, targets)
        for clip in clips:
            files = self._files_of(clip.id)
            if clip.id in self._waiting:
                found[clip.id] = WAITING
            elif files is not None:
                told = self._told.get(clip.id)
                if told is None or told[0] is not clip or told[1] is not files:
                    told = self._told[clip.id] = clip, files, sign_of(clip, files, duration, targets[clip.folder])
                found[clip.id] = told[2]
        return found

    def _target(self, folder: str) -> Path | None:
        """Return where clips of a folder would be cut to."""
        chosen, by_folder = self._context.exports.folder, self._context.settings.value.export.by_folder
        return None if chosen is None else Path(os.path.normpath(target_folder(chosen, folder, by_folder=by_folder)))

    def cut(self, ids: Sequence[str], *, again: bool = False) -> None:
        """Cut clips as the settings say.

        Args:
            ids: Of the board's clips.
            again: Also those that have files in the export folder already, under the same names.
        """
        context = self._context
        folder, media = context.exports.folder, context.state.media
        if folder is None:
            context.notices.info("Choose an export folder first: in the Clips panel, under Cutting.")
        elif media is None or not ids:
            context.notices.info("Select clips first.")
        else:
            settings = context.settings.value
            random = settings.export.random_portrait or settings.export.random_square
            seed = secrets.randbits(31) if random else 0
            options = cut_options(settings.export, settings.clips, keyframes=self.keys.keys, seed=seed)
            wanted = Wanted(folder, settings.export, options, media.duration, again)
            self._wait(ids, 1)
            self._board.when_saved(
                ids, partial(self._order, wanted, tuple(ids)), otherwise=partial(self._wait, ids, -1)
            )

    def delete_from_disk(self, ids: Sequence[str]) -> None:
        """Ask, and delete clips with their files."""
        clips = [clip for id_ in ids if (clip := self._board.get(id_)) is not None]
        if not clips:
            self._context.notices.info("Select clips first.")
            return
        files = sum(len(found.files) for clip in clips if (found := self._files_of(clip.id)) is not None)
        if not files:
            self._board.delete([clip.id for clip in clips])  # Nothing lies on the disk: this can be undone.
            return
        chosen = [clip.id for clip in clips]
        self.question = ask_to_delete(self._window, len(clips), files, partial(self._delete, chosen))

    def delete_files(self, ids: Sequence[str]) -> None:
        """Ask, and delete the files of clips; the clips stay, such as to be cut into another folder."""
        found = {id_: of for id_ in ids if (of := self._files_of(id_)) is not None}
        if not found:
            self._context.notices.info("No selected clip is cut to files.")
            return
        files = sum(len(each.files) for each in found.values())
        delete = partial(self._delete, list(found), keep=True)
        self.question = ask_to_delete_files(self._window, files, delete)

    def _before_delete(self, ids: Collection[str]) -> bool:
        """Ask first where clips have files: the Store would forget where these lie."""
        cut = any(self._files_of(id_) is not None for id_ in ids)
        if cut:
            self.delete_from_disk(list(ids))
        return cut

    def show_in_folder(self) -> None:
        """Open the folder that holds the first selected clip's files."""
        for id_ in self._selected():
            found = self._files_of(id_)
            if found is not None:
                self.open_url(QUrl.fromLocalFile(str(found.files[0].location.parent)))
                return
        self._context.notices.info("No selected clip is cut to files.")

    def _files_of(self, id_: str) -> FilesOf | None:
        store_id = self._board.store_id(id_)
        return self.files.of(store_id) if store_id else None

    def _order(self, wanted: Wanted, ids: Sequence[str], local: LocalMedia, clips: list[ClipRecord]) -> None:
        gateway = self._context.gateway
        if not clips:  # They could not be saved, which was told.
            self._wait(ids, -1)
            return

        def batches(_place: Place) -> list[Batch]:
            return prepare(wanted, local, clips, gateway.exports.of_clips(clip.id for clip in clips))

        over = partial(self.files.after_reading, partial(self._wait, ids, -1))
        self._context.exports.cut(wanted.options.count * len(clips), batches, done=over)

    def _wait(self, ids: Sequence[str], step: int) -> None:
        for id_ in ids:
            count = self._waiting.get(id_, 0) + step
            if count > 0:
                self._waiting[id_] = count
            else:
                self._waiting.pop(id_, None)
        self.changed.emit()

    def _delete(self, ids: Sequence[str], *, keep: bool = False) -> None:
        """Delete files, and the clips unless these are kept."""
        gateway, delete = self._context.gateway, delete_files if keep else delete_clips

        def saved(local: LocalMedia, clips: list[ClipRecord]) -> None:
            own = [clip.id for clip in clips]

            def work(place: Place, _tell: object) -> Outcome:
                wanted = [file.id for file in gateway.exports.of_clips(own)] if keep else own
                return delete(place, wanted, local.digest)

            self._context.exports.run("Deleting files", work)

        self._board.when_saved(ids, saved)

    def _relabel(self, labels: Mapping[str, str]) -> None:
        def work(place: Place, _tell: object) -> Outcome:
            return relabel_clips(place, labels)

        self._context.exports.run("Changing labels", work, quiet=True)

    def _ask_to_make(self, order: Order, folder: Path) -> None:
        make = partial(self._context.exports.cut_anew, order)
        self.question = ask_to_make(self._window, folder, make)

    def _bus_changed(self, change: Change) -> None:
        if change.topics & Topic.PROFILE:  # Its clips have other ids.
            self._waiting.clear()
            self.changed.emit()

    def _disable(self, *, disabled: bool, whole_folder: bool) -> None:
        media, digest = self._context.state.media, ""
        folder = self._folder() if whole_folder else ""
        if not whole_folder and media is not None:
            digest = media.digest
        if not folder and not digest:
            self._context.notices.info("Select a clip of the folder first." if whole_folder else "Open a file first.")
            return

        def work(place: Place, _tell: object) -> Outcome:
            return disable_clips(place, folder=folder, media=digest, disabled=disabled)

        self._context.exports.run("Moving files", work)

    def _folder(self) -> str:
        """Return the folder of the first selected clip, else that of new clips."""
        for id_ in self._selected():
            if (clip := self._board.get(id_)) is not None:
                return clip.folder
        return self._context.settings.value.clips.folder.strip()

    def _bind(self) -> None:
        actions = self._context.actions
        actions.bind_toggle("exporting.when_marking", self._set_when_marking)
        actions.bind("exporting.cut_selected", lambda: self.cut(self._selected()))
        actions.bind("exporting.cut_all", lambda: self.cut([clip.id for clip in self._board.clips]))
        actions.bind("exporting.cut_again", lambda: self.cut(self._selected(), again=True))
        actions.bind("exporting.cancel", self._context.exports.cancel)
        actions.bind("exporting.key_add", self._add_key)
        actions.bind("exporting.key_remove", self._remove_key)
        for what, disabled in (("disable", True), ("enable", False)):
            for where, whole in (("video", False), ("folder", True)):
                action = f"exporting.{what}_{where}"
                actions.bind(action, partial(self._disable, disabled=disabled, whole_folder=whole))
        actions.bind("exporting.show", self.show_in_folder)
        actions.bind("exporting.delete", lambda: self.delete_from_disk(self._selected()))
        actions.bind("exporting.delete_files", lambda: self.delete_files(self._selected()))

    def _add_key(self) -> None:
        if guide_ratio(self._context.settings.value.export) is None:
            self._context.notices.info("Choose a crop first: in the Clips panel, under Cutting.")
        else:
            self.keys.add()

    def _remove_key(self) -> None:
        if not self.keys.remove():
            self._context.notices.info("There is no crop keyframe at the playhead.")

    def _set_when_marking(self, on: bool) -> None:
        self._context.settings.update("export", cut_when_marking=on)

    def _settings_changed(self, section: str) -> None:
        if section == "export":
            on = self._context.settings.value.export.cut_when_marking
            self._context.actions.action("exporting.when_marking").setChecked(on)
            self.changed.emit()  # Clips may go elsewhere now.

    def _allow(self) -> None:
        self._context.actions.action("exporting.cancel").setEnabled(self._context.exports.busy)

"""The clips panel: what the next clip is marked with, and the clips of the file that is open."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QAction, QHideEvent, QShowEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from eightcut_qt.clips.actions import PANEL, SUB_PROFILES
from eightcut_qt.clips.board import ClipBoard
from eightcut_qt.clips.form import ClipForm
from eightcut_qt.clips.model import ClipsModel, Column
from eightcut_qt.clips.sub_profiles import SubProfileBar, SubProfilesDialog
from eightcut_qt.clips.table import ClipsTable
from eightcut_qt.clips.tabs import FormTabs
from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.context import Context
from eightcut_qt.core.forward import bring_forward
from eightcut_qt.core.plain import tip
from eightcut_qt.core.records import FolderRecord
from eightcut_qt.core.settings import ClipSettings
from eightcut_qt.core.tasks import Task
from eightcut_qt.exporting.commands import ExportCommands
from eightcut_qt.exporting.numbers import NextNumber
from eightcut_qt.exporting.page import ExportPage
from eightcut_qt.exporting.row import CuttingRow

_IN_MENU = (
    "clips.go",
    "clips.edit",
    "clips.delete",
    "",
    "exporting.cut_selected",
    "exporting.cut_again",
    "exporting.show",
    "exporting.delete",
    "exporting.delete_files",
    "",
    "exporting.disable_folder",
    "exporting.enable_folder",
)
"""Actions of the table's menu; empty: a line."""


class ClipsPanel(QWidget):
    """Marks clips, and shows, edits and deletes those of the open file.

    Attributes:
        board: The clips; the timeline shows and moves them through it.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("clips")
        self._context = context
        self.board = ClipBoard(context, self)
        self.form = ClipForm(context.settings.value.clips)
        self.sub_profiles = SubProfileBar()
        self.export = ExportPage(context)
        self.tabs = FormTabs()
        self.cutting = CuttingRow(context.theme.colors)
        self.model = ClipsModel(self)
        self.model.set_colors(context.theme.colors)
        self.table = ClipsTable(self.model)
        self.commands = ExportCommands(context, self.board, self.table.selected_ids, self)
        self.export.use_keys(self.commands.keys)
        self.next = NextNumber(context, self)
        self._summary = QLabel()
        self._summary.setWordWrap(True)
        self._summary.setTextFormat(Qt.TextFormat.PlainText)
        self._summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._lookup: Task[tuple[list[FolderRecord], list[str]]] | None = None
        # What one does comes in bursts (marking with a held key): names are read once it is over.
        self._names_stale = True
        self._names_due = QTimer(self)
        self._names_due.setSingleShot(True)
        self._names_due.setInterval(200)
        self._names_due.timeout.connect(self._read_names)
        self._lay_out()
        self._bind()
        self._watch()
        self._show_settings("clips")
        self._show_clips()
        self._show_undo()
        self._show_next()
        self._show_progress()

    def mark(self) -> None:
        """Mark at the cursor as the form says, and select what was marked."""
        single = self.commands.cuts_when_marking
        self._marked(self.board.mark(self._context.state.cursor, single=single), cut=single)

    def mark_sub_profile(self, number: int) -> None:
        """Mark at the cursor into a sub-profile's folder."""
        single = self.commands.cuts_when_marking
        self._marked(self.board.mark_sub_profile(self._context.state.cursor, number, single=single), cut=single)

    def go_to_marker(self, *, backwards: bool = False) -> None:
        """Move the playhead to the next or previous marker; after the last comes the first."""
        clip = self.board.after(self._context.state.cursor, backwards=backwards)
        if clip is None:
            self._context.notices.info("No clips are marked in this file.")
            return
        self._context.player.seek(clip.start)
        self._context.state.set_cursor(clip.start)
        self.table.select_ids([clip.id])

    def _lay_out(self) -> None:
        actions = self._context.actions
        buttons = QHBoxLayout()
        for id_ in ("clips.mark", "clips.undo", "clips.redo"):
            button = QToolButton()
            button.setDefaultAction(actions.action(id_))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            buttons.addWidget(button)
            if id_ == "clips.mark":
                buttons.addStretch(1)
        actions.action("clips.undo").setIconText("Undo")
        actions.action("clips.redo").setIconText("Redo")
        actions.action("clips.mark").setIconText("Mark")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        marking = QWidget()
        fields = QVBoxLayout(marking)
        fields.setContentsMargins(0, 0, 0, 0)
        fields.addWidget(self.form)
        fields.addWidget(self.sub_profiles)
        self.tabs.add(marking, "Marking")
        self.tabs.add(self.export, "Cutting")
        layout.addWidget(self.tabs)
        layout.addWidget(self.cutting)
        layout.addLayout(buttons)
        layout.addWidget(self.table, 1)
        layout.addWidget(self._summary)
        for id_ in _IN_MENU:
            self.table.addAction(actions.action(id_) if id_ else _line(self.table))

    def _bind(self) -> None:
        actions = self._context.actions
        actions.bind("clips.mark", self.mark)
        for number in range(1, SUB_PROFILES + 1):
            actions.bind(f"clips.mark_{number}", partial(self.mark_sub_profile, number))
        actions.bind("clips.next", self.go_to_marker)
        actions.bind("clips.previous", partial(self.go_to_marker, backwards=True))
        actions.bind("clips.undo", self._undo)
        actions.bind("clips.redo", self._redo)
        actions.bind("clips.sub_profiles", self.edit_sub_profiles)
        actions.bind("clips.go", self._go_to_current)
        actions.bind("clips.edit", self.table.edit_current)
        actions.bind("clips.delete", self._delete_selected)
        self._context.keys.watch(self.table, PANEL)

    def _watch(self) -> None:
        context = self._context
        self.board.changed.connect(self._show_clips)
        self.board.undo_changed.connect(self._show_undo)
        self.board.refused.connect(self._folder_refused)
        self.form.edited.connect(self._form_edited)
        self.sub_profiles.chosen.connect(self.mark_sub_profile)
        self.sub_profiles.edit_wanted.connect(self.edit_sub_profiles)
        self.model.typed.connect(self._typed)
        self.model.not_a_time.connect(self._not_a_time)
        context.settings.changed.connect(self._show_settings)
        context.theme.changed.connect(self._show_colors)
        context.bus.changed.connect(self._bus_changed)
        context.state.media_changed.connect(self._show_clips)
        self.commands.changed.connect(self._show_files)
        self.next.changed.connect(self._show_next)
        context.exports.changed.connect(self._show_progress)
        self.cutting.cancel_wanted.connect(context.exports.cancel)

    def edit_sub_profiles(self) -> None:
        """Open the list of sub-profiles."""
        values = self._context.settings.value.clips
        dialog = SubProfilesDialog(values.sub_profiles, values.folder, self.window())
        dialog.saved.connect(self._save_sub_profiles)
        dialog.open()

    def _save_sub_profiles(self, names: tuple[str, ...]) -> None:
        self._context.settings.update("clips", sub_profiles=names)

    def _form_edited(self, values: ClipSettings) -> None:
        self._context.settings.update("clips", **asdict(values))

    def _show_settings(self, section: str) -> None:
        if section == "clips":
            values = self._context.settings.value.clips
            self.form.show_values(values)
            self.sub_profiles.set_names(values.sub_profiles, values.folder)

    def _marked(self, ids: list[str], *, cut: bool) -> None:
        self.table.select_ids(ids)
        if cut and ids:
            self.commands.cut(ids)

    def _show_files(self) -> None:
        self.model.set_signs(self.commands.signs())

    def _show_next(self) -> None:
        self.cutting.show_next(self.next.shown)

    def _show_progress(self) -> None:
        self.cutting.show_progress(self._context.exports.progress)

    def _show_clips(self) -> None:
        clips = self.board.clips
        self.model.set_clips(clips)
        self._show_files()
        if self._context.state.media is None:
            text = "Open a file to mark clips in it."
        elif not clips:
            keys = self._context.actions.keys("clips.mark")
            text = f"No clips in this file.{f' Mark one at the cursor with {keys[0]}.' if keys else ''}"
        else:
            counts: dict[str, int] = {}
            for clip in clips:
                counts[clip.folder] = counts.get(clip.folder, 0) + 1
            text = " · ".join(f"{folder} {count}" for folder, count in sorted(counts.items()))
        self._summary.setText(text)
        self._summary.setToolTip(tip(text))

    def _show_undo(self) -> None:
        stack = self.board.undo
        actions = self._context.actions
        actions.action("clips.undo").setEnabled(stack is not None and stack.canUndo())
        actions.action("clips.redo").setEnabled(stack is not None and stack.canRedo())

    def _show_colors(self) -> None:
        self.model.set_colors(self._context.theme.colors)
        self.cutting.set_colors(self._context.theme.colors)

    def _undo(self) -> None:
        if (stack := self.board.undo) is not None:
            stack.undo()

    def _redo(self) -> None:
        if (stack := self.board.undo) is not None:
            stack.redo()

    def _go_to_current(self) -> None:
        clip = self.board.get(self.table.current_id())
        if clip is not None:
            self._context.player.seek(clip.start)
            self._context.state.set_cursor(clip.start)

    def _delete_selected(self) -> None:
        self.board.delete(self.table.selected_ids())

    def _typed(self, id_: str, field: str, value: object) -> None:
        clip = self.board.get(id_)
        if clip is None:
            return
        if field == "start" and isinstance(value, float):
            self.board.move(id_, value)
        elif field == "duration" and isinstance(value, float):
            self.board.resize(id_, clip.start, value)
        elif field == "folder":
            self.board.edit([id_], folder=str(value))
        elif field == "label":
            self.board.edit([id_], label=str(value))
        elif field == "category":
            self.board.edit([id_], category=str(value))

    def _not_a_time(self, text: str) -> None:
        self._context.notices.info(f"“{text}” is no time; type it as 1:23.4.")

    def _folder_refused(self, _folder: str) -> None:
        if self._context.state.media is not None:
            bring_forward(self)
            self.form.folder.setFocus(Qt.FocusReason.OtherFocusReason)

    def _bus_changed(self, change: Change) -> None:
        if change.concerns(Topic.CLIPS):
            self._names_stale = True
            if self.isVisible():
                self._names_due.start()

    def showEvent(self, event: QShowEvent | None) -> None:
        """See QWidget."""
        super().showEvent(event)
        if self._names_stale:
            self._names_due.start()

    def hideEvent(self, event: QHideEvent | None) -> None:
        """See QWidget; who is not seen offers no names."""
        super().hideEvent(event)
        self._names_due.stop()

    def _read_names(self) -> None:
        self._names_stale = False
        if self._lookup is not None:
            self._lookup.stop()
        gateway = self._context.gateway
        self._lookup = self._context.tasks.run(
            lambda _task: (gateway.clips.folders(include_scan_exports=True), gateway.clips.labels()),
            done=self._offer_names,
            failed=lambda _error: None,  # The names that were read stay; the link says what is wrong.
            owner=self,
        )

    def _offer_names(self, found: tuple[list[FolderRecord], list[str]]) -> None:
        folders = [folder.name for folder in found[0]]
        self.form.offer_folders(folders)
        self.form.offer_labels(found[1])
        self.table.offer(Column.FOLDER, folders)
        self.table.offer(Column.LABEL, found[1])


def _line(parent: QWidget) -> QAction:
    made = QAction(parent)
    made.setSeparator(True)
    return made

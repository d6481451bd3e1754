"""The page of the clips panel on which the person says how clips are cut."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QToolButton, QVBoxLayout, QWidget

from eightcut_qt.core.settings import ExportSettings
from eightcut_qt.exporting.form import ExportForm
from eightcut_qt.exporting.keyframes import CropKeys

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context

_CHOOSE = "playlist.export_folder"  # The export folder belongs to a tab of the playlist.


class ExportPage(QWidget):
    """The form, with the settings, the export folder and the open file's keyframes."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._keys: CropKeys | None = None
        self.form = ExportForm(context.settings.value.export, context.theme.colors)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.form)
        before: QWidget = self.form.strip
        for id_, text, name in (
            ("exporting.key_add", "+", "Add a crop keyframe at the playhead"),
            ("exporting.key_remove", "−", "Remove the crop keyframe at the playhead"),  # noqa: RUF001  a minus sign
        ):
            action = context.actions.action(id_)
            action.setIconText(text)
            button = QToolButton()
            button.setDefaultAction(action)
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setAccessibleName(name)
            self.form.key_buttons.addWidget(button)
            self.setTabOrder(before, button)
            before = button
        self.form.edited.connect(self._edited)
        self.form.choose_wanted.connect(context.actions.action(_CHOOSE).trigger)
        context.settings.changed.connect(self._settings_changed)
        context.exports.folder_changed.connect(self._show_folder)
        context.theme.changed.connect(self._show_colors)
        self._show_folder()

    def use_keys(self, keys: CropKeys) -> None:
        """Show and move these keyframes."""
        self._keys = keys
        self.form.center_moved.connect(keys.set_center)
        keys.changed.connect(self._show_keys)
        self._context.state.position_changed.connect(self._show_keys)
        if self._context.player is not None:
            self.form.strip.chosen.connect(self._context.player.seek)
        self._show_keys()

    def _edited(self, values: ExportSettings) -> None:
        # The centre is not the form's to say: see `CropKeys`.
        changed = {name: value for name, value in asdict(values).items() if name != "crop_center"}
        self._context.settings.update("export", **changed)

    def _settings_changed(self, section: str) -> None:
        if section == "export":
            self.form.show_values(self._context.settings.value.export)

    def _show_folder(self) -> None:
        folder = self._context.exports.folder
        self.form.folder.set_text("not chosen yet" if folder is None else str(folder))

    def _show_keys(self) -> None:
        if self._keys is None or not self.isVisible():
            return
        media = self._context.state.media
        duration = 0.0 if media is None or media.duration is None else media.duration
        self.form.strip.show_keys(self._keys.keys, duration, self._context.state.position)
        self.form.show_center(self._keys.center)

    def _show_colors(self) -> None:
        self.form.strip.set_colors(self._context.theme.colors)

    def showEvent(self, event: QShowEvent | None) -> None:
        """See QWidget; what is not seen is not kept up to date."""
        super().showEvent(event)
        self._show_keys()

"""Opens the window's own dialogs; each is there at most once and is made when it is first wanted."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, Qt
from PyQt6.QtWidgets import QDialog, QWidget

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context


class Dialogs(QObject):
    """Binds the actions that open dialogs."""

    def __init__(self, context: Context, window: QWidget, settings_folder: Path) -> None:
        super().__init__(window)
        self._context = context
        self._window = window
        self._folder = settings_folder
        self._open: dict[str, QDialog] = {}
        makers: dict[str, Callable[[], QDialog]] = {
            "shell.connection": self._connection,
            "shell.settings": self._settings,
            "shell.shortcuts": self._shortcuts,
            "shell.about": self._about,
            "shell.changelog": self._changelog,
        }
        for id_, make in makers.items():
            context.actions.bind(id_, partial(self.show, id_, make))

    def show(self, name: str, make: Callable[[], QDialog]) -> QDialog:
        """Show a dialog, without blocking the window; one that is open is brought to the front."""
        dialog = self._open.get(name)
        if dialog is None:
            dialog = make()
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.finished.connect(lambda _result: self._open.pop(name, None))
            self._open[name] = dialog
            dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        return dialog

    def dialog(self, name: str) -> QDialog | None:
        """Return a dialog that is open, by its action."""
        return self._open.get(name)

    def show_news(self) -> None:
        """Show what is new since the person last saw it, if anything is."""
        from eightcut_qt.shell.changelog_dialog import ChangelogDialog, entries_to_show

        entries = entries_to_show(self._context.settings)
        if entries:
            self.show(
                "shell.changelog",
                lambda: ChangelogDialog(self._context.settings, entries, self._window, popup=True),
            )

    def _connection(self) -> QDialog:
        from eightcut_qt.shell.connection_dialog import ConnectionDialog

        return ConnectionDialog(self._context, self._folder, self._window)

    def _settings(self) -> QDialog:
        from eightcut_qt.shell.settings_dialog import SettingsDialog

        return SettingsDialog(self._context, self._window)

    def _shortcuts(self) -> QDialog:
        from eightcut_qt.shell.shortcuts_dialog import ShortcutsDialog

        return ShortcutsDialog(self._context.actions, self._window)

    def _about(self) -> QDialog:
        from eightcut_qt.shell.about import AboutDialog

        return AboutDialog(self._context.link.state, self._window)

    def _changelog(self) -> QDialog:
        from eightcut_qt.shell.changelog_dialog import ChangelogDialog

        return ChangelogDialog(self._context.settings, parent=self._window)

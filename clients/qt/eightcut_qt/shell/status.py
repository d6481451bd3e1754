"""The status bar: what passes by, the scan, the file, the profile, the services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eightcut_client.media import display_name
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLabel, QStatusBar, QWidget

from eightcut_qt.core.plain import tip
from eightcut_qt.shell.link_button import LinkButton
from eightcut_qt.shell.profile_chooser import ProfileChooser
from eightcut_qt.shell.saving import Saving

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.core.state import OpenMedia

_PASSES = 5000  # Milliseconds.
_NAME = 36  # Characters of a file's name.


class StatusBar(QStatusBar):
    """See the module."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._scan = QLabel()
        self._scan.setAccessibleName("Scan progress")
        self._going_on: dict[str, str] = {}
        self._running = QLabel()
        self._running.setAccessibleName("What is going on")
        self._running.setTextFormat(Qt.TextFormat.PlainText)
        self._running.hide()
        self._file = QLabel()
        self._file.setAccessibleName("Open file")
        self._file.setTextFormat(Qt.TextFormat.PlainText)
        self._file.setContentsMargins(0, 0, self.fontMetrics().height(), 0)
        self.profiles = ProfileChooser(context)
        label = QLabel("Profi&le:")
        label.setBuddy(self.profiles)
        self.link = LinkButton(context.theme)
        for widget in (self._running, self._scan, self._file, label, self.profiles, self.link):
            self.addPermanentWidget(widget)
        context.state.media_changed.connect(self._show_file)
        context.notices.going_on.connect(self._show_going_on)
        self._saving = Saving(context, self)
        context.link.state_changed.connect(self.link.show_state)
        if context.link.state is not None:
            self.link.show_state(context.link.state)
        if context.scans is not None:
            context.scans.changed.connect(self._show_scan)
        self._show_file(context.state.media)
        self._show_scan()

    def say(self, sentence: str) -> None:
        """Show something that passes by."""
        self.showMessage(sentence, _PASSES)

    def _show_going_on(self, key: str, words: str) -> None:
        self._going_on.pop(key, None)
        if words:
            self._going_on[key] = words
        self._running.setText(" · ".join(self._going_on.values()))
        self._running.setVisible(bool(self._going_on))

    def _show_file(self, media: OpenMedia | None) -> None:
        name = "" if media is None else display_name(media.path)
        self._file.setText(name if len(name) <= _NAME else f"{name[: _NAME // 2]}…{name[-_NAME // 2 :]}")
        self._file.setToolTip("" if media is None else tip(str(media.path)))
        self._file.setVisible(media is not None)

    def _show_scan(self) -> None:
        scans = self._context.scans
        busy = scans is not None and scans.busy
        if busy:
            totals = scans.totals()
            self._scan.setText(f"Scanning: {totals.sentence() or 'starting'}")
        self._scan.setVisible(busy)

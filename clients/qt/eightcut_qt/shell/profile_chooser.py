"""Chooses the profile that is worked in, and makes new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eightcut_client.errors import AlreadyExistsError
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox, QInputDialog, QWidget

from eightcut_qt.core.bus import Change, Topic
from eightcut_qt.core.operations import Outcome
from eightcut_qt.link.profiles import create_profile, list_profiles

if TYPE_CHECKING:
    from eightcut_qt.core.context import Context
    from eightcut_qt.core.tasks import Task

_NEW = "New profile …"


class ProfileChooser(QComboBox):
    """The profiles of the services; the last entry makes a new one."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._context = context
        self._names: list[str] = []
        self._reading: Task[list[str]] | None = None
        self._known = False
        self._dialog: QInputDialog | None = None
        self.setAccessibleName("Profile")
        self.setToolTip("Profile: an independent set of clips, hard negatives, classifiers and scans.")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._show([context.link.profile])
        self.activated.connect(self._choose)
        context.bus.changed.connect(self._heed)
        context.link.profile_changed.connect(lambda _name: self._show(self._names))

    def read(self) -> None:
        """Ask the Store which profiles there are."""
        if self._reading is not None:
            self._reading.stop()
        self._reading = self._context.tasks.run(
            lambda _task: list_profiles(self._context.link),
            done=self._learn,
            failed=lambda _error: None,  # The link tells.
            owner=self,
        )

    def _heed(self, change: Change) -> None:
        if change.topics & (Topic.CONNECTION | Topic.PROFILE):
            self.read()

    def _learn(self, names: list[str]) -> None:
        self._show(names)
        current = self._context.link.profile
        if current not in names and not self._known:
            self._context.notices.warning(
                f"There is no profile “{current}” on these services: choose another one below, or make it."
            )
        self._known = current not in names

    def _show(self, names: list[str]) -> None:
        current = self._context.link.profile
        self._names = names
        shown = names if current in names else [current, *names]
        self.clear()
        self.addItems(shown)
        self.insertSeparator(len(shown))
        self.addItem(_NEW)
        self.setCurrentIndex(shown.index(current))

    def _choose(self, index: int) -> None:
        if self.itemText(index) == _NEW and index == self.count() - 1:
            self._show(self._names)
            self._ask()
        else:
            self._context.link.set_profile(self.itemText(index))

    def _ask(self) -> None:
        dialog = QInputDialog(self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle("New profile")
        dialog.setLabelText("Name of the new profile:")
        dialog.setOkButtonText("Make")
        dialog.textValueSelected.connect(self.make)
        self._dialog = dialog
        dialog.open()

    def make(self, name: str) -> None:
        """Make a profile and work in it."""
        name = name.strip()
        if not name:
            return

        def work() -> Outcome[str]:
            return Outcome(create_profile(self._context.link, name), None)

        def failed(error: BaseException) -> None:
            if isinstance(error, AlreadyExistsError):
                self._context.link.set_profile(name)
            else:
                self._context.notices.error(error)

        self._context.operations.run(work, done=self._context.link.set_profile, failed=failed, owner=self)

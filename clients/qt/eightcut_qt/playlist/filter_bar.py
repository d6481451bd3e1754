"""What is shown of a list, and what is added to it."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QToolButton, QWidget

from eightcut_qt.core.actions import Actions
from eightcut_qt.playlist.model import FileFilter

_SWITCHES = ("playlist.show_hidden", "playlist.only_missing", "playlist.only_open")


class FilterBar(QWidget):
    """A text field with switches, and the buttons that add files."""

    changed = pyqtSignal(object)
    """`FileFilter`."""
    left = pyqtSignal()
    """Esc, Return or Down: the focus goes to the list."""

    def __init__(self, actions: Actions, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._actions = actions
        self.text = QLineEdit()
        self.text.setPlaceholderText("Filter by name")
        self.text.setClearButtonEnabled(True)
        self.text.setAccessibleName("Filter by name")
        self.text.installEventFilter(self)
        self.text.textChanged.connect(self._tell)
        self._menu = QMenu(self)
        for id_ in _SWITCHES:
            self._menu.addAction(actions.bind_toggle(id_, self._tell))
        self.switches = QToolButton()
        self.switches.setText("Show")
        self.switches.setToolTip("Which files are shown.")
        self.switches.setAccessibleName("Which files are shown")
        self.switches.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.switches.setMenu(self._menu)
        add = QToolButton()
        add.setText("Add")
        add.setToolTip("Add files or a folder to this list.")
        add.setAccessibleName("Add files or a folder")
        add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._adding = QMenu(self)
        self._adding.addAction(actions.action("playlist.add_files"))
        self._adding.addAction(actions.action("playlist.add_folder"))
        add.setMenu(self._adding)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.text, 1)
        layout.addWidget(self.switches)
        layout.addWidget(add)

    def value(self) -> FileFilter:
        """Return the filter."""
        hidden, missing, not_done = (self._actions.action(id_).isChecked() for id_ in _SWITCHES)
        return FileFilter(self.text.text().strip(), hidden, missing, not_done)

    def focus_text(self) -> None:
        """Let the person type."""
        self.text.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.text.selectAll()

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """See QObject."""
        if watched is self.text and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Escape:
                self.text.clear()
                self.left.emit()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
                self.left.emit()
                return True
        return super().eventFilter(watched, event)

    def _tell(self, _value: object = None) -> None:
        value = self.value()
        chosen = sum((value.only_missing, value.only_open, value.show_hidden))
        self.switches.setText(f"Show ({chosen})" if chosen else "Show")
        self.changed.emit(value)

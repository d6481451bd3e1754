"""Sub-profiles: suffixes of the folder, on the keys 1 to 9."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from eightcut_qt.clips.actions import SUB_PROFILES
from eightcut_qt.core.folders import folder_problem

_COLUMNS = 3


class SubProfileBar(QWidget):
    """A button for each sub-profile."""

    chosen = pyqtSignal(int)
    """Number of a sub-profile, 1 to 9."""
    edit_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(4)
        # All of them at once: Tab goes round in the order in which they were made.
        self._buttons = [self._button(number) for number in range(1, SUB_PROFILES + 1)]
        self._edit = QToolButton(self)
        self._edit.setText("Sub-profiles…")
        self._edit.setAutoRaise(True)
        self._edit.setToolTip("Name the sub-profiles on the keys 1 to 9.")
        self._edit.clicked.connect(self.edit_wanted)
        self.set_names((), "")

    def set_names(self, names: Sequence[str], folder: str) -> None:
        """Show these, which mark into ``folder``_name."""
        names = names[:SUB_PROFILES]
        for number, (button, name) in enumerate(zip(self._buttons, names, strict=False), 1):
            button.setText(f"{number}  {name}".replace("&", "&&"))
            button.setToolTip(f"Mark a clip at the cursor into {folder}_{name} ({number}).")
            button.setAccessibleName(f"Mark into sub-profile {number}, {name}")
        for place, button in enumerate(self._buttons):
            button.setVisible(place < len(names))
        at = len(names)
        self._grid.addWidget(self._edit, at // _COLUMNS, at % _COLUMNS, Qt.AlignmentFlag.AlignLeft)

    def _button(self, number: int) -> QToolButton:
        button = QToolButton(self)
        button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        button.clicked.connect(lambda: self.chosen.emit(number))
        self._grid.addWidget(button, (number - 1) // _COLUMNS, (number - 1) % _COLUMNS)
        return button


class SubProfilesDialog(QDialog):
    """Nine fields, one for each key."""

    saved = pyqtSignal(tuple)
    """The names."""

    def __init__(self, names: Sequence[str], folder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Sub-profiles")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        shown = folder or "folder"
        intro = QLabel(
            f"The keys 1 to 9 mark a clip at the cursor into a folder of its own: “{shown}_name”. "
            "Fields that are left empty are taken out of the list."
        )
        intro.setWordWrap(True)
        layout = QVBoxLayout(self)
        layout.addWidget(intro)
        self.fields: list[QLineEdit] = []
        for number in range(1, SUB_PROFILES + 1):
            line = QHBoxLayout()
            label = QLabel(f"&{number}")
            field = QLineEdit(names[number - 1] if number <= len(names) else "")
            field.setMaxLength(80)
            field.setAccessibleName(f"Name of sub-profile {number}")
            label.setBuddy(field)
            up = QPushButton("↑")
            up.setAccessibleName(f"Move sub-profile {number} up")
            up.setToolTip("Swap with the one above.")
            up.setEnabled(number > 1)
            up.setFixedWidth(up.fontMetrics().horizontalAdvance("↑") * 4)
            up.setAutoDefault(False)
            up.clicked.connect(lambda _checked=False, at=number - 1: self._swap(at))
            line.addWidget(label)
            line.addWidget(field, 1)
            line.addWidget(up)
            layout.addLayout(line)
            self.fields.append(field)
            field.textChanged.connect(self._check)
        self._problem = QLabel()
        self._problem.setWordWrap(True)
        layout.addWidget(self._problem)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel, self)
        self._save = buttons.button(QDialogButtonBox.StandardButton.Save)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        self._check()

    def names(self) -> tuple[str, ...]:
        """Return the names that are filled in."""
        return tuple(name for field in self.fields if (name := field.text().strip()))

    def _swap(self, at: int) -> None:
        above, below = self.fields[at - 1], self.fields[at]
        first, second = above.text(), below.text()
        above.setText(second)
        below.setText(first)
        above.setFocus()

    def _check(self) -> None:
        names = self.names()
        problem = next((found for name in names if (found := folder_problem(name))), "")
        if not problem and len(set(names)) < len(names):
            problem = "Two sub-profiles have the same name."
        self._problem.setText(problem)
        if self._save is not None:
            self._save.setEnabled(not problem)

    def _accept(self) -> None:
        self.saved.emit(self.names())
        self.accept()

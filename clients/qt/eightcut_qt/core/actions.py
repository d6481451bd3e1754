"""Actions as data: menus, toolbars, tooltips, keys and their help all come from one list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QWidget

WINDOW = ""
"""The panel of actions whose keys work in the whole window."""


class ActionError(Exception):
    """Actions contradict each other: a mistake of ours, or of the person's own keys. The text is one sentence."""


@dataclass(frozen=True, slots=True)
class ActionSpec:
    """An action.

    Attributes:
        id: ``part.verb``.
        text: For menus, buttons and the help; without an ellipsis where it acts at once.
        keys: Default keys in Qt's portable form; several are alternatives.
        menu: Menu it stands in ("File", "Edit", "Playback", "Clips", "Scan", "Train", "View", "Help"); empty: none.
        panel: Its keys work while the focus is in this panel; `WINDOW`: everywhere but in text fields.
        shadows: The window's action whose key this panel's action takes away while the panel has the focus.
        tip: One sentence for its tooltip and the help; empty: the text says it.
        checkable: It is on or off.
        separator: A line stands before it in the menu.
        repeats: A key that is held down does it again and again.
    """

    id: str
    text: str
    keys: tuple[str, ...] = ()
    menu: str = ""
    panel: str = WINDOW
    shadows: str = ""
    tip: str = ""
    checkable: bool = False
    separator: bool = False
    repeats: bool = False


class Actions(QObject):
    """All actions of the window; each is disabled until somebody binds it."""

    def __init__(
        self,
        specs: Iterable[ActionSpec],
        own_keys: Mapping[str, Sequence[str]] | None = None,
        parent: QObject | None = None,
    ) -> None:
        """Make them.

        Args:
            specs: All actions.
            own_keys: Keys that the person has set, by action id; only those that differ from the default.
            parent: Qt's.

        Raises:
            ActionError: An id twice, a key twice, or a key that Qt does not know.
        """
        super().__init__(parent)
        self._specs: dict[str, ActionSpec] = {}
        for spec in specs:
            if spec.id in self._specs:
                raise ActionError(f"The action {spec.id} is there twice.")
            self._specs[spec.id] = spec
        self._keys = {id_: spec.keys for id_, spec in self._specs.items()}
        self._keys.update({id_: tuple(keys) for id_, keys in (own_keys or {}).items() if id_ in self._specs})
        check_keys(self._specs, self._keys)
        self._actions = {id_: self._make(spec) for id_, spec in self._specs.items()}

    @property
    def specs(self) -> Sequence[ActionSpec]:
        """All of them, in their order."""
        return tuple(self._specs.values())

    def keys(self, id_: str) -> tuple[str, ...]:
        """Return the keys of an action as they are now."""
        return self._keys[id_]

    def action(self, id_: str) -> QAction:
        """Return the action, for menus and buttons."""
        return self._actions[id_]

    def bind(self, id_: str, handler: Callable[[], object]) -> QAction:
        """Say what an action does, and enable it."""
        action = self._actions[id_]
        action.triggered.connect(lambda _checked=False: handler())
        action.setEnabled(True)
        return action

    def bind_toggle(self, id_: str, handler: Callable[[bool], object]) -> QAction:
        """Say what a checkable action does, and enable it."""
        action = self._actions[id_]
        action.toggled.connect(handler)
        action.setEnabled(True)
        return action

    def in_panel(self, panel: str) -> list[ActionSpec]:
        """Return the actions of a panel."""
        return [spec for spec in self._specs.values() if spec.panel == panel]

    def install(self, window: QWidget) -> None:
        """Let the window's keys work in a window."""
        for spec in self.in_panel(WINDOW):
            window.addAction(self._actions[spec.id])

    def set_keys(self, own_keys: Mapping[str, Sequence[str]]) -> None:
        """Change keys while the window is open: all others get their default.

        Raises:
            ActionError: A conflict; nothing is changed then.
        """
        keys = {id_: spec.keys for id_, spec in self._specs.items()}
        keys.update({id_: tuple(own) for id_, own in own_keys.items() if id_ in self._specs})
        check_keys(self._specs, keys)
        self._keys = keys
        for id_, action in self._actions.items():
            self._show_keys(action, self._specs[id_])

    def _make(self, spec: ActionSpec) -> QAction:
        action = QAction(spec.text, self)
        action.setObjectName(spec.id)
        action.setCheckable(spec.checkable)
        action.setAutoRepeat(spec.repeats)
        action.setEnabled(False)
        self._show_keys(action, spec)
        return action

    def _show_keys(self, action: QAction, spec: ActionSpec) -> None:
        keys = [QKeySequence(key, QKeySequence.SequenceFormat.PortableText) for key in self._keys[spec.id]]
        shown = keys[0].toString(QKeySequence.SequenceFormat.NativeText) if keys else ""
        if spec.panel == WINDOW:
            action.setShortcuts(keys)
        else:  # Its keys are found by `eightcut_qt.core.keys`: Qt takes a key that two actions have for ambiguous.
            action.setText(f"{spec.text}\t{shown}" if shown else spec.text)
        tip = spec.tip or spec.text
        action.setToolTip(f"{tip} ({shown})" if shown else tip)
        action.setStatusTip(tip)


def check_keys(specs: Mapping[str, ActionSpec], keys: Mapping[str, Sequence[str]]) -> None:
    """Find keys that mean two things.

    Raises:
        ActionError: Two actions of one panel share a key, a panel's action takes a key of the window's without
            saying so (``shadows``), or a key is none.
    """
    taken: dict[tuple[str, str], str] = {}
    for id_, own in keys.items():
        spec = specs[id_]
        for key in own:
            normal = QKeySequence(key, QKeySequence.SequenceFormat.PortableText).toString()
            if not normal:
                raise ActionError(f"“{key}” is no key (action {spec.text}).")
            other = taken.setdefault((spec.panel, normal), id_)
            if other != id_:
                raise ActionError(f"{normal} means both “{specs[other].text}” and “{spec.text}”.")
    for (panel, key), id_ in taken.items():
        below = taken.get((WINDOW, key)) if panel != WINDOW else None
        if below is not None and specs[id_].shadows != below:
            raise ActionError(f"{key} means “{specs[id_].text}” in {panel} and “{specs[below].text}” in the window.")

"""Which widget gets a key: the panel that has the focus, the window, or the widget itself."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from PyQt6.QtCore import QEvent, QKeyCombination, QObject, Qt
from PyQt6.QtGui import QKeyEvent, QKeySequence
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)

from eightcut_qt.core.actions import Actions

_ARROWS = {Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End}
_PRESS = {Qt.Key.Key_Space}


class PanelKeys(QObject):
    """Sees all keys of the application: runs the actions of the panel that holds the focus, before the window's.

    A widget keeps the keys that it lives by: letters in text fields, Space on buttons, arrows on sliders and tabs.
    """

    def __init__(self, actions: Actions, application: QApplication) -> None:
        super().__init__(application)
        self._actions = actions
        # Weak: a slot that forgets a destroyed panel may be garbage itself by then, and be called all the same.
        self._panels: WeakKeyDictionary[QWidget, str] = WeakKeyDictionary()
        application.installEventFilter(self)

    def watch(self, panel: QWidget, name: str) -> None:
        """Let a panel's keys work while the focus is in it."""
        self._panels[panel] = name

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
        """See QObject."""
        if not isinstance(event, QKeyEvent) or not isinstance(watched, QWidget) or isinstance(watched, QMenu):
            return False
        focus = QApplication.focusWidget()
        if focus is not None and watched is not focus:
            return False  # What the focus did not want (Return in a text field) goes on to its parents.
        if event.type() == QEvent.Type.ShortcutOverride:
            if self._action(watched, event) is not None or _own(watched, event):
                event.accept()
                return True
        elif event.type() == QEvent.Type.KeyPress and (found := self._action(watched, event)) is not None:
            action = self._actions.action(found)
            if not event.isAutoRepeat() or action.autoRepeat():
                action.trigger()
            return True
        return False

    def _action(self, widget: QWidget, event: QKeyEvent) -> str | None:
        if _edits_text(widget) and not event.modifiers() & (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        ):
            return None
        pressed = QKeySequence(_combination(event)).toString()
        place: QWidget | None = widget
        while place is not None:
            name = self._panels.get(place)
            if name is not None:
                for spec in self._actions.in_panel(name):
                    keys = map(_normal, self._actions.keys(spec.id))
                    if self._actions.action(spec.id).isEnabled() and pressed in keys:
                        return spec.id
            place = place.parentWidget() if not place.isWindow() else None
        return None


def _combination(event: QKeyEvent) -> QKeyCombination:
    modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return QKeyCombination(modifiers, Qt.Key(event.key()))


def _normal(key: str) -> str:
    return QKeySequence(key, QKeySequence.SequenceFormat.PortableText).toString()


def _edits_text(widget: QWidget) -> bool:
    if isinstance(widget, QComboBox):
        return widget.isEditable()
    return isinstance(widget, QLineEdit | QTextEdit | QPlainTextEdit | QAbstractSpinBox)


def _own(widget: QWidget, event: QKeyEvent) -> bool:
    """Tell whether the widget itself lives by this key, whatever the window's actions want."""
    if event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return False
    key = event.key()
    if key in _PRESS:
        return isinstance(widget, QAbstractButton | QComboBox)
    if key in _ARROWS:
        if isinstance(widget, QAbstractItemView):
            return key not in (Qt.Key.Key_Left, Qt.Key.Key_Right)
        return isinstance(widget, QAbstractSlider | QTabBar | QComboBox | QAbstractSpinBox)
    return False

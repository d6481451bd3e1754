"""The menu bar, made from the actions."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtGui import QAction, QActionGroup
from PyQt6.QtWidgets import QDockWidget, QMenu, QMenuBar

from eightcut_qt.core.actions import Actions
from eightcut_qt.core.settings import SettingsStore
from eightcut_qt.core.theme import Theme
from eightcut_qt.shell.actions import MENUS

_ROLES = {
    "shell.quit": QAction.MenuRole.QuitRole,
    "shell.settings": QAction.MenuRole.PreferencesRole,
    "shell.about": QAction.MenuRole.AboutRole,
}
"""Where macOS wants them; all others stay where they are."""


def fill_menu_bar(bar: QMenuBar, actions: Actions) -> dict[str, QMenu]:
    """Make the menus and return them by name; a menu without actions is there but hidden."""
    menus: dict[str, QMenu] = {}
    for name in MENUS:
        menu = bar.addMenu(f"&{name}")
        assert menu is not None
        menus[name] = menu
    for spec in actions.specs:
        if not spec.menu:
            continue
        menu, action = menus[spec.menu], actions.action(spec.id)
        if spec.separator and not menu.isEmpty():
            menu.addSeparator()
        action.setMenuRole(_ROLES.get(spec.id, QAction.MenuRole.NoRole))
        menu.addAction(action)
    for menu in menus.values():
        menu.setToolTipsVisible(True)
        entry = menu.menuAction()
        assert entry is not None
        entry.setVisible(not menu.isEmpty())
    return menus


def add_docks(menu: QMenu, docks: Sequence[QDockWidget]) -> None:
    """Let a menu show and hide the docks; they come first."""
    first = menu.actions()[0] if menu.actions() else None
    for dock in docks:
        toggle = dock.toggleViewAction()
        assert toggle is not None
        toggle.setStatusTip(f"Show or hide the panel “{dock.windowTitle()}”.")
        menu.insertAction(first, toggle)
    menu.insertSeparator(first)


def add_themes(menu: QMenu, actions: Actions, theme: Theme, settings: SettingsStore) -> None:
    """Let a menu choose the look."""
    inner = menu.addMenu("&Theme")
    assert inner is not None
    group = QActionGroup(inner)
    for mode in ("system", "light", "dark"):
        action = actions.action(f"shell.theme_{mode}")
        group.addAction(action)
        inner.addAction(action)
        action.setChecked(theme.mode == mode)

        def choose(checked: bool, mode: str = mode) -> None:
            if checked:
                theme.set_mode(mode)
                settings.update("appearance", theme=mode)

        actions.bind_toggle(f"shell.theme_{mode}", choose)

    def follow() -> None:
        actions.action(f"shell.theme_{theme.mode}").setChecked(True)

    theme.changed.connect(follow)

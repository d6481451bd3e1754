"""Actions of the window itself."""

from __future__ import annotations

from eightcut_qt.core.actions import ActionSpec

MENUS = ("File", "Edit", "Playback", "Clips", "Scan", "Train", "View", "Help")
"""In their order in the menu bar."""

SPECS: tuple[ActionSpec, ...] = (
    ActionSpec(
        "shell.connection",
        "Connection…",
        ("Ctrl+K",),
        "File",
        tip="Choose which services are used, and see whether they answer.",
        separator=True,
    ),
    ActionSpec("shell.quit", "Quit", ("Ctrl+Q",), "File", separator=True),
    ActionSpec("shell.settings", "Settings…", ("Ctrl+,",), "Edit", separator=True),
    ActionSpec("shell.next_panel", "Next Panel", ("F6",), "View", tip="Move the focus to the next panel."),
    ActionSpec(
        "shell.previous_panel", "Previous Panel", ("Shift+F6",), "View", tip="Move the focus to the panel before."
    ),
    ActionSpec("shell.reset_layout", "Reset Panels", (), "View", tip="Put all panels where they were at first."),
    ActionSpec(
        "shell.theme_system", "Theme of the System", (), checkable=True, tip="Light or dark as the system says."
    ),
    ActionSpec("shell.theme_light", "Light Theme", (), checkable=True, tip="Dark text on a light ground."),
    ActionSpec("shell.theme_dark", "Dark Theme", (), checkable=True, tip="Light text on a dark ground."),
    ActionSpec("shell.shortcuts", "Keyboard Shortcuts", ("F1", "?"), "Help", tip="Show all keys, and find one."),
    ActionSpec("shell.changelog", "What Is New", (), "Help", tip="Show what changed in each version."),
    ActionSpec("shell.about", "About 8-cut", (), "Help", tip="Show versions and the licence.", separator=True),
)

"""The window around the panels: docks, menus, status bar, settings, help."""

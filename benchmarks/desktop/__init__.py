"""How fast the desktop client's window is."""

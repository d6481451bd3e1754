"""Clips: marked stretches of the file that is open."""

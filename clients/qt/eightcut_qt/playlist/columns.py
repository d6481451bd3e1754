"""Columns of the playlist."""

from __future__ import annotations

from enum import IntEnum


class Column(IntEnum):
    """Columns of the table."""

    DONE = 0
    NAME = 1
    CLIPS = 2
    DURATION = 3
    SCAN = 4


TITLES = ("✓", "File", "Clips", "Length", "Newest scan")
TIPS = (
    "Done",
    "Name of the file",
    "Clips that are marked in it",
    "Length of its sound",
    "Best score and number of regions in the newest scan",
)

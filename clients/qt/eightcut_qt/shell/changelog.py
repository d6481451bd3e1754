"""What is new in each version, and which of it the person has not seen."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A version and what came with it, each a sentence."""

    version: str
    lines: tuple[str, ...]


ENTRIES: tuple[Entry, ...] = (
    Entry(
        "0.1.0",
        (
            "The desktop client: play videos, see their sound, mark clips, train, scan and judge what was found.",
            "It works with services on this machine or on another one, and goes on when they come back.",
            "Every scan is kept as a version: look at older ones, compare them, undo what you changed.",
            "Clips become files: press E and the marked sound is cut, numbered and labelled; scan results likewise.",
            "The library of the old 8-cut can be imported (File menu): clips, scans, hard negatives and hidden files.",
            "Review plays one found place after the other and asks only for right or wrong.",
            "All keys are in the help (F1) and can be changed in the settings.",
        ),
    ),
)
"""The newest first."""


def order(version: str) -> tuple[int, ...]:
    """Return what versions are ordered by; parts that are no numbers count as 0."""
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))


def newer_than(seen: str, entries: tuple[Entry, ...] = ENTRIES) -> tuple[Entry, ...]:
    """Return the entries of versions after this one."""
    return tuple(entry for entry in entries if order(entry.version) > order(seen))

"""Which clips one press of a key marks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from eightcut_qt.core.records import ClipRecord
from eightcut_qt.core.settings import ClipSettings

MAX_DURATION = 3600.0
"""Seconds; the API's limit."""

CATEGORIES = ("Human", "Animal", "Vehicle", "Tool", "Music", "Nature", "Sport", "Other")
"""What the person is offered; any other text is as good."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be marked.

    Attributes:
        clips: The new clips, without ids and media.
        sentence: What the person should know of it; empty: nothing.
    """

    clips: tuple[ClipRecord, ...]
    sentence: str = ""


def sub_folder(settings: ClipSettings, number: int) -> str | None:
    """Return the folder of a sub-profile (1 to 9), None when there is no such sub-profile."""
    if not 1 <= number <= len(settings.sub_profiles):
        return None
    return f"{settings.folder.strip()}_{settings.sub_profiles[number - 1]}"


def plan(
    settings: ClipSettings, folder: str, start: float, media_duration: float | None, there: Collection[ClipRecord]
) -> Plan:
    """Return what one press of a key marks, from a start (seconds) on.

    Clips that would start beyond the end of the file are left out, and those that are there already; the plan says so.

    Args:
        settings: Length, count and spread.
        folder: Where the clips go.
        start: Of the first, seconds.
        media_duration: Length of the file, seconds; None: not known.
        there: Clips that the file has.
    """
    count = max(settings.count, 1)
    starts = [round(max(start, 0.0) + number * settings.spread, 6) for number in range(count)]
    inside = [at for at in starts if media_duration is None or at < media_duration]
    taken = {place(clip) for clip in there}
    clips: list[ClipRecord] = []
    for at in inside:
        label, category = settings.label.strip(), settings.category.strip()
        clip = ClipRecord("", "", at, settings.duration, folder, label, category, False, "")
        if place(clip) not in taken:
            taken.add(place(clip))
            clips.append(clip)
    return Plan(tuple(clips), _sentence(clips, len(inside), count, media_duration))


def place(clip: ClipRecord) -> tuple[int, int, str]:
    """Return what a clip of a file is unique by: start and length in microseconds, and its folder."""
    return round(clip.start * 1_000_000), round(clip.duration * 1_000_000), clip.folder


def _sentence(clips: list[ClipRecord], inside: int, count: int, media_duration: float | None) -> str:
    if not inside:
        return "The cursor is at the end of the file; nothing was marked."
    if not clips:
        return "This clip is there already." if count == 1 else "These clips are there already."
    if inside < count:
        return f"Only {inside} of {count} clips start before the end of the file; the others were not marked."
    over = 0.0 if media_duration is None else max(clip.end for clip in clips) - media_duration
    return f"The last clip reaches {over:.1f} s beyond the end of the file." if over >= 0.05 else ""

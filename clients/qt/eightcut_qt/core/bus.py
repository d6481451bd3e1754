"""One bus by which a mutation tells which things changed, so that every view that shows them reads them again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto

from PyQt6.QtCore import QObject, pyqtSignal


class Topic(Flag):
    """Kinds of things that can change."""

    MEDIA = auto()
    """Media were registered, hidden or shown."""
    CLIPS = auto()
    """Clips, folders or labels."""
    CLIP_FILES = auto()
    """Clips were cut to files, or files were moved or deleted."""
    NEGATIVES = auto()
    """Hard negatives."""
    SCANS = auto()
    """Versions came, went or were pinned."""
    REGIONS = auto()
    """Regions of a version."""
    CLASSIFIERS = auto()
    """Versions of classifiers, or which is active."""
    PROFILE = auto()
    """Another profile is worked in: everything is different."""
    CONNECTION = auto()
    """The services can be reached again, or others are used: everything may be different."""

    EVERYTHING = MEDIA | CLIPS | CLIP_FILES | NEGATIVES | SCANS | REGIONS | CLASSIFIERS | PROFILE | CONNECTION


@dataclass(frozen=True, slots=True)
class Change:
    """What changed.

    Attributes:
        topics: Kinds of things.
        media: Digests of the media concerned; empty: not known, take it for all.
        scan_id: The version concerned; empty: not known or not one.
        source: Who changed it and has it on its screen already; None: nobody.
    """

    topics: Topic
    media: frozenset[str] = frozenset()
    scan_id: str = ""
    source: object = None

    def concerns(self, topics: Topic, media: str = "") -> bool:
        """Tell whether somebody who shows these topics (of this media, if one is named) has to look."""
        everything = Topic.PROFILE | Topic.CONNECTION
        if self.topics & everything:
            return True
        return bool(self.topics & topics) and (not media or not self.media or media in self.media)


class Bus(QObject):
    """Tells everybody; lives in the UI thread."""

    changed = pyqtSignal(object)
    """A `Change`."""

    def publish(self, change: Change) -> None:
        """Tell everybody at once; call it in the UI thread."""
        self.changed.emit(change)

"""What all formats are written from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A region.

    Attributes:
        id: Its id in the Store.
        start: Seconds from the beginning of the media.
        end: Seconds, after the start.
        score: 0 to 1.
        disabled: Switched off by the person.
    """

    id: str
    start: float
    end: float
    score: float
    disabled: bool = False


@dataclass(frozen=True, slots=True)
class RegionList:
    """The regions of a scan.

    Attributes:
        file: Name of the media file.
        model: Model that found them.
        regions: By start.
        media: Digest of the media.
        scan: Id of the scan.
    """

    file: str
    model: str
    regions: Sequence[Entry]
    media: str = ""
    scan: str = ""

    def caption(self, entry: Entry) -> str:
        """What a region is called where a format has a text for it: "LOGMEL_door 0.93"."""
        return f"{self.model} {entry.score:.2f}"

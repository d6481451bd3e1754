"""What all formats are written from, and what they are read into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Literal

from eightcut_client.errors import InvalidError

# Letters: the API's limit.
_LONGEST_FOLDER = 200


class LabelError(InvalidError):
    """A file of labels cannot be read; the message is one sentence that names the line where there is one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A region.

    Attributes:
        id: Its id in the Store.
        start: Seconds from the beginning of the media.
        end: Seconds, after the start.
        score: 0 to 1; None where there is none.
        disabled: Switched off by the person.
        label: What it is called; None: after the model that found it.
    """

    id: str
    start: float
    end: float
    score: float | None = None
    disabled: bool = False
    label: str | None = None


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
        if entry.label is not None:
            return entry.label
        return self.model if entry.score is None else f"{self.model} {entry.score:.2f}"


@dataclass(frozen=True, slots=True)
class ClipEntry:
    """A clip.

    Attributes:
        id: Its id in the Store.
        file: Path or name of the media file.
        start: Seconds from the beginning of the media.
        duration: Seconds.
        folder: The training class.
        label: Free text.
        category: Kind of the sound's source.
        media: Digest of the media.
        origin: Whether a person marked it, or it was exported from a scan.
    """

    id: str
    file: str
    start: float
    duration: float
    folder: str
    label: str = ""
    category: str = ""
    media: str = ""
    origin: Literal["marked", "scan_export"] = "marked"

    @property
    def end(self) -> float:
        """Seconds, to the microsecond."""
        return round(self.start + self.duration, 6)


@dataclass(frozen=True, slots=True)
class LabelEntry:
    """A label that was read; what a format does not have is empty.

    Attributes:
        start: Seconds from the beginning of the media.
        end: Seconds; the start for a point.
        label: Its text.
        score: As written, where there is one.
        file: Name or path of the media file.
        folder: The training class: only in clips that 8-cut wrote.
        category: Likewise.
        disabled: Switched off: only in regions that 8-cut wrote.
        scan_export: Exported from a scan: only in clips that 8-cut wrote.
        line: Where it stands, counted from 1; 0 where lines mean nothing (JSON).
    """

    start: float
    end: float
    label: str
    score: float | None = None
    file: str = ""
    folder: str = ""
    category: str = ""
    disabled: bool = False
    scan_export: bool = False
    line: int = 0


def file_name(path: str) -> str:
    """Return the last part of a path of any system: labels may come from another machine."""
    return PureWindowsPath(path).name if "\\" in path else PurePosixPath(path).name


def folder_of(label: str) -> str:
    """Return the name of a folder that is as like the text of a label as can be."""
    name = "".join("_" if char in "/\\\x7f" or char < " " else char for char in " ".join(label.split()))
    return name[:_LONGEST_FOLDER].strip()

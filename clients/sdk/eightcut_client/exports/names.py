"""Names of cut files: ``vid_NNN/<name>_NNN_mK_S.mp4``, and for scan exports ``_aK_S``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal["m", "a"]
"""Marked by a person, or exported from a scan ("automatic")."""

MAX_NAME_BYTES = 150
"""Of ``<name>``: with numbers, suffix and the ending of a temporary name it fits every file system's 255 bytes."""

DISABLED = "_disabled"
"""End of the name of an export folder whose clips take no part in training."""

_IMAGE = re.compile(r"frame_\d+\.webp")
_VIDEO_FOLDER = re.compile(r"vid_(\d{1,9})")
_CLIP = re.compile(r"(?P<name>.+)_(?P<video>\d{1,9})_(?P<kind>[ma])(?P<number>\d{1,9})_(?P<index>\d{1,9})(?:\..+)?")
# What Windows refuses or gives a meaning to, whatever the case and the suffix.
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')


@dataclass(frozen=True, slots=True)
class ClipName:
    """What a name says.

    Attributes:
        name: What the person called the clips.
        video: Number of the video in the export folder.
        kind: Marked or scan export.
        number: Number of the clip in the video.
        index: Which of the clip's files.
    """

    name: str
    video: int
    kind: Kind
    number: int
    index: int

    @property
    def stem(self) -> str:
        """The name without a suffix."""
        return f"{self.name}_{self.video:03d}_{self.kind}{self.number}_{self.index}"

    @property
    def folder(self) -> str:
        """The folder of the video, below the export folder."""
        return video_folder(self.video)

    def path(self, suffix: str) -> str:
        """Return the path below the export folder; ``suffix`` with its dot, empty for a folder of images."""
        return f"{self.folder}/{self.stem}{suffix}"


def video_folder(number: int) -> str:
    """Return the name of a video's folder."""
    return f"vid_{number:03d}"


def video_number(folder: str) -> int | None:
    """Return the number in the name of a video's folder, None where it is none."""
    found = _VIDEO_FOLDER.fullmatch(folder)
    return None if found is None else int(found[1])


def is_image(filename: str) -> bool:
    """Whether it is the name of an image in a folder of images."""
    return _IMAGE.fullmatch(filename) is not None


def parse_name(filename: str) -> ClipName | None:
    """Return what the name of a file says, None where it is none of ours."""
    found = _CLIP.fullmatch(filename)
    if found is None:
        return None
    kind: Kind = "a" if found["kind"] == "a" else "m"
    return ClipName(found["name"], int(found["video"]), kind, int(found["number"]), int(found["index"]))


def safe_name(text: str) -> str:
    """Return a name that every file system takes, as like the text as can be; "clip" where nothing is left."""
    name = _FORBIDDEN.sub("_", text.encode("utf-8", "replace").decode())
    name = name.encode()[:MAX_NAME_BYTES].decode("utf-8", "ignore")
    # Windows takes trailing dots and spaces away, and a leading dot or dash hides the file or looks like an option.
    name = name.strip(" .").lstrip("-")
    if not name:
        return "clip"
    return f"_{name}" if _RESERVED.fullmatch(name) else name

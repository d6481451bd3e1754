"""Clips in the formats of other programs, and in tables that `8cut clips import` reads back."""

from __future__ import annotations

import json
from collections.abc import Sequence

from eightcut_client.errors import InvalidError
from eightcut_client.formats.entries import ClipEntry, Entry, RegionList
from eightcut_client.formats.write import delimited, write

TABLES = ("csv", "json")
"""Formats in which clips of several files have room: the others are about one file."""


def write_clips(clips: Sequence[ClipEntry], name: str, *, fps: str = "25") -> str:
    """The clips as the text of a file.

    Tables hold all that a clip has. Other formats have room for one text: the label, or the folder where there is none.

    Args:
        clips: What to write, by file and start.
        name: One of `eightcut_client.formats.FORMATS`.
        fps: See `write`.

    Raises:
        InvalidError: Clips of several files in a format that is about one, or no such frame rate.
        KeyError: There is no such format.
    """
    if name == "csv":
        head = ("file", "start", "duration", "folder", "label", "category", "origin", "id", "media")
        rows = [
            (c.file, f"{c.start:.6f}", f"{c.duration:.6f}", c.folder, c.label, c.category, c.origin, c.id, c.media)
            for c in clips
        ]
        return delimited([head, *rows])
    if name == "json":
        return json.dumps({"clips": [_document(clip) for clip in clips]}, ensure_ascii=False, indent=2) + "\n"
    media = {clip.media or clip.file for clip in clips}
    if len(media) > 1:
        raise InvalidError(
            f"These clips are of {len(media)} files, and {name} is about one: name the file, or choose csv or json."
        )
    file = clips[0].file.replace("\\", "/").rsplit("/", 1)[-1] if clips else ""
    entries = [Entry(clip.id, clip.start, clip.end, label=clip.label or clip.folder) for clip in clips]
    return write(RegionList(file, "", entries), name, fps=fps)


def _document(clip: ClipEntry) -> dict[str, object]:
    return {
        "id": clip.id,
        "file": clip.file,
        "media": clip.media,
        "start": clip.start,
        "end": clip.end,
        "duration": clip.duration,
        "folder": clip.folder,
        "label": clip.label,
        "category": clip.category,
        "origin": clip.origin,
    }

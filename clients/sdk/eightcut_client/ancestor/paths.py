"""What the path of a clip file says: its export folder, the folder of the clip, its place among the clip's files."""

from __future__ import annotations

import ntpath
import posixpath
import re
from typing import NamedTuple

from eightcut_client.exports.names import parse_name

NO_FOLDER = "imported"
"""Folder of clips whose path does not name one."""

_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_DRIVE = re.compile(r"[A-Za-z]:")
_UNEVEN = re.compile(r"(?:^|/)\.{1,2}(?:/|$)|(?<!^)//")
# Numbers of videos and clips are padded with zeros, that of a file is not.
_INDEX = re.compile(r".+_(0|[1-9]\d{0,8})")
_NO_FOLDER_NAME = re.compile(r"[/\\\x00-\x1f\x7f]")


class OutputPath(NamedTuple):
    """A path, taken apart.

    Attributes:
        export_folder: Absolute; empty where the path leads out of any folder.
        path: Below the export folder, with "/".
        folder: Name of the export folder, as far as it can name a folder of clips.
        sub_index: S in the name; 0 where there is none.
        relative: The path is relative, and was taken as one below the home folder.
        renamed: The name of the export folder has characters that a folder of clips cannot have; "_" stands for them.
    """

    export_folder: str
    path: str
    folder: str
    sub_index: int
    renamed: bool = False
    relative: bool = False

    @property
    def is_sound(self) -> bool:
        """Whether the path leads to one place below the export folder, on every system."""
        parts = self.path.split("/")
        return "\\" not in self.path and not _DRIVE.match(self.path) and not {"", ".", ".."} & set(parts)


def take_apart(output: str, home: str) -> OutputPath:
    """Return what a path says; it may be one of Windows, whatever this machine is.

    Args:
        output: The path.
        home: Where relative paths begin: the old program was usually started there.
    """
    windows = bool(_WINDOWS.match(output)) or ("\\" in output and "/" not in output)
    plain = output.replace("\\", "/") if windows else output
    if _UNEVEN.search(plain):
        plain = ntpath.normpath(output).replace("\\", "/") if windows else posixpath.normpath(plain)
    plain = plain.rstrip("/")
    if not windows:
        plain = re.sub("^/+", "/", plain)
    above, _, name = plain.rpartition("/")
    top, _, group = above.rpartition("/")
    above_video = top.rpartition("/")[2]
    folder = _named(above_video)
    renamed = folder not in {above_video, NO_FOLDER}
    index = _index_of(name)
    if not _absolute(plain, windows):
        found = OutputPath("", plain, folder, index, renamed, relative=True)
        return _below(home, found) if found.is_sound else found
    if not group or (windows and group.endswith(":")):  # Directly below the root: there is no folder of a video.
        return OutputPath(_rooted(above, windows), name, NO_FOLDER, index)
    return OutputPath(_rooted(top, windows), f"{group}/{name}", folder, index, renamed)


def _below(home: str, found: OutputPath) -> OutputPath:
    *above, group, name = ["", "", *found.path.split("/")]
    windows = bool(_WINDOWS.match(home))
    start = home.replace("\\", "/") if windows else home
    folder = _rooted("/".join([start.rstrip("/"), *filter(None, above)]), windows)
    return found._replace(export_folder=folder, path=f"{group}/{name}" if group else name)


def _absolute(plain: str, windows: bool) -> bool:
    return bool(_WINDOWS.match(plain)) or plain.startswith("//") if windows else plain.startswith("/")


def _rooted(folder: str, windows: bool) -> str:
    if not windows:
        return folder or "/"
    return (f"{folder}/" if folder.endswith(":") else folder).replace("/", "\\")


def _named(folder: str) -> str:
    if not folder or folder.endswith(":") or folder in {".", ".."}:
        return NO_FOLDER
    return _NO_FOLDER_NAME.sub("_", folder)


def _index_of(name: str) -> int:
    ours = parse_name(name)
    if ours is not None:
        return ours.index
    found = _INDEX.fullmatch(name.rpartition(".")[0] or name)
    return int(found[1]) if found else 0

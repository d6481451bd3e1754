"""Where files lie on a client's disk: checked and written in one form, without touching any disk."""

from __future__ import annotations

import re
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

from eightcut_runtime import InvalidArgument

_DISABLED = "_disabled"
_DRIVE = re.compile(r"[A-Za-z]:")


def export_folder_of(text: str, field: str) -> str:
    """Returns the absolute path of an export folder in its usual form, so that one folder is written in one way.

    Raises:
        InvalidArgument: It is absolute neither on Linux and macOS nor on Windows, or goes up with "..".
    """
    path = _pure(text)
    if not path.is_absolute():
        raise InvalidArgument(f"{field}: an export folder is an absolute path.", field=field)
    if ".." in path.parts:
        raise InvalidArgument(f'{field}: must not contain "..".', field=field)
    return str(path)


def folder_key(export_folder: str) -> str:
    """Returns what all spellings and places of an export folder have in common: see `ExportCounter`."""
    name = unicodedata.normalize("NFC", _pure(export_folder).name).casefold()
    # Of an export folder that a person named so, the sibling ends in it twice.
    while name.endswith(_DISABLED):
        name = name.removesuffix(_DISABLED)
    return name


def check_path(path: str, field: str) -> None:
    r"""Checks a path below an export folder.

    Raises:
        InvalidArgument: It could lead elsewhere: it is absolute, or has a part that is empty or "." or "..", or a "\".
    """
    parts = path.split("/")
    if "\\" in path or _DRIVE.match(path) or any(part in ("", ".", "..") for part in parts):
        raise InvalidArgument(
            f'{field}: is a path below the export folder, with "/" between its parts and without "." and "..".',
            field=field,
        )


def _pure(text: str) -> PurePosixPath | PureWindowsPath:
    if _DRIVE.match(text) or text.startswith("\\\\"):
        return PureWindowsPath(text)
    # Two slashes at the beginning would be kept: POSIX leaves their meaning open.
    return PurePosixPath(re.sub(r"^/+", "/", text))

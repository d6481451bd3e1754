"""The playlists between two runs: one JSON file, written whole or not at all."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eightcut_qt.playlist.files import PlaylistFile

VERSION = 1

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class SavedTab:
    """A tab as it is kept."""

    name: str
    export_folder: str = ""
    files: list[PlaylistFile] = field(default_factory=list)


@dataclass(slots=True)
class SavedLists:
    """All tabs, and which was the current one; ``problem`` is one sentence when they could not be read."""

    tabs: list[SavedTab] = field(default_factory=list)
    current: int = 0
    problem: str = ""
    writable: bool = True


def read_lists(file: Path) -> SavedLists:
    """Read the playlists; a file that is damaged is kept aside, one of a newer version is left as it is."""
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        if values["version"] > VERSION:
            sentence = "The playlists were written by a newer version of 8-cut; changes to them are not saved."
            return SavedLists(problem=sentence, writable=False)
        tabs = [_tab(value) for value in values["tabs"]]
        return SavedLists(tabs, min(max(int(values.get("current", 0)), 0), max(len(tabs) - 1, 0)))
    except FileNotFoundError:
        return SavedLists()
    except OSError as error:
        _log.warning("the playlists cannot be read: %s", error)
        sentence = "The playlists cannot be read now; changes to them are not saved."
        return SavedLists(problem=sentence, writable=False)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        _log.warning("the playlists are damaged: %s", error)
        return SavedLists(problem=_keep_aside(file))


def snapshot(tabs: Sequence[SavedTab], current: int) -> dict[str, Any]:
    """Return what is to be written: quick, and no longer changed by what the person does."""
    return {
        "version": VERSION,
        "current": current,
        "tabs": [
            {
                "name": tab.name,
                "export_folder": tab.export_folder,
                "files": [(str(file.path), file.done, file.size, file.digest) for file in tab.files],
            }
            for tab in tabs
        ],
    }


def write_lists(file: Path, values: dict[str, Any]) -> None:
    """Write a snapshot.

    Raises:
        OSError: It cannot be written; the old file is still there.
    """
    # A file a line, each made by itself: one call for ten thousand would hold up the window. ASCII keeps any path.
    tabs = []
    for tab in values["tabs"]:
        lines = ",\n  ".join(json.dumps(_plain(*item)) for item in tab["files"])
        head = json.dumps({"name": tab["name"], "export_folder": tab["export_folder"]})
        tabs.append(f'{head[:-1]}, "files": [\n  {lines}\n ]}}')
    lists = ",\n ".join(tabs)
    text = f'{{"version": {values["version"]}, "current": {values["current"]}, "tabs": [\n {lists}\n]}}\n'
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    with unfinished.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    unfinished.replace(file)


def _plain(path: str, done: bool, size: int | None, digest: str) -> dict[str, Any]:
    made: dict[str, Any] = {"path": path}
    if done:
        made["done"] = True
    if size is not None:
        made["size"] = size
    if digest:
        made["digest"] = digest
    return made


def _tab(values: dict[str, Any]) -> SavedTab:
    files: dict[str, PlaylistFile] = {}
    for item in values["files"]:
        file = PlaylistFile.at(_text(item["path"]))
        file.done = bool(item.get("done", False))
        size = item.get("size")
        file.size = size if isinstance(size, int) else None
        file.digest = _text(item.get("digest", ""))
        files[file.key] = file
    return SavedTab(_text(values["name"]), _text(values.get("export_folder", "")), list(files.values()))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _keep_aside(file: Path) -> str:
    aside = file.with_name(f"{file.name}.damaged")
    try:
        file.replace(aside)
    except OSError as error:
        _log.warning("the damaged playlists cannot be kept: %s", error)
    return f"The playlists could not be read and start anew; the old file is kept as {aside}."

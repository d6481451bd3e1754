"""Which clip files of an old library are on this disk, without opening any."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from eightcut_client.ancestor.reading import OldLibrary
from eightcut_client.cancellation import Cancellation

_MOST_NAMED = 1000


@dataclass(slots=True)
class FileCheck:
    """What is on the disk.

    Attributes:
        present: Files that are there.
        missing: Files that are not.
        unknown: Files of which nobody can say: their path is one of another system, or says no place.
        first_missing: Paths of files that are missing, at most 1,000.
    """

    present: int = 0
    missing: int = 0
    unknown: int = 0
    first_missing: list[str] = field(default_factory=list)


def check_files(
    library: OldLibrary, *, on_progress: Callable[[int], None] | None = None, cancel: Cancellation | None = None
) -> FileCheck:
    """Look which files are there.

    Args:
        library: It.
        on_progress: Told how many were looked for.
        cancel: Ends it from another thread.

    Raises:
        CancelledError: ``cancel`` was used.
    """
    cancel = cancel or Cancellation()
    check = FileCheck()
    folders: dict[str, frozenset[str]] = {}
    seen: dict[str, bool] = {}
    here: dict[str, bool] = {}
    for count, row in enumerate(library.files, start=1):
        if count % 1000 == 0:
            cancel.check()
            if on_progress is not None:
                on_progress(count)
        if row.export_folder not in here:
            here[row.export_folder] = bool(row.export_folder) and Path(row.export_folder).is_absolute()
        if not here[row.export_folder]:
            check.unknown += 1
            continue
        # Profiles may share a file.
        path = f"{row.export_folder}/{row.path}"
        if path not in seen:
            folder, _, name = path.rpartition("/")
            if folder not in folders:
                folders[folder] = _names(folder)
            seen[path] = name in folders[folder]
            if not seen[path] and len(check.first_missing) < _MOST_NAMED:
                check.first_missing.append(path)
        check.present += seen[path]
        check.missing += not seen[path]
    return check


def _names(folder: str) -> frozenset[str]:
    try:
        return frozenset(os.listdir(folder))  # noqa: PTH208  names, not a Path for each
    except (OSError, ValueError):
        return frozenset()

"""Removing files that were cut: from the Store, from the disk and from dataset.json, only if they are provably ours."""

from __future__ import annotations

import contextlib
import errno
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eightcut.store.v1 import clip_file_pb2, export_service_pb2

from eightcut_client.connection import Connection
from eightcut_client.errors import NotFoundError
from eightcut_client.exports.dataset import update_dataset
from eightcut_client.exports.disk import DiskError, explained, gone, step, sync_folder
from eightcut_client.exports.journal import Document
from eightcut_client.exports.names import is_image
from eightcut_client.exports.places import batches, inside, is_here, list_files

IMAGES = "webp"


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file as the Store has recorded it, as far as its removal needs that.

    Attributes:
        id: Of the record.
        export_folder: Absolute.
        path: Below it.
        images: It is a folder of images with a .wav beside it.
    """

    id: str
    export_folder: str
    path: str
    images: bool

    @property
    def names(self) -> list[str]:
        """Paths of all that belongs to it."""
        return [self.path, f"{self.path}.wav"] if self.images else [self.path]

    @classmethod
    def of(cls, file: clip_file_pb2.ClipFile) -> FileRow:
        """Take what is needed."""
        return cls(file.id, file.export_folder, file.path, file.settings.format == IMAGES)

    def to_document(self) -> Document:
        """Return it for the journal."""
        return {"id": self.id, "export_folder": self.export_folder, "path": self.path, "images": self.images}

    @classmethod
    def from_document(cls, document: dict[str, Any]) -> FileRow:
        """Read it from the journal."""
        return cls(document["id"], document["export_folder"], document["path"], document["images"])


def check_removable(rows: Iterable[FileRow]) -> None:
    """See that the disks of files are there and can be written to, before anything is forgotten.

    Files that are on another machine have no disk here.

    Raises:
        DiskError: One is not.
    """
    here = [row for row in rows if is_here(row.export_folder)]
    for folder in sorted({row.export_folder for row in here}):
        if not Path(folder).is_dir():
            raise DiskError(f"{folder} is not there, so its files cannot be deleted: connect its disk, or keep them.")
    parents = {inside(Path(row.export_folder), row.path).parent for row in here}
    # dataset.json lies in the export folder itself.
    for parent in sorted(parents | {Path(row.export_folder) for row in here}):
        if parent.is_dir() and not os.access(parent, os.W_OK | os.X_OK):
            raise DiskError(
                f"Nothing can be deleted from {parent}: it is on a disk that can only be read, or protected."
            )


def forget_files(conn: Connection, profile: str, rows: Sequence[FileRow]) -> tuple[int, int]:
    """Forget files of a profile, and delete those from disk that no profile has recorded any more. Can be done again.

    Files that are on another machine are only forgotten.

    Returns:
        How many were forgotten, and how many deleted from disk.

    Raises:
        DiskError: A disk did not do it; done again later, the rest follows.
        EightcutError: The Store did not answer; likewise.
    """
    folders: dict[str, list[FileRow]] = defaultdict(list)
    for row in rows:
        folders[row.export_folder].append(row)
    ids = {row.id for row in rows}
    try:
        there = [
            file.id
            for folder, some in folders.items()
            for file in list_files(conn, profile=profile, export_folder=folder, paths=[row.path for row in some])
            if file.id in ids
        ]
    except NotFoundError as error:
        if error.reason != "PROFILE_UNKNOWN":
            raise
        there = []  # The profile was deleted, and its records with it.
    forgotten = 0
    for part in batches(there):
        forgotten += _forget(conn, profile, part)
        step("forget: forgotten")
    deleted = 0
    for folder, some in folders.items():
        if is_here(folder):
            deleted += _erase_unused(conn, Path(folder), some)
    return forgotten, deleted


def _forget(conn: Connection, profile: str, ids: list[str]) -> int:
    """Forget those of the records that are there yet: another client may be deleting the same ones."""
    request = export_service_pb2.BatchDeleteClipFilesRequest(profile=profile, ids=ids)
    try:
        return conn.exports.BatchDeleteClipFiles(request).files
    except NotFoundError:
        return sum(_forget(conn, profile, [each]) for each in ids) if len(ids) > 1 else 0


def _erase_unused(conn: Connection, folder: Path, rows: Sequence[FileRow]) -> int:
    # What was a file of its own may be the sound of a folder of images now, and the other way round.
    paths = {name for row in rows for name in (*row.names, row.path.removesuffix(".wav"))}
    there = [FileRow.of(file) for file in list_files(conn, export_folder=str(folder), paths=paths)]
    recorded, kept = {row.path for row in there}, {name for row in there for name in row.names}
    unused = [row for row in rows if row.path not in recorded]
    if not unused:
        return 0
    if not folder.is_dir():
        raise gone(folder)
    deleted = 0
    with explained(folder):
        for row in unused:
            erased = [erase(inside(folder, name)) for name in row.names if name not in kept]
            deleted += any(erased)
            step("forget: erased")
        update_dataset(folder, remove=[row.path for row in unused])
        remove_empty(folder, [row.path for row in unused])
    return deleted


def erase(path: Path) -> bool:
    """Delete a file, or of a folder the images that we have put there.

    Returns:
        Whether there was something.

    Raises:
        OSError: A disk did not do it.
    """
    found = os.path.lexists(path)
    if path.is_dir() and not path.is_symlink():
        for inside_it in path.iterdir():
            if is_image(inside_it.name):
                inside_it.unlink()
        with contextlib.suppress(OSError):
            path.rmdir()
    else:
        path.unlink(missing_ok=True)
    return found


def remove_empty(folder: Path, paths: Iterable[str]) -> None:
    """Remove the folders of videos of which nothing is left, and bring the others to the disk."""
    for parent in {inside(folder, path).parent for path in paths} - {folder}:
        try:
            parent.rmdir()
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                continue
            with contextlib.suppress(OSError):
                sync_folder(parent)
    with contextlib.suppress(OSError):
        sync_folder(folder)

"""The steps of disabling and enabling clips: files, records, dataset.json. All can be done again after a kill."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eightcut.store.v1 import export_service_pb2

from eightcut_client.connection import Connection
from eightcut_client.errors import AlreadyExistsError, EightcutError, NotFoundError
from eightcut_client.exports.dataset import move_entries
from eightcut_client.exports.disk import FolderGoneError, explained, make_folder, step, sync_folder
from eightcut_client.exports.erasing import remove_empty
from eightcut_client.exports.moving import finish_move, move_file
from eightcut_client.exports.places import inside

_BATCH = 1000


@dataclass(slots=True)
class Moved:
    """What moved, or would.

    Attributes:
        clips: Clips that are in another folder now.
        files: Files that lie elsewhere now.
        folders: Export folders from which files moved, with those they moved to.
        missing: Paths of recorded files that were at neither place; their records stay as they are.
        notes: Sentences on the way.
    """

    clips: int = 0
    files: int = 0
    folders: list[tuple[str, str]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Move:
    """A file that goes from one export folder to the same path in another.

    Attributes:
        source: Export folder.
        target: Export folder.
        path: In both.
        label: In dataset.json.
        images: A folder of images with a .wav beside it.
        ids: Its records, of all profiles.
    """

    source: str
    target: str
    path: str
    label: str
    images: bool
    ids: list[str]

    @property
    def names(self) -> list[tuple[Path, Path]]:
        """Where each of its parts is, and where it goes."""
        paths = [f"{self.path}.wav", self.path] if self.images else [self.path]
        return [(inside(Path(self.source), path), inside(Path(self.target), path)) for path in paths]

    def to_document(self) -> dict[str, Any]:
        """Return it for the journal."""
        return {name: getattr(self, name) for name in ("source", "target", "path", "label", "images", "ids")}


def require_there(moves: Sequence[Move]) -> None:
    """See that there is at least one of the two folders of each move.

    Raises:
        FolderGoneError: Neither is.
    """
    for source, target in sorted({(move.source, move.target) for move in moves}):
        if not Path(source).is_dir() and not Path(target).is_dir():
            raise FolderGoneError(f"{source} is not there, so its files cannot be moved: connect its disk.")


def carry_out(conn: Connection, moves: Sequence[Move], clips: Sequence[dict[str, str]], result: Moved) -> None:
    """Do all steps, or those that are left.

    Args:
        conn: The services; only the Store is needed.
        moves: Of files.
        clips: Ids, and the folders that they are to be in.
        result: Is added to.

    Raises:
        DiskError: A disk did not do it; FolderGoneError: it is not there.
        EightcutError: The Store did not answer.
    """
    gone: list[Move] = []
    there: list[Move] = []
    for move in moves:
        with explained(Path(move.target)):
            (there if _move(move, result) else gone).append(move)
    # Files of a disk that is not connected are not missing: they may have moved before a kill.
    require_there(gone)
    result.missing += [str(move.names[-1][0]) for move in gone]
    _tell(conn, there, clips, result)


def settle(conn: Connection, moves: Sequence[Move]) -> bool:
    """After a disk failed, record what has moved, so that every record says where its file is.

    Returns:
        Whether nothing is half done any more; False: where a file is cannot be told now.
    """
    settled = [_settle_folder(conn, Path(target), some) for (_, target), some in by_folders(moves).items()]
    return all(settled)


def _settle_folder(conn: Connection, target_folder: Path, moves: Sequence[Move]) -> bool:
    there: list[Move] = []
    try:
        for move in moves:
            places = [(os.path.lexists(source), os.path.lexists(target)) for source, target in move.names]
            if any(here == arrived for here, arrived in places):
                return False
            if all(arrived for _, arrived in places):
                there.append(move)
                continue
            for (source, target), (_, arrived) in zip(move.names, places, strict=True):
                if arrived:
                    move_file(target, source)
        _tell(conn, there, [], Moved())
        remove_empty(target_folder, [move.path for move in moves])
    except (OSError, EightcutError):
        return False
    return True


def by_folders(moves: Sequence[Move]) -> dict[tuple[str, str], list[Move]]:
    """Return moves by the folders that they lead from and to."""
    found: dict[tuple[str, str], list[Move]] = defaultdict(list)
    for move in moves:
        found[move.source, move.target].append(move)
    return found


def _tell(conn: Connection, there: Sequence[Move], clips: Sequence[dict[str, str]], result: Moved) -> None:
    """Let the Store and dataset.json know of files that have moved."""
    with explained(Path(there[0].source if there else ".")):
        for parent in {place.parent for move in there for names in move.names for place in names}:
            if parent.is_dir():
                sync_folder(parent)
    step("disable: moved")
    _tell_store(conn, there, clips, result)
    step("disable: recorded")
    for (source, target), some in by_folders(there).items():
        with explained(Path(target)):
            move_entries(Path(source), Path(target), {move.path: move.label for move in some})
            remove_empty(Path(source), [move.path for move in some])
        step("disable: listed")


def _move(move: Move, result: Moved) -> bool:
    found = False
    for source, target in move.names:
        if os.path.lexists(source):
            make_folder(target.parent, parents=True)
        try:
            found = finish_move(source, target, sync=False)
        except FileNotFoundError:
            # Another client moves the same files.
            found = os.path.lexists(target)
            if not found:
                raise
        except FileExistsError:
            result.notes.append(f"{target} is there already, so {source} stays where it is.")
            return False
        step("disable: one file")
    return found


def _tell_store(conn: Connection, moves: Sequence[Move], clips: Sequence[dict[str, str]], result: Moved) -> None:
    files = [
        export_service_pb2.ClipFileMove(id=each, export_folder=move.target, path=move.path)
        for move in moves
        for each in move.ids
    ]
    renames = [export_service_pb2.ClipMove(id=clip["id"], folder=clip["folder"]) for clip in clips]
    result.files += len(moves)
    for start in range(0, len(files), _BATCH):
        _send(conn, files[start : start + _BATCH], [], result)
        step("disable: some recorded")
    for start in range(0, len(renames), _BATCH):
        _send(conn, [], renames[start : start + _BATCH], result)


def _send(
    conn: Connection,
    files: Sequence[export_service_pb2.ClipFileMove],
    clips: Sequence[export_service_pb2.ClipMove],
    result: Moved,
) -> None:
    """Tell the Store; what was deleted there meanwhile needs no telling."""
    try:
        answer = conn.exports.MoveClipFiles(export_service_pb2.MoveClipFilesRequest(files=files, clips=clips))
        result.clips += answer.clips
    except (NotFoundError, AlreadyExistsError) as error:
        if len(files) + len(clips) > 1:
            for file in files:
                _send(conn, [file], [], result)
            for clip in clips:
                _send(conn, [], [clip], result)
        elif isinstance(error, AlreadyExistsError):
            result.notes.append(str(error))

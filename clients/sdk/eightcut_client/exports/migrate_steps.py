"""The steps of a move to the new layout: files, records, dataset.json. All can be done again after a kill."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from eightcut.store.v1 import export_service_pb2

from eightcut_client.connection import Connection
from eightcut_client.errors import AlreadyExistsError, EightcutError
from eightcut_client.exports.dataset import read_entries, update_dataset
from eightcut_client.exports.disk import DiskError, step, sync_folder
from eightcut_client.exports.erasing import remove_empty
from eightcut_client.exports.journal import Document, JournalEntry
from eightcut_client.exports.migrate_survey import Move, another_name
from eightcut_client.exports.moving import finish_move, move_file, rename_new
from eightcut_client.exports.places import inside, list_files

_MOST_MOVES = 1000  # That one call takes.
_Moves: TypeAlias = Sequence[Move]


def carry_out(conn: Connection, entry: JournalEntry, folder: Path, moves: _Moves, *, again: bool = False) -> list[Move]:
    """Do all steps of a batch, or those that are left.

    Args:
        conn: The services; only the Store is needed.
        entry: Holds the moves; a move that gets another name is written down there.
        folder: The export folder.
        moves: The batch.
        again: Some of it may be done already, by a process that died.

    Returns:
        The moves whose files are at their new places.

    Raises:
        OSError: A disk did not do it.
        EightcutError: The Store did not answer, or something is in the way (DiskError).
    """
    moves = list(moves)
    for name in sorted({move.target.partition("/")[0] for move in moves}):
        _make_folder(folder, name)
    arrived: list[Move] = []
    for index in range(len(moves)):
        try:
            there = _move_names(folder, moves[index], again=again)
        except FileExistsError:
            # Somebody has taken the name since it was chosen.
            _undo(folder, moves[index])
            moves[index] = another_name(folder, moves[index])
            entry.update(document(entry.document, moves))
            there = _move_names(folder, moves[index], again=again)
        if there:
            arrived.append(moves[index])
    for parent in {inside(folder, path).parent for move in moves for pair in move.names for path in pair}:
        if parent.is_dir():
            sync_folder(parent)
    step("migrate: moved")
    return _tell(conn, folder, arrived)


def _tell(conn: Connection, folder: Path, arrived: list[Move]) -> list[Move]:
    """Lets the Store and dataset.json know; returns the moves that stand."""
    refused = _record(conn, folder, arrived)
    for move in refused:
        _undo(folder, move)
    done = [move for move in arrived if move not in refused]
    step("migrate: recorded")
    # Said again after a kill, a rename would drop what it has renamed before.
    listed = read_entries(folder)
    names = [pair for move in done for pair in move.names]
    update_dataset(folder, rename={source: target for source, target in names if source in listed})
    step("migrate: listed")
    remove_empty(folder, [path for move in done for path in (move.source, move.target)])
    return done


def settle(conn: Connection, entry: JournalEntry, folder: Path) -> list[Move]:
    """After a failure, record what has moved and leave what has not; where that cannot be told, healing will.

    Returns:
        What has moved.
    """
    moves = moves_of(entry)
    try:
        done: list[Move] = []
        for move in moves:
            here, there = (os.path.lexists(inside(folder, path)) for path in (move.source, move.target))
            if here == there:
                return []
            if there:
                done.append(move)
            else:
                _undo(folder, move)
        done = _tell(conn, folder, done)
        remove_empty(folder, [move.target for move in moves])
    except (OSError, EightcutError):
        return []
    entry.done()
    return done


def _record(conn: Connection, folder: Path, moves: _Moves) -> list[Move]:
    """Says where files lie now, in whatever profiles they are recorded; returns those that the Store refuses."""
    ids: dict[str, list[str]] = {move.source: [] for move in moves}
    for file in list_files(conn, export_folder=str(folder), paths=list(ids)):
        ids[file.path].append(file.id)
    targets: list[tuple[str, str]] = []
    try:
        for move in moves:
            # All records of one file go in one call: it is refused for all of them or for none.
            if targets and len(targets) + len(ids[move.source]) > _MOST_MOVES:
                _say(conn, folder, targets)
                targets = []
            targets += [(number, move.target) for number in ids[move.source]]
        if targets:
            _say(conn, folder, targets)
    except AlreadyExistsError:
        if len(moves) == 1:
            return list(moves)
        return [move for each in moves for move in _record(conn, folder, [each])]
    return []


def _say(conn: Connection, folder: Path, targets: Sequence[tuple[str, str]]) -> None:
    files = [export_service_pb2.ClipFileMove(id=one, export_folder=str(folder), path=path) for one, path in targets]
    conn.exports.MoveClipFiles(export_service_pb2.MoveClipFilesRequest(files=files))


def _move_names(folder: Path, move: Move, *, again: bool) -> bool:
    """Moves a file with what belongs to it; returns whether it is at its new place."""
    there = False
    for source, target in move.names:
        there = _move_one(inside(folder, source), inside(folder, target), again=again)
        step("migrate: one moved")
    return there


def _move_one(source: Path, target: Path, *, again: bool) -> bool:
    if again or os.path.lexists(target) or not os.path.lexists(source):
        return finish_move(source, target)
    try:
        # Brought to the disk with the whole batch; the journal knows both names until then.
        rename_new(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        move_file(source, target)
    return True


def _undo(folder: Path, move: Move) -> None:
    """Takes back what of a move has been done."""
    for source, target in move.names:
        here, there = inside(folder, source), inside(folder, target)
        if os.path.lexists(there) and not os.path.lexists(here):
            here.parent.mkdir(exist_ok=True)
            move_file(there, here)


def _make_folder(folder: Path, name: str) -> None:
    path = folder / name
    try:
        path.mkdir()
    except FileExistsError:
        if not path.is_dir():
            raise DiskError(f"{path} is no folder: give it another name, and do it again.") from None
        return
    sync_folder(folder)


def at_neither_place(folder: Path, moves: _Moves) -> bool:
    """Whether nothing is to be seen of any file: a disk that is not connected looks like that."""
    return not any(os.path.lexists(inside(folder, path)) for move in moves for pair in move.names for path in pair)


def document(head: Document, moves: Iterable[Move]) -> Document:
    """Return what the journal holds of a batch, beside ``head``."""
    return {**head, "moves": [[list(pair) for pair in move.names] for move in moves]}


def moves_of(entry: JournalEntry) -> list[Move]:
    """Read the batch from the journal."""
    pairs = [[(str(source), str(target)) for source, target in names] for names in entry.document["moves"]]
    return [Move(*names[-1], tuple(names[:-1])) for names in pairs]

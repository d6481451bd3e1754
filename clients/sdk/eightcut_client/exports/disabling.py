"""Taking clips out of training and back: their files move to the export folder's "_disabled" sibling, rows follow."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eightcut.store.v1 import clip_file_pb2, clip_pb2, clip_service_pb2, export_service_pb2

from eightcut_client.connection import Connection
from eightcut_client.errors import AlreadyExistsError, InvalidError, NotFoundError
from eightcut_client.exports.dataset import move_entries, tidy
from eightcut_client.exports.disk import DiskError, FolderGoneError, explained, step, sync_folder
from eightcut_client.exports.erasing import IMAGES, remove_empty
from eightcut_client.exports.journal import Journal, JournalEntry
from eightcut_client.exports.moving import finish_move
from eightcut_client.exports.places import away, inside, is_here, list_files, sibling, store_key
from eightcut_client.paging import pages

KIND = "disable"
"""Of journal entries."""

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
class _Move:
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
        return {name: getattr(self, name) for name in ("source", "target", "path", "label", "images", "ids")}


def set_disabled(
    conn: Connection,
    profile: str,
    *,
    folder: str = "",
    media: str = "",
    disabled: bool,
    journal: Journal,
    dry_run: bool = False,
    keep_files: bool = False,
) -> Moved:
    """Disable or enable all clips of a folder, of a video, or of a video in a folder.

    Their folder gets (or loses) the ending "_disabled", and so does the export folder in which their files lie.
    Files that several profiles have recorded take the records of all of them along.

    Args:
        conn: The services; only the Store is needed.
        profile: Whose clips.
        folder: With or without "_disabled"; empty: all.
        media: Digest; empty: all.
        disabled: Which way.
        journal: Of this client.
        dry_run: Only say what would move.
        keep_files: Only the clips change their folder; files and their records stay, as where their disk is gone.

    Raises:
        DiskError: A disk is not there (FolderGoneError), or cannot be written to, or holds something else under a
            name; then nothing has moved, or the rest when healed.
        InvalidError: Neither folder nor media, or no clips there.
        EightcutError: The Store did not answer.
    """
    from eightcut_client.exports.healing import heal

    if not folder and not media:
        raise InvalidError("Name the folder or the file whose clips are meant.")
    notes = [] if dry_run else heal(conn, journal)
    clips, rows = _find(conn, profile, folder, media, disabled=disabled)
    moves = [] if keep_files else _plan(conn, rows, disabled=disabled)
    _check(moves)
    if not keep_files:
        notes += away((row.export_folder for row in rows), "what is there stays where it is")
    result = Moved(notes=notes, folders=sorted({(move.source, move.target) for move in moves}))
    renames = [
        {"id": clip.id, "folder": sibling(clip.folder, disabled=disabled)}
        for clip in clips
        if clip.folder != sibling(clip.folder, disabled=disabled)
    ]
    if dry_run or not (moves or renames):
        result.clips = len(renames)
        for move in moves:
            found = any(os.path.lexists(place) for place in move.names[-1])
            result.files += found
            result.missing += [] if found else [str(move.names[-1][0])]
        return result
    document = {
        "store": store_key(conn),
        "profile": profile,
        "disabled": disabled,
        "export_folder": moves[0].source if moves else "",
        "moves": [move.to_document() for move in moves],
        "clips": renames,
    }
    with explained(journal.folder):
        entry = journal.begin(KIND, document)
    with entry:
        _carry_out(conn, moves, renames, result)
        entry.done()
    return result


def heal_entry(conn: Connection, entry: JournalEntry) -> list[str]:
    """Bring an interrupted move to its end.

    Raises:
        DiskError: A disk did not do it.
        EightcutError: The Store did not answer.
    """
    result = Moved()
    moves = [_Move(**each) for each in entry.document["moves"]]
    for move in moves:
        if not is_here(move.source):
            raise DiskError(f"{move.source} is not on this machine.")
    _carry_out(conn, moves, entry.document["clips"], result)
    for folder in {Path(each) for move in moves for each in (move.source, move.target)}:
        if folder.is_dir():
            tidy(folder)
    done = "disabling" if entry.document["disabled"] else "enabling"
    return [f"The {done} of clips that was interrupted last time is finished now.", *result.notes]


def _find(
    conn: Connection, profile: str, folder: str, media: str, *, disabled: bool
) -> tuple[list[clip_pb2.Clip], list[clip_file_pb2.ClipFile]]:
    """The clips, also those in the right folder already: files that were cut meanwhile may lie in the wrong one."""
    names = {sibling(folder, disabled=False), sibling(folder, disabled=True)} if folder else {""}
    clips: list[clip_pb2.Clip] = []
    rows: list[clip_file_pb2.ClipFile] = []
    for name in sorted(names):
        request = clip_service_pb2.ListClipsRequest(profile=profile, folder=name, media=media, page_size=_BATCH)
        clips += [clip for page in pages(conn.clips.ListClips, request) for clip in page.clips]
        rows += list_files(conn, profile=profile, folder=name, media=media)
    if not clips:
        where = f"in {folder}" if folder else "of this file"
        raise InvalidError(f"There are no clips {where} to {'disable' if disabled else 'enable'}.")
    return clips, rows


def _plan(conn: Connection, rows: Sequence[clip_file_pb2.ClipFile], *, disabled: bool) -> list[_Move]:
    leaving: dict[str, dict[str, clip_file_pb2.ClipFile]] = defaultdict(dict)
    for row in rows:
        if is_here(row.export_folder) and row.export_folder != _target(row.export_folder, disabled=disabled):
            leaving[row.export_folder][row.path] = row
    moves = []
    for source, files in leaving.items():
        ids: dict[str, list[str]] = defaultdict(list)
        for row in list_files(conn, export_folder=source, paths=files):
            ids[row.path].append(row.id)
        target = _target(source, disabled=disabled)
        moves += [
            _Move(source, target, path, row.label, row.settings.format == IMAGES, ids[path])
            for path, row in files.items()
        ]
    return moves


def _target(export_folder: str, *, disabled: bool) -> str:
    folder = Path(export_folder)
    return str(folder.with_name(sibling(folder.name, disabled=disabled)))


def _check(moves: Sequence[_Move]) -> None:
    """See that everything can move, before anything does."""
    for source, target in sorted({(move.source, move.target) for move in moves}):
        if not Path(source).is_dir() and not Path(target).is_dir():
            raise FolderGoneError(f"{source} is not there, so its files cannot be moved: connect its disk.")
        for place in (Path(source), Path(target), Path(source).parent):
            if place.is_dir() and not os.access(place, os.W_OK | os.X_OK):
                raise DiskError(
                    f"Nothing can be moved in {place}: it is on a disk that can only be read, or protected."
                )
    for move in moves:
        for source_file, target_file in move.names:
            if os.path.lexists(source_file) and os.path.lexists(target_file):
                raise DiskError(f"{target_file} is there already: move it out of the way first.")


def _carry_out(conn: Connection, moves: Sequence[_Move], clips: Sequence[dict[str, str]], result: Moved) -> None:
    gone: list[_Move] = []
    there: list[_Move] = []
    for move in moves:
        with explained(Path(move.source)):
            (there if _move(move, result) else gone).append(move)
    result.missing += [str(move.names[-1][0]) for move in gone]
    with explained(Path(moves[0].source if moves else ".")):
        for parent in {place.parent for move in there for names in move.names for place in names}:
            if parent.is_dir():
                sync_folder(parent)
    step("disable: moved")
    _tell_store(conn, there, clips, result)
    step("disable: recorded")
    by_folders: dict[tuple[str, str], list[_Move]] = defaultdict(list)
    for move in there:
        by_folders[move.source, move.target].append(move)
    for (source, target), some in by_folders.items():
        with explained(Path(target)):
            move_entries(Path(source), Path(target), {move.path: move.label for move in some})
            remove_empty(Path(source), [move.path for move in some])
        step("disable: listed")


def _move(move: _Move, result: Moved) -> bool:
    found = False
    for source, target in move.names:
        if os.path.lexists(source):
            target.parent.mkdir(parents=True, exist_ok=True)
        try:
            found = finish_move(source, target, sync=False)
        except FileExistsError:
            result.notes.append(f"{target} is there already, so {source} stays where it is.")
            return False
        step("disable: one file")
    return found


def _tell_store(conn: Connection, moves: Sequence[_Move], clips: Sequence[dict[str, str]], result: Moved) -> None:
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

"""Taking clips out of training and back: their files move to the export folder's "_disabled" sibling, rows follow."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from eightcut.store.v1 import clip_file_pb2, clip_pb2, clip_service_pb2

from eightcut_client.connection import Connection
from eightcut_client.errors import InvalidError
from eightcut_client.exports.dataset import tidy, update_dataset
from eightcut_client.exports.disabling_steps import Move, Moved, by_folders, carry_out, require_there, settle
from eightcut_client.exports.disk import DiskError, FolderGoneError, explained
from eightcut_client.exports.erasing import IMAGES
from eightcut_client.exports.journal import Journal, JournalEntry
from eightcut_client.exports.places import away, is_here, list_files, sibling, store_key
from eightcut_client.exports.relisting import relist_damaged
from eightcut_client.paging import pages

KIND = "disable"
"""Of journal entries."""

_BATCH = 1000
_LONGEST_NAME = 200  # Of a folder of clips.


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
            name; then nothing has moved, or what has is recorded, and the rest follows when it is done again.
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
    renames = _renames(clips, disabled=disabled)
    if dry_run or not (moves or renames):
        _foresee(moves, renames, result)
        return result
    _refuse_overtaking(conn, journal, moves, renames)
    notes += relist_damaged(conn, {place for move in moves for place in (move.source, move.target)})
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
        try:
            carry_out(conn, moves, renames, result)
        except DiskError:
            # Both ways are open then: doing it again, and going back.
            if settle(conn, moves):
                entry.done()
            raise
        entry.done()
    return result


def _renames(clips: Sequence[clip_pb2.Clip], *, disabled: bool) -> list[dict[str, str]]:
    """Return ids of the clips that change their folder, and its new name."""
    targets = {clip.id: (clip.folder, sibling(clip.folder, disabled=disabled)) for clip in clips}
    renames = [{"id": id_, "folder": target} for id_, (folder, target) in targets.items() if folder != target]
    too_long = next((each["folder"] for each in renames if len(each["folder"]) > _LONGEST_NAME), "")
    if too_long:
        raise InvalidError(f"The name {too_long} is longer than {_LONGEST_NAME} characters: use a shorter one first.")
    return renames


def _foresee(moves: Sequence[Move], renames: Sequence[dict[str, str]], result: Moved) -> None:
    """Say what would move."""
    result.clips = len(renames)
    for move in moves:
        found = any(os.path.lexists(place) for place in move.names[-1])
        result.files += found
        result.missing += [] if found else [str(move.names[-1][0])]


def heal_entry(conn: Connection, entry: JournalEntry) -> list[str]:
    """Bring an interrupted move to its end.

    Raises:
        DiskError: A disk did not do it.
        EightcutError: The Store did not answer.
    """
    result = Moved()
    moves = [Move(**each) for each in entry.document["moves"]]
    for move in moves:
        if not is_here(move.source):
            raise DiskError(f"{move.source} is not on this machine.")
    try:
        carry_out(conn, moves, entry.document["clips"], result)
    except FolderGoneError as error:
        settle(conn, moves)
        raise DiskError(f"{str(error).rstrip('.')}, or make the folder anew if it is gone for good.") from error
    except DiskError:
        settle(conn, moves)
        raise
    for (source, target), some in by_folders(moves).items():
        # What was deleted meanwhile went from the one place; its entry may be at the other.
        paths = {move.path for move in some if not any(os.path.lexists(each) for pair in move.names for each in pair)}
        kept = {row.path for place in (source, target) for row in list_files(conn, export_folder=place, paths=paths)}
        for folder in (Path(source), Path(target)):
            if folder.is_dir():
                with explained(folder):
                    update_dataset(folder, remove=paths - kept)
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


def _plan(conn: Connection, rows: Sequence[clip_file_pb2.ClipFile], *, disabled: bool) -> list[Move]:
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
            Move(source, target, path, row.label, row.settings.format == IMAGES, ids[path])
            for path, row in files.items()
        ]
    return moves


def _target(export_folder: str, *, disabled: bool) -> str:
    folder = Path(export_folder)
    return str(folder.with_name(sibling(folder.name, disabled=disabled)))


def _check(moves: Sequence[Move]) -> None:
    """See that everything can move, before anything does."""
    require_there(moves)
    for source, target in sorted({(move.source, move.target) for move in moves}):
        # The folder above takes part only if the target is still to be made.
        above = [] if Path(target).is_dir() else [Path(source).parent]
        for place in (Path(source), Path(target), *above):
            if place.is_dir() and not os.access(place, os.W_OK | os.X_OK):
                raise DiskError(
                    f"Nothing can be moved in {place}: it is on a disk that can only be read, or protected."
                )
    for place in sorted(
        {place for move in moves for _, file in move.names for place in (Path(move.target), file.parent)}
    ):
        if os.path.lexists(place) and not place.is_dir():
            raise DiskError(f"{place} is no folder: move it out of the way first.")
    for move in moves:
        for source_file, target_file in move.names:
            if os.path.lexists(source_file) and os.path.lexists(target_file):
                raise DiskError(f"{target_file} is there already: move it out of the way first.")


def _refuse_overtaking(
    conn: Connection, journal: Journal, moves: Sequence[Move], clips: Sequence[dict[str, str]]
) -> None:
    """What could not be healed is still to be done, and would undo what is done to the same clips now."""
    store = store_key(conn)
    ids = {clip["id"] for clip in clips}
    folders = {frozenset((move.source, move.target)) for move in moves}
    for entry in journal.pending():
        with entry:
            if entry.kind != KIND or entry.document["store"] != store:
                continue
            same = any(frozenset((each["source"], each["target"])) in folders for each in entry.document["moves"])
            if same or any(clip["id"] in ids for clip in entry.document["clips"]):
                raise DiskError("What was begun with these clips last time must be finished first: see to their disk.")

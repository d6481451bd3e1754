"""Deleting clips with their files: from disk, Store and dataset.json in one step that a kill cannot halve."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eightcut.store.v1 import clip_service_pb2

from eightcut_client.connection import Connection
from eightcut_client.errors import InvalidError, NotFoundError, PreconditionError
from eightcut_client.exports.dataset import tidy
from eightcut_client.exports.disk import explained, step
from eightcut_client.exports.erasing import FileRow, check_removable, forget_files
from eightcut_client.exports.journal import Journal, JournalEntry
from eightcut_client.exports.places import away, batches, is_here, list_files, store_key
from eightcut_client.exports.relisting import relist_damaged
from eightcut_client.paging import pages

KIND = "delete"
"""Of journal entries."""

_FEW = 20  # Clips that are asked for one by one; more are found in the list of all.


@dataclass(slots=True)
class Removed:
    """What was deleted.

    Attributes:
        clips: Marks.
        files: Records of files.
        erased: Files that were on the disk; those that another profile has recorded stay there.
        notes: Sentences on the way.
    """

    clips: int = 0
    files: int = 0
    erased: int = 0
    notes: list[str] = field(default_factory=list)


def remove_clips(conn: Connection, profile: str, clip_ids: Collection[str], *, journal: Journal) -> Removed:
    """Delete clips, all their files, and the entries of these in dataset.json.

    Raises:
        DiskError: A disk is not there, or cannot be written to; then nothing is deleted, or the rest when healed.
        NotFoundError: One of the clips is not in the profile; nothing is deleted.
        EightcutError: The Store did not answer.
    """
    from eightcut_client.exports.healing import heal

    notes = heal(conn, journal)
    ids = list(dict.fromkeys(clip_ids))
    _require(conn, profile, ids)
    rows = [FileRow.of(file) for file in list_files(conn, profile=profile, clip_ids=ids)]
    return _remove(conn, profile, ids, rows, journal=journal, notes=notes)


def remove_files(conn: Connection, profile: str, file_ids: Collection[str], *, journal: Journal) -> Removed:
    """Delete files with their entries in dataset.json; the marks stay.

    Raises:
        DiskError: As `remove_clips`.
        NotFoundError: One of the files is not in the profile; nothing is deleted.
        EightcutError: The Store did not answer.
    """
    from eightcut_client.exports.healing import heal

    notes = heal(conn, journal)
    ids = set(file_ids)
    rows = [FileRow.of(file) for file in list_files(conn, profile=profile) if file.id in ids]
    missing = ids - {row.id for row in rows}
    if missing:
        raise NotFoundError(f"There is no file {min(missing, key=int)}.", reason="RESOURCE_UNKNOWN")
    return _remove(conn, profile, [], rows, journal=journal, notes=notes)


def heal_entry(conn: Connection, entry: JournalEntry) -> list[str]:
    """Bring a deletion to its end.

    Raises:
        DiskError: A disk did not do it.
        EightcutError: The Store did not answer.
    """
    document = entry.document
    rows = [FileRow.from_document(each) for each in document["files"]]
    removed = _carry_out(conn, document["profile"], document["clips"], rows)
    for folder in {Path(row.export_folder) for row in rows if is_here(row.export_folder)}:
        if folder.is_dir():
            tidy(folder)
    if not removed.clips and not removed.files and not removed.erased:
        return removed.notes
    return ["A deletion that was interrupted last time is finished now.", *removed.notes]


def _remove(
    conn: Connection, profile: str, clips: list[str], rows: list[FileRow], *, journal: Journal, notes: list[str]
) -> Removed:
    check_removable(rows)
    if not clips and not rows:
        return Removed(notes=notes)
    notes += relist_damaged(conn, {row.export_folder for row in rows})
    document = {
        "store": store_key(conn),
        "profile": profile,
        "export_folder": rows[0].export_folder if rows else "",
        "clips": clips,
        "files": [row.to_document() for row in rows],
    }
    with explained(journal.folder):
        entry = journal.begin(KIND, document)
    with entry:
        removed = _carry_out(conn, profile, clips, rows)
        entry.done()
    removed.notes = [
        *notes,
        *removed.notes,
        *away((row.export_folder for row in rows), "only what is known of it was deleted"),
    ]
    return removed


def _carry_out(conn: Connection, profile: str, clips: Sequence[str], rows: Sequence[FileRow]) -> Removed:
    removed = Removed()
    removed.files, removed.erased = forget_files(conn, profile, rows)
    for part in batches(clips):
        removed.clips += _delete(conn, profile, part, removed.notes)
        step("delete: clips")
    return removed


def _delete(conn: Connection, profile: str, ids: list[str], notes: list[str]) -> int:
    """Delete those of the clips that are there; one that somebody has cut to files since stays, with these."""
    request = clip_service_pb2.BatchDeleteClipsRequest(profile=profile, ids=ids)
    try:
        return conn.clips.BatchDeleteClips(request).deleted
    except (NotFoundError, PreconditionError) as error:
        if len(ids) > 1:
            return sum(_delete(conn, profile, [each], notes) for each in ids)
        if isinstance(error, PreconditionError):
            if error.reason != "CLIP_HAS_FILES":
                raise
            notes.append(f"Clip {ids[0]} was cut to files meanwhile, so it stays.")
        return 0


def _require(conn: Connection, profile: str, ids: list[str]) -> None:
    if not ids:
        raise InvalidError("Name the clips to delete.")
    if len(ids) <= _FEW:
        there = set()
        for each in ids:
            clip = conn.clips.GetClip(clip_service_pb2.GetClipRequest(id=each)).clip
            there.update([clip.id] if clip.profile == profile else [])
    else:
        request = clip_service_pb2.ListClipsRequest(profile=profile, page_size=1000)
        there = {clip.id for page in pages(conn.clips.ListClips, request) for clip in page.clips}
    for each in ids:
        if each not in there:
            raise NotFoundError(f"There is no clip {each} in the profile {profile}.", reason="RESOURCE_UNKNOWN")

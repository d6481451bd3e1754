"""Files that lie elsewhere now, and clips that are in another folder now."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from eightcut_runtime import AlreadyExists, InvalidArgument
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from eightcut_store.areas.clip_merging import merge_clips
from eightcut_store.areas.export_numbers import UsedPath, note_paths
from eightcut_store.areas.lookups import unknown
from eightcut_store.tables import Clip, ClipFile


class FileMove(NamedTuple):
    """Where a file lies now; ``field`` is its path in the request."""

    id: int
    export_folder: str
    path: str
    field: str


class ClipMove(NamedTuple):
    """The folder that a clip is in now; ``field`` is its path in the request."""

    id: int
    folder: str
    field: str


class _FilePlace(NamedTuple):
    profile_id: int
    export_folder: str
    path: str


class _ClipPlace(NamedTuple):
    profile_id: int
    media_id: int
    start_us: int
    duration_us: int
    folder: str


def move_files(session: Session, moves: Sequence[FileMove]) -> int:
    """Records where files lie now; returns how many were recorded elsewhere before. Files that are gone are left out.

    Raises:
        AlreadyExists: DUPLICATE: another file of the profile is recorded there.
        InvalidArgument: A file comes twice.
        NotFound: RESOURCE_UNKNOWN: there never was such a file.
    """
    _refuse_twice(moves)
    query = select(ClipFile.id, ClipFile.profile_id, ClipFile.export_folder, ClipFile.path, Clip.media_id).join(
        Clip, Clip.id == ClipFile.clip_id
    )
    rows = {row.id: row for row in session.execute(query.where(ClipFile.id.in_([move.id for move in moves])))}
    _refuse_unknown(session, "clip_file", ClipFile, [move.id for move in moves if move.id not in rows])
    targets: dict[int, _FilePlace] = {}
    for move in moves:
        row = rows.get(move.id)
        if row is not None and (row.export_folder, row.path) != (move.export_folder, move.path):
            targets[move.id] = _FilePlace(row.profile_id, move.export_folder, move.path)
    if not targets:
        return 0
    here = select(ClipFile.id, ClipFile.profile_id, ClipFile.export_folder, ClipFile.path).where(
        ClipFile.path.in_({place.path for place in targets.values()}),
        ClipFile.export_folder.in_({place.export_folder for place in targets.values()}),
    )
    present = {_FilePlace(*row[1:]): row.id for row in session.execute(here)}
    taken: dict[_FilePlace, int] = {}
    for file_id, place in targets.items():
        other = taken.get(place, present.get(place))
        if other is not None and (other not in targets or place in taken):
            raise _occupied(other, place)
        taken[place] = file_id
    if any(place in present for place in taken):
        # One takes the place that another leaves: all leave first.
        values = [{"id": file_id, "path": f"/{file_id}"} for file_id in targets]
        session.execute(update(ClipFile), values)
    session.execute(
        update(ClipFile),
        [{"id": file_id, "export_folder": to.export_folder, "path": to.path} for file_id, to in targets.items()],
    )
    note_paths(
        session, (UsedPath(to.export_folder, rows[file_id].media_id, to.path) for file_id, to in targets.items())
    )
    return len(targets)


def move_clips(session: Session, moves: Sequence[ClipMove]) -> tuple[int, int]:
    """Puts clips into other folders; returns how many, and how many of these met the same clip and became one with it.

    Clips that are gone are left out.

    Raises:
        InvalidArgument: A clip comes twice.
        NotFound: RESOURCE_UNKNOWN: there never was such a clip.
    """
    _refuse_twice(moves)
    rows = {clip.id: clip for clip in session.scalars(select(Clip).where(Clip.id.in_([move.id for move in moves])))}
    _refuse_unknown(session, "clip", Clip, [move.id for move in moves if move.id not in rows])
    targets = {move.id: move.folder for move in moves if move.id in rows and rows[move.id].folder != move.folder}
    if not targets:
        return 0, 0
    places = {clip_id: _place(rows[clip_id], folder) for clip_id, folder in targets.items()}
    present = _present(session, places.values())
    staying = {place: clip_id for place, clip_id in present.items() if clip_id not in targets}
    pairs: list[tuple[int, int]] = []
    for clip_id in sorted(targets):
        kept = staying.setdefault(places[clip_id], clip_id)
        if kept != clip_id:
            pairs.append((clip_id, kept))
    merge_clips(session, pairs)
    merged = {dropped for dropped, _ in pairs}
    moved = {clip_id: folder for clip_id, folder in targets.items() if clip_id not in merged}
    if any(places[clip_id] in present for clip_id in moved):
        # One takes the place that another leaves: all leave first. No folder has such a name.
        session.execute(update(Clip), [{"id": clip_id, "folder": f"/{clip_id}"} for clip_id in moved])
    if moved:
        session.execute(
            update(Clip),
            [{"id": one, "folder": folder, "revision": rows[one].revision + 1} for one, folder in moved.items()],
        )
    session.expire_all()
    return len(targets), len(pairs)


def _place(clip: Clip, folder: str) -> _ClipPlace:
    return _ClipPlace(clip.profile_id, clip.media_id, clip.start_us, clip.duration_us, folder)


def _present(session: Session, places: Iterable[_ClipPlace]) -> dict[_ClipPlace, int]:
    wanted = set(places)
    query = select(Clip.id, Clip.profile_id, Clip.media_id, Clip.start_us, Clip.duration_us, Clip.folder).where(
        Clip.profile_id.in_({place.profile_id for place in wanted}),
        Clip.media_id.in_({place.media_id for place in wanted}),
        Clip.start_us.in_({place.start_us for place in wanted}),
        Clip.folder.in_({place.folder for place in wanted}),
    )
    return {_ClipPlace(*row[1:]): row.id for row in session.execute(query)}


def _refuse_twice(moves: Sequence[FileMove] | Sequence[ClipMove]) -> None:
    seen: set[int] = set()
    for move in moves:
        if move.id in seen:
            raise InvalidArgument(f"{move.field}.id: comes twice.", field=f"{move.field}.id")
        seen.add(move.id)


def _refuse_unknown(session: Session, kind: str, table: type[Clip] | type[ClipFile], missing: Collection[int]) -> None:
    """Refuses ids that were never given out.

    What was there and is gone is no mistake: a client that says once more, after a crash, what it has done may name
    a clip that was merged then, or a file that somebody else has deleted since.
    """
    if not missing:
        return
    last = _last_id(session, table.__tablename__)
    for number in missing:
        if number > last:
            raise unknown(kind, number)


def _last_id(session: Session, table: str) -> int:
    if session.get_bind().dialect.name == "sqlite":
        query = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
    else:
        query = text("SELECT pg_sequence_last_value(CAST(pg_get_serial_sequence(:name, 'id') AS regclass))")
    return session.scalar(query, {"name": table}) or 0


def _occupied(file_id: int, place: _FilePlace) -> AlreadyExists:
    return AlreadyExists(
        f"Another file is recorded there already: {place.path}.",
        resource_type="clip_file",
        resource_name=str(file_id),
        metadata={"type": "clip_file", "id": str(file_id)},
    )

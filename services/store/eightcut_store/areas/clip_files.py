"""Files that were cut from clips: recording, finding, forgetting."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from eightcut_runtime import InvalidArgument
from sqlalchemy import Select, delete, exists, func, insert, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from eightcut_store.areas.clips import NewClip, provide_clips
from eightcut_store.areas.clock import now_us
from eightcut_store.areas.export_numbers import UsedPath, note_paths
from eightcut_store.areas.lookups import unknown
from eightcut_store.tables import Clip, ClipFile, Media, Profile

MOST_FOLDERS = 1000

_Rows: TypeAlias = "Select[ClipFile, str, str, int, str, int]"
_BULK = {"synchronize_session": False}


@dataclass(frozen=True)
class NewFile:
    """A file that lies under its final name.

    ``settings`` are columns of `ClipFile`, ``field`` is its path in the request.
    """

    owner: int | NewClip
    export_folder: str
    path: str
    sub_index: int
    start_us: int
    duration_us: int
    label: str
    settings: dict[str, Any]
    size_bytes: int
    field: str


class FoundFile(NamedTuple):
    """A file with what its clip knows."""

    file: ClipFile
    profile: str
    media: str
    media_id: int
    folder: str
    origin: int


class UsedFolder(NamedTuple):
    """An export folder, what it was used for, and how much."""

    export_folder: str
    folder: str
    files: int
    last_use_us: int


def record_files(session: Session, profile: Profile, wanted: Sequence[NewFile]) -> list[FoundFile]:
    """Records files, and makes the clips that come with them; what is recorded under a path already is replaced.

    Raises:
        InvalidArgument: BEYOND_END of a new clip; or a path comes twice.
        NotFound: RESOURCE_UNKNOWN, MEDIA_UNKNOWN.
    """
    _refuse_twice(wanted)
    owners = _owners(session, profile, wanted)
    present = session.execute(
        select(ClipFile.export_folder, ClipFile.path, ClipFile.id).where(
            ClipFile.profile_id == profile.id,
            ClipFile.export_folder.in_({new.export_folder for new in wanted}),
            ClipFile.path.in_({new.path for new in wanted}),
        )
    )
    known = {(folder, path): file_id for folder, path, file_id in present}
    now = now_us()
    added, changed = [], []
    for new, clip_id in zip(wanted, owners, strict=True):
        row = _row(new, clip_id, profile.id, now)
        file_id = known.get((new.export_folder, new.path))
        if file_id is None:
            added.append(row)
        else:
            changed.append(row | {"id": file_id})
    if changed:
        session.execute(update(ClipFile), changed)
    if added:
        for made in session.execute(
            insert(ClipFile).returning(ClipFile.export_folder, ClipFile.path, ClipFile.id), added
        ):
            known[made.export_folder, made.path] = made.id
    ids = [known[new.export_folder, new.path] for new in wanted]
    found = {one.file.id: one for one in _found(session, _query().where(ClipFile.id.in_(ids)))}
    files = [found[file_id] for file_id in ids]
    note_paths(session, (UsedPath(one.file.export_folder, one.media_id, one.file.path) for one in files))
    return files


def list_files(
    session: Session,
    *,
    profile: Profile | None,
    clip_ids: Sequence[int],
    media: Media | None,
    folder: str,
    export_folder: str,
    paths: Sequence[str],
    after: tuple[int, ...] | None,
    limit: int,
) -> list[FoundFile]:
    """Returns files by registration of their media, then start, then index; ``after`` is those and the id."""
    query = _query().order_by(Clip.media_id, ClipFile.start_us, ClipFile.sub_index, ClipFile.id).limit(limit)
    if profile is not None:
        # Either condition alone would do; with both the database may begin at the clips or at the files.
        query = query.where(Clip.profile_id == profile.id, ClipFile.profile_id == profile.id)
    if clip_ids:
        query = query.where(ClipFile.clip_id.in_(clip_ids))
    if media is not None:
        query = query.where(Clip.media_id == media.id)
    if folder:
        query = query.where(Clip.folder == folder)
    if export_folder:
        query = query.where(ClipFile.export_folder == export_folder)
    if paths:
        query = query.where(ClipFile.path.in_(paths))
    if after is not None:
        media_id, start_us, sub_index, file_id = after
        later = (ClipFile.start_us > start_us) | (
            (ClipFile.start_us == start_us)
            & ((ClipFile.sub_index > sub_index) | ((ClipFile.sub_index == sub_index) & (ClipFile.id > file_id)))
        )
        query = query.where(Clip.media_id >= media_id, (Clip.media_id > media_id) | later)
    return _found(session, query)


def forget_files(
    session: Session, profile: Profile, ids: Sequence[int], *, delete_clips: bool
) -> tuple[list[FoundFile], int, int]:
    """Forgets all of them or none; returns those that no profile has any more, and how many files and clips went.

    Raises:
        NotFound: RESOURCE_UNKNOWN, naming the first that the profile does not have.
    """
    query = _query().where(ClipFile.profile_id == profile.id, ClipFile.id.in_(ids))
    files = {one.file.id: one for one in _found(session, query)}
    for file_id in ids:
        if file_id not in files:
            raise unknown("clip_file", file_id)
    paths = {one.file.path for one in files.values()}
    others = select(ClipFile.export_folder, ClipFile.path).where(
        ClipFile.path.in_(paths), ClipFile.profile_id != profile.id
    )
    shared = {(folder, path) for folder, path in session.execute(others)}
    unused = [files[file_id] for file_id in dict.fromkeys(ids)]
    unused = [one for one in unused if (one.file.export_folder, one.file.path) not in shared]
    # As they were: what is deleted below is not to be read again.
    session.expunge_all()
    session.execute(delete(ClipFile).where(ClipFile.id.in_(files)), execution_options=_BULK)
    clips = 0
    if delete_clips:
        owners = {one.file.clip_id for one in files.values()}
        left = exists().where(ClipFile.clip_id == Clip.id)
        gone = session.execute(delete(Clip).where(Clip.id.in_(owners), ~left), execution_options=_BULK)
        assert isinstance(gone, CursorResult)
        clips = gone.rowcount
    return unused, len(files), clips


def list_used_folders(session: Session, profile: Profile, *, folder: str, media: Media | None) -> list[UsedFolder]:
    """Returns where the files of a profile lie, for each folder of clips, the last used first."""
    last = func.max(ClipFile.create_us)
    query = (
        select(ClipFile.export_folder, Clip.folder, func.count(), last)
        .join(Clip, Clip.id == ClipFile.clip_id)
        .where(ClipFile.profile_id == profile.id)
        .group_by(ClipFile.export_folder, Clip.folder)
        .order_by(last.desc(), ClipFile.export_folder, Clip.folder)
        .limit(MOST_FOLDERS)
    )
    if folder:
        query = query.where(Clip.folder == folder)
    if media is not None:
        query = query.where(Clip.media_id == media.id)
    return [UsedFolder(*row) for row in session.execute(query)]


def _refuse_twice(wanted: Sequence[NewFile]) -> None:
    seen = set()
    for new in wanted:
        if (new.export_folder, new.path) in seen:
            raise InvalidArgument(f"{new.field}.path: the same file comes twice.", field=f"{new.field}.path")
        seen.add((new.export_folder, new.path))


def _owners(session: Session, profile: Profile, wanted: Sequence[NewFile]) -> list[int]:
    """Returns the ids of the clips that the files belong to; those that are not there yet are made."""
    named = {new.owner for new in wanted if isinstance(new.owner, int)}
    if named:
        query = select(Clip.id).where(Clip.profile_id == profile.id, Clip.id.in_(named))
        known = set(session.scalars(query))
        for new in wanted:
            if isinstance(new.owner, int) and new.owner not in known:
                raise unknown("clip", new.owner)
    clips = [new.owner for new in wanted if isinstance(new.owner, NewClip)]
    made = iter(provide_clips(session, profile, clips) if clips else ())
    return [new.owner if isinstance(new.owner, int) else next(made) for new in wanted]


def _row(new: NewFile, clip_id: int, profile_id: int, now: int) -> dict[str, Any]:
    return {
        "profile_id": profile_id,
        "clip_id": clip_id,
        "export_folder": new.export_folder,
        "path": new.path,
        "sub_index": new.sub_index,
        "start_us": new.start_us,
        "duration_us": new.duration_us,
        "label": new.label,
        "size_bytes": new.size_bytes,
        "create_us": now,
        **new.settings,
    }


def _query() -> _Rows:
    columns = select(ClipFile, Profile.name, Media.digest, Clip.media_id, Clip.folder, Clip.origin)
    return (
        columns.join(Clip, Clip.id == ClipFile.clip_id)
        .join(Profile, Profile.id == ClipFile.profile_id)
        .join(Media, Media.id == Clip.media_id)
    )


def _found(session: Session, query: _Rows) -> list[FoundFile]:
    # A row that was read before may have been replaced since.
    return [FoundFile(*row) for row in session.execute(query, execution_options={"populate_existing": True})]

"""Folders: groups of clips that exist as long as a clip is in them."""

from __future__ import annotations

from typing import NamedTuple

from eightcut_runtime import NotFound
from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session, aliased

from eightcut_store.areas.clip_merging import merge_clips
from eightcut_store.areas.clips import SCAN_EXPORT
from eightcut_store.tables import Clip, Profile

_DISABLED = "_disabled"


class Folder(NamedTuple):
    """A folder with counts."""

    name: str
    clips: int
    media: int
    scan_exports: int


def is_disabled(folder: str) -> bool:
    """Says whether a folder takes no part in training."""
    return folder.endswith(_DISABLED)


def unknown_folder(folder: str) -> NotFound:
    """Returns the error FOLDER_UNKNOWN."""
    return NotFound(
        f'No clip lies in a folder "{folder}".',
        resource_type="folder",
        resource_name=folder,
        reason="FOLDER_UNKNOWN",
        metadata={"folder": folder},
    )


def list_folders(session: Session, profile: Profile, *, include_scan_exports: bool) -> list[Folder]:
    """Returns folders by name; those that hold only scan exports when asked for."""
    exported = func.sum(case((Clip.origin == SCAN_EXPORT, 1), else_=0))
    query = (
        select(Clip.folder, func.count(), func.count(Clip.media_id.distinct()), exported)
        .where(Clip.profile_id == profile.id)
        .group_by(Clip.folder)
        .order_by(Clip.folder)
    )
    if not include_scan_exports:
        query = query.having(func.count() > exported)
    return [Folder(*row) for row in session.execute(query)]


def rename_folder(session: Session, profile: Profile, folder: str, new_folder: str) -> tuple[int, int]:
    """Moves all clips of a folder; returns how many moved and how many were there already and were dropped.

    A dropped clip leaves its files, and a person's mark, on the one that stays.

    Raises:
        NotFound: FOLDER_UNKNOWN.
    """
    inside = (Clip.profile_id == profile.id) & (Clip.folder == folder)
    total = session.scalar(select(func.count()).where(inside)) or 0
    if not total:
        raise unknown_folder(folder)
    if folder == new_folder:
        return 0, 0
    there = aliased(Clip)
    pairs = session.execute(
        select(Clip.id, there.id)
        .join(
            there,
            (there.profile_id == Clip.profile_id)
            & (there.media_id == Clip.media_id)
            & (there.start_us == Clip.start_us)
            & (there.duration_us == Clip.duration_us)
            & (there.folder == new_folder),
        )
        .where(inside)
    ).all()
    merge_clips(session, [(dropped, kept) for dropped, kept in pairs])
    session.execute(
        update(Clip).where(inside).values(folder=new_folder, revision=Clip.revision + 1),
        execution_options={"synchronize_session": False},
    )
    return total - len(pairs), len(pairs)

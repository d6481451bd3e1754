"""Numbers of videos in export folders, and of clips in videos: given out once, whatever happens to the files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from eightcut_runtime import FailedPrecondition
from sqlalchemy import select
from sqlalchemy.orm import Session

from eightcut_store.areas.clips import SCAN_EXPORT
from eightcut_store.areas.export_paths import folder_key
from eightcut_store.tables import ExportCounter, ExportVideo, Media

LARGEST = 999_999_999
"""Names with more digits are not recognised."""

_PATH = re.compile(
    r"vid_(?P<video>\d{1,9})/(?:.+_\d{1,9}_(?P<kind>[ma])(?P<clip>\d{1,9})_\d{1,9}(?:\.[^/]*)?)?.*", re.DOTALL
)


class NextNumbers(NamedTuple):
    """What would come."""

    video: int
    video_known: bool
    marked: int
    scan_export: int


class Reserved(NamedTuple):
    """What was given out: ``count`` numbers from ``first`` on."""

    video: int
    first: int


class UsedPath(NamedTuple):
    """A file of a video that has a name already."""

    export_folder: str
    media_id: int
    path: str


def peek_numbers(session: Session, export_folder: str, media: Media, video_floor: int) -> NextNumbers:
    """Returns the numbers that would come next.

    Raises:
        FailedPrecondition: There are none left.
    """
    key = folder_key(export_folder)
    known = session.get(ExportVideo, (key, media.id))
    if known is not None:
        return NextNumbers(known.number, True, known.last_marked + 1, known.last_scan_export + 1)
    counter = session.get(ExportCounter, key)
    return NextNumbers(_next(counter.last_video if counter else 0, video_floor), False, 1, 1)


def reserve_numbers(
    session: Session, export_folder: str, media: Media, *, origin: int, count: int, video_floor: int, clip_floor: int
) -> Reserved:
    """Gives out the number of a video, the same as ever, and new ones of clips in it.

    Args:
        session: A writing one.
        export_folder: Absolute path.
        media: The video.
        origin: Of the clips: marked ones and scan exports are counted apart.
        count: How many clips; 0: only the number of the video.
        video_floor: A video that has no number yet gets a larger one than this.
        clip_floor: The numbers of the clips are larger than this.

    Raises:
        FailedPrecondition: There are none left.
    """
    key = folder_key(export_folder)
    video = session.get(ExportVideo, (key, media.id))
    if video is None:
        counter = _counter(session, key)
        counter.last_video = _next(counter.last_video, video_floor)
        video = _number_video(session, key, media.id, counter.last_video)
    first = _next(video.last_scan_export if origin == SCAN_EXPORT else video.last_marked, clip_floor, count)
    last = first + count - 1
    if count and origin == SCAN_EXPORT:
        video.last_scan_export = last
    elif count:
        video.last_marked = last
    session.flush()
    return Reserved(video.number, first)


def note_paths(session: Session, used: Iterable[UsedPath]) -> None:
    """Sees to it that no number is given out that these names have; a video without a number takes that of its folder.

    Where the number belongs to another video already, it stays with that one.
    """
    folders: dict[tuple[str, int], set[int]] = {}
    clips: dict[tuple[str, int, str], int] = {}
    keys: dict[str, str] = {}
    for one in used:
        found = _PATH.fullmatch(one.path)
        if found is None or int(found["video"]) == 0:
            continue
        if one.export_folder not in keys:
            keys[one.export_folder] = folder_key(one.export_folder)
        key, number = keys[one.export_folder], int(found["video"])
        folders.setdefault((key, one.media_id), set()).add(number)
        if found["kind"]:
            place = (key, number, found["kind"])
            clips[place] = max(clips.get(place, 0), int(found["clip"]))
    if not folders:
        return
    numbered = _numbered(session, {key for key, _ in folders})
    taken = {(video.folder_key, video.number) for video in numbered.values()}
    for (key, media_id), numbers in sorted(folders.items()):
        counter = _counter(session, key)
        counter.last_video = max(counter.last_video, *numbers)
        free = [number for number in sorted(numbers) if (key, number) not in taken]
        if (key, media_id) not in numbered and free:
            numbered[key, media_id] = _number_video(session, key, media_id, free[0])
            taken.add((key, free[0]))
    owners = {(video.folder_key, video.number): video for video in numbered.values()}
    for (key, number, kind), last in clips.items():
        # Whoever made the file: the video that has the number does not use the name again.
        video = owners.get((key, number))
        if video is None:
            continue
        if kind == "a":
            video.last_scan_export = max(video.last_scan_export, last)
        else:
            video.last_marked = max(video.last_marked, last)
    session.flush()


def hand_numbers_on(session: Session, old_media_id: int, new_media_id: int) -> None:
    """Gives what a video's numbers are to the media that it turned out to be, where that has none of its own."""
    own = set(session.scalars(select(ExportVideo.folder_key).where(ExportVideo.media_id == new_media_id)))
    for video in session.scalars(select(ExportVideo).where(ExportVideo.media_id == old_media_id)).all():
        if video.folder_key in own:
            # The number is not given out again: the counter stays.
            session.delete(video)
        else:
            video.media_id = new_media_id
    session.flush()


def _numbered(session: Session, keys: set[str]) -> dict[tuple[str, int], ExportVideo]:
    query = select(ExportVideo).where(ExportVideo.folder_key.in_(keys))
    return {(video.folder_key, video.media_id): video for video in session.scalars(query)}


def _counter(session: Session, key: str) -> ExportCounter:
    counter = session.get(ExportCounter, key)
    if counter is None:
        counter = ExportCounter(folder_key=key, last_video=0)
        session.add(counter)
        session.flush()
    return counter


def _number_video(session: Session, key: str, media_id: int, number: int) -> ExportVideo:
    video = ExportVideo(folder_key=key, media_id=media_id, number=number, last_marked=0, last_scan_export=0)
    session.add(video)
    return video


def _next(last: int, floor: int, count: int = 1) -> int:
    first = max(last, floor) + 1
    if first + count - 1 > LARGEST:
        raise FailedPrecondition(
            "The numbers of this export folder are used up: choose another export folder.", subject="export_folder"
        )
    return first

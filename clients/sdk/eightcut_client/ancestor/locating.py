"""Finding the files of media that an import knows only by name, and giving these media what belongs to them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eightcut.store.v1 import (
    clip_service_pb2,
    hard_negative_service_pb2,
    media_pb2,
    media_service_pb2,
    profile_service_pb2,
)

from eightcut_client.ancestor.by_name import FindProgress, NameIndex, OnFind, hint_of, identify, too_short
from eightcut_client.cancellation import Cancellation
from eightcut_client.connection import Connection
from eightcut_client.errors import NotFoundError, PreconditionError
from eightcut_client.media import MediaError, display_name, probe
from eightcut_client.paging import pages
from eightcut_client.register import LocalMedia
from eightcut_client.times import to_duration, to_seconds

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Adopted:
    """Media that were located.

    Attributes:
        filename: The name that they were known by.
        was: Where they were once.
        media: What they are now.
        path: Their file.
        moved: Clips, hard negatives, scans and hidden entries that they brought along.
        merged: Those among them that were there already.
    """

    filename: str
    was: str
    media: media_pb2.Media
    path: Path
    moved: int
    merged: int


@dataclass(slots=True)
class Located:
    """What a search for unlocated media came to.

    Attributes:
        adopted: Found.
        several: Name → places of files of that name, of which nobody can say which it is.
        unusable: Sentences about files that have the name and are no media, or other ones.
        missing: Media of which no file was found.
    """

    adopted: list[Adopted] = field(default_factory=list)
    several: dict[str, tuple[Path, ...]] = field(default_factory=dict)
    unusable: list[str] = field(default_factory=list)
    missing: list[media_pb2.Media] = field(default_factory=list)


def list_unlocated(conn: Connection, profile: str = "") -> list[media_pb2.Media]:
    """Return the media that are known by name only; with a profile, those in which it has anything.

    Raises:
        EightcutError: The Store refused or cannot be reached.
    """
    request = media_service_pb2.ListMediaRequest(profile=profile, unlocated=True, page_size=1000)
    return [media for page in pages(conn.media.ListMedia, request) for media in page.media]


def find_adopted(conn: Connection, stand_ins: Sequence[str]) -> dict[str, media_pb2.Media]:
    """Return media that were known by name once, and were located since, by the digests that stood for them.

    Raises:
        EightcutError: The Store refused or cannot be reached.
    """
    found: dict[str, media_pb2.Media] = {}
    parts = [stand_ins[start : start + _BATCH] for start in range(0, len(stand_ins), _BATCH)]
    while parts:
        part = parts.pop()
        answer = conn.media.BatchGetMedia(media_service_pb2.BatchGetMediaRequest(digests=part)).media
        if len(answer) == len(part):
            found |= {one: media for one, media in zip(part, answer, strict=True) if not media.unlocated}
        elif answer:
            # Unknown ones are left out, and it is not said which.
            half = len(part) // 2
            parts += [part[:half], part[half:]]
    return found


def locate_media(
    conn: Connection,
    folders: Sequence[str | os.PathLike[str]],
    *,
    files: Mapping[str, str | os.PathLike[str]] | None = None,
    on_progress: OnFind | None = None,
    on_adopted: Callable[[Adopted], None] | None = None,
    cancel: Cancellation | None = None,
) -> Located:
    """Look for all unlocated media by name, first where they were, then in folders; adopt what is found.

    Args:
        conn: The services.
        folders: Where to look; everything below them is looked at.
        files: Stand-in digest → file, for media whose file has another name now.
        on_progress: Told how far it is.
        on_adopted: Told of each that was found, at once: what is done stays done.
        cancel: Ends it from another thread.

    Raises:
        CancelledError: ``cancel`` was used.
        EightcutError: The Store refused or cannot be reached.
    """
    cancel = cancel or Cancellation()
    waiting = list_unlocated(conn)
    result = Located()
    given = dict(files or {})
    index = NameIndex({media.filename for media in waiting}, folders, on_progress=on_progress, cancel=cancel)
    for number, media in enumerate(waiting):
        cancel.check()

        def tell(progress: FindProgress, number: int = number) -> None:
            if on_progress is not None:
                on_progress(FindProgress(0, number, len(waiting), progress.name, progress.fraction))

        local, others = _file_of(media, given, index, tell, cancel)
        why = too_short(local, media.filename, _latest(conn, media)) if local and media.digest not in given else ""
        if local is None or why:
            result.unusable += [why] if why else []
            if others:
                result.several[media.filename] = others
            result.missing.append(media)
            continue
        adopted = _adopt(conn, media, local, result)
        if adopted is not None:
            result.adopted.append(adopted)
            if on_adopted is not None:
                on_adopted(adopted)
    return result


def adopt_file(
    conn: Connection, unlocated: str, local: LocalMedia, duration: float
) -> media_service_pb2.AdoptMediaResponse:
    """Say which file unlocated media are.

    Raises:
        EightcutError: The Store refused or cannot be reached.
    """
    file = media_service_pb2.RegisterMediaRequest(
        digest=local.digest,
        filename=local.filename,
        path_hint=hint_of(local),
        size_bytes=local.stamp.size,
        duration=to_duration(duration),
    )
    return conn.media.AdoptMedia(media_service_pb2.AdoptMediaRequest(unlocated=unlocated, file=file))


def _file_of(
    media: media_pb2.Media,
    given: Mapping[str, str | os.PathLike[str]],
    index: NameIndex,
    tell: OnFind,
    cancel: Cancellation,
) -> tuple[LocalMedia | None, tuple[Path, ...]]:
    if media.digest in given:
        return identify(os.fspath(given[media.digest]), tell, cancel), ()
    if media.path_hint and Path(media.path_hint).is_absolute():
        local = identify(media.path_hint, tell, cancel)
        if local is not None:
            return local, ()
    found = index.find(media.filename, media.path_hint, media.size_bytes, tell)
    return found.file, found.others


def _latest(conn: Connection, media: media_pb2.Media) -> float:
    """Where the last clip or hard negative of any profile begins, in seconds."""
    latest = 0.0
    profiles = profile_service_pb2.ListProfilesRequest(page_size=1000)
    for profile in [one.name for page in pages(conn.profiles.ListProfiles, profiles) for one in page.profiles]:
        marked = clip_service_pb2.ListClipsRequest(profile=profile, media=media.digest, page_size=1000)
        chosen = hard_negative_service_pb2.HardNegativeFilter(media=media.digest)
        wrong = hard_negative_service_pb2.ListHardNegativesRequest(profile=profile, filter=chosen, page_size=1000)
        starts = [clip.start for page in pages(conn.clips.ListClips, marked) for clip in page.clips]
        found = pages(conn.hard_negatives.ListHardNegatives, wrong)
        starts += [negative.start for page in found for negative in page.hard_negatives]
        latest = max([latest, *map(to_seconds, starts)])
    return latest


def _adopt(conn: Connection, media: media_pb2.Media, local: LocalMedia, result: Located) -> Adopted | None:
    try:
        duration = probe(local.path, expect=local.stamp).duration or 0.0
    except MediaError as error:
        result.unusable.append(f"{display_name(local.path)} was found, but: {error}")
        result.missing.append(media)
        return None
    try:
        answer = adopt_file(conn, media.digest, local, duration)
    except (NotFoundError, PreconditionError):
        return None  # Another client was quicker.
    return Adopted(media.filename, media.path_hint, answer.media, local.path, answer.moved, answer.merged)

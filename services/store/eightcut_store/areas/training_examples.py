"""The examples that a training is made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from eightcut_runtime import FailedPrecondition
from sqlalchemy import select
from sqlalchemy.orm import Session

from eightcut_store.areas.clips import SCAN_EXPORT
from eightcut_store.areas.folders import is_disabled, unknown_folder
from eightcut_store.tables import Clip, HardNegative, Media, Profile

NEAR_US = 500_000
"""Clips of one kind in one media whose starts are no farther apart are marks of the same thing."""


class Kind(IntEnum):
    """Numbers of eightcut.store.v1.ExampleKind, in the order in which examples at one start are sent."""

    POSITIVE = 1
    NEGATIVE = 2
    HARD_NEGATIVE = 3
    SOFT = 4


@dataclass(frozen=True)
class Wanted:
    """What of a training spec decides about examples."""

    positive_folders: Sequence[str]
    negative_folder: str
    use_hard_negatives: bool
    include_scan_exports: bool


class Example(NamedTuple):
    """A place that training takes into account; a hard negative has no duration."""

    media_id: int
    start_us: int
    kind: Kind
    duration_us: int | None

    @property
    def end_us(self) -> int:
        """Where it ends, for a clip."""
        return self.start_us + (self.duration_us or 0)


@dataclass(frozen=True)
class Found:
    """What a training is made from.

    Attributes:
        examples: Each with the digest of its media, by registration of media, then by start.
        unlocated: How many but soft ones are left out because the file of their media was not found yet.
    """

    examples: list[tuple[Example, str]]
    unlocated: int


def list_examples(session: Session, profile: Profile, wanted: Wanted) -> Found:
    """Returns the examples; media whose file was not found yet teach nothing.

    Raises:
        FailedPrecondition: FOLDER_DISABLED: a named folder takes no part in training.
        NotFound: FOLDER_UNKNOWN: a named folder has no clips.
    """
    _check_folders(session, profile, wanted)
    examples = resolve(_clips(session, profile, wanted))
    if wanted.use_hard_negatives:
        places = session.execute(
            select(HardNegative.media_id, HardNegative.start_us).where(HardNegative.profile_id == profile.id)
        )
        examples += [Example(media_id, start, Kind.HARD_NEGATIVE, None) for media_id, start in places]
    examples.sort()
    used = select(Media.id, Media.digest).where(
        Media.id.in_(select(Clip.media_id).where(Clip.profile_id == profile.id))
        | Media.id.in_(select(HardNegative.media_id).where(HardNegative.profile_id == profile.id)),
        ~Media.unlocated,
    )
    digests = dict(session.execute(used).all())
    return Found(
        [(example, digests[example.media_id]) for example in examples if example.media_id in digests],
        sum(example.media_id not in digests and example.kind is not Kind.SOFT for example in examples),
    )


def resolve(clips: Sequence[Example]) -> list[Example]:
    """Merges near-duplicates of one kind, and drops soft and negative clips at the place of a positive.

    At the place means: at least half of the clip lies within one positive. A long negative clip with a short
    positive in it stays.
    """
    kept: list[Example] = []
    for _, in_media in groupby(sorted(clips), key=attrgetter("media_id")):
        merged = merge_near(list(in_media))
        positives = [clip for clip in merged if clip.kind is Kind.POSITIVE]
        kept += positives
        kept += _unclaimed([clip for clip in merged if clip.kind is not Kind.POSITIVE], positives)
    return kept


def merge_near(clips: Sequence[Example]) -> list[Example]:
    """Makes one example of those of a kind whose starts lie within 0.5 s of the first; it reaches as far as they do.

    All are of one media, by start.
    """
    merged: list[Example] = []
    last: dict[Kind, int] = {}
    for clip in clips:
        index = last.get(clip.kind)
        if index is not None and clip.start_us - merged[index].start_us <= NEAR_US:
            first = merged[index]
            merged[index] = first._replace(duration_us=max(first.end_us, clip.end_us) - first.start_us)
        else:
            last[clip.kind] = len(merged)
            merged.append(clip)
    return merged


def _unclaimed(clips: Sequence[Example], positives: Sequence[Example]) -> list[Example]:
    """Returns the clips of which no positive covers half; both are of one media, by start."""
    kept: list[Example] = []
    first = 0
    longest = max((positive.end_us - positive.start_us for positive in positives), default=0)
    for clip in clips:
        while first < len(positives) and positives[first].start_us + longest <= clip.start_us:
            first += 1
        half = (clip.end_us - clip.start_us) / 2
        claimed = False
        for index in range(first, len(positives)):
            positive = positives[index]
            if claimed or positive.start_us >= clip.end_us:
                break
            overlap = min(clip.end_us, positive.end_us) - max(clip.start_us, positive.start_us)
            claimed = overlap >= half
        if not claimed:
            kept.append(clip)
    return kept


def _check_folders(session: Session, profile: Profile, wanted: Wanted) -> None:
    named = [*wanted.positive_folders, *([wanted.negative_folder] if wanted.negative_folder else [])]
    for folder in named:
        if is_disabled(folder):
            raise FailedPrecondition(
                f'The folder "{folder}" is disabled and takes no part in training: rename it first.',
                reason="FOLDER_DISABLED",
                subject=f"folder {folder}",
                metadata={"folder": folder},
            )
    query = select(Clip.folder).where(Clip.profile_id == profile.id, Clip.folder.in_(named)).distinct()
    known = set(session.scalars(query))
    for folder in named:
        if folder not in known:
            raise unknown_folder(folder)


def _clips(session: Session, profile: Profile, wanted: Wanted) -> list[Example]:
    query = select(Clip.media_id, Clip.start_us, Clip.duration_us, Clip.folder).where(Clip.profile_id == profile.id)
    if not wanted.include_scan_exports:
        query = query.where(Clip.origin != SCAN_EXPORT)
    positive = set(wanted.positive_folders)
    found: list[Example] = []
    for media_id, start_us, duration_us, folder in session.execute(query):
        if is_disabled(folder):
            continue
        kind = Kind.SOFT
        if folder in positive:
            kind = Kind.POSITIVE
        elif folder == wanted.negative_folder:
            kind = Kind.NEGATIVE
        found.append(Example(media_id, start_us, kind, duration_us))
    return found

"""Which clips and files the regions of a scan become.

The rules, all of them at microseconds, as the Store keeps times:

1. A region of which at least half is covered by scan exports of the profile (of whatever scan or model, imported ones
   too) is exported already: it is left out, unless it is asked for ``again``.
2. Regions that overlap, or lie at most the fuse gap apart, are fused; what is shorter than the minimum duration then is
   left out.
3. A region not longer than a clip becomes one file with the region in its middle, moved where it would reach beyond the
   media.
4. A longer one becomes files that start at its start and then every ``spread`` seconds, as many as lie in it; where
   more than a quarter of a clip is left at its end, one more that ends where the region ends.
5. A region is one clip, which covers it all. One that would last more than an hour or have more than 1,000 files, which
   is more than a clip can, goes on in another.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, Self

from eightcut_client.cutting.options import DEFAULT_SECONDS, MAX_COUNT, MAX_SECONDS, CutOptions
from eightcut_client.cutting.plan import LTX2_RATE, frames_of
from eightcut_client.errors import InvalidError
from eightcut_client.exports.items import CutItem, SubClip

if TYPE_CHECKING:
    from eightcut_client.connection import Connection
    from eightcut_client.register import LocalMedia

MIN_SPREAD = 0.1
"""Seconds between the starts of two files of a region, at least."""

_SECOND = 1_000_000
_LONGEST_CLIP = round(MAX_SECONDS * _SECOND)


class Span(Protocol):
    """A region, in whatever class a client keeps it."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def start(self) -> float:
        """Seconds from the beginning of the media."""

    @property
    def end(self) -> float:
        """Seconds, after the start."""


@dataclass(frozen=True, slots=True)
class RegionExport:
    """What a person chooses, besides how files are made.

    Attributes:
        duration: Seconds of every file.
        spread: Seconds by which each file of a long region starts later than the one before.
        min_duration: Shorter regions are left out.
        fuse_gap: Regions at most this far apart become one.
    """

    duration: float = DEFAULT_SECONDS
    spread: float = 3.0
    min_duration: float = 0.0
    fuse_gap: float = 0.0

    def __post_init__(self) -> None:
        """Check the values.

        Raises:
            InvalidError: One is out of range.
        """
        checks = (
            (0 < self.duration <= MAX_SECONDS, f"A clip lasts more than 0 and at most {MAX_SECONDS:.0f} s."),
            (
                MIN_SPREAD <= self.spread <= MAX_SECONDS,
                f"The spread lies between {MIN_SPREAD} and {MAX_SECONDS:.0f} s.",
            ),
            (0 <= self.min_duration < float("inf"), "The minimum duration of a region is a number of seconds."),
            (0 <= self.fuse_gap < float("inf"), "The gap that is fused is a number of seconds."),
        )
        for holds, sentence in checks:
            if not holds:
                raise InvalidError(sentence)

    @classmethod
    def of(cls, options: CutOptions, *, min_duration: float = 0.0, fuse_gap: float = 0.0) -> Self:
        """Take duration and spread from how files are made; in LTX-2 mode the duration is that of whole frames.

        Raises:
            InvalidError: A value is out of range.
        """
        duration = frames_of(options.duration) / LTX2_RATE if options.ltx2 else options.duration
        return cls(duration, options.spread, min_duration, fuse_gap)


@dataclass(frozen=True, slots=True)
class PlannedRegion:
    """A clip that will be made.

    Attributes:
        ids: The regions that are in it, by start.
        start: Of the clip, seconds.
        duration: Of the clip, seconds.
        files: Its files, by start.
    """

    ids: tuple[str, ...]
    start: float
    duration: float
    files: tuple[SubClip, ...]

    @property
    def end(self) -> float:
        """Seconds."""
        return self.start + self.duration


@dataclass(frozen=True, slots=True)
class RegionPlan:
    """What would be made, and what would not.

    Attributes:
        planned: The clips, by start.
        exported: Ids of regions that are left out because they were exported before.
        too_short: Ids of regions that are left out because they are shorter than asked for (after fusing) or
            beyond the end.
        reason: Why nothing can be made, one sentence; else empty.
    """

    planned: tuple[PlannedRegion, ...] = ()
    exported: tuple[str, ...] = ()
    too_short: tuple[str, ...] = ()
    reason: str = ""

    @property
    def clips(self) -> int:
        """How many clips would be made."""
        return len(self.planned)

    @property
    def files(self) -> int:
        """How many files would be made."""
        return sum(len(one.files) for one in self.planned)

    @property
    def regions(self) -> int:
        """How many regions would be exported."""
        return len({region_id for one in self.planned for region_id in one.ids})

    @property
    def skipped(self) -> int:
        """How many regions are left out because they were exported before."""
        return len(self.exported)


def plan_regions(
    regions: Iterable[Span],
    options: RegionExport,
    media_duration: float,
    exported: Collection[tuple[float, float]] = (),
    *,
    again: bool = False,
) -> RegionPlan:
    """Decide which clips and files regions become; see the module for the rules.

    Args:
        regions: Those that are wanted, in any order: the enabled ones of a scan, or a selection.
        options: What the person chose.
        media_duration: Seconds.
        exported: What was exported before, start and end in seconds: see `exported_marks`.
        again: Export it once more.
    """
    # The last microsecond may be one that only the rounding of the duration made.
    media, length, spread = int(media_duration * _SECOND + 1e-3), _us(options.duration), _us(options.spread)
    covered = _Covered(() if again else exported)
    left: list[_Stretch] = []
    done: list[str] = []
    too_short: list[str] = []
    for one in sorted(regions, key=lambda region: (region.start, region.end)):
        stretch = _Stretch(max(0, _us(one.start)), min(_us(one.end), media), (one.id,))
        if stretch.end <= stretch.start:
            too_short.append(one.id)
        elif covered.half_of(stretch.start, stretch.end):
            done.append(one.id)
        else:
            left.append(stretch)
    if left and media < length:
        reason = f"The media is {media_duration:g} s long, but a clip {options.duration:g} s: choose shorter clips."
        return RegionPlan((), tuple(done), tuple(too_short), reason)
    planned: dict[tuple[int, int], PlannedRegion] = {}
    for fused in _fuse(left, _us(options.fuse_gap)):
        if fused.end - fused.start < _us(options.min_duration):
            too_short += fused.ids
            continue
        for clip, starts in _clips(fused, length, spread, media):
            same = planned.get(clip)
            if same is not None:
                # Near the beginning or the end of the media, short regions share one clip.
                planned[clip] = replace(same, ids=(*same.ids, *fused.ids))
                continue
            files = tuple(SubClip(index, start / _SECOND, length / _SECOND) for index, start in enumerate(starts))
            planned[clip] = PlannedRegion(fused.ids, clip[0] / _SECOND, (clip[1] - clip[0]) / _SECOND, files)
    return RegionPlan(tuple(planned.values()), tuple(done), tuple(too_short))


def exported_marks(conn: Connection, profile: str, media: str) -> tuple[tuple[float, float], ...]:
    """Return start and end, in seconds, of all scan exports of a media, by start.

    A region that is just where a person has marked a clip becomes a file of that clip: it is told by its name.

    Args:
        conn: The services.
        profile: Whose.
        media: Digest.

    Raises:
        EightcutError: The Store refused or cannot be reached.
    """
    from eightcut.store.v1.clip_pb2 import CLIP_ORIGIN_SCAN_EXPORT
    from eightcut.store.v1.clip_service_pb2 import ListClipsRequest

    from eightcut_client.exports.places import is_of_scan, list_files
    from eightcut_client.paging import pages
    from eightcut_client.times import to_seconds

    cut = {file.clip_id for file in list_files(conn, profile=profile, media=media) if is_of_scan(file)}
    request = ListClipsRequest(profile=profile, media=media, page_size=1000)
    return tuple(
        (to_seconds(clip.start), to_seconds(clip.start) + to_seconds(clip.duration))
        for page in pages(conn.clips.ListClips, request)
        for clip in page.clips
        if clip.origin == CLIP_ORIGIN_SCAN_EXPORT or clip.id in cut
    )


def exported_ids(regions: Iterable[Span], exported: Collection[tuple[float, float]]) -> frozenset[str]:
    """Return the ids of regions of which at least half was exported: those that are to be marked in a list."""
    covered = _Covered(exported)
    return frozenset(one.id for one in regions if covered.half_of(_us(one.start), _us(one.end)))


def region_items(
    plan: RegionPlan, media: LocalMedia, *, folder: str, label: str = "", category: str = ""
) -> list[CutItem]:
    """Return what is to be cut for a plan: scan exports, of which the clips are made with their files."""
    return [CutItem(media, one.files, one.start, one.duration, folder, label, category) for one in plan.planned]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A region, or several that became one; microseconds."""

    start: int
    end: int
    ids: tuple[str, ...]


class _Covered:
    """Stretches that are covered by others, each moment once."""

    def __init__(self, spans: Collection[tuple[float, float]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        for start, end in sorted((_us(start), _us(end)) for start, end in spans):
            if self._ends and start <= self._ends[-1]:
                self._ends[-1] = max(self._ends[-1], end)
            else:
                self._starts.append(start)
                self._ends.append(end)

    def half_of(self, start: int, end: int) -> bool:
        first, last = bisect_right(self._ends, start), bisect_left(self._starts, end)
        inside = sum(min(end, self._ends[i]) - max(start, self._starts[i]) for i in range(first, last))
        return end > start and 2 * inside >= end - start


def _fuse(stretches: Sequence[_Stretch], gap: int) -> list[_Stretch]:
    fused: list[_Stretch] = []
    for one in stretches:
        if fused and one.start - fused[-1].end <= gap:
            before = fused.pop()
            one = _Stretch(before.start, max(before.end, one.end), before.ids + one.ids)  # noqa: PLW2901
        fused.append(one)
    return fused


def _clips(region: _Stretch, length: int, spread: int, media: int) -> Iterator[tuple[tuple[int, int], list[int]]]:
    """Yield start and end of each clip, with the starts of its files."""
    if region.end - region.start <= length:
        start = min(max(0, (region.start + region.end - length) // 2), media - length)
        yield (start, start + length), [start]
        return
    starts = list(range(region.start, region.end - length + 1, spread))
    if 4 * (region.end - (starts[-1] + length)) > length:
        starts.append(region.end - length)
    # A clip ends where the first file of the next starts, so that every moment of the region is in a clip.
    ends = [max(start + length, after) for start, after in zip(starts, [*starts[1:], region.end], strict=True)]
    first = 0
    for number in range(len(starts)):
        full = number + 1 - first == MAX_COUNT
        if number + 1 == len(starts) or full or ends[number + 1] - starts[first] > _LONGEST_CLIP:
            end = min(ends[number], starts[first] + _LONGEST_CLIP)
            yield (starts[first], end), starts[first : number + 1]
            first = number + 1


def _us(seconds: float) -> int:
    return round(seconds * _SECOND)

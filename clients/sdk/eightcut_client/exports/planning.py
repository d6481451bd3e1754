"""Which names files get: those of the clip's last export in the folder, else numbers that nobody had before."""

from __future__ import annotations

import os
import re
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eightcut.store.v1 import clip_file_pb2, clip_pb2, clip_service_pb2, export_service_pb2

from eightcut_client.connection import Connection
from eightcut_client.cutting import suffix_of
from eightcut_client.cutting.options import CutOptions
from eightcut_client.exports.erasing import FileRow
from eightcut_client.exports.items import CutItem, SubClip
from eightcut_client.exports.names import ClipName, Kind
from eightcut_client.exports.places import clip_floors, inside, is_of_scan, list_files, video_floor
from eightcut_client.exports.publishing import NewClip, NewFile
from eightcut_client.paging import pages
from eightcut_client.times import to_duration

_INDEX = re.compile(r"_\d+$")


@dataclass(slots=True)
class PlannedClip:
    """A clip with names.

    Attributes:
        item: What is to be cut.
        options: How, for each of its files.
        clip: The files under their hidden and final names.
        fresh: Its number was reserved for it; else the names are those of its last export.
    """

    item: CutItem
    options: tuple[CutOptions, ...]
    clip: NewClip
    fresh: bool


class Planner:
    """Gives names to the clips of one export."""

    def __init__(self, conn: Connection, profile: str, folder: Path, name: str, token: str) -> None:
        """Takes where files go.

        Args:
            conn: The services.
            profile: Whose clips.
            folder: The export folder, absolute.
            name: What the files are called, before their numbers.
            token: Part of all hidden names.
        """
        self._conn = conn
        self._profile = profile
        self._folder = folder
        self._name = name
        self._token = token

    def plan(self, items: Sequence[CutItem], options: Sequence[Sequence[CutOptions]]) -> list[PlannedClip]:
        """Return the clips in their order; numbers are reserved for those that have no files in the folder.

        Raises:
            EightcutError: The Store did not answer.
            OSError: The folder cannot be read.
        """
        ids = self._clip_ids(items)
        rows: dict[str, list[clip_file_pb2.ClipFile]] = defaultdict(list)
        known = [clip_id for clip_id in ids if clip_id]
        for row in list_files(self._conn, profile=self._profile, clip_ids=known, export_folder=str(self._folder)):
            rows[row.clip_id].append(row)
        own: dict[int, Sequence[clip_file_pb2.ClipFile]] = {}
        stems: dict[int, str] = {}
        groups: dict[tuple[str, Kind], list[int]] = defaultdict(list)
        for place, (item, clip_id) in enumerate(zip(items, ids, strict=True)):
            own[place] = _own(item, rows.get(clip_id, []))
            if own[place]:
                stems[place] = _base_of(own[place])
            else:
                groups[item.media.digest, "a" if item.is_scan_export else "m"].append(place)
        for (digest, kind), places in groups.items():
            stems.update(zip(places, self._reserve(digest, kind, len(places)), strict=True))
        return [
            self._planned(item, tuple(how), stems[place], own[place])
            for place, (item, how) in enumerate(zip(items, options, strict=True))
        ]

    def renumber(self, planned: PlannedClip) -> None:
        """Give a clip another number: somebody else's file has the name that it was to get.

        Raises:
            EightcutError: The Store did not answer.
            OSError: The folder cannot be read.
        """
        kind: Kind = "a" if planned.item.is_scan_export else "m"
        (stem,) = self._reserve(planned.item.media.digest, kind, 1)
        again = self._planned(planned.item, planned.options, stem, [])
        for file, new in zip(planned.clip.files, again.clip.files, strict=True):
            file.path = file.record.path = new.path

    def _clip_ids(self, items: Sequence[CutItem]) -> list[str]:
        """The clips that are meant; a scan export that was made before is the same clip again."""
        known: dict[tuple[str, str], dict[tuple[int, int], str]] = {}
        found = []
        for item in items:
            if item.clip_id:
                found.append(item.clip_id)
                continue
            key = (item.folder, item.media.digest)
            if key not in known:
                known[key] = self._clips_by_place(*key)
            found.append(known[key].get((_micros(item.start), _micros(item.duration)), ""))
        return found

    def _clips_by_place(self, folder: str, digest: str) -> dict[tuple[int, int], str]:
        request = clip_service_pb2.ListClipsRequest(profile=self._profile, folder=folder, media=digest, page_size=1000)
        return {
            (clip.start.ToMicroseconds(), clip.duration.ToMicroseconds()): clip.id
            for page in pages(self._conn.clips.ListClips, request)
            for clip in page.clips
        }

    def _reserve(self, digest: str, kind: Kind, count: int) -> list[str]:
        """Paths without index and suffix, whose numbers are ours now and on the disk nobody's."""
        folder = str(self._folder)
        floor = video_floor(self._folder)
        peek = export_service_pb2.PeekNumbersRequest(export_folder=folder, media=digest, video_floor=floor)
        answer = self._conn.exports.PeekNumbers(peek)
        clip_floor = clip_floors(self._folder, answer.video_number)[kind] if answer.video_known else 0
        request = export_service_pb2.ReserveNumbersRequest(
            export_folder=folder,
            media=digest,
            origin=clip_pb2.CLIP_ORIGIN_SCAN_EXPORT if kind == "a" else clip_pb2.CLIP_ORIGIN_MARKED,
            count=count,
            video_floor=floor,
            clip_floor=clip_floor,
            request_id=uuid.uuid4().hex,
        )
        reserved = self._conn.exports.ReserveNumbers(request)
        numbers = range(reserved.first_number, reserved.first_number + count)
        names = [ClipName(self._name, reserved.video_number, kind, number, 0) for number in numbers]
        return [_INDEX.sub("", name.path("")) for name in names]

    def _planned(
        self, item: CutItem, options: tuple[CutOptions, ...], base: str, rows: Sequence[clip_file_pb2.ClipFile]
    ) -> PlannedClip:
        names = {name for row in rows for name in FileRow.of(row).names}
        files = [self._file(item, sub, how, base, names) for sub, how in zip(item.files, options, strict=True)]
        new = {file.path for file in files}
        surplus = [FileRow.of(row) for row in rows if row.path not in new]
        return PlannedClip(item, options, NewClip(files, surplus), fresh=not rows)

    def _file(self, item: CutItem, sub: SubClip, options: CutOptions, base: str, replaced: set[str]) -> NewFile:
        suffix = suffix_of(options.format)
        path = f"{base}_{sub.index}{suffix}"
        parent, _, stem = path.removesuffix(suffix).rpartition("/")
        temporary = f".{stem}.{self._token}.part{suffix}"
        record = export_service_pb2.NewClipFile(
            export_folder=str(self._folder),
            path=path,
            index=sub.index,
            start=to_duration(sub.start),
            duration=to_duration(sub.duration),
            label=item.label,
            settings=_settings(options, len(item.files), sub.duration),
        )
        if item.clip_id:
            record.clip_id = item.clip_id
        else:
            record.clip.CopyFrom(_clip(item))
        return NewFile(
            temporary=f"{parent}/{temporary}" if parent else temporary,
            path=path,
            replaces=sorted(replaced & {path, f"{path}.wav"}),
            record=record,
            sound=options.format == "webp",
        )


def is_taken(folder: Path, clip: NewClip) -> bool:
    """Whether there is something on the disk under a name that a clip is to get."""
    return any(
        final not in file.replaces and os.path.lexists(inside(folder, final))
        for file in clip.files
        for _, final in file.names
    )


def _own(item: CutItem, rows: Sequence[clip_file_pb2.ClipFile]) -> Sequence[clip_file_pb2.ClipFile]:
    """The files that a clip is cut over: never what a person has cut from a mark, when a scan is exported."""
    scans = [row for row in rows if is_of_scan(row)]
    if item.is_scan_export:
        return scans
    return [row for row in rows if row not in scans] or scans


def _base_of(rows: Sequence[clip_file_pb2.ClipFile]) -> str:
    """The path that the files of a clip have in common: without index and suffix."""
    row = min(rows, key=lambda each: each.index)
    parent, _, name = row.path.rpartition("/")
    stem = name.rpartition(".")[0] if row.settings.format != "webp" and "." in name else name
    base = _INDEX.sub("", stem) or stem
    return f"{parent}/{base}" if parent else base


def _settings(options: CutOptions, count: int, duration: float) -> clip_file_pb2.CutSettings:
    return clip_file_pb2.CutSettings(
        format=options.format,
        short_side=options.short_side or 0,
        crop_ratio=options.crop or "",
        crop_center=options.crop_center,
        crop_keyframes=[
            clip_file_pb2.CropKeyframe(time=to_duration(key.time), center=key.center) for key in options.keyframes
        ],
        clip_count=count,
        clip_duration=to_duration(duration),
        spread=to_duration(options.spread),
        ltx2=options.ltx2,
    )


def _clip(item: CutItem) -> clip_service_pb2.NewClip:
    return clip_service_pb2.NewClip(
        media=item.media.digest,
        start=to_duration(item.start),
        duration=to_duration(item.duration),
        folder=item.folder,
        label=item.label,
        category=item.category,
        origin=clip_pb2.CLIP_ORIGIN_SCAN_EXPORT,
    )


def _micros(seconds: float) -> int:
    return round(seconds * 1_000_000)

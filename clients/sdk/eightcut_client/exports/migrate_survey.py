"""The old layout, a folder ``clip_NNN`` for each clip: which files of it there are, and where each is to go."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from eightcut.store.v1 import clip_file_pb2

from eightcut_client.exports.erasing import IMAGES
from eightcut_client.exports.names import video_folder, video_number

_GROUP = re.compile(r"clip_[0-9]+")
_MOST_BYTES = 250  # Of a name; file systems take 255.


@dataclass(frozen=True, slots=True)
class Row:
    """A file as a profile has recorded it."""

    id: int
    profile: str
    media: str
    path: str
    images: bool
    size: int

    @classmethod
    def of(cls, file: clip_file_pb2.ClipFile) -> Row:
        """Take what is needed."""
        return cls(
            int(file.id), file.profile, file.media, file.path, file.settings.format == IMAGES, int(file.size_bytes)
        )


@dataclass(frozen=True, slots=True)
class Source:
    """A file in the old layout that is on the disk.

    Attributes:
        path: Below the export folder.
        media: What it was cut from.
        stem: What the names of all that belongs to it begin with.
        companions: Names beside it that go with it.
    """

    path: str
    media: str
    stem: str
    companions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """Where something goes; paths below the export folder.

    Attributes:
        source: Where it is.
        target: Where it is to be.
        companions: The same of what goes with it.
    """

    source: str
    target: str
    companions: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> list[tuple[str, str]]:
        """All that moves; the file that the Store knows goes last."""
        return [*self.companions, (self.source, self.target)]

    @property
    def renamed(self) -> bool:
        """Its name was taken."""
        return self.source.rpartition("/")[2] != self.target.rpartition("/")[2]


@dataclass(slots=True)
class Survey:
    """What there is of the old layout in an export folder.

    Attributes:
        folder: The export folder.
        sources: Files that can move, by registration of their media.
        found: Files that lie in the folder of their video already, but are recorded where they were before.
        missing: Paths that are recorded, and not on the disk.
        strangers: Paths in old folders that nobody has recorded; they stay.
        adopts: Numbers that videos get with ``found``, by digest, unless they have another one.
        floor: Largest number of a video's folder on the disk.
        taken: Names in the folders of videos, case-folded, by folder.
    """

    folder: Path
    sources: list[Source] = field(default_factory=list)
    found: list[Move] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)
    adopts: dict[str, int] = field(default_factory=dict)
    floor: int = 0
    taken: dict[str, set[str]] = field(default_factory=dict)

    @property
    def media(self) -> list[str]:
        """Digests of the videos whose files can move, in their order."""
        return list(dict.fromkeys(source.media for source in self.sources))


def is_old(path: str) -> bool:
    """Whether a path is one of the old layout: a file in a folder named clip_ and nothing but digits."""
    folder, _, name = path.partition("/")
    return bool(name) and "/" not in name and _GROUP.fullmatch(folder) is not None


def survey(folder: Path, rows: Sequence[Row]) -> Survey:
    """Look at an export folder.

    Args:
        folder: Is there.
        rows: All that is recorded in it, in any profile, by registration of the media.

    Raises:
        OSError: It cannot be read.
    """
    result = Survey(folder)
    groups: dict[str, list[str]] = {}
    videos: dict[str, list[str]] = {}
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        number = video_number(entry.name)
        if number is not None:
            result.floor = max(result.floor, number)
            videos[entry.name] = _names(entry)
        elif _GROUP.fullmatch(entry.name):
            groups[entry.name] = _names(entry)
    by_path: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_path[row.path].append(row)
    result.taken = {name: {one.casefold() for one in names} for name, names in videos.items()}
    for path in by_path:
        parent, _, name = path.partition("/")
        if video_number(parent) is not None:
            result.taken.setdefault(parent, set()).add(name.casefold())
    gone = _sort_out(result, groups, by_path)
    _look_for(result, gone, videos, by_path)
    return result


def _sort_out(result: Survey, groups: Mapping[str, list[str]], by_path: Mapping[str, list[Row]]) -> list[str]:
    """Fills in sources and strangers; returns the paths that are recorded and not there."""
    stems = {group: _by_stem(names) for group, names in groups.items()}
    there = {f"{group}/{name}" for group, names in groups.items() for name in names}
    claimed: set[str] = set()
    gone: list[str] = []
    for path, rows in by_path.items():
        if not is_old(path):
            continue
        if path not in there:
            gone.append(path)
            continue
        group, _, name = path.partition("/")
        first = min(rows, key=lambda row: row.id)
        stem = name if first.images else _stem(name)
        beside = [
            other
            for key in dict.fromkeys((stem, name))
            for other in stems[group].get(key, [])
            if other != name and f"{group}/{other}" not in by_path and f"{group}/{other}" not in claimed
        ]
        claimed.update([path, *(f"{group}/{other}" for other in beside)])
        result.sources.append(Source(path, first.media, stem, tuple(beside)))
    result.strangers = sorted(there - claimed)
    return gone


def _look_for(
    result: Survey, gone: Iterable[str], videos: Mapping[str, list[str]], by_path: Mapping[str, list[Row]]
) -> None:
    """Tells the files that were moved without being recorded from those that are not there.

    The program that 8-cut descends from has left such records, and so does a move whose journal was lost.
    """
    places: dict[str, list[str]] = defaultdict(list)
    owners: dict[str, set[str]] = defaultdict(set)
    for parent, names in videos.items():
        for name in names:
            places[name].append(f"{parent}/{name}")
    for path, rows in by_path.items():
        owners[path.partition("/")[0]].update(row.media for row in rows)
    for path in gone:
        rows = by_path[path]
        name = path.partition("/")[2]
        fitting = [place for place in places[name] if _fits(result.folder, place, rows, by_path, owners)]
        if len(fitting) == 1:
            result.found.append(Move(path, fitting[0]))
            number = video_number(fitting[0].partition("/")[0])
            if number:
                result.adopts[rows[0].media] = min(number, result.adopts.get(rows[0].media, number))
            places[name].remove(fitting[0])  # It is one file: no second record may claim it.
        else:
            result.missing.append(path)


def _fits(
    folder: Path, place: str, rows: Sequence[Row], by_path: Mapping[str, list[Row]], owners: Mapping[str, set[str]]
) -> bool:
    """Whether what lies at a place can only be the file of these rows."""
    media = {row.media for row in rows}
    there = by_path.get(place, [])
    if len(media) != 1 or {row.profile for row in rows} & {row.profile for row in there}:
        return False
    # What lies in the folder of another video is another file of the same name.
    if owners[place.partition("/")[0]] - media:
        return False
    target = folder / place
    if rows[0].images or target.is_dir():
        return rows[0].images and target.is_dir()
    return all(row.size in (0, target.stat().st_size) for row in rows)


def assign(found: Survey, numbers: Mapping[str, int]) -> list[Move]:
    """Say where every file goes; a name that is taken there gets a number at its end.

    Args:
        found: What there is.
        numbers: Of the videos, by digest.
    """
    taken = {folder: set(names) for folder, names in found.taken.items()}
    moves = []
    for source in found.sources:
        folder = video_folder(numbers[source.media])
        moves.append(_assigned(source, folder, taken.setdefault(folder, set())))
    return moves


def another_name(folder: Path, move: Move) -> Move:
    """Return the move with names that are free on the disk now."""
    parent = move.target.partition("/")[0]
    name = move.source.partition("/")[2]
    taken = {one.name.casefold() for one in (folder / parent).iterdir()}
    beside = tuple(source.partition("/")[2] for source, _ in move.companions)
    return _assigned(Source(move.source, "", _stem(name), beside), parent, taken)


def _assigned(source: Source, folder: str, taken: set[str]) -> Move:
    group, _, name = source.path.partition("/")
    names = [*source.companions, name]
    number = 1
    while True:
        chosen = names if number == 1 else [_numbered(one, source.stem, number) for one in names]
        folded = [one.casefold() for one in chosen]
        if len(set(folded)) == len(folded) and not taken.intersection(folded):
            break
        number += 1
    taken.update(folded)
    pairs = [(f"{group}/{old}", f"{folder}/{new}") for old, new in zip(names, chosen, strict=True)]
    return Move(*pairs[-1], tuple(pairs[:-1]))


def _numbered(name: str, stem: str, number: int) -> str:
    """``door_5.mp4`` → ``door_5_2.mp4``: no name that the number of a clip is read from."""
    rest = f"_{number}{name[len(stem) :]}"
    while len(os.fsencode(stem + rest)) > _MOST_BYTES and stem:
        stem = stem[:-1]
    return stem + rest


def _by_stem(names: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        if _stem(name) != name:
            found[_stem(name)].append(name)
    return found


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _names(entry: os.DirEntry[str]) -> list[str]:
    return sorted(one.name for one in os.scandir(entry)) if entry.is_dir() else []

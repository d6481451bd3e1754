"""Clips and their files."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, case, select, update
from sqlalchemy.orm import Session

from eightcut_store.areas.clips import MARKED, SCAN_EXPORT
from eightcut_store.areas.export_numbers import UsedPath, note_paths
from eightcut_store.areas.importing.books import MediaBook, ProfileBook
from eightcut_store.areas.importing.bulk import find_rows, insert_rows
from eightcut_store.areas.importing.labels import NewLabels
from eightcut_store.areas.importing.ledger import Conflicts, Ledger, by_number
from eightcut_store.areas.importing.numbers import Numbers
from eightcut_store.areas.importing.rows import ClipRow, Table, line_of
from eightcut_store.tables import Clip, ClipFile

_CHUNK = 5000
_JOINED = -1


class _Place(NamedTuple):
    """What makes a clip the same clip."""

    profile_id: int
    media_id: int
    start_us: int
    duration_us: int
    folder: str


class _There(NamedTuple):
    """What a clip says that is there already."""

    id: int
    category: str
    origin: int
    label: str


@dataclass
class _Batch:
    """What some rows become: rows of tables, clips that a person had marked, too, and what is to be remembered."""

    clips: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    promoted: list[int] = field(default_factory=list)
    became: list[tuple[str, int]] = field(default_factory=list)


class ClipImport:
    """Takes rows of ``processed`` in, some at a time; marked ones first."""

    def __init__(
        self, session: Session, profiles: ProfileBook, media: MediaBook, conflicts: Conflicts, *, restore: bool
    ) -> None:
        self._session = session
        self._profiles = profiles
        self._media = media
        self._conflicts = conflicts
        self._clip_ids = Numbers(session, Clip)
        self._file_ids = Numbers(session, ClipFile)
        self._labels = NewLabels(session)
        # For each new file the number of its media in the stream.
        self._keys = array("q")
        is_there = by_number(session, ClipFile.id) if restore else None
        self.ledger: Ledger[ClipRow] = Ledger(session, Table.PROCESSED, self._file_ids.first, is_there)

    @property
    def made(self) -> int:
        """New clips."""
        return self._clip_ids.next - self._clip_ids.first

    def take(self, rows: Sequence[ClipRow]) -> None:
        """Takes some rows in."""
        fresh = self.ledger.sort_out(rows, self._lines_of)
        if not fresh:
            return
        profiles = self._profiles.ids({row.profile for row in fresh})
        media = self._media.ids({row.media for row in fresh})
        places = [
            _Place(profiles[row.profile], media[row.media], row.start_us, row.settings["clip_duration_us"], row.folder)
            for row in fresh
        ]
        there = self._clips_at(set(places))
        file_places = [
            (place.profile_id, row.export_folder, row.path) for place, row in zip(places, fresh, strict=True)
        ]
        taken = self._files_at(set(file_places))
        batch = _Batch()
        for row, place, file_place in zip(fresh, places, file_places, strict=True):
            clip = there[place] = self._clip_of(row, place, there.get(place), batch)
            if file_place in taken:
                file_id, owner = taken[file_place]
                if owner != clip.id:
                    self._conflicts.add(
                        f'The file "{row.path}" in the profile "{row.profile}" belongs to another clip already: '
                        f"the clip {self._where(row)} is kept without it."
                    )
                self.ledger.merged += 1
                batch.became.append((row.key, -file_id))
                continue
            file_id = self._file_ids.take()
            taken[file_place] = (file_id, clip.id)
            batch.files.append(_file(row, place, file_id, clip.id))
            if self._agrees(row, clip):
                self.ledger.add(row)
                self._keys.append(row.media)
                batch.became.append((row.key, file_id))
            else:
                self.ledger.merged += 1
                self._keys.append(_JOINED)
                batch.became.append((row.key, -file_id))
        self._write(batch)

    def finish(self) -> None:
        """Reads back what was added, and sees to labels and numbers."""
        for part in self._parts():
            for file in self._session.connection().execute(_FILES.where(part)):
                key = self._keys[file[0] - self._file_ids.first]
                if key != _JOINED:
                    self.ledger.read_back(self._line(file, key))
        note_paths(self._session, self._used_paths())
        self._labels.save()
        self._clip_ids.settle()
        self._file_ids.settle()

    def _clip_of(self, row: ClipRow, place: _Place, clip: _There | None, batch: _Batch) -> _There:
        """Returns the clip that a file belongs to, a new one where there is none."""
        if clip is None:
            clip = _There(self._clip_ids.take(), row.category, row.origin, row.label)
            said = {"id": clip.id, "label": row.label, "category": row.category, "origin": row.origin}
            batch.clips.append(place._asdict() | said | {"create_us": row.create_us, "revision": 1})
            self._labels.note(place.profile_id, row.label, row.create_us)
        elif row.origin == MARKED != clip.origin:
            clip = clip._replace(origin=MARKED)
            batch.promoted.append(clip.id)
        return clip

    def _write(self, batch: _Batch) -> None:
        insert_rows(self._session, Clip, batch.clips)
        if batch.promoted:
            mark = update(Clip).where(Clip.id.in_(batch.promoted)).values(origin=MARKED, revision=Clip.revision + 1)
            self._session.execute(mark, execution_options={"synchronize_session": False})
        insert_rows(self._session, ClipFile, batch.files)
        self.ledger.remember(batch.became)

    def _agrees(self, row: ClipRow, clip: _There) -> bool:
        """Says whether the clip that a file belongs to is as the file's row says; else tells what stays."""
        if row.label != clip.label:
            self._conflicts.add(
                f'The clip {self._where(row)} is labelled "{clip.label}", and its file "{row.path}" "{row.label}": '
                "both are kept."
            )
        if row.category != clip.category:
            self._conflicts.add(
                f'The clip {self._where(row)} keeps the category "{clip.category}"; '
                f'its file "{row.path}" has "{row.category}".'
            )
        elif row.origin == SCAN_EXPORT and clip.origin == MARKED:
            self._conflicts.add(
                f"The clip {self._where(row)} was both marked and exported from a scan: it is kept as a marked one."
            )
        return (row.category, row.origin) == (clip.category, clip.origin)

    def _where(self, row: ClipRow) -> str:
        return f'at {row.start_us / 1e6:g} s of "{self._media.name(row.media)}" in the folder "{row.folder}"'

    def _clips_at(self, places: set[_Place]) -> dict[_Place, _There]:
        by = (Clip.profile_id, Clip.media_id, Clip.start_us, Clip.duration_us, Clip.folder)
        wanted = (*by, Clip.id, Clip.category, Clip.origin, Clip.label)
        return {_Place(*row[:5]): _There(*row[5:]) for row in find_rows(self._session, wanted, by, places)}

    def _files_at(self, places: set[tuple[int, str, str]]) -> dict[tuple[int, str, str], tuple[int, int]]:
        by = (ClipFile.profile_id, ClipFile.export_folder, ClipFile.path)
        wanted = (*by, ClipFile.id, ClipFile.clip_id)
        return {(row[0], row[1], row[2]): (row[3], row[4]) for row in find_rows(self._session, wanted, by, places)}

    def _lines_of(self, before: list[tuple[int, ClipRow]]) -> list[str | None]:
        wanted = ClipFile.id.in_([target for target, _ in before])
        files = {file[0]: file for file in self._session.connection().execute(_FILES.where(wanted))}
        return [self._line(files[target], row.media) if target in files else None for target, row in before]

    def _line(self, file: Row[*tuple[Any, ...]], key: int) -> str:
        _, media_id, profile_id, *values = file
        return line_of(self._profiles.names[profile_id], self._media.text(key, media_id), *values)

    def _used_paths(self) -> Iterator[UsedPath]:
        columns = select(ClipFile.export_folder, Clip.media_id, ClipFile.path).join(Clip, Clip.id == ClipFile.clip_id)
        for part in self._parts():
            yield from (UsedPath(*row) for row in self._session.connection().execute(columns.where(part)))

    def _parts(self) -> Iterator[ColumnElement[bool]]:
        """Yields conditions for the new files, some thousands at a time."""
        for first in range(self._file_ids.first, self._file_ids.next, _CHUNK):
            yield ClipFile.id.between(first, min(first + _CHUNK, self._file_ids.next) - 1)


# Id, media and profile, and then the values of a line from the start on.
_FILES: Select[*tuple[Any, ...]] = select(
    ClipFile.id,
    Clip.media_id,
    ClipFile.profile_id,
    Clip.start_us,
    Clip.duration_us,
    Clip.folder,
    ClipFile.label,
    Clip.category,
    case((Clip.origin == SCAN_EXPORT, 1), else_=0),
    ClipFile.export_folder,
    ClipFile.path,
    ClipFile.format,
    ClipFile.short_side,
    ClipFile.crop_ratio,
    ClipFile.crop_center,
    ClipFile.clip_count,
    ClipFile.spread_us,
    ClipFile.create_us,
).join(Clip, Clip.id == ClipFile.clip_id)


def _file(row: ClipRow, place: _Place, file_id: int, clip_id: int) -> dict[str, Any]:
    return row.settings | {
        "id": file_id,
        "profile_id": place.profile_id,
        "clip_id": clip_id,
        "export_folder": row.export_folder,
        "path": row.path,
        "sub_index": row.sub_index,
        "start_us": row.start_us + row.sub_index * row.settings["spread_us"],
        "duration_us": row.settings["clip_duration_us"],
        "label": row.label,
        "size_bytes": 0,
        "create_us": row.create_us,
    }

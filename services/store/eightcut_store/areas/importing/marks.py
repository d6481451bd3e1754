"""Hard negatives and hidden media."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from eightcut_store.areas.clock import now_us
from eightcut_store.areas.importing.books import MediaBook, ProfileBook
from eightcut_store.areas.importing.bulk import find_rows, insert_rows
from eightcut_store.areas.importing.ledger import Ledger, by_number
from eightcut_store.areas.importing.numbers import Numbers
from eightcut_store.areas.importing.rows import HiddenRow, NegativeRow, Table, line_of
from eightcut_store.tables import HardNegative, HiddenMedia

_CHUNK = 5000


class NegativeImport:
    """Takes rows of ``hard_negatives`` in, some at a time."""

    def __init__(self, session: Session, profiles: ProfileBook, media: MediaBook, *, restore: bool) -> None:
        self._session = session
        self._profiles = profiles
        self._media = media
        self._ids = Numbers(session, HardNegative)
        # For each new row the number of its media in the stream.
        self._keys = array("q")
        is_there = by_number(session, HardNegative.id) if restore else None
        self.ledger: Ledger[NegativeRow] = Ledger(session, Table.HARD_NEGATIVES, self._ids.first, is_there)

    def take(self, rows: Sequence[NegativeRow]) -> None:
        """Takes some rows in."""
        fresh = self.ledger.sort_out(rows, self._lines_of)
        if not fresh:
            return
        profiles = self._profiles.ids({row.profile for row in fresh})
        media = self._media.ids({row.media for row in fresh})
        places = [(profiles[row.profile], media[row.media], row.start_us) for row in fresh]
        columns = (HardNegative.profile_id, HardNegative.media_id, HardNegative.start_us)
        found = find_rows(self._session, (*columns, HardNegative.id), columns, set(places))
        there = {(row[0], row[1], row[2]): row[3] for row in found}
        new: list[dict[str, Any]] = []
        became: list[tuple[str, int]] = []
        now = now_us()
        for row, place in zip(fresh, places, strict=True):
            if place in there:
                self.ledger.merged += 1
                became.append((row.key, -there[place]))
                continue
            number = self._ids.take()
            there[place] = number
            new.append(
                {"id": number, "profile_id": place[0], "media_id": place[1], "start_us": place[2]}
                | {"source_model": row.source_model, "create_us": now}
            )
            became.append((row.key, number))
            self._keys.append(row.media)
            self.ledger.add(row)
        insert_rows(self._session, HardNegative, new)
        self.ledger.remember(became)

    def finish(self) -> None:
        """Reads back what was added."""
        for first in range(self._ids.first, self._ids.next, _CHUNK):
            part = HardNegative.id.between(first, min(first + _CHUNK, self._ids.next) - 1)
            for number, profile_id, media_id, start_us, model in self._session.execute(_negatives().where(part)).all():
                media = self._media.text(self._keys[number - self._ids.first], media_id)
                self.ledger.read_back(line_of(self._profiles.names[profile_id], media, start_us, model))
        self._ids.settle()

    def _lines_of(self, before: list[tuple[int, NegativeRow]]) -> list[str | None]:
        query = _negatives().where(HardNegative.id.in_([target for target, _ in before]))
        found = {row[0]: row for row in self._session.execute(query)}
        lines: list[str | None] = []
        for target, row in before:
            if target not in found:
                lines.append(None)
                continue
            _, profile_id, media_id, start_us, model = found[target]
            media = self._media.text(row.media, media_id)
            lines.append(line_of(self._profiles.names[profile_id], media, start_us, model))
        return lines


def _negatives() -> Select[int, int, int, int, str]:
    return select(
        HardNegative.id,
        HardNegative.profile_id,
        HardNegative.media_id,
        HardNegative.start_us,
        HardNegative.source_model,
    )


class HiddenImport:
    """Takes rows of ``hidden_files`` in, some at a time. Hidden media have no number: rows are known by the media's."""

    def __init__(self, session: Session, profiles: ProfileBook, media: MediaBook, *, restore: bool) -> None:
        self._session = session
        self._profiles = profiles
        self._media = media
        self._added: dict[tuple[int, int], int] = {}
        is_there = self._are_hidden if restore else None
        self.ledger: Ledger[HiddenRow] = Ledger(session, Table.HIDDEN_FILES, None, is_there)

    def take(self, rows: Sequence[HiddenRow]) -> None:
        """Takes some rows in."""
        fresh = self.ledger.sort_out(rows, self._lines_of)
        if not fresh:
            return
        profiles = self._profiles.ids({row.profile for row in fresh})
        media = self._media.ids({row.media for row in fresh})
        there = self._hidden({(profiles[row.profile], media[row.media]) for row in fresh})
        new: list[dict[str, int]] = []
        became: list[tuple[str, int]] = []
        for row in fresh:
            place = (profiles[row.profile], media[row.media])
            if place in there:
                self.ledger.merged += 1
                became.append((row.key, -place[1]))
                continue
            there.add(place)
            new.append({"profile_id": place[0], "media_id": place[1]})
            became.append((row.key, place[1]))
            self._added[place] = row.media
            self.ledger.add(row)
        insert_rows(self._session, HiddenMedia, new)
        self.ledger.remember(became)

    def finish(self) -> None:
        """Reads back what was added."""
        places = list(self._added)
        for start in range(0, len(places), _CHUNK):
            for profile_id, media_id in self._hidden(set(places[start : start + _CHUNK])):
                media = self._media.text(self._added[profile_id, media_id], media_id)
                self.ledger.read_back(line_of(self._profiles.names[profile_id], media))

    def _are_hidden(self, rows: Sequence[tuple[int, HiddenRow]]) -> set[str]:
        lines = self._lines_of(list(rows))
        return {row.key for (_, row), line in zip(rows, lines, strict=True) if line is not None}

    def _lines_of(self, before: list[tuple[int, HiddenRow]]) -> list[str | None]:
        profiles = {name: number for number, name in self._profiles.names.items()}
        places = {(profiles[row.profile], target) for target, row in before if row.profile in profiles}
        there = self._hidden(places)
        return [
            line_of(row.profile, self._media.text(row.media, target))
            if (profiles.get(row.profile), target) in there
            else None
            for target, row in before
        ]

    def _hidden(self, places: set[tuple[int, int]]) -> set[tuple[int, int]]:
        columns = (HiddenMedia.profile_id, HiddenMedia.media_id)
        return {(row[0], row[1]) for row in find_rows(self._session, columns, columns, places)}

"""Scans and their regions."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, case, func, select, update
from sqlalchemy.orm import Session

from eightcut_store.areas.importing.books import MediaBook, ProfileBook
from eightcut_store.areas.importing.bulk import insert_rows
from eightcut_store.areas.importing.ledger import Ledger, by_number, find_targets, forget, remember
from eightcut_store.areas.importing.numbers import Numbers
from eightcut_store.areas.importing.rows import SCANS, RegionRow, ScanRow, Table, line_of
from eightcut_store.tables import Region, Scan

_CHUNK = 5000
_WINDOW_US, _HOP_US = 8_000_000, 1_000_000
_UNKNOWN_TIME = -1


class _Known(NamedTuple):
    """A scan of the stream: its media there, and its id here, None where it was deleted since."""

    media: int
    id: int | None


class ScanImport:
    """Takes scans and rows of ``scan_results`` in, some at a time; scans first.

    Attributes:
        made: New scans.
    """

    def __init__(self, session: Session, profiles: ProfileBook, media: MediaBook, *, restore: bool) -> None:
        self._session = session
        self._restore = restore
        self._profiles = profiles
        self._media = media
        self._scan_ids = Numbers(session, Scan)
        self._region_ids = Numbers(session, Region)
        self._scans: dict[int, _Known] = {}
        self.made = 0
        self._grown: set[int] = set()
        # For each new region the number of its scan in the stream.
        self._keys = array("q")
        is_there = by_number(session, Region.id) if restore else None
        self.ledger: Ledger[RegionRow] = Ledger(session, Table.SCAN_RESULTS, self._region_ids.first, is_there)

    def take_scans(self, rows: Sequence[ScanRow]) -> None:
        """Takes some scans in."""
        targets = find_targets(self._session, SCANS, [row.key for row in rows])
        alive = set(self._session.scalars(select(Scan.id).where(Scan.id.in_(set(targets.values())))))
        # A version that comes back has its number again, and so its place among the others.
        gone = {key: target for key, target in targets.items() if target not in alive} if self._restore else {}
        forget(self._session, SCANS, gone)
        fresh = [row for row in rows if row.key not in targets or row.key in gone]
        profiles = self._profiles.ids({row.profile for row in fresh})
        media = self._media.ids({row.media for row in fresh})
        new: list[dict[str, Any]] = []
        became: list[tuple[str, int]] = []
        for row in rows:
            known = targets.get(row.key)
            if known is None or row.key in gone:
                known = gone.pop(row.key, None) or self._scan_ids.take()
                targets[row.key] = known
                alive.add(known)
                became.append((row.key, known))
                new.append(_scan(row, known, profiles[row.profile], media[row.media]))
            self._scans[row.number] = _Known(row.media, known if known in alive else None)
        self.made += len(new)
        insert_rows(self._session, Scan, new)
        remember(self._session, SCANS, became)

    def take(self, rows: Sequence[RegionRow]) -> None:
        """Takes some regions in."""
        new: list[dict[str, Any]] = []
        became: list[tuple[str, int]] = []
        for row in self.ledger.sort_out(rows, self._lines_of):
            scan_id = self._scans[row.scan].id
            if scan_id is None:
                # The person deleted the version; what was found in it goes with it.
                self.ledger.changed += 1
                continue
            region_id = self._region_ids.take()
            new.append(_region(row, region_id, scan_id))
            became.append((row.key, region_id))
            self._keys.append(row.scan)
            self._grown.add(scan_id)
            self.ledger.add(row)
        insert_rows(self._session, Region, new)
        self.ledger.remember(became)

    def finish(self) -> None:
        """Reads back what was added, and counts the regions of scans."""
        for first in range(self._region_ids.first, self._region_ids.next, _CHUNK):
            part = Region.id.between(first, min(first + _CHUNK, self._region_ids.next) - 1)
            for region in self._session.connection().execute(_REGIONS.where(part)):
                self.ledger.read_back(self._line(region, self._keys[region[0] - self._region_ids.first]))
        self._count_regions()
        self._scan_ids.settle()
        self._region_ids.settle()

    def _count_regions(self) -> None:
        shown = (Region.scan_id == Scan.id) & Region.merged_into.is_(None) & ~Region.deleted
        count = select(func.count()).where(shown).scalar_subquery()
        best = select(func.max(Region.score)).where(shown).scalar_subquery()
        grown = sorted(self._grown)
        for start in range(0, len(grown), _CHUNK):
            self._session.execute(
                update(Scan)
                .where(Scan.id.in_(grown[start : start + _CHUNK]))
                .values(region_count=count, best_score=best),
                execution_options={"synchronize_session": False},
            )

    def _lines_of(self, before: list[tuple[int, RegionRow]]) -> list[str | None]:
        query = _REGIONS.where(Region.id.in_([target for target, _ in before]))
        query = query.where(Region.merged_into.is_(None), ~Region.deleted)
        regions = {region[0]: region for region in self._session.connection().execute(query)}
        return [self._line(regions[target], row.scan) if target in regions else None for target, row in before]

    def _line(self, region: Row[*tuple[Any, ...]], key: int) -> str:
        _, media_id, profile_id, *values = region
        media = self._media.text(self._scans[key].media, media_id)
        return line_of(self._profiles.names[profile_id], media, *values)


# Id, media and profile, and then the values of a line from the model on.
_REGIONS: Select[*tuple[Any, ...]] = select(
    Region.id,
    Scan.media_id,
    Scan.profile_id,
    Scan.model,
    func.coalesce(Scan.create_us, _UNKNOWN_TIME),
    Region.start_us,
    Region.end_us,
    Region.original_start_us,
    Region.original_end_us,
    Region.score,
    case((Region.disabled, 1), else_=0),
).join(Scan, Scan.id == Region.scan_id)


def _scan(row: ScanRow, scan_id: int, profile_id: int, media_id: int) -> dict[str, Any]:
    stamped = row.create_us != _UNKNOWN_TIME
    return {
        "id": scan_id,
        "profile_id": profile_id,
        "media_id": media_id,
        "model": row.model,
        "classifier_id": None,
        "classifier_version": 0,
        "stamped": stamped,
        "create_us": row.create_us if stamped else None,
        "threshold": 0.0,
        "fuse_gap_us": None,
        "bounds": None,
        "window_us": _WINDOW_US,
        "hop_us": _HOP_US,
        "window_count": 0,
        "region_count": 0,
        "best_score": None,
        "pinned": False,
        "revision": 1,
        "copied_from": None,
        "imported": True,
    }


def _region(row: RegionRow, region_id: int, scan_id: int) -> dict[str, Any]:
    return {
        "id": region_id,
        "scan_id": scan_id,
        "start_us": row.start_us,
        "end_us": row.end_us,
        "score": row.score,
        "disabled": row.disabled,
        "original_start_us": row.original_start_us,
        "original_end_us": row.original_end_us,
        "union_start_us": row.original_start_us,
        "union_end_us": row.original_end_us,
        "merged_into": None,
        "deleted": False,
        "revision": 1,
    }

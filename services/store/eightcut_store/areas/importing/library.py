"""The whole import, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from eightcut_store.areas.importing.books import MediaBook, ProfileBook
from eightcut_store.areas.importing.clips import ClipImport
from eightcut_store.areas.importing.ledger import Conflicts, Ledger
from eightcut_store.areas.importing.marks import HiddenImport, NegativeImport
from eightcut_store.areas.importing.received import Received
from eightcut_store.areas.importing.rows import Table
from eightcut_store.areas.importing.scans import ScanImport
from eightcut_store.areas.importing.sums import Sum


@dataclass(frozen=True)
class Outcome:
    """What happened to the rows of a table, and what was read back of those that are neither changed nor merged."""

    table: Table
    received: int
    added: int
    known: int
    changed: int
    merged: int
    found: Sum


@dataclass
class Imported:
    """What was done."""

    tables: list[Outcome] = field(default_factory=list)
    new_profiles: list[str] = field(default_factory=list)
    new_media: int = 0
    conflicts: list[str] = field(default_factory=list)
    clips: int = 0
    scans: int = 0


def import_library(session: Session, received: Received, *, restore: bool = False) -> Imported:
    """Adds what was not imported before, and reads it back.

    Args:
        session: A writing one; nothing of it may be kept if this raises.
        received: Complete.
        restore: Also add what was imported before and deleted here since.

    Raises:
        Cancelled: Nobody waits for it any more.
        DataLoss: IMPORT_MISMATCH: what was read back is not what came.
        InvalidArgument: A profile cannot have the name that it has in the old library.
    """
    conflicts = Conflicts()
    with _large_cache(session):
        profiles, media = ProfileBook(session), MediaBook(session, received.media)
        clips = ClipImport(session, profiles, media, conflicts, restore=restore)
        for clip_rows in chain(received.marked.chunks(), received.exported.chunks()):
            received.check()
            clips.take(clip_rows)
        clips.finish()
        scans = ScanImport(session, profiles, media, restore=restore)
        for scan_rows in received.scans.chunks():
            received.check()
            scans.take_scans(scan_rows)
        for region_rows in received.regions.chunks():
            received.check()
            scans.take(region_rows)
        scans.finish()
        negatives = NegativeImport(session, profiles, media, restore=restore)
        for negative_rows in received.negatives.chunks():
            received.check()
            negatives.take(negative_rows)
        negatives.finish()
        hidden = HiddenImport(session, profiles, media, restore=restore)
        for hidden_rows in received.hidden.chunks():
            received.check()
            hidden.take(hidden_rows)
        hidden.finish()
        media.finish()
    ledgers: list[Ledger[Any]] = [clips.ledger, scans.ledger, negatives.ledger, hidden.ledger]
    return Imported(
        tables=[_outcome(ledger, received.sums[ledger.table]) for ledger in ledgers],
        new_profiles=profiles.made,
        new_media=media.made,
        conflicts=conflicts.all(),
        clips=clips.made,
        scans=scans.made,
    )


@contextmanager
def _large_cache(session: Session) -> Iterator[None]:
    """Lets SQLite keep the pages of its largest indexes in memory: keys come in no order."""
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    before = session.scalar(text("PRAGMA cache_size"))
    session.execute(text("PRAGMA cache_size = -131072"))
    try:
        yield
    finally:
        session.execute(text(f"PRAGMA cache_size = {before}"))


def _outcome(ledger: Ledger[Any], announced: Sum) -> Outcome:
    return Outcome(
        table=ledger.table,
        received=ledger.received,
        added=ledger.added,
        known=ledger.known,
        changed=ledger.changed,
        merged=ledger.merged,
        found=ledger.finish(announced),
    )

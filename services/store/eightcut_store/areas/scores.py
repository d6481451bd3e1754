"""Score tracks, read chunk by chunk."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from eightcut_store.areas.lookups import unknown
from eightcut_store.tables import CHUNK_WINDOWS, Scan, ScoreChunk

_SCORE_BYTES = 4


def window_count(session: Session, scan_id: int) -> int:
    """Returns the length of a scan's score track.

    Raises:
        NotFound: RESOURCE_UNKNOWN.
    """
    count = session.scalar(select(Scan.window_count).where(Scan.id == scan_id))
    if count is None:
        raise unknown("scan", scan_id)
    return count


def read_scores(session: Session, scan_id: int, first_window: int) -> bytes:
    """Returns the scores from a window to the end of its chunk: float32, little-endian.

    Raises:
        NotFound: RESOURCE_UNKNOWN: the scan is gone (or has no such window).
    """
    start = first_window - first_window % CHUNK_WINDOWS
    chunk = session.get(ScoreChunk, (scan_id, start))
    if chunk is None:
        raise unknown("scan", scan_id)
    return chunk.scores[(first_window - start) * _SCORE_BYTES :]

"""Scans with all their regions and their score track, as the Store keeps them."""

from __future__ import annotations

import array
import sys
from typing import TYPE_CHECKING

from eightcut.store.v1.scan_service_pb2 import GetScanRequest, ListRegionsRequest, ReadScoresRequest
from eightcut_client.times import to_seconds

from eightcut_cli.shapes import Document, filename_of, path_of, region_document
from eightcut_cli.times import iso

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eightcut.store.v1.scan_pb2 import Region, Scan

    from eightcut_cli.session import Session

DEFAULT_WINDOW, DEFAULT_HOP = 8.0, 1.0


def read_scan(session: Session, scan_id: str) -> Scan:
    """One scan, by id."""
    return session.connection.scans.GetScan(GetScanRequest(id=scan_id)).scan


def read_regions(session: Session, scan_id: str) -> list[Region]:
    """All regions of a scan, by start."""
    from eightcut_client.paging import pages

    request = ListRegionsRequest(scan_id=scan_id, page_size=5000)
    return [region for page in pages(session.connection.scans.ListRegions, request) for region in page.regions]


def read_scores(session: Session, scan: Scan) -> Sequence[float]:
    """The score track: one score for each window, 0 to 1; empty when none is kept."""
    scores = array.array("f")
    if scan.window_count:
        for part in session.connection.scans.ReadScores(ReadScoresRequest(scan_id=scan.id)):
            piece = array.array("f", part.scores)
            if sys.byteorder == "big":
                piece.byteswap()
            scores.extend(piece)
    return scores


def grid_of(scan: Scan) -> tuple[float, float]:
    """Length of a window and distance between windows, in seconds."""
    return to_seconds(scan.grid.window) or DEFAULT_WINDOW, to_seconds(scan.grid.hop) or DEFAULT_HOP


def scan_document(session: Session, scan: Scan, *, file: str | None, with_scores: bool) -> Document:
    """A scan with its regions, and with its score track if that is wanted.

    Args:
        session: Where the rest of the scan is read.
        scan: The scan.
        file: The file as the person named it; None: as it was last known.
        with_scores: Also read the score track.
    """
    media = session.media_of([scan.media])
    document: Document = {
        "id": scan.id,
        "file": file if file is not None else path_of(scan.media, media),
        "filename": filename_of(scan.media, media),
        "media": scan.media,
        "model": scan.model,
        "classifier": scan.classifier_id,
        "version": scan.classifier_version,
        "create_time": iso(scan.create_time) if scan.HasField("create_time") else None,
        "threshold": scan.threshold,
        "pinned": scan.pinned,
        "regions": [region_document(region) for region in read_regions(session, scan.id)],
    }
    if with_scores:
        window, hop = grid_of(scan)
        # float32 has about seven digits: more would pretend a precision that is not there.
        scores = [round(score, 7) for score in read_scores(session, scan)]
        document["window_scores"] = {"window": window, "hop": hop, "scores": scores}
    return document

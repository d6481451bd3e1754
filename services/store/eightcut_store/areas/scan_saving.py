"""Saving a scan and pruning the versions beyond the newest N, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from eightcut_runtime import InvalidArgument
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from eightcut_store.areas.clock import now_us
from eightcut_store.areas.lookups import find_media, find_profile, unknown
from eightcut_store.areas.scans import NEWEST_FIRST, FoundScan, delete_scans
from eightcut_store.tables import CHUNK_WINDOWS, Classifier, Profile, Region, Scan, ScoreChunk

_SCORE_BYTES = 4


class NewRegion(NamedTuple):
    """A stretch that the scan found; times in microseconds."""

    start_us: int
    end_us: int
    score: float
    union_start_us: int
    union_end_us: int


@dataclass
class NewScan:
    """A scan to be saved; times in microseconds, scores as float32, little-endian."""

    profile: str
    media: str
    model: str
    classifier_id: int | None
    threshold: float
    fuse_gap_us: int | None
    bounds: int | None
    window_us: int
    hop_us: int
    window_count: int
    stamped: bool
    regions: list[NewRegion] = field(default_factory=list)
    scores: bytearray = field(default_factory=bytearray)


def save_scan(session: Session, new: NewScan) -> tuple[FoundScan, list[int]]:
    """Saves a scan with all it found; returns it and the ids of the versions that were pruned.

    Raises:
        InvalidArgument: The classifier is of another model.
        NotFound: PROFILE_UNKNOWN, MEDIA_UNKNOWN, or RESOURCE_UNKNOWN for the classifier.
    """
    profile = find_profile(session, new.profile)
    media = find_media(session, new.media)
    scan = Scan(
        profile_id=profile.id,
        media_id=media.id,
        model=new.model,
        classifier_id=new.classifier_id,
        classifier_version=_classifier_version(session, profile, new),
        stamped=new.stamped,
        create_us=now_us() if new.stamped else None,
        threshold=new.threshold,
        fuse_gap_us=new.fuse_gap_us,
        bounds=new.bounds,
        window_us=new.window_us,
        hop_us=new.hop_us,
        window_count=new.window_count,
        region_count=len(new.regions),
        best_score=max((region.score for region in new.regions), default=None),
        pinned=False,
        revision=1,
    )
    session.add(scan)
    session.flush()
    _add_regions(session, scan, new.regions)
    _add_scores(session, scan, new.scores)
    pruned = _prune(session, profile, scan) if new.stamped else []
    return FoundScan(scan, profile.name, media.digest), pruned


def _classifier_version(session: Session, profile: Profile, new: NewScan) -> int:
    if new.classifier_id is None:
        return 0
    classifier = session.get(Classifier, new.classifier_id)
    if classifier is None or classifier.profile_id != profile.id:
        raise unknown("classifier", new.classifier_id)
    if classifier.model != new.model:
        raise InvalidArgument(
            f"Classifier {new.classifier_id} is one of {classifier.model}, not of {new.model}.", field="header.model"
        )
    return classifier.version


def _add_regions(session: Session, scan: Scan, regions: list[NewRegion]) -> None:
    if not regions:
        return
    rows = [
        {
            "scan_id": scan.id,
            "start_us": region.start_us,
            "end_us": region.end_us,
            "score": region.score,
            "disabled": False,
            "original_start_us": region.start_us,
            "original_end_us": region.end_us,
            "union_start_us": region.union_start_us,
            "union_end_us": region.union_end_us,
            "merged_into": None,
            "deleted": False,
            "revision": 1,
        }
        for region in regions
    ]
    session.execute(insert(Region), rows)


def _add_scores(session: Session, scan: Scan, scores: bytearray) -> None:
    step = CHUNK_WINDOWS * _SCORE_BYTES
    for offset in range(0, len(scores), step):
        chunk = bytes(scores[offset : offset + step])
        session.add(ScoreChunk(scan_id=scan.id, first_window=offset // _SCORE_BYTES, scores=chunk))
    session.flush()


def _prune(session: Session, profile: Profile, scan: Scan) -> list[int]:
    """Deletes what is older than the newest N of its media and model; pinned versions neither count nor go."""
    query = (
        select(Scan.id)
        .where(Scan.profile_id == profile.id, Scan.media_id == scan.media_id, Scan.model == scan.model)
        .where(Scan.stamped, ~Scan.pinned)
        .order_by(*NEWEST_FIRST)
    )
    old = list(session.scalars(query))[profile.keep_versions :]
    if old:
        delete_scans(session, old)
    return old

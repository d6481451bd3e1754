"""Looking up what is to be judged, in a task: one version, or the newest version of every file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from eightcut_qt.core.records import MediaRecord, NegativeRecord, RegionRecord, ScanRecord
from eightcut_qt.gateway import NegativeFilter
from eightcut_qt.regions.negatives import NegativeMarks
from eightcut_qt.review.items import Candidate
from eightcut_qt.review.order import Order, best_at, disagreement

if TYPE_CHECKING:
    from eightcut_client.cancellation import Cancellation

    from eightcut_qt.gateway import Gateway

_NAMES_AT_ONCE = 200  # Media whose names are looked up in one call.


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be judged.

    Attributes:
        order: Which first.
        scan: The version; None: the newest of every file.
        other: Which other version to compare it with; None: the one before it.
        model: With ``scan`` None: of which model; empty: that of the newest scan.
        least: Regions with a lower score are left out, 0 to 1.
    """

    order: Order
    scan: ScanRecord | None = None
    other: ScanRecord | None = None
    model: str = ""
    least: float = 0.0


Report = Callable[[list[Candidate]], None]


def gather(gateway: Gateway, wanted: Wanted, report: Report, cancel: Cancellation) -> None:
    """Report the regions of one file after the other: enabled, and no hard negatives.

    Raises:
        CancelledError: ``cancel`` was used.
        EightcutError: A service refused or cannot be reached.
    """
    hidden = gateway.media.hidden() if wanted.scan is None else frozenset()
    pairs = [(scan, other) for scan, other in _pairs(gateway, wanted) if scan.media not in hidden]
    negatives = gateway.negatives.list(NegativeFilter(media=wanted.scan.media if wanted.scan else ""))
    by_media: dict[str, list[NegativeRecord]] = {}
    for negative in negatives:
        by_media.setdefault(negative.media, []).append(negative)
    for begin in range(0, len(pairs), _NAMES_AT_ONCE):
        some = pairs[begin : begin + _NAMES_AT_ONCE]
        media = gateway.media.get_many(scan.media for scan, _ in some)
        for scan, other in some:
            cancel.check()
            here = NegativeMarks(by_media.get(scan.media, ()), scan.window)
            found = _of_one(gateway, wanted, scan, other, media.get(scan.media))
            report([one for one in found if not one.region.disabled and not here.is_marked(one.region)])


def _pairs(gateway: Gateway, wanted: Wanted) -> list[tuple[ScanRecord, ScanRecord | None]]:
    """Return the versions, each with the one that it is compared with."""
    scan = wanted.scan
    if scan is not None:
        if wanted.other is not None or wanted.order is not Order.DISAGREEMENT:
            return [(scan, wanted.other)]
        versions = gateway.scans.versions(media=scan.media, model=scan.model)
        older = [one for one in versions if one.sequence < scan.sequence]
        return [(scan, max(older, key=lambda one: one.sequence, default=None))]
    versions = gateway.scans.versions(model=wanted.model)
    if versions and not wanted.model:
        versions = [one for one in versions if one.model == versions[0].model]
    by_media: dict[str, list[ScanRecord]] = {}
    for one in versions:
        by_media.setdefault(one.media, []).append(one)
    pairs = [(found[0], found[1] if len(found) > 1 else None) for found in by_media.values()]
    # The first file should hold what comes first.
    return sorted(pairs, key=lambda pair: -(pair[0].best_score or 0.0))


def _of_one(
    gateway: Gateway, wanted: Wanted, scan: ScanRecord, other: ScanRecord | None, media: MediaRecord | None
) -> list[Candidate]:
    """Return what one file has, with what its other version has lost where that matters."""
    regions = _regions(gateway, wanted, scan)
    if wanted.order is not Order.DISAGREEMENT:
        return _named(media, scan, regions, [_key(wanted.order, scan, region) for region in regions])
    if other is None:
        keys = [(2.0, *_key(Order.UNCERTAINTY, scan, region)) for region in regions]
        return _named(media, scan, regions, keys)
    found = _compared(gateway, scan, other, regions, media)
    before = _regions(gateway, wanted, other)
    lost = [one for one in _compared(gateway, other, scan, before, media) if one.key[0] == 0.0]
    return found + lost


def _compared(
    gateway: Gateway,
    scan: ScanRecord,
    other: ScanRecord,
    regions: Sequence[RegionRecord],
    media: MediaRecord | None,
) -> list[Candidate]:
    starts = np.array([region.union_start for region in regions], np.float64)
    ends = np.array([region.union_end for region in regions], np.float64)
    scores = np.array([region.score for region in regions], np.float64)
    track = gateway.scans.scores(other.id) if regions else np.zeros(0, np.float32)
    there = best_at(track, starts, ends, window=other.window, hop=other.hop)
    keys = disagreement(scores, there, other.threshold)
    remarks = []
    for rank, score in zip(keys[:, 0], there, strict=True):
        gave = f"{version_title(other)} gives it {score:.2f}."
        if rank == 2:
            remarks.append("")
        elif rank == 1:
            remarks.append(f"Kept: {gave}")
        else:
            remarks.append(f"{'Gained' if scan.sequence > other.sequence else 'Lost'}: {gave}")
    return _named(media, scan, regions, [tuple(map(float, key)) for key in keys], remarks)


def version_title(scan: ScanRecord) -> str:
    """Return what a version is called in a sentence, such as ``v3 (2026-04-19 14:30)``."""
    version = f"v{scan.classifier_version}" if scan.classifier_version else "an imported scan"
    return version if scan.created is None else f"{version} ({scan.created:%Y-%m-%d %H:%M})"


def _regions(gateway: Gateway, wanted: Wanted, scan: ScanRecord) -> list[RegionRecord]:
    found = gateway.scans.regions(scan.id) if scan.region_count else []
    return [region for region in found if region.score >= wanted.least]


def _key(order: Order, scan: ScanRecord, region: RegionRecord) -> tuple[float, ...]:
    return (-region.score,) if order is Order.SCORE else (abs(region.score - scan.threshold),)


def _named(
    media: MediaRecord | None,
    scan: ScanRecord,
    regions: Sequence[RegionRecord],
    keys: Iterable[tuple[float, ...]],
    remarks: Sequence[str] = (),
) -> list[Candidate]:
    name = media.filename if media is not None else scan.media[:12]
    duration = media.duration if media is not None else 0.0
    said = remarks or [""] * len(regions)
    return [
        Candidate(key, scan, region, name, duration, remark)
        for key, region, remark in zip(keys, regions, said, strict=True)
    ]

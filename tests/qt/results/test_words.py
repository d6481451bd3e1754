"""What versions and counts are called."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from eightcut_qt.core.records import ScanRecord
from eightcut_qt.results import words


def scan(number: int, model: str = "HUBERT_XLARGE") -> ScanRecord:
    return ScanRecord(
        id=str(number),
        media="a" * 64,
        model=model,
        classifier_id="1",
        classifier_version=1,
        sequence=number,
        created=datetime(2026, 4, 19, 14, 30).astimezone(),
        threshold=0.5,
        window=8.0,
        hop=1.0,
        window_count=0,
        region_count=12,
        best_score=0.95,
        pinned=False,
        etag="r1",
    )


VERSIONS = [scan(30), scan(20), scan(10)]


def test_tabs_name_the_model_the_count_and_the_number_among_those_kept() -> None:
    assert words.tab_label(VERSIONS[0], VERSIONS, 12) == "HUBERT_XLARGE (12) [v3]"
    assert words.tab_label(VERSIONS[2], VERSIONS, 0) == "HUBERT_XLARGE (0) [v1]"
    old = dataclasses.replace(VERSIONS[0], created=None)
    assert words.tab_label(old, [old], 7) == "HUBERT_XLARGE (7)"


def test_versions_are_named_by_their_time() -> None:
    assert words.version_label(VERSIONS[0], 12, 0.951) == "2026-04-19 14:30 (12 regions, best: 0.95)"
    assert words.version_label(VERSIONS[0], 1, 0.5) == "2026-04-19 14:30 (1 region, best: 0.50)"
    pinned = dataclasses.replace(VERSIONS[0], pinned=True)
    assert words.version_label(pinned, 0, None) == "2026-04-19 14:30 (0 regions, kept for good)"
    assert words.short_label(VERSIONS[1], {"HUBERT_XLARGE": VERSIONS}) == "HUBERT_XLARGE v2, 2026-04-19 14:30"


def test_the_summary_counts_what_would_be_exported() -> None:
    assert words.summary(12, 40, 10, 83.2) == "12 of 40 regions, 10 are on (1:23 in all)"
    assert words.summary(0, 1, 0, 0.0) == "0 of 1 region, 0 are on"

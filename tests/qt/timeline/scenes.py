"""Regions, clips and sounds for the timeline's tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from eightcut_qt.core.records import ClipRecord, RegionRecord
from eightcut_qt.timeline.marks import RegionMarks
from eightcut_qt.timeline.peaks import RATE, SoundPicture


def region(
    id_: str,
    start: float,
    end: float,
    score: float = 0.9,
    *,
    disabled: bool = False,
    original: tuple[float, float] | None = None,
) -> RegionRecord:
    """A region; ``original``: the bounds that the scan found."""
    found = original or (start, end)
    return RegionRecord(id_, "scan", start, end, score, disabled, *found, *found, "etag")


def marks(*regions: RegionRecord, negative: Sequence[str] = ()) -> RegionMarks:
    """Regions as the canvas takes them."""
    return RegionMarks.of(regions, negative)


def clip(id_: str, start: float, duration: float = 8.0, folder: str = "door", label: str = "") -> ClipRecord:
    """A clip."""
    return ClipRecord(id_, "media", start, duration, folder, label, "", scan_export=False, etag="etag")


def picture(samples: np.ndarray, chunk: int = 10_000) -> SoundPicture:
    """The finished picture of samples of full scale ±1."""
    made = SoundPicture.start(len(samples) / RATE)
    whole = (samples * 32767).astype(np.int16)
    for start in range(0, len(whole), chunk):
        made.append(whole[start : start + chunk])
    made.finish()
    return made

"""What versions and counts are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from eightcut_qt.core.clock import format_time
from eightcut_qt.core.records import ScanRecord

if TYPE_CHECKING:
    from eightcut_client.exports.regions import RegionPlan


def regions(count: int) -> str:
    """Return "1 region" or "12 regions"."""
    return "1 region" if count == 1 else f"{count:,} regions"


def version_number(scan: ScanRecord, versions: Sequence[ScanRecord]) -> int:
    """Return its number among the versions that are kept, the oldest being 1; ``versions`` are the newest first."""
    return len(versions) - [one.id for one in versions].index(scan.id)


def tab_label(scan: ScanRecord, versions: Sequence[ScanRecord], count: int) -> str:
    """Return such as "HUBERT_XLARGE (12) [v3]"; results of an old database have no number."""
    number = "" if scan.created is None else f" [v{version_number(scan, versions)}]"
    return f"{scan.model} ({count:,}){number}"


def version_label(scan: ScanRecord, count: int, best: float | None) -> str:
    """Return such as "2026-04-19 14:30 (12 regions, best: 0.95)"."""
    when = "Unknown time" if scan.created is None else f"{scan.created:%Y-%m-%d %H:%M}"
    what = regions(count) if best is None else f"{regions(count)}, best: {best:.2f}"
    return f"{when} ({what}{', kept for good' if scan.pinned else ''})"


def short_label(scan: ScanRecord, models: Mapping[str, Sequence[ScanRecord]]) -> str:
    """Return such as "HUBERT_XLARGE v2, 2026-04-19 14:30"."""
    if scan.created is None:
        return f"{scan.model}, unknown time"
    return f"{scan.model} v{version_number(scan, models[scan.model])}, {scan.created:%Y-%m-%d %H:%M}"


def plan_sentence(plan: RegionPlan) -> str:
    """Return such as "12 regions become 31 files in 10 clips. 4 were exported before and are left out."."""
    if plan.reason:
        return plan.reason
    clips = "1 clip" if plan.clips == 1 else f"{plan.clips:,} clips"
    files = "1 file" if plan.files == 1 else f"{plan.files:,} files"
    become = "becomes" if plan.regions == 1 else "become"
    said = [
        f"{regions(plan.regions)} {become} {clips}, {files} in all." if plan.clips else "Nothing would be exported."
    ]
    if plan.skipped:
        said.append(f"{_were(plan.skipped)} exported before and {_are(plan.skipped)} left out.")
    if plan.too_short:
        said.append(f"{_are_many(len(plan.too_short))} too short.")
    return " ".join(said)


def _were(count: int) -> str:
    return f"{count:,} {'was' if count == 1 else 'were'}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _are_many(count: int) -> str:
    return f"{count:,} {_are(count)}"


def summary(shown: int, total: int, on: int, seconds: float) -> str:
    """Return such as "12 of 40 regions, 10 are on (1:23 in all)"."""
    length = f" ({format_time(seconds, 0)} in all)" if on else ""
    return f"{shown:,} of {regions(total)}, {_are_many(on)} on{length}"

"""Holding what a scan found against what is there."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

WANTED = "knock"
Truth = list[tuple[float, float, str]]


@dataclass
class Verdict:
    """What a scan got right and wrong; times in seconds.

    Attributes:
        rows: When, what is there, what was said about it; by time.
        wrong: Starts of regions that hold no knock.
        missed: Starts of knocks that no region holds.
        found: Knocks that a region holds.
    """

    rows: list[tuple[str, str, str]] = field(default_factory=list)
    wrong: list[float] = field(default_factory=list)
    missed: list[float] = field(default_factory=list)
    found: int = 0


def judge(regions: list[dict[str, Any]], truth: Truth) -> Verdict:
    """Judges the regions of a scan."""
    verdict = Verdict()
    rows: list[tuple[float, str, str]] = []
    for start, end, name in truth:
        hits = [region for region in regions if region["start"] < end and region["end"] > start]
        said = ", ".join(f"{hit['start']:.1f}-{hit['end']:.1f} s, score {hit['score']:.2f}" for hit in hits)
        if name == WANTED:
            said = f"[green]found[/green] {said}" if hits else "[red]missed[/red]"
            verdict.found += bool(hits)
            verdict.missed += [] if hits else [start]
        elif hits:
            said = f"[red]wrong hit[/red] {said}"
        rows.append((start, name, said))
    for region in regions:
        touched = [name for start, end, name in truth if region["start"] < end and region["end"] > start]
        if WANTED not in touched:
            verdict.wrong.append(region["start"])
        if not touched:
            rows.append((region["start"], "-", f"[red]wrong hit[/red] score {region['score']:.2f}"))
    verdict.rows = [(f"{start:.1f} s", name, said) for start, name, said in sorted(rows)]
    return verdict

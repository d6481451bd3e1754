"""What is worked out from a version's regions, all at once and after a few of them changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from eightcut_qt.core.records import NegativeRecord, RegionRecord
from eightcut_qt.regions.content import Content, View
from eightcut_qt.regions.negatives import NegativeMarks

WINDOW = 8.0


def region(id_: str, start: float, length: float = 10.0) -> RegionRecord:
    bounds = (start, start + length)
    return RegionRecord(id_, "scan", *bounds, 0.5, False, *bounds, *bounds, "")


def negative(id_: str, start: float) -> NegativeRecord:
    return NegativeRecord(id_, "media", start, "LOGMEL", datetime(2026, 1, 1, tzinfo=UTC))


def test_marks_of_thousands_are_those_of_each() -> None:
    rng = np.random.default_rng(3)
    starts, lengths = rng.uniform(0, 5000, 800), rng.uniform(0.5, 30, 800)
    regions = [region(f"r{row}", *map(float, pair)) for row, pair in enumerate(zip(starts, lengths, strict=True))]
    at_edges = [regions[0].start - 0.0005, regions[1].start - 0.002, max(regions[2].start, regions[2].end - WINDOW)]
    marks = NegativeMarks(
        [negative(f"n{row}", float(start)) for row, start in enumerate([*rng.uniform(0, 5000, 60), *at_edges])], WINDOW
    )
    assert marks.marked(regions) == {each.id for each in regions if marks.is_marked(each)}
    assert marks.marked([]) == frozenset()
    assert NegativeMarks((), WINDOW).marked(regions) == frozenset()


def test_a_view_after_another_shows_what_it_would_alone() -> None:
    rng = np.random.default_rng(4)
    content = Content.of([region(f"r{row}", float(start)) for row, start in enumerate(rng.integers(0, 50, 200))])
    view = View(content, WINDOW)
    assert len(view.regions) == 200
    some = [content.regions[id_] for id_ in ("r3", "r77", "r150")]
    ids = {each.id for each in some}
    changes = {
        "disabled": Content.of([replace(each, disabled=True) for each in some]),
        "moved": Content.of([replace(each, start=each.start + 7) for each in some]),
        "gone": Content(),
        "merged": Content.of([region("new", 12.5)]),
        "swapped": Content.of([region("r3", some[0].start), region("a", 1.0), region("b", 2.0)]),
        "marked": Content.of(some, [negative("n", some[0].start)]),
    }
    for name, part in changes.items():
        after = content.replaced(ids, part.negatives, part)
        assert dict(after.regions) == {k: v for k, v in content.regions.items() if k not in ids} | dict(part.regions)
        shown, alone = View(after, WINDOW, view), View(after, WINDOW)
        assert shown.regions == alone.regions, name
        assert shown.marked == alone.marked, name
        assert shown.marks.all == alone.marks.all, name
        back = View(content, WINDOW, shown)
        assert back.regions == view.regions, name
        assert back.marked == view.marked, name


def test_what_stays_keeps_its_place() -> None:
    content = Content.of([region(f"r{row}", row) for row in range(5)])
    after = content.replaced({"r1", "r3"}, (), Content.of([replace(content.regions["r1"], disabled=True)]))
    assert list(after.regions) == ["r0", "r1", "r2", "r4"]
    assert after.negatives is content.negatives

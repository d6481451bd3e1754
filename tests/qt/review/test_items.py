"""The queue of regions, without a window."""

from __future__ import annotations

from eightcut_qt.core.records import RegionRecord, ScanRecord
from eightcut_qt.review.items import Candidate, ReviewQueue, Verdict

SCAN = ScanRecord("1", "a" * 64, "LOGMEL", "1", 1, 1, None, 0.5, 8.0, 1.0, 60, 3, 0.9, False, "")


def candidate(name: str, key: float) -> Candidate:
    region = RegionRecord(name, "1", 10.0, 12.0, 0.9, False, 10.0, 12.0, 6.0, 16.0, "")
    return Candidate((key,), SCAN, region, duration=13.0)


def everything(_candidate: Candidate) -> bool:
    return True


def names(queue: ReviewQueue) -> list[str]:
    found = []
    while (one := queue.advance(everything)) is not None:
        found.append(one.region.id)
        queue.judge(Verdict.RIGHT)
    return found


def test_what_comes_later_is_sorted_in() -> None:
    queue = ReviewQueue()
    queue.add([candidate("b", 2), candidate("c", 3)])
    first = queue.advance(everything)
    assert first is not None
    assert first.region.id == "b"
    queue.add([candidate("a", 1), candidate("b", 2)])
    assert queue.total == 3
    assert [one.region.id for one in queue.upcoming(5)] == ["a", "c"]
    queue.judge(Verdict.RIGHT)
    assert names(queue) == ["a", "c"]


def test_what_was_judged_is_not_asked_again_but_what_was_skipped_is() -> None:
    judged: set[str] = set()
    queue = ReviewQueue(judged)
    queue.add([candidate("a", 1), candidate("b", 2)])
    queue.advance(everything)
    queue.judge(Verdict.WRONG)
    queue.advance(everything)
    queue.judge(Verdict.SKIPPED)
    again = ReviewQueue(judged)
    again.add([candidate("a", 1), candidate("b", 2)])
    assert names(again) == ["b"]


def test_taking_back_goes_to_the_last_one_and_the_current_one_comes_after_it() -> None:
    queue = ReviewQueue()
    queue.add([candidate("a", 1), candidate("b", 2), candidate("c", 3)])
    queue.advance(everything)
    queue.judge(Verdict.WRONG)
    queue.advance(everything)
    assert queue.take_back() == (candidate("a", 1), Verdict.WRONG)
    assert queue.current == candidate("a", 1)
    assert (queue.total, queue.said) == (3, 0)
    assert queue.take_back() is None
    queue.judge(Verdict.RIGHT)
    assert names(queue) == ["b", "c"]


def test_what_is_no_longer_wanted_is_dropped() -> None:
    queue = ReviewQueue()
    queue.add([candidate("a", 1), candidate("b", 2)])
    found = queue.advance(lambda one: one.region.id != "a")
    assert found is not None
    assert found.region.id == "b"
    assert queue.total == 1


def test_a_region_is_played_with_what_is_around_it_but_not_beyond_the_ends() -> None:
    assert candidate("a", 1).span(2.0) == (8.0, 13.0)
    assert candidate("a", 1).span(20.0) == (0.0, 13.0)

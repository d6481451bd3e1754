"""Working on several things at once."""

from __future__ import annotations

import threading

import pytest
from eightcut_client import Cancellation, CancelledError
from eightcut_client.parallel import default_jobs, work_on_all


def as_it_is(item: int, _cancel: Cancellation) -> int:
    return item


def threads_left() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(("work ", "prepare"))]


def test_results_keep_the_order_whatever_ends_first() -> None:
    later = threading.Event()
    delivered: list[int] = []

    def work(item: int, cancel: Cancellation) -> int:
        if item == 0:
            assert later.wait(10)
        elif item == 5:
            later.set()
        return item * 10

    found = work_on_all(range(6), as_it_is, work, jobs=3, on_result=delivered.append)
    assert found == delivered == [0, 10, 20, 30, 40, 50]
    assert threads_left() == []
    assert work_on_all([], as_it_is, work, jobs=3) == []


def test_no_more_than_jobs_are_worked_on_and_no_more_than_that_are_prepared_ahead() -> None:
    lock = threading.Lock()
    together = threading.Barrier(3)
    running = most = prepared = begun = ahead = 0

    def prepare(item: int, cancel: Cancellation) -> int:
        nonlocal prepared, ahead
        with lock:
            prepared += 1
            ahead = max(ahead, prepared - begun)
        return item

    def work(item: int, cancel: Cancellation) -> None:
        nonlocal running, most, begun
        with lock:
            begun += 1
            running += 1
            most = max(most, running)
        together.wait(10)
        with lock:
            running -= 1

    work_on_all(range(12), prepare, work, jobs=3)
    assert most == 3
    # Three wait, and one is held by whoever took it but has not counted it yet; one more is being made.
    assert ahead <= 3 + 3 + 1


def test_what_stops_the_rest_is_kept_once_and_cancels_what_runs() -> None:
    all_run = threading.Barrier(3)
    begun: list[int] = []

    def work(item: int, cancel: Cancellation) -> str:
        begun.append(item)
        all_run.wait(10)
        if item == 0:
            while True:
                cancel.sleep(10)
        return "hopeless"

    found = work_on_all(range(100), as_it_is, work, jobs=3, stops=lambda result: result == "hopeless")
    assert sorted(begun) == [0, 1, 2]
    assert sorted(map(str, found[:3])) == ["None", "None", "hopeless"]
    assert found[3:] == [None] * 97


@pytest.mark.parametrize("place", ["prepare", "work", "on_result"])
def test_what_is_raised_ends_everything(place: str) -> None:
    def fail(*_arguments: object) -> int:
        raise KeyboardInterrupt

    def wait(item: int, cancel: Cancellation) -> int:
        if item > 1:
            cancel.sleep(60)
        return item

    functions = {"prepare": as_it_is, "work": wait, "on_result": lambda _result: None, place: fail}
    with pytest.raises(KeyboardInterrupt):
        work_on_all(range(10), jobs=2, **functions)  # type: ignore[arg-type] # mypy does not look into the dict
    assert threads_left() == []


def test_cancelling_from_another_thread_ends_it() -> None:
    cancel = Cancellation()

    def work(item: int, inner: Cancellation) -> None:
        cancel.cancel()
        inner.sleep(60)

    with pytest.raises(CancelledError):
        work_on_all(range(5), as_it_is, work, jobs=2, cancel=cancel)
    assert threads_left() == []


def test_two_to_four_files_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for cores in (None, 1, 2, 4, 6, 8, 64):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        found.append(default_jobs())
    assert found == [2, 2, 2, 2, 3, 4, 4]

"""Threads and worker processes."""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest
from eightcut_runtime import BlockingPool, NotFound, WorkerDied, WorkerError, run_spawned
from eightcut_runtime.logs import request_id_var
from eightcut_runtime.worker import report

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def test_context_follows_into_threads_and_their_number_is_bounded() -> None:
    gate = threading.Barrier(2, timeout=30)

    def in_thread() -> tuple[str, str]:
        gate.wait()
        return request_id_var.get(), threading.current_thread().name

    async def main() -> list[tuple[str, str]]:
        pool = BlockingPool(2, "db")
        request_id_var.set("id-1")
        found = await asyncio.gather(*(pool.run(in_thread) for _ in range(6)))
        await pool.aclose()
        return found

    found = run(main())
    assert {identity for identity, _ in found} == {"id-1"}
    assert {name for _, name in found} == {"db_0", "db_1"}


def test_a_thread_raises_and_takes_keywords() -> None:
    async def main() -> int:
        pool = BlockingPool(1)
        try:
            with pytest.raises(ZeroDivisionError):
                await pool.run(divmod, 1, 0)
            return await pool.run(int, "ff", base=16)
        finally:
            await pool.aclose()

    assert run(main()) == 255


def test_cancelled_work_that_has_not_begun_never_runs() -> None:
    release, ran = threading.Event(), []

    async def main() -> None:
        pool = BlockingPool(1)
        first = asyncio.create_task(pool.run(release.wait, 30))
        second = asyncio.create_task(pool.run(ran.append, 1))
        await asyncio.sleep(0)
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        release.set()
        assert await first
        await pool.aclose()

    run(main())
    assert ran == []


def work(number: int, *, twice: bool = False) -> list[Any]:
    report({"half": 0.5})
    print("this goes to the log, not between the lines for the parent")
    report({"half": 1.0})
    return [number * (2 if twice else 1), os.getpid(), request_id_var.get()]


def fail(kind: str) -> None:
    if kind == "service":
        raise NotFound("There is no such run.", resource_type="run", resource_name="9")
    if kind == "not JSON":
        return threading.Lock()  # type: ignore[return-value]
    raise ValueError("secret detail")


def die(number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(3000)


def leave(code: int) -> None:
    os._exit(code)


def hang(folder: str) -> None:
    (Path(folder) / str(os.getpid())).touch()
    report("started")
    time.sleep(3000)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def workers() -> list[int]:
    """Worker processes of this one that live."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and alive(int(entry.name)):
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(stat[1]) == os.getpid() and b"eightcut_runtime.worker" in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
    return found


def test_a_worker_returns_reports_and_knows_the_call() -> None:
    events: list[object] = []

    async def main() -> list[Any]:
        request_id_var.set("id-2")
        return await run_spawned(work, events.append, 21, twice=True)

    result, pid, identity = run(main())
    assert result == 42
    assert pid != os.getpid()
    assert identity == "id-2"
    assert events == [{"half": 0.5}, {"half": 1.0}]


def test_errors_of_a_worker() -> None:
    async def main(kind: str) -> None:
        await run_spawned(fail, None, kind)

    with pytest.raises(NotFound, match="no such run") as caught:
        run(main("service"))
    assert caught.value.resource_name == "9"
    with pytest.raises(WorkerError, match="ValueError: secret detail"):
        run(main("other"))
    with pytest.raises(WorkerError, match="not JSON serializable"):
        run(main("not JSON"))


@pytest.mark.parametrize(
    ("function", "argument", "words"),
    [(die, signal.SIGKILL, "SIGKILL; the machine may be out of memory"), (leave, 7, "exit code 7")],
)
def test_a_worker_that_dies_is_a_clear_error(function: Callable[[int], None], argument: int, words: str) -> None:
    async def main() -> None:
        await run_spawned(function, None, argument)

    with pytest.raises(WorkerDied) as caught:
        run(main())
    assert str(caught.value) == f"The worker process ended unexpectedly ({words})."


def test_cancelling_kills_the_worker(tmp_path: Path) -> None:
    async def main() -> None:
        started = asyncio.Event()
        task = asyncio.create_task(run_spawned(hang, lambda _: started.set(), str(tmp_path)))
        await asyncio.wait_for(started.wait(), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())
    (pid,) = (int(file.name) for file in tmp_path.iterdir())
    assert not alive(pid)


def test_what_an_event_handler_raises_ends_the_worker(tmp_path: Path) -> None:
    def refuse(_: object) -> None:
        raise LookupError("no more")

    async def main() -> None:
        await run_spawned(hang, refuse, str(tmp_path))

    with pytest.raises(LookupError):
        run(main())
    (pid,) = (int(file.name) for file in tmp_path.iterdir())
    assert not alive(pid)


def test_report_outside_a_worker_does_nothing() -> None:
    report("nobody listens")
    assert logging.getLogger("x")


def test_cancelling_while_the_worker_starts_leaves_nothing_behind(tmp_path: Path) -> None:
    async def main() -> None:
        task = asyncio.create_task(run_spawned(hang, None, str(tmp_path)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main())
    assert workers() == []


def test_arguments_that_cannot_travel_are_refused() -> None:
    async def main() -> None:
        await run_spawned(fail, None, lambda: None)  # type: ignore[arg-type]

    with pytest.raises(TypeError, match="not JSON serializable"):
        run(main())
    assert workers() == []

"""CPU-heavy Python in a process of its own.

The process is *spawned*: a fork of a process with a live gRPC server hangs. Function, arguments, events and result
travel between parent and child over `multiprocessing`'s private pipe; nothing from outside is read that way.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, ClassVar, ParamSpec, TypeVar, cast

from eightcut_runtime import logs
from eightcut_runtime.errors import ServiceError, WorkerDied

P = ParamSpec("P")
T = TypeVar("T")

_spawn = multiprocessing.get_context("spawn")


class _Child:
    """What a worker process knows of itself."""

    pipe: ClassVar[Connection | None] = None


class WorkerError(Exception):
    """The function failed in its process; the text is the child's traceback, for the log."""


@dataclass(frozen=True, slots=True)
class _Setting:
    """What a worker takes over from its parent, so that its log lines look the same."""

    request_id: str
    method: str
    level: int
    formatter: logging.Formatter | None


def report(event: object) -> None:
    """Sends an event (picklable) to the ``on_event`` of the parent's `run_spawned`; elsewhere does nothing.

    To be called by the function that runs in the worker process, from one thread.
    """
    if _Child.pipe is not None:
        _Child.pipe.send(("event", event))


async def run_spawned(
    function: Callable[P, T], on_event: Callable[[Any], None] | None = None, /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Returns ``function(*args, **kwargs)``, run in a spawned process.

    The function must be importable (defined at the top of a module), its arguments and result picklable. The
    process is killed when the caller is cancelled, and ends by itself when its parent dies.

    Args:
        function: What to run.
        on_event: Called on the event loop with each event that the function reports; what it raises ends the work.
        args: For the function.
        kwargs: For the function.

    Raises:
        ServiceError: The function raised it.
        WorkerError: The function raised anything else.
        WorkerDied: The process ended without an answer.
    """
    loop = asyncio.get_running_loop()
    ours, theirs = _spawn.Pipe()
    messages: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
    process = _spawn.Process(
        target=_work, args=(theirs, _setting(), function, args, kwargs), name=f"worker {function.__name__}"
    )

    def post(kind: str, value: object) -> None:
        with suppress(RuntimeError):  # The loop has ended; nobody waits for the message.
            loop.call_soon_threadsafe(messages.put_nowait, (kind, value))

    reader = threading.Thread(target=_read, args=(ours, post), name=f"reads {process.name}", daemon=True)
    reader.start()
    # Starting takes a few milliseconds and pickles the arguments: not on the loop.
    starting = asyncio.ensure_future(asyncio.to_thread(process.start))
    try:
        await asyncio.shield(starting)
        theirs.close()
        return cast("T", await _result(process, messages, on_event))
    finally:
        # Shielded: also when the caller is cancelled again, no process and no thread stays behind.
        await asyncio.shield(asyncio.ensure_future(_end(starting, process, reader, ours, theirs)))


async def _end(
    starting: asyncio.Future[None],
    process: multiprocessing.process.BaseProcess,
    reader: threading.Thread,
    ours: Connection,
    theirs: Connection,
) -> None:
    await asyncio.wait({starting})
    theirs.close()
    if process.pid is not None:
        process.kill()
        await asyncio.to_thread(process.join)
        process.close()
    await asyncio.to_thread(reader.join)
    ours.close()


async def _result(
    process: multiprocessing.process.BaseProcess,
    messages: asyncio.Queue[tuple[str, Any]],
    on_event: Callable[[Any], None] | None,
) -> object:
    while True:
        kind, value = await messages.get()
        if kind == "event":
            if on_event is not None:
                on_event(value)
        elif kind == "result":
            return value
        elif kind == "error":
            raise value if isinstance(value, ServiceError) else WorkerError(value)
        else:
            await asyncio.to_thread(process.join, 5.0)
            raise WorkerDied(f"The worker process ended unexpectedly ({_ending(process.exitcode)}).")


def _ending(code: int | None) -> str:
    if code is None:
        return "it closed its pipe"
    if code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"{name}; the machine may be out of memory" if name == "SIGKILL" else name


def _read(pipe: Connection, post: Callable[[str, Any], None]) -> None:
    try:
        while True:
            post(*pipe.recv())
    except (EOFError, OSError):
        post("end", None)


def _setting() -> _Setting:
    root = logging.getLogger()
    formatter = next((handler.formatter for handler in root.handlers if handler.formatter is not None), None)
    if not isinstance(formatter, logs.JsonFormatter | logs.TextFormatter):
        formatter = None
    return _Setting(logs.request_id_var.get(), logs.method_var.get(), root.level, formatter)


def _work(
    pipe: Connection, setting: _Setting, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    """Runs in the child."""
    # Ctrl+C on a terminal reaches the whole group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    if setting.formatter is not None:
        handler = logging.StreamHandler()
        handler.setFormatter(setting.formatter)
        logging.basicConfig(level=setting.level, handlers=[handler], force=True)
    logs.request_id_var.set(setting.request_id)
    logs.method_var.set(setting.method)
    _Child.pipe = pipe
    try:
        answer: tuple[str, Any] = ("result", function(*args, **kwargs))
    except ServiceError as error:
        answer = ("error", error)
    except Exception:  # noqa: BLE001  whatever it is, the parent raises it
        answer = ("error", traceback.format_exc())
    try:
        pipe.send(answer)
    except Exception:  # noqa: BLE001  the result cannot be pickled: say so instead of dying without an answer
        pipe.send(("error", traceback.format_exc()))


def _exit_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)

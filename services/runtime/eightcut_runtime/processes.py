"""CPU-heavy Python in a process of its own.

The process is a fresh interpreter: a fork of a process with a live gRPC server hangs. Parent and child exchange lines
of JSON over its stdin and stdout and nothing else; what is large travels by files.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from eightcut_runtime import logs
from eightcut_runtime.errors import WorkerDied, error_from_json

P = ParamSpec("P")
T = TypeVar("T")

_LINE_BYTES = 16 * 1024 * 1024


class WorkerError(Exception):
    """The function failed in its process; the text is the child's traceback, for the log."""


async def run_spawned(
    function: Callable[P, T], on_event: Callable[[Any], None] | None = None, /, *args: P.args, **kwargs: P.kwargs
) -> T:
    """Returns ``function(*args, **kwargs)``, run in a fresh interpreter.

    The function must be importable (defined at the top of a module); its arguments, events and result must be plain
    JSON. The process is killed when the caller is cancelled, and ends by itself when its parent dies.

    Args:
        function: What to run. It may call `eightcut_runtime.worker.report`.
        on_event: Called on the event loop with each event that the function reports; what it raises ends the work.
        args: For the function.
        kwargs: For the function.

    Raises:
        ServiceError: The function raised it.
        TypeError: An argument is not plain JSON.
        WorkerError: The function raised anything else.
        WorkerDied: The process ended without an answer.
    """
    request = _request(function, args, kwargs)
    command = [sys.executable, "-P", "-m", "eightcut_runtime.worker"]
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=_LINE_BYTES)
    )
    try:
        process = await asyncio.shield(starting)
        assert process.stdin is not None
        process.stdin.write(request)
        return cast("T", await _result(process, on_event))
    finally:
        # Shielded: also when the caller is cancelled again, no process stays behind.
        await asyncio.shield(asyncio.ensure_future(_end(starting)))


async def _end(starting: asyncio.Future[Process]) -> None:
    await asyncio.wait({starting})
    if starting.cancelled() or starting.exception() is not None:
        return
    process = starting.result()
    if process.returncode is None:
        process.kill()
    if process.stdin is not None:
        process.stdin.close()
    await process.wait()


async def _result(process: Process, on_event: Callable[[Any], None] | None) -> object:
    assert process.stdout is not None
    while line := await process.stdout.readline():
        kind, value = json.loads(line)
        if kind == "event":
            if on_event is not None:
                on_event(value)
        elif kind == "result":
            return value
        elif kind == "service error":
            raise error_from_json(value)
        else:
            raise WorkerError(value)
    code = await process.wait()
    raise WorkerDied(f"The worker process ended unexpectedly ({_ending(code)}).")


def _request(function: Callable[..., object], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bytes:
    handlers = logging.getLogger().handlers
    formatter = next((handler.formatter for handler in handlers if handler.formatter is not None), None)
    request = {
        "function": [_importable(function.__module__), function.__qualname__],
        "args": args,
        "kwargs": kwargs,
        "path": sys.path,
        "request_id": logs.request_id_var.get(),
        "method": logs.method_var.get(),
        "log": formatter.described() if isinstance(formatter, logs.ServiceFormatter) else None,
        "log_level": logging.getLogger().level,
    }
    return json.dumps(request).encode() + b"\n"


def _importable(module: str) -> str:
    """The name under which another interpreter finds a module, also one that was started with ``-m``."""
    spec = getattr(sys.modules[module], "__spec__", None)
    return module if spec is None else str(spec.name)


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"{name}; the machine may be out of memory" if name == "SIGKILL" else name

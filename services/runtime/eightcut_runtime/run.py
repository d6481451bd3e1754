"""The main function of every service."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from eightcut_runtime import logs
from eightcut_runtime.errors import StartError
from eightcut_runtime.host import ServiceHost
from eightcut_runtime.options import ServeOptions, add_common_arguments, options_from
from eightcut_runtime.service import ServiceSpec

logger = logging.getLogger(__name__)

_FORCED_CLOSE_SECONDS = 2.0


def run_service(spec: ServiceSpec, argv: Sequence[str] | None = None) -> int:
    """Runs a service until it is told to stop; to be called by its ``__main__``, in the main thread.

    The first SIGTERM or SIGINT (or the end of stdin with ``--exit-with-parent``) drains and stops; the second
    stops at once.

    Args:
        spec: The service.
        argv: The command line without the program's name; None takes the process's.

    Returns:
        The exit code: 0 stopped as told, also while starting; 1 could not start, one sentence is on stderr. Wrong
        usage exits with 2, a second signal with 128 + its number.
    """
    parser = argparse.ArgumentParser(prog=f"eightcut-{spec.name}", description=spec.description)
    parser.add_argument("--version", action="version", version=f"%(prog)s {spec.version}")
    add_common_arguments(parser, spec.grace_seconds)
    spec.add_arguments(parser)
    arguments = parser.parse_args(argv)
    try:
        options = options_from(arguments, spec.limits)
        secrets = (options.token,) if options.token else ()
        logs.configure(spec.name, level=arguments.log_level, form=arguments.log_format, secrets=secrets)
        asyncio.run(_run(spec, options, arguments))
    except StartError as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return 1
    except Exception:
        logger.exception("could not start")
        sys.stderr.write(f"{parser.prog}: an internal error kept the service from starting; see the log above.\n")
        return 1
    return 0


async def _run(spec: ServiceSpec, options: ServeOptions, arguments: argparse.Namespace) -> None:
    stop = _StopRequests()
    host = ServiceHost(spec, options, arguments)
    stop.listen(stdin=options.exit_with_parent)
    starting = asyncio.create_task(host.start())
    asked = asyncio.create_task(stop.first.wait())
    await asyncio.wait({starting, asked}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        logger.info("told to stop while starting")
        starting.cancel()
        await asyncio.wait({starting})
        if not starting.cancelled():
            starting.result()
        return
    asked.cancel()
    starting.result()
    try:
        if options.ready_file is not None:
            _announce(options.ready_file, spec, host.address)
    except StartError:
        await host.stop(None)
        raise
    await stop.first.wait()
    await _stop(host, stop, options.grace_seconds)


async def _stop(host: ServiceHost, stop: _StopRequests, grace: float) -> None:
    stopping = asyncio.create_task(host.stop(grace))
    forced = asyncio.create_task(stop.second.wait())
    await asyncio.wait({stopping, forced}, return_when=asyncio.FIRST_COMPLETED)
    if not stopping.done():
        logger.warning("told to stop again: stopping at once")
        await host.stop(None)
        await asyncio.wait({stopping}, timeout=_FORCED_CLOSE_SECONDS)
        logging.shutdown()
        # Not sys.exit, which would wait for threads that the user does not want to wait for.
        os._exit(128 + stop.signal)
    forced.cancel()
    stopping.result()


class _StopRequests:
    """Counts what asks the service to stop: signals, and the end of stdin."""

    def __init__(self) -> None:
        self.first = asyncio.Event()
        self.second = asyncio.Event()
        self.signal = int(signal.SIGTERM)

    def listen(self, *, stdin: bool) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            try:
                loop.add_signal_handler(number, self._asked, number)
            except NotImplementedError:  # Windows
                signal.signal(number, lambda got, _frame: _call(loop, lambda: self._asked(got)))
        if stdin:
            threading.Thread(
                target=_wait_for_end_of_stdin, args=(lambda: _call(loop, self.first.set),), daemon=True
            ).start()

    def _asked(self, number: int) -> None:
        self.signal = int(number)
        (self.second if self.first.is_set() else self.first).set()


def _call(loop: asyncio.AbstractEventLoop, function: Callable[[], object]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(function)


def _wait_for_end_of_stdin(ended: Callable[[], None]) -> None:
    # The plain descriptor: `sys.stdin` holds a lock that would hang the interpreter's exit.
    try:
        while os.read(0, 4096):
            continue
    except OSError as error:
        logger.warning("standard input cannot be read: %s", error)
    ended()


def _announce(ready_file: str, spec: ServiceSpec, address: str) -> None:
    line = json.dumps({"name": spec.name, "version": spec.version, "address": address, "pid": os.getpid()}) + "\n"
    if ready_file == "-":
        sys.stdout.write(line)
        sys.stdout.flush()
        return
    # Renamed into place: a reader sees the whole line or no file.
    path = Path(ready_file)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(line, encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise StartError(f"Cannot write the ready file {path}: {(error.strerror or '').lower()}.") from error

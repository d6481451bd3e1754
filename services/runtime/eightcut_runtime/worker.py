"""The other end of `eightcut_runtime.processes.run_spawned`: what runs in the fresh interpreter."""

from __future__ import annotations

import importlib
import json
import logging
import os
import signal
import sys
import threading
import traceback
from typing import Any, BinaryIO, ClassVar

from eightcut_runtime import logs
from eightcut_runtime.errors import ServiceError


class _Parent:
    """Where the lines for the parent go; None outside a worker."""

    output: ClassVar[BinaryIO | None] = None


def report(event: object) -> None:
    """Sends an event (plain JSON) to the ``on_event`` of the parent's `run_spawned`; elsewhere does nothing.

    To be called by the function that runs in the worker process, from one thread.
    """
    if _Parent.output is not None:
        _send("event", event)


def main() -> None:
    """Takes one request from stdin, answers it on stdout, and watches for the end of the parent."""
    # Ctrl+C on a terminal reaches the whole group; the parent decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _Parent.output = os.fdopen(os.dup(1), "wb")
    # What the function prints goes to the log and not between our lines.
    os.dup2(2, 1)
    request = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    sys.path[:] = request["path"]
    logs.request_id_var.set(request["request_id"])
    logs.method_var.set(request["method"])
    if request["log"] is not None:
        handler = logging.StreamHandler()
        handler.setFormatter(logs.formatter_from(request["log"]))
        logging.basicConfig(level=request["log_level"], handlers=[handler], force=True)
    try:
        module, name = request["function"]
        _send("result", _run(module, name, request["args"], request["kwargs"]))
    except ServiceError as error:
        _send("service error", error.to_json())
    except Exception:  # noqa: BLE001  whatever it is, the parent raises it
        _send("error", traceback.format_exc())


def _run(module: str, qualified_name: str, args: list[Any], kwargs: dict[str, Any]) -> object:
    found: Any = importlib.import_module(module)
    for name in qualified_name.split("."):
        found = getattr(found, name)
    return found(*args, **kwargs)


def _send(kind: str, value: object) -> None:
    assert _Parent.output is not None
    _Parent.output.write(json.dumps([kind, value]).encode() + b"\n")
    _Parent.output.flush()


def _exit_with_parent() -> None:
    # The plain descriptor: `sys.stdin` holds a lock that would hang the interpreter's exit.
    while os.read(0, 4096):
        continue
    os._exit(1)


if __name__ == "__main__":
    # Under its real name: functions import `report` from there.
    from eightcut_runtime.worker import main as run

    run()

"""A small process that ends our ffmpegs when we are killed ourselves.

An ffmpeg does not notice that its parent has gone, and would write on at an hour-long clip. The guard holds the other
end of a pipe of ours: when that closes, for whatever reason, it kills what is still running. One guard for the whole
process, started with the first cut.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

_SCRIPT = """
import os, signal, sys
running = set()
for line in sys.stdin:
    (running.add if line[0] == "+" else running.discard)(int(line[1:]))
for process in running:
    try:
        if os.name == "nt":
            os.kill(process, signal.SIGTERM)
        else:
            os.killpg(process, signal.SIGKILL)
    except OSError:
        pass
"""

_lock = threading.Lock()
_process: subprocess.Popen[bytes] | None = None


def new_session() -> dict[str, Any]:
    """Return what makes `subprocess.Popen` start a process that Ctrl+C on our terminal does not reach."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


@contextlib.contextmanager
def guarded(pid: int) -> Iterator[None]:
    """Inside the block the process group ``pid`` is killed if we die."""
    _tell(f"+{pid}\n")
    try:
        yield
    finally:
        _tell(f"-{pid}\n")


def _tell(line: str) -> None:
    global _process  # noqa: PLW0603  one for the process
    # A guard that is gone is replaced; without one nothing but this protection is missing.
    with _lock, contextlib.suppress(OSError):
        if _process is None or _process.poll() is not None:
            _process = _start()
        if _process.stdin is not None:
            _process.stdin.write(line.encode())
            _process.stdin.flush()


def _start() -> subprocess.Popen[bytes]:
    atexit.unregister(_end)
    atexit.register(_end)
    guard: subprocess.Popen[bytes] = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _SCRIPT],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=os.sep,
        **new_session(),
    )
    return guard


def _end() -> None:
    with _lock:
        if _process is not None:
            with contextlib.suppress(OSError):
                if _process.stdin is not None:
                    _process.stdin.close()
                _process.wait(5)

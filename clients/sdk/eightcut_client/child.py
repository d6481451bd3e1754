"""One service as a child process."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

from eightcut_client.endpoints import ServiceName
from eightcut_client.errors import ServicesError, service_title

READY_SECONDS = 120.0
"""How long a service may take to start: the first start of one may migrate a database."""

_LOG_BYTES = 4 * 1024 * 1024
_MODULES: dict[ServiceName, str] = {
    "store": "eightcut_store",
    "inference": "eightcut_inference",
    "trainer": "eightcut_trainer",
}
_SECRETS = ("EIGHTCUT_TOKEN",)


def require_installed() -> None:
    """Check, without importing them, that the services are there.

    Raises:
        ServicesError: They are not.
    """
    if any(importlib.util.find_spec(module) is None for module in _MODULES.values()):
        raise ServicesError(
            "The services are not installed here: give the address of a server with --server, or install them "
            'with pip install "eightcut-cli[services]".'
        )


class ChildService:
    """A service that is started, noticed when it dies, and stopped.

    It has a session of its own, so that Ctrl+C on the terminal reaches only us, and ends by itself when we die,
    however that happens: its standard input ends then. Not safe to use from several threads at once, except for
    `wait_ready`.

    Attributes:
        name: Which service.
        address: Where it listens; known before the first start unless the port is 0.
    """

    def __init__(
        self, name: ServiceName, listen: str, arguments: Sequence[str], log_file: Path, *, grace: float = 10.0
    ) -> None:
        """Describe it.

        Args:
            name: Which service.
            listen: Address; with port 0 the first start chooses one, which is kept.
            arguments: Further options of its command line.
            log_file: Where its standard error goes.
            grace: Seconds it has to end before it is killed.
        """
        self.name = name
        self.address = "" if listen.endswith(":0") else listen
        self._listen = listen
        self._arguments = list(arguments)
        self._log_file = log_file
        self._grace = grace
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = threading.Event()
        self._announced = ""
        self._log_start = 0

    @property
    def running(self) -> bool:
        """Whether the process lives (it may not be ready)."""
        return self._process is not None and self._process.poll() is None

    @property
    def started(self) -> bool:
        """Whether it was started and not stopped: if it does not run then, it died."""
        return self._process is not None

    @property
    def pid(self) -> int | None:
        """Its process id."""
        return None if self._process is None else self._process.pid

    def spawn(self) -> None:
        """Start the process; `wait_ready` waits for the service.

        Raises:
            ServicesError: It cannot be started.
        """
        self._reap()
        self._ready = threading.Event()
        self._announced = ""
        # -P: what lies in the current folder, which may be anybody's, is not imported.
        command = [sys.executable, "-P", "-m", _MODULES[self.name], "--listen", self.address or self._listen]
        command += [*self._arguments, "--ready-file", "-", "--exit-with-parent"]
        try:
            self._log_file.parent.mkdir(parents=True, exist_ok=True)
            _rotate(self._log_file)
            with self._log_file.open("ab") as log:
                self._log_start = log.tell()
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env={name: value for name, value in os.environ.items() if name not in _SECRETS},
                    **own_group(),
                )
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise ServicesError(f"The {service_title(self.name)} could not be started: {why}.") from error
        threading.Thread(
            target=self._listen_to, args=(self._process.stdout, self._ready), name=f"{self.name} output", daemon=True
        ).start()

    def wait_ready(self, timeout: float = READY_SECONDS) -> None:
        """Wait until it serves.

        Raises:
            ServicesError: It ended instead, or takes too long; with its own words where it left some.
        """
        if not self._ready.wait(timeout):
            raise ServicesError(
                f"The {service_title(self.name)} was not ready after {timeout:.0f} s; see {self._log_file}."
            )
        if not self._announced:
            raise ServicesError(self._obituary())
        self.address = self._announced

    def ask_to_stop(self) -> None:
        """Let it finish and end; returns at once."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()

    def stop(self) -> None:
        """Stop it: gracefully, then by force. Idempotent; nothing of it is left afterwards."""
        process = self._process
        if process is None:
            return
        self.ask_to_stop()
        try:
            process.wait(self._grace)
        except subprocess.TimeoutExpired:
            process.kill()
        finally:
            if process.poll() is None:
                process.kill()
            self._reap()

    def _reap(self) -> None:
        if self._process is not None:
            self.ask_to_stop()
            self._process.wait()
            self._process = None

    def _listen_to(self, output: IO[bytes], ready: threading.Event) -> None:
        """Take the line that tells the address, then whatever follows, so that the pipe never fills."""
        with output:
            line = output.readline()
            try:
                announced: Any = json.loads(line)["address"]
            except (ValueError, KeyError, TypeError):
                announced = ""
            if ready is self._ready:
                self._announced = str(announced)
            ready.set()
            while output.read(4096):
                continue

    def _obituary(self) -> str:
        title = service_title(self.name)
        process = self._process
        status = "" if process is None else f" (exit status {process.wait()})"
        said = _last_words(self._log_file, self._log_start, self.name)
        if said:
            return f"The {title} could not start: {said}"
        if _is_full(self._log_file.parent):
            return f"The {title} could not start: the disk of {self._log_file.parent} is full."
        return f"The {title} ended as it started{status}; see {self._log_file}."


def _is_full(folder: Path) -> bool:
    """Tell whether not even a line of a log fits there any more."""
    try:
        return shutil.disk_usage(folder).free == 0
    except OSError:
        return False


def wait_all_ready(children: Sequence[ChildService], timeout: float = READY_SECONDS) -> None:
    """Wait for several.

    Raises:
        ServicesError: One of them failed.
    """
    end = time.monotonic() + timeout
    for child in children:
        child.wait_ready(max(end - time.monotonic(), 0.1))


def stop_all(children: Sequence[ChildService]) -> None:
    """Stop several at the same time, those that others need last to be waited for."""
    with contextlib.ExitStack() as stack:
        # Each is stopped whatever happens to the others (a second Ctrl+C, say).
        for child in children:
            stack.callback(child.stop)
        for child in reversed(children):
            child.ask_to_stop()


def own_group() -> dict[str, Any]:
    """Return what makes `subprocess.Popen` start a process that Ctrl+C on our terminal does not reach."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def _rotate(file: Path) -> None:
    if file.exists() and file.stat().st_size > _LOG_BYTES:
        file.replace(file.with_suffix(".log.1"))


def _last_words(file: Path, start: int, name: ServiceName) -> str:
    """Return the last line that the service wrote for a person since it was started, without its prefix."""
    with file.open("rb") as log:
        log.seek(start)
        lines = log.read().decode("utf-8", "replace").splitlines()
    prefix = f"eightcut-{name}: "
    return next((line.removeprefix(prefix) for line in reversed(lines) if line.startswith(prefix)), "")

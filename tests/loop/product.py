"""The product as a user meets it: the real command and the real services, each in processes of their own."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Document, Finished, run_process

LINUX = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked up in /proc")
SERVICES = ("store", "inference", "trainer")


def wait_for(true: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    """Looks again and again, often enough to catch work in the middle."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.003)


def children(pid: int) -> set[int]:
    """Living processes whose parent this is."""
    found = set()
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = status.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(parent) == pid and state != "Z":
            found.add(int(status.parent.name))
    return found


def family(pid: int) -> set[int]:
    """A process and all that came from it."""
    return {pid}.union(*(family(child) for child in children(pid)))


def alive(pid: int) -> bool:
    """Whether it runs; a process that only waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def service_process(parent: int, name: str) -> int | None:
    """The child that is this service, None while there is none."""
    for pid in children(parent):
        with contextlib.suppress(OSError):
            if f"eightcut_{name}" in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                return pid
    return None


class Running:
    """A command that runs, in a session of its own as in a terminal."""

    def __init__(self, arguments: list[str], folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self._out, self._err = folder / "out", folder / "err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "eightcut_cli", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def pause_when(self, true: Callable[[], object], what: str) -> None:
        """Stops the command (not the services) as soon as this is so, while it is in the middle of its work."""
        wait_for(lambda: true() or self.process.poll() is not None, what)
        assert self.process.poll() is None, f"it ended before: {what}: {self._err.read_text()}"
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def finish(self, timeout: float = 90) -> Finished:
        code = self.process.wait(timeout)
        return Finished(code, self._out.read_text(), self._err.read_text())


@dataclass(frozen=True)
class Product:
    """Commands on one data folder: with services of their own, or those of a server.

    Attributes:
        data: The data folder.
        scratch: For output of commands.
        server: What --server gets; None: services of the command's own, or a `8cut serve` on the data folder.
        started: Commands that were started and may still run.
    """

    data: Path
    scratch: Path
    server: str | None = None
    started: list[Running] = field(default_factory=list)

    def start(self, *arguments: object) -> Running:
        where = ["--server", self.server] if self.server else ["--data-dir", str(self.data)]
        folder = self.scratch / f"command{len(self.started)}"
        self.started.append(Running([*map(str, arguments), "--json", *where], folder))
        return self.started[-1]

    def end(self) -> None:
        """Ends what a test that failed has left."""
        for command in self.started:
            command.kill()

    def run(self, *arguments: object) -> Finished:
        where = ["--server", self.server] if self.server else ["--data-dir", self.data]
        return run_process([*arguments, "--json", *where])

    def ask(self, *arguments: object) -> Document:
        """What a command answers, after a look that it went well."""
        return self.run(*arguments).json

    def scan(self, file: Path, *options: object) -> Document:
        (scan,) = self.ask("scan", file, "--model", "LOGMEL", "--scores", *options)["scans"]
        found: Document = scan
        return found

    def history(self, file: Path) -> list[str]:
        """Ids of the file's scans, newest first."""
        return [str(scan["id"]) for scan in self.ask("scans", "list", file)["scans"]]

    def unfinished(self) -> int:
        """Bytes of tracks that are being made."""
        size = 0
        for file in self.data.glob("tracks/**/*.partial"):
            with contextlib.suppress(FileNotFoundError):
                size += file.stat().st_size
        return size

    def log(self, service: str, message: str) -> list[dict[str, Any]]:
        """The lines of a service's log with this message."""
        try:
            text = (self.data / "logs" / f"{service}.log").read_text()
        except FileNotFoundError:
            return []
        lines = [json.loads(line) for line in text.splitlines() if line.startswith("{") and line.endswith("}")]
        return [line for line in lines if message in line["message"]]

    def recorded_from(self) -> list[int]:
        """The first window of every time that Inference began to embed: what is before it is not embedded again."""
        return [line["first_window"] for line in self.log("inference", "a track is recorded")]


@contextlib.contextmanager
def serving(data: Path, *options: str) -> Iterator[int]:
    """Runs `8cut serve` on a data folder; gives its process id."""
    command = [sys.executable, "-m", "eightcut_cli", "serve", "--data-dir", str(data), "--json", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        if not process.stdout.readline():
            pytest.fail(f"8cut serve did not start: {process.communicate()[1].decode()}")
        try:
            yield process.pid
        finally:
            process.terminate()
            try:
                process.communicate(timeout=30)
            finally:
                process.kill()
    assert process.returncode == 0


class Service:
    """One service, started and restarted by hand at the same address, as an administrator does."""

    def __init__(self, name: str, sockets: Path, data: Path) -> None:
        self._command = [sys.executable, "-m", f"eightcut_{name}", "--listen", f"unix:{sockets}/{name}.sock"]
        self._command += ["--data-dir", str(data), "--ready-file", "-"]
        peers = {"store": (), "inference": ("store",), "trainer": ("store", "inference")}[name]
        self._command += [f"--{peer}=unix:{sockets}/{peer}.sock" for peer in peers]
        self._log = data / "logs" / f"{name}.log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        self._log.parent.mkdir(exist_ok=True)
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
            )
        assert self._process.stdout is not None
        assert self._process.stdout.readline(), f"{self._command[2]} did not start: {self._log.read_text()[-2000:]}"

    def kill(self) -> None:
        """SIGKILL."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

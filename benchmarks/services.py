"""A service of ours as a process of its own, for benchmarks that talk gRPC to it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc

MESSAGE_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Running:
    """A service that is ready.

    Attributes:
        pid: Its process.
        address: Where it listens, as gRPC takes it.
    """

    pid: int
    address: str


@contextmanager
def process(module: str, folder: Path, *arguments: str) -> Iterator[Running]:
    """Runs `python -m module` on a Unix socket in folder, and stops it at the end."""
    socket = folder / f"{module.removeprefix('benchmarks.').removeprefix('eightcut_')}.sock"
    command = [sys.executable, "-m", module, "--listen", f"unix:{socket}", "--ready-file", "-", *arguments]
    with (folder / "log").open("ab") as log:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        try:
            assert child.stdout is not None
            line = child.stdout.readline()
            if not line:
                raise SystemExit(f"{module} did not start: {(folder / 'log').read_text()}")
            yield Running(child.pid, json.loads(line)["address"])
        finally:
            child.terminate()
            child.wait()


@contextmanager
def running(module: str, folder: Path, *arguments: str) -> Iterator[grpc.Channel]:
    """Runs `python -m module` on a Unix socket in folder; gives a channel to it, and stops it at the end."""
    options = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.use_local_subchannel_pool", 1)]
    with (
        process(module, folder, *arguments) as service,
        grpc.insecure_channel(service.address, options=options) as channel,
    ):
        yield channel

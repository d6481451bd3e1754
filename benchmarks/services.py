"""A service of ours as a process of its own, for benchmarks that talk gRPC to it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc

MESSAGE_BYTES = 1024 * 1024


@contextmanager
def running(module: str, folder: Path, *arguments: str) -> Iterator[grpc.Channel]:
    """Runs `python -m module` on a Unix socket in folder; gives a channel to it, and stops it at the end."""
    socket = folder / f"{module.removeprefix('benchmarks.').removeprefix('eightcut_')}.sock"
    command = [sys.executable, "-m", module, "--listen", f"unix:{socket}", "--ready-file", "-", *arguments]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            if not line:
                raise SystemExit(f"{module} did not start: {(folder / 'log').read_text()}")
            options = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.use_local_subchannel_pool", 1)]
            with grpc.insecure_channel(json.loads(line)["address"], options=options) as channel:
                yield channel
        finally:
            process.terminate()
            process.wait()

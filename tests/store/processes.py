"""The Store as a process of its own, as it runs for users."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc


class StoreProcess:
    """A running ``python -m eightcut_store``."""

    def __init__(self, url: str, folder: Path, *options: str) -> None:
        command = [sys.executable, "-m", "eightcut_store", "--listen", "127.0.0.1:0", "--ready-file", "-"]
        with (folder / "store.log").open("a") as log:
            self.process = subprocess.Popen(
                [*command, "--database", url, *options], stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, (folder / "store.log").read_text()
        self.address: str = json.loads(line)["address"]

    def channel(self) -> grpc.Channel:
        options: list[tuple[str, Any]] = [("grpc.use_local_subchannel_pool", 1)]
        return grpc.insecure_channel(self.address, options=options)

    def kill(self) -> None:
        """As ``kill -9``."""
        self.process.kill()
        self.wait()

    def wait(self) -> int:
        code = self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code


@contextmanager
def store_process(url: str, folder: Path, *options: str) -> Iterator[StoreProcess]:
    running = StoreProcess(url, folder, *options)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.kill()

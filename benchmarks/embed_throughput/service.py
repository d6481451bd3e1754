"""Our whole path: a real Inference process, and clients that decode files and upload them to it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from eightcut.inference.v1 import device_pb2, inference_service_pb2
from eightcut_client.connection import Connection
from eightcut_client.embed import embed_file
from eightcut_client.errors import EightcutError

from benchmarks.embed_throughput.machine import peak_resident
from benchmarks.embed_throughput.media import Recordings
from benchmarks.services import Running, process

# What is shown of the services' log when they fail, in characters.
LOG_END = 4000


@dataclass(frozen=True)
class Inference:
    """A running Inference service with its Store.

    Attributes:
        conn: To both.
        process: Of the Inference service.
    """

    conn: Connection
    process: Running

    def embed(self, recordings: Recordings, embedder: str, streams: int) -> tuple[int, float]:
        """Embeds as many files at once, each decoded in a process of its own, as `8cut` does it.

        Returns:
            Windows, and seconds from the first byte read to the last track complete.
        """
        files = [recordings.fresh() for _ in range(streams)]
        try:
            with ThreadPoolExecutor(streams) as pool:
                start = time.perf_counter()
                tracks = list(pool.map(lambda file: embed_file(self.conn, file, embedder), files))
                return sum(track.window_count for track in tracks), time.perf_counter() - start
        finally:
            for file in files:
                file.unlink()

    def device(self) -> device_pb2.Device:
        """How the device that did most is doing."""
        response = self.conn.inference.GetDeviceStatus(inference_service_pb2.GetDeviceStatusRequest())
        return max(response.devices, key=lambda device: device.windows_done)

    def peak_resident(self) -> int:
        """The most memory of its process so far, in bytes."""
        return peak_resident(self.process.pid)


@contextmanager
def inference(folder: Path, *arguments: str) -> Iterator[Inference]:
    """Runs the Store and the Inference service on a data folder; options of the latter may follow."""
    folder.mkdir(exist_ok=True)
    with process("eightcut_store", folder, "--data-dir", str(folder)) as store:
        options = ("--data-dir", str(folder), "--store", store.address, *arguments)
        with (
            process("eightcut_inference", folder, *options) as service,
            Connection.remote(f"store={store.address},inference={service.address}") as conn,
        ):
            try:
                yield Inference(conn, service)
            except EightcutError as error:
                log = (folder / "log").read_text(encoding="utf-8", errors="replace")
                raise SystemExit(f"{error}\n{log[-LOG_END:]}") from error

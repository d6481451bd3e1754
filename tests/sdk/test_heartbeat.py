"""A server that answers nothing any more is noticed within 10 s; a link that is merely slow is not broken off."""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from eightcut.common.v1.training_pb2 import TrainingSpec
from eightcut.inference.v1.inference_service_pb2 import ScanRequest
from eightcut.inference.v1.stream_pb2 import AUDIO_ENCODING_PCM_S16LE, MediaSource, ScanConfig
from eightcut.trainer.v1.trainer_service_pb2 import (
    CancelTrainingRequest,
    StartTrainingRequest,
    WatchTrainingRequest,
)
from eightcut_client import Connection, scan_file
from eightcut_client.channels import channel_options
from eightcut_client.errors import EightcutError, UnavailableError
from eightcut_client.times import to_duration
from eightcut_runtime.testing import serve_in_thread

from tests.sdk.stand_in import Behaviour, stand_in
from tests.support.media import noise, write_media

NOTICED = 15.0
"""Seconds: the promise is 10; the rest is for a machine that is busy with other things."""

SLOW = 64 * 1024
"""Bytes a second."""


@pytest.fixture
def frozen_soon(tmp_path: Path) -> Iterator[tuple[Connection, Callable[[], None]]]:
    """A connection to services in a process of their own, and what stops that process where it stands."""
    address = f"unix:{tmp_path}/s"
    command = [sys.executable, "-m", "tests.sdk.stand_in", "--listen", address, "--data-dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            with Connection.remote(f"store={address},inference={address},trainer={address}") as connection:
                wait_until_serving(connection)
                yield connection, lambda: os.kill(process.pid, signal.SIGSTOP)
        finally:
            process.kill()


def wait_until_serving(conn: Connection) -> None:
    limit = time.monotonic() + 60
    while conn.health("store") != "serving":
        assert time.monotonic() < limit, "the stand-in does not start"
        time.sleep(0.05)


def test_silence_ends_within_ten_seconds() -> None:
    options = dict(channel_options("127.0.0.1:1"))
    assert options["grpc.keepalive_time_ms"] + options["grpc.http2.ping_timeout_ms"] < 10_000


@pytest.mark.skipif(sys.platform == "win32", reason="processes cannot be frozen")
def test_a_frozen_server_is_noticed_by_all_that_wait_for_it(
    frozen_soon: tuple[Connection, Callable[[], None]],
) -> None:
    conn, freeze = frozen_soon
    spec = TrainingSpec(profile="default", positive_folders=["dog"], embedder="LOGMEL")
    conn.trainer.StartTraining(StartTrainingRequest(spec=spec, request_id="slow"))
    watch = conn.trainer.WatchTraining(WatchTrainingRequest(run_id="7"))
    assert [next(watch).event.seq for _ in range(6)] == [1, 2, 3, 4, 5, 6]
    over = threading.Event()

    def audio_never_comes() -> Iterator[ScanRequest]:
        source = MediaSource(media="a" * 64, duration=to_duration(60), upload=AUDIO_ENCODING_PCM_S16LE)
        yield ScanRequest(config=ScanConfig(profile="default", source=source, classifier_id="3"))
        over.wait(60)

    scan = conn.inference.Scan(audio_never_comes())
    assert next(scan).HasField("accepted")
    calls: dict[str, Callable[[], object]] = {
        "watch": lambda: next(watch),
        "scan": lambda: list(scan),
        # One that is not sent again by itself: those that are try a new connection first.
        "call": lambda: conn.trainer.CancelTraining(CancelTrainingRequest(run_id="7")),
    }
    ended: dict[str, tuple[type, float]] = {}

    def wait_for(name: str, call: Callable[[], object]) -> None:
        try:
            call()
        except EightcutError as error:
            ended[name] = type(error), time.monotonic() - begin

    freeze()
    begin = time.monotonic()
    threads = [threading.Thread(target=wait_for, args=item, daemon=True) for item in calls.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    over.set()
    assert {name: kind for name, (kind, _) in ended.items()} == dict.fromkeys(calls, UnavailableError)
    assert max(after for _, after in ended.values()) < NOTICED


def test_an_upload_over_a_slow_link_is_not_broken_off(behaviour: Behaviour, tmp_path: Path, received: Path) -> None:
    file = write_media(tmp_path / "a.wav", noise(25, 16_000), 16_000)
    with (
        serve_in_thread(stand_in(behaviour, received), listen="127.0.0.1:0") as running,
        slow_link(running.address) as link,
        Connection.remote(f"store={running.address},inference={link},trainer={running.address}") as conn,
    ):
        scan_file(conn, file, model="LOGMEL")
    assert len(behaviour.ends) == 1
    assert len(behaviour.configs) == 1, "it was broken off and resumed"


@contextmanager
def slow_link(address: str) -> Iterator[str]:
    """A way to a server that takes everything at once and passes on `SLOW` bytes a second, as a bad router does."""
    host, _, port = address.rpartition(":")
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:

        def accept() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                server = socket.create_connection((host, int(port)))
                threading.Thread(target=_pass_slowly, args=(client, server), daemon=True).start()
                threading.Thread(target=_pass, args=(server, client), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"


def _pass(source: socket.socket, target: socket.socket) -> None:
    with closing(target):
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            return


def _pass_slowly(source: socket.socket, target: socket.socket) -> None:
    parts: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def take() -> None:
        data = b"x"
        while data:
            try:
                data = source.recv(4096)
            except OSError:
                data = b""
            parts.put(data)

    threading.Thread(target=take, daemon=True).start()
    with closing(target):
        while part := parts.get():
            try:
                target.sendall(part)
            except OSError:
                return
            time.sleep(len(part) / SLOW)

"""Real processes that are killed and started again."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import numpy as np
import pytest
from eightcut.inference.v1 import stream_pb2
from eightcut_inference.embedders import logmel
from eightcut_inference.embedders.base import EmbedSession
from eightcut_runtime.testing import RunningService
from eightcut_scoring.classifier import ClassifierModel
from eightcut_scoring.windows import WindowGrid

from tests.inference.clients import MEDIA, Stream, noise, source
from tests.inference.test_embed import get_track, read_track
from tests.inference.world import World

PCM = noise(60, seed=7)


class Server:
    """``python -m eightcut_inference`` on a data folder."""

    def __init__(self, folder: Path, store: str) -> None:
        ready = folder / "ready"
        ready.unlink(missing_ok=True)
        command = [sys.executable, "-m", "eightcut_inference", "--listen", "127.0.0.1:0", "--data-dir", str(folder)]
        command += ["--store", store, "--ready-file", str(ready), "--grace", "0.2", "--log-level", "warning"]
        self.process = subprocess.Popen(command)
        while not ready.exists():
            assert self.process.poll() is None
            time.sleep(0.02)
        self.address = json.loads(ready.read_text())["address"]

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)


@contextmanager
def server(folder: Path, store: str) -> Iterator[tuple[Server, grpc.Channel]]:
    running = Server(folder, store)
    try:
        with grpc.insecure_channel(running.address) as channel:
            yield running, channel
    finally:
        running.process.kill()
        running.process.wait()


def expected_vectors() -> np.ndarray:
    return EmbedSession(logmel.LogMel(), WindowGrid()).push(PCM / np.float32(32768))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_scan_finishes_after_its_server_was_killed_and_embeds_nothing_twice(
    tmp_path: Path, store: RunningService, world: World, number: signal.Signals
) -> None:
    card = logmel.CARD
    generator = np.random.default_rng(0)
    model = ClassifierModel(
        mean=np.zeros(card.dim, np.float32),
        scale=np.full(card.dim, 50, np.float32),
        coef=generator.normal(size=card.dim).astype(np.float32),
        bias=0.0,
        threshold=0.5,
        card_hash=card.key(),
        model=card.id,
    )
    world.train(card, model)
    config = stream_pb2.ScanConfig(source=source(seconds=60), profile="default", model="LOGMEL", request_id="r")
    with server(tmp_path, store.address) as (running, channel):
        stream = Stream(channel, config)
        stream.accepted()
        stream.audio(PCM[: 30 * 16_000])
        while len(stream.scores()) < 23:
            stream.until("scores")
        code = running.stop(number)
        assert code == (0 if number is signal.SIGTERM else -signal.SIGKILL)
        assert stream.error().code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    with server(tmp_path, store.address) as (_, channel):
        assert get_track(channel, embedder="LOGMEL").window_count == 23
        config.resume_after_window = 22
        again = Stream(channel, config)
        accepted = again.accepted()
        assert (accepted.audio_wanted, accepted.windows_cached, accepted.first_sample) == (True, 23, 23 * 16_000)
        again.upload(PCM, accepted.first_sample)
        done = again.finish()
        vectors = expected_vectors()
        np.testing.assert_array_equal(read_track(channel, embedder="LOGMEL"), vectors)
        np.testing.assert_array_equal(world.scores(done.id), model.score(vectors))
        assert np.isnan(again.scores()[:23]).all()
    assert [scan.id for scan in world.scans(MEDIA)] == [done.id]

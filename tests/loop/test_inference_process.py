"""The real Inference with LOGMEL, beside the real Store: the first score at once, and memory that does not grow."""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import grpc
import numpy as np
import pytest
from eightcut.inference.v1 import inference_service_pb2, inference_service_pb2_grpc, stream_pb2
from eightcut.store.v1 import media_service_pb2, media_service_pb2_grpc
from google.protobuf.duration_pb2 import Duration

from tests.inference.clients import MEDIA, Stream, noise, source
from tests.loop.conftest import World
from tests.loop.product import LINUX, Service

pytestmark = [pytest.mark.slow, LINUX]
RATE = 16_000
CHUNK = 131_072


class Services(NamedTuple):
    """A Store and an Inference."""

    store: grpc.Channel
    inference: grpc.Channel
    pid: int


@pytest.fixture
def services(world: World, tmp_path: Path) -> Iterator[Services]:
    with ExitStack() as stack:
        sockets = Path(tempfile.mkdtemp(prefix="8c"))
        stack.callback(shutil.rmtree, sockets, ignore_errors=True)
        data = Path(shutil.copytree(world.data, tmp_path / "data"))
        running = {name: Service(name, sockets, data) for name in ("store", "inference")}
        channels = {}
        for name, service in running.items():
            service.start()
            stack.callback(service.kill)
            channels[name] = stack.enter_context(grpc.insecure_channel(f"unix:{sockets}/{name}.sock"))
        yield Services(channels["store"], channels["inference"], running["inference"].pid)


def test_the_first_score_needs_only_the_first_windows_audio(services: Services) -> None:
    """Nothing comes after those eight seconds: a score that waited for more would never come."""
    media_service_pb2_grpc.MediaServiceStub(services.store).RegisterMedia(
        media_service_pb2.RegisterMediaRequest(
            digest=MEDIA, filename="a.wav", size_bytes=1, duration=Duration(seconds=3600)
        ),
        timeout=30,
    )
    config = stream_pb2.ScanConfig(source=source(seconds=3600), profile="default", model="LOGMEL", request_id="first")
    stream = Stream(services.inference, config)
    assert stream.accepted().audio_wanted
    stream.audio(noise(8))
    scores = stream.until("scores")
    assert (scores.first_window, len(scores.scores)) == (0, 4)
    assert 0 <= np.frombuffer(scores.scores, "<f4")[0] <= 1
    stream.cancel()


def embed(channel: grpc.Channel, digest: str, minutes: int) -> int:
    """Uploads synthetic audio of this length; returns the number of windows."""
    piece = noise(CHUNK / RATE, seed=1).astype("<i2").tobytes()
    samples = minutes * 60 * RATE
    accepted = threading.Event()

    def messages() -> Iterator[inference_service_pb2.EmbedRequest]:
        config = stream_pb2.EmbedConfig(source=source(digest, samples / RATE), embedder="LOGMEL")
        yield inference_service_pb2.EmbedRequest(config=config)
        assert accepted.wait(30)
        for first in range(0, samples, CHUNK):
            data = piece[: 2 * (samples - first)]
            yield inference_service_pb2.EmbedRequest(audio=stream_pb2.AudioChunk(first_sample=first, data=data))
        yield inference_service_pb2.EmbedRequest(end=stream_pb2.AudioEnd(sample_count=samples))

    stub = inference_service_pb2_grpc.InferenceServiceStub(channel)
    for event in stub.Embed(messages(), timeout=100):
        accepted.set()
        last = event
    return int(last.done.window_count)


def peak(pid: int) -> float:
    """Most memory that the process ever had, MiB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def test_an_hour_needs_no_more_memory_than_five_minutes(services: Services) -> None:
    assert embed(services.inference, "05" * 32, 5) == 293
    short = peak(services.pid)
    assert embed(services.inference, "60" * 32, 60) == 3593
    # The audio of the hour has 110 MiB. What the peak may grow by: 7 MiB of the finished track, which is mapped while
    # it is verified (the system takes these pages back when it wants to), and the queues between the steps, which
    # are bounded, but on a busy machine not always full within the first five minutes.
    assert peak(services.pid) - short < 37

"""How fast `Embed` takes audio on loopback, with an embedder that computes nothing.

    python -m benchmarks.upload_ingest [--hours 10] [--runs 5]

The reference is a bare grpc.aio server without anything of ours that only counts the same bytes in the same messages.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import grpc
from eightcut.inference.v1 import inference_service_pb2, inference_service_pb2_grpc, stream_pb2

from benchmarks.services import running
from benchmarks.support import table

CHUNK = 256 * 1024
SECOND = 32_000


def messages(media: str, seconds: int, accepted: threading.Event) -> Iterator[inference_service_pb2.EmbedRequest]:
    """What a client sends for a file of this many seconds: 16 kHz, mono, 16 bits."""
    source = stream_pb2.MediaSource(media=media, upload=stream_pb2.AUDIO_ENCODING_PCM_S16LE)
    yield inference_service_pb2.EmbedRequest(config=stream_pb2.EmbedConfig(source=source, embedder="NULL"))
    accepted.wait()
    silence = bytes(CHUNK)
    total = seconds * SECOND
    for offset in range(0, total, CHUNK):
        chunk = stream_pb2.AudioChunk(first_sample=offset // 2, data=silence[: min(CHUNK, total - offset)])
        yield inference_service_pb2.EmbedRequest(audio=chunk)
    yield inference_service_pb2.EmbedRequest(end=stream_pb2.AudioEnd(sample_count=total // 2))


def upload(channel: grpc.Channel, media: str, seconds: int) -> float:
    """Uploads a file; returns MiB a second."""
    start = time.perf_counter()
    accepted = threading.Event()
    stub = inference_service_pb2_grpc.InferenceServiceStub(channel)
    for response in stub.Embed(messages(media, seconds, accepted)):
        if response.HasField("accepted"):
            accepted.set()
    return seconds * SECOND / 2**20 / (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--hours", type=float, default=10.0)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    seconds = round(arguments.hours * 3600)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        bare = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.bare_server", f"unix:{folder}/bare.sock"], stdout=subprocess.PIPE
        )
        try:
            assert bare.stdout is not None
            address = json.loads(bare.stdout.readline())["address"]
            options = ("--data-dir", str(folder), "--store", f"unix:{folder}/none.sock")
            with (
                running("benchmarks.null_inference", folder, *options) as ours,
                grpc.insecure_channel(address) as reference,
            ):
                upload(ours, hashlib.sha256(b"warm").hexdigest(), 600)
                speeds = []
                for run in range(arguments.runs):
                    media = hashlib.sha256(str(run).encode()).hexdigest()
                    speeds.append((upload(reference, media, seconds), upload(ours, media, seconds)))
        finally:
            bare.terminate()
            bare.wait()
    reference_speed = statistics.median(pair[0] for pair in speeds)
    our_speed = statistics.median(pair[1] for pair in speeds)
    ratio = statistics.median(pair[1] / pair[0] for pair in speeds)
    size = seconds * SECOND / 2**20
    rows = [
        ["bare grpc.aio server that counts bytes (reference)", f"{reference_speed:.0f} MiB/s"],
        ["`Embed`, null embedder, tracks on disk", f"{our_speed:.0f} MiB/s"],
        ["ratio", f"{ratio:.2f}"],
    ]
    table(f"Upload of {size:.0f} MiB ({arguments.hours:g} hours of audio) over a Unix socket", ["what", "median"], rows)


if __name__ == "__main__":
    main()

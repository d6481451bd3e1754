"""A bare server of streams for the figures `burst` and `latency`: a flood of scores, and events with their time.

They start it as ``python -m benchmarks.desktop.event_server ADDRESS``.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import grpc
from eightcut.inference.v1 import inference_service_pb2, stream_pb2
from eightcut.store.v1 import training_run_pb2
from eightcut.trainer.v1 import trainer_service_pb2
from eightcut_client.channels import open_channel
from eightcut_client.endpoints import Endpoint
from eightcut_runtime import Limits

SCORES = 20_000
EVENTS = 1_000
_PAUSE = 0.004  # Seconds between events.


async def _scan(
    requests: AsyncIterator[inference_service_pb2.ScanRequest], context: object
) -> AsyncIterator[inference_service_pb2.ScanResponse]:
    """Answer the first message with all scores, one window in each event."""
    del context
    await anext(aiter(requests))
    for window in range(SCORES):
        yield inference_service_pb2.ScanResponse(scores=stream_pb2.Scores(first_window=window, scores=b"\0\0\0\x3f"))


async def _watch(
    request: trainer_service_pb2.WatchTrainingRequest, context: object
) -> AsyncIterator[trainer_service_pb2.WatchTrainingResponse]:
    """Send events at a steady pace; the note is the time in nanoseconds, of a clock that all processes share."""
    del request, context
    for seq in range(EVENTS):
        await asyncio.sleep(_PAUSE)
        event = training_run_pb2.TrainingEvent(seq=seq, note=str(time.monotonic_ns()))
        yield trainer_service_pb2.WatchTrainingResponse(event=event)


async def _serve(address: str) -> None:
    server = grpc.aio.server(options=Limits().channel_arguments())
    scan = grpc.stream_stream_rpc_method_handler(
        _scan,
        inference_service_pb2.ScanRequest.FromString,
        inference_service_pb2.ScanResponse.SerializeToString,
    )
    watch = grpc.unary_stream_rpc_method_handler(
        _watch,
        trainer_service_pb2.WatchTrainingRequest.FromString,
        trainer_service_pb2.WatchTrainingResponse.SerializeToString,
    )
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler("eightcut.inference.v1.InferenceService", {"Scan": scan}),
            grpc.method_handlers_generic_handler("eightcut.trainer.v1.TrainerService", {"WatchTraining": watch}),
        )
    )
    server.add_insecure_port(address)
    await server.start()
    print("ready", flush=True)
    await server.wait_for_termination()


@contextmanager
def event_server() -> Iterator[grpc.Channel]:
    """Run it in a process of its own; gives a channel to it as the client has them."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"unix:{folder}/s"
        command = [sys.executable, "-m", "benchmarks.desktop.event_server", address]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline() == b"ready\n"
                with open_channel(Endpoint("inference", address)) as channel:
                    yield channel
            finally:
                process.kill()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))

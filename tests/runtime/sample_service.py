"""A small service with one method of each kind, used in-process and as a real child process.

Requests and responses are plain bytes; the text of a request says what the handler is to do.
"""

import argparse
import asyncio
import errno
import logging
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import grpc
from eightcut_runtime import (
    EtagMismatch,
    FailedPrecondition,
    FieldViolation,
    InvalidArgument,
    NotFound,
    ResourceExhausted,
    Service,
    ServiceSpec,
    StartError,
    Unavailable,
    run_service,
    run_spawned,
)

Context = grpc.aio.ServicerContext

SECRET = "password=hunter2 at /srv/private"
SERVICE = "test.Sample"


RAISABLE: dict[bytes, Callable[[], Exception]] = {
    b"not-found": lambda: NotFound("There is no clip 7.", resource_type="clip", resource_name="7"),
    b"invalid": lambda: InvalidArgument("The start must not be negative.", field="clip.start"),
    b"precondition": lambda: FailedPrecondition("Mark some clips first.", reason="NO_CLIPS", metadata={"count": "0"}),
    b"quota": lambda: ResourceExhausted("Too many scans at once.", subject="scans", retry_after=1.5),
    b"surrogate": lambda: NotFound("There is no file \udcff."),
    b"etag": lambda: EtagMismatch("The region was changed by somebody else."),
    b"unavailable": lambda: Unavailable("The device is busy.", retry_after=2.0),
    b"full": lambda: OSError(errno.ENOSPC, SECRET),
    b"crash": lambda: ValueError(SECRET),
    b"group": lambda: ExceptionGroup(SECRET, [ValueError(SECRET), NotFound("There is no clip 8.")]),
    b"large": lambda: InvalidArgument("x" * 5000, [FieldViolation(f"field{i}", "is wrong " * 20) for i in range(500)]),
}


def raise_for(word: bytes) -> None:
    """Raises what the word names."""
    if word in RAISABLE:
        raise RAISABLE[word]()


def hang(folder: str) -> None:
    """Runs in a worker process: says its id and never ends."""
    (Path(folder) / str(os.getpid())).touch()
    time.sleep(3000)


class Sample:
    """The handlers."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.closed = False

    async def unary(self, request: bytes, context: Context) -> bytes:
        raise_for(request)
        if request == b"abort":
            await context.abort(grpc.StatusCode.ALREADY_EXISTS, "said by hand")
        if request == b"forgotten-abort":
            context.abort(grpc.StatusCode.ALREADY_EXISTS, "never awaited")
        if request == b"wrong-type":
            return 12  # type: ignore[return-value]
        if request == b"log":
            await self.service.threads.run(logging.getLogger("sample").info, "in a thread")
        if request.startswith(b"sleep "):
            await asyncio.sleep(float(request[6:]))
        if request.startswith(b"spawn "):
            await run_spawned(hang, None, request[6:].decode())
        if request == b"unhealthy":
            self.service.health.set_healthy(False, SERVICE)
        return b"<" + request + b">"

    async def down(self, request: bytes, _context: Context) -> AsyncIterator[bytes]:
        try:
            yield b"first"
            raise_for(request)
            if request.startswith(b"slow "):
                for _ in range(int(request[5:])):
                    await asyncio.sleep(0.05)
                    yield b"more"
            if request == b"until-stopping":
                await self.service.stopping.wait()
                yield b"bye"
        finally:
            if request == b"slow 1000000":
                logging.getLogger("sample").info("the stream is over")

    async def up(self, requests: AsyncIterator[bytes], _context: Context) -> bytes:
        count = 0
        async for request in requests:
            raise_for(request)
            count += 1
        return b"%d" % count

    async def both(self, _requests: AsyncIterator[bytes], context: Context) -> None:
        while (request := await context.read()) is not grpc.aio.EOF:
            raise_for(request)
            await context.write(b"<" + request + b">")

    async def aclose(self) -> None:
        self.closed = True
        logging.getLogger("sample").info("closed the sample")


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--refuse", action="store_true")
    parser.add_argument("--startup-seconds", type=float, default=0.0)


async def create(server: grpc.aio.Server, service: Service) -> Sample:
    if service.arguments.refuse:
        raise StartError("The database was made by a newer version.")
    await asyncio.sleep(service.arguments.startup_seconds)
    sample = Sample(service)
    methods = {
        "Unary": grpc.unary_unary_rpc_method_handler(sample.unary),
        "Down": grpc.unary_stream_rpc_method_handler(sample.down),
        "Up": grpc.stream_unary_rpc_method_handler(sample.up),
        "Both": grpc.stream_stream_rpc_method_handler(sample.both),
    }
    server.add_registered_method_handlers(SERVICE, methods)
    return sample


SPEC = ServiceSpec("sample", "1.2.3", create, "A service for tests.", _arguments)

if __name__ == "__main__":
    sys.exit(run_service(SPEC))

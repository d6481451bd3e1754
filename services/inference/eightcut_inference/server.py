"""Puts the service together."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import grpc
from eightcut.inference.v1 import inference_service_pb2_grpc
from eightcut_client.channels import open_aio_channel
from eightcut_client.endpoints import Endpoint, parse_server
from eightcut_client.errors import ConfigError
from eightcut_runtime import Service, ServiceSpec, StartError
from eightcut_runtime.errors import OutOfSpace

from eightcut_inference import __version__
from eightcut_inference.catalogue import Catalogue
from eightcut_inference.embedders.registry import Registry, default_registry
from eightcut_inference.engine import Engine
from eightcut_inference.media_roots import MediaRoots
from eightcut_inference.parts import Parts
from eightcut_inference.servicer import InferenceServicer, ServerLimits
from eightcut_inference.store_client import StoreClient
from eightcut_inference.tracks import TrackCache


def make_spec(registry: Registry | None = None, *, store_timeout: float = 10.0) -> ServiceSpec:
    """The service, ready to be run.

    Args:
        registry: Its embedders; None takes those of this version. Tests and benchmarks add their own.
        store_timeout: Seconds that the Store may take to answer.
    """
    create = partial(_create, registry, store_timeout)
    return ServiceSpec("inference", __version__, create, "Embeds and scans media for 8-cut.", add_arguments)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options of this service."""
    limits = ServerLimits()
    add = parser.add_argument
    add("--data-dir", type=Path, required=True, metavar="D", help="folder of the tracks (in D/tracks)")
    add("--store", required=True, metavar="ADDR", help="the Store: unix:/path or host:port; may start later")
    add("--media-root", type=Path, action="append", default=[], metavar="DIR", help="media the server may read itself")
    add("--peer-token-file", type=Path, metavar="PATH", help="file with the Store's token (default: this service's)")
    add("--peer-ca", type=Path, metavar="PEM", help="certificate authority of the Store; speaks TLS to it")
    add("--max-media-seconds", type=_positive, default=limits.max_media_seconds, metavar="S", help="longest media")
    add("--max-streams", type=_positive, default=limits.max_concurrent_streams, metavar="N", help="streams at once")


@dataclass
class InferenceServer:
    """The running service."""

    parts: Parts
    store: StoreClient
    servicer: InferenceServicer

    async def aclose(self) -> None:
        """Waits until every file is closed, then stops the engine."""
        await self.servicer.idle()
        await self.parts.closings.wait()
        await self.parts.engine.aclose()
        await self.store.aclose()


async def _create(
    registry: Registry | None, store_timeout: float, server: grpc.aio.Server, service: Service
) -> InferenceServer:
    arguments = service.arguments
    for root in arguments.media_root:
        if not root.is_dir():
            raise StartError(f"The media root {root} is no folder.")
    channel = open_aio_channel(_store_endpoint(arguments))
    try:
        cache = await service.threads.run(TrackCache, arguments.data_dir / "tracks")
    except (OSError, OutOfSpace) as error:
        await channel.close()
        raise StartError(f"Cannot keep tracks in {arguments.data_dir}: {_why(error)}.") from error
    engine = Engine()
    parts = Parts(
        cache=cache,
        engine=engine,
        threads=service.threads,
        roots=MediaRoots(arguments.media_root, arguments.data_dir / "digests"),
        max_media_seconds=arguments.max_media_seconds,
    )
    catalogue = Catalogue(registry or default_registry(), service.threads, device=engine.device, dtype=engine.dtype)
    store = StoreClient(channel, store_timeout)
    limits = ServerLimits(arguments.max_media_seconds, arguments.max_streams)
    servicer = InferenceServicer(parts, catalogue, store, limits)
    inference_service_pb2_grpc.add_InferenceServiceServicer_to_server(servicer, server)
    return InferenceServer(parts, store, servicer)


def _store_endpoint(arguments: argparse.Namespace) -> Endpoint:
    try:
        token = _token(arguments)
        return parse_server(f"store={arguments.store}", token=token, ca=arguments.peer_ca)["store"]
    except ConfigError as error:
        raise StartError(str(error)) from error


def _token(arguments: argparse.Namespace) -> str | None:
    # In tests the runtime's own options are not on the command line.
    file = arguments.peer_token_file or getattr(arguments, "token_file", None)
    if file is None:
        return os.environ.get("EIGHTCUT_TOKEN", "").strip() or None
    try:
        return str(file.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"Cannot read the token in {file}: {_why(error)}.") from error


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    return "the disk is full" if isinstance(error, OutOfSpace) else "it is unreadable"


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return value

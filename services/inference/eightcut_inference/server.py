"""Puts the service together."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import grpc
from eightcut.inference.v1 import inference_service_pb2_grpc
from eightcut_client.channels import open_aio_channel
from eightcut_client.endpoints import Endpoint, parse_server
from eightcut_client.errors import ConfigError
from eightcut_runtime import Service, ServiceSpec, StartError
from eightcut_runtime.errors import OutOfSpace

from eightcut_inference import __version__
from eightcut_inference.catalogue import Catalogue
from eightcut_inference.devices.detection import DeviceChoiceError, Found, find_devices
from eightcut_inference.devices.device import Dtype
from eightcut_inference.embedders.registry import Registry, default_registry
from eightcut_inference.ending import Ending
from eightcut_inference.engine import EnginePool
from eightcut_inference.machine import Machine
from eightcut_inference.media_roots import MediaRoots
from eightcut_inference.metrics.exposition import DeviceCollector, Exposition
from eightcut_inference.parts import Parts
from eightcut_inference.servicer import InferenceServicer, ServerLimits
from eightcut_inference.settings import (
    add_arguments,
    device_settings,
    embedder_options,
    metrics_address,
    weights_dir,
)
from eightcut_inference.store_client import StoreClient
from eightcut_inference.tracks import TrackCache

logger = logging.getLogger(__name__)


def make_spec(
    registry: Registry | None = None, *, store_timeout: float = 10.0, leave: Callable[[int], object] = os._exit
) -> ServiceSpec:
    """The service, ready to be run.

    Args:
        registry: Its embedders; None takes those of this version. Tests and benchmarks add their own.
        store_timeout: Seconds that the Store may take to answer.
        leave: Ends the process with an exit code, when no device is left.
    """
    create = partial(_create, registry, store_timeout, leave)
    return ServiceSpec("inference", __version__, create, "Embeds and scans media for 8-cut.", add_arguments)


@dataclass
class InferenceServer:
    """The running service."""

    parts: Parts
    store: StoreClient
    servicer: InferenceServicer
    ending: Ending
    exposition: Exposition | None

    async def aclose(self) -> None:
        """Waits until every file is closed, then stops the engines."""
        self.ending.cancel()
        await self.servicer.idle()
        await self.parts.closings.wait()
        await self.parts.engines.aclose()
        await self.store.aclose()
        if self.exposition is not None:
            await asyncio.to_thread(self.exposition.close)


async def _create(
    registry: Registry | None,
    store_timeout: float,
    leave: Callable[[int], object],
    server: grpc.aio.Server,
    service: Service,
) -> InferenceServer:
    arguments = service.arguments
    for root in arguments.media_root:
        if not root.is_dir():
            raise StartError(f"The media root {root} is no folder.")
    endpoint = _store_endpoint(arguments)
    metrics = metrics_address(arguments)
    found = await service.threads.run(_find_devices, arguments)
    if registry is None:
        registry = await service.threads.run(_make_registry, arguments, found.devices[0].dtype, found.devices[0].kind)
    try:
        cache = await service.threads.run(TrackCache, arguments.data_dir / "tracks")
    except (OSError, OutOfSpace) as error:
        raise StartError(f"Cannot keep tracks in {arguments.data_dir}: {_why(error)}.") from error
    ending = Ending(service.health, leave)
    engines = EnginePool(found.devices, max_batch=arguments.max_batch, on_no_device=ending.begin)
    parts = Parts(
        cache=cache,
        engines=engines,
        threads=service.threads,
        roots=MediaRoots(arguments.media_root, arguments.data_dir / "digests"),
        max_media_seconds=arguments.max_media_seconds,
    )
    try:
        exposition = (
            await service.threads.run(Exposition, metrics, DeviceCollector(engines.status)) if metrics else None
        )
    except StartError:
        await engines.aclose()
        raise
    catalogue = Catalogue(registry, service.threads, host=engines.host, devices=engines.devices)
    store = StoreClient(open_aio_channel(endpoint), store_timeout)
    limits = ServerLimits(arguments.max_media_seconds, arguments.max_streams)
    servicer = InferenceServicer(parts, catalogue, store, limits, Machine(found))
    inference_service_pb2_grpc.add_InferenceServiceServicer_to_server(servicer, server)
    return InferenceServer(parts, store, servicer, ending, exposition)


def _find_devices(arguments: argparse.Namespace) -> Found:
    try:
        found = find_devices(device_settings(arguments))
    except DeviceChoiceError as error:
        raise StartError(str(error)) from error
    names = ", ".join(device.name for device in found.devices)
    logger.info("networks run on %s in %s", names, found.devices[0].dtype)
    if found.advice:
        logger.warning("%s", found.advice)
    return found


def _make_registry(arguments: argparse.Namespace, dtype: Dtype, kind: str) -> Registry:
    try:
        return default_registry(weights_dir(arguments), dtype, embedder_options(arguments), kind=kind)
    except ValueError as error:
        text = str(error)
        raise StartError(f"{text[:1].upper()}{text[1:].rstrip('.')}.") from error


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

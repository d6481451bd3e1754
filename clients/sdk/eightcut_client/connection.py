"""`Connection`: the services as typed stubs, wherever they run."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Protocol, Self, TypeAlias

import grpc
from eightcut.common.v1 import server_info_service_pb2, server_info_service_pb2_grpc
from eightcut.store.v1 import (
    classifier_service_pb2_grpc,
    clip_service_pb2_grpc,
    hard_negative_service_pb2_grpc,
    media_service_pb2_grpc,
    profile_service_pb2_grpc,
    scan_service_pb2_grpc,
    training_run_service_pb2_grpc,
)
from grpc_health.v1 import health_pb2, health_pb2_grpc

from eightcut_client.channels import open_channel
from eightcut_client.config import Config, default_data_dir, load_config
from eightcut_client.endpoints import SERVICE_NAMES, Endpoint, ServiceName, parse_server
from eightcut_client.errors import ConfigError, EightcutError, service_title
from eightcut_client.inference_options import InferenceOptions

if TYPE_CHECKING:
    from eightcut.inference.v1.inference_service_pb2_grpc import InferenceServiceStub
    from eightcut.store.v1.export_service_pb2_grpc import ExportServiceStub
    from eightcut.store.v1.import_service_pb2_grpc import ImportServiceStub
    from eightcut.trainer.v1.trainer_service_pb2_grpc import TrainerServiceStub

Mode: TypeAlias = Literal["remote", "served", "embedded"]
"""``remote``: servers that were named. ``served``: a `8cut serve` found on the data folder. ``embedded``: own."""

HealthStatus: TypeAlias = Literal["serving", "not serving", "unreachable"]


class Backend(Protocol):
    """Services that a connection starts and stops itself."""

    def endpoint(self, name: ServiceName) -> Endpoint:
        """Start the service (and those it needs) if it does not run, and tell where it is."""

    def start(self, *names: ServiceName, wait: bool = True) -> None:
        """Start several at once, with those they need; without ``wait`` they may not be ready yet."""

    def revive(self) -> None:
        """Start again what was started and has died since."""

    def close(self) -> None:
        """Stop all of them."""


class Connection:
    """The way to the three services; a context manager.

    Channels are opened, and embedded services started, when they are first used. Safe to use from several
    threads. Every call of a stub raises `EightcutError` (never `grpc.RpcError`).

    Attributes:
        mode: How the services were found.
        data_dir: The data folder of embedded or found services; None for remote ones.
    """

    def __init__(
        self,
        endpoints: dict[ServiceName, Endpoint] | None = None,
        *,
        backend: Backend | None = None,
        mode: Mode = "remote",
        data_dir: Path | None = None,
    ) -> None:
        """Use one of the class methods instead."""
        self.mode: Mode = mode
        self.data_dir = data_dir
        self._endpoints = dict(endpoints or {})
        self._backend = backend
        self._channels: dict[ServiceName, grpc.Channel] = {}
        self._lock = threading.RLock()
        self._closed = False

    @classmethod
    def remote(cls, server: str, *, token: str | None = None, ca: Path | None = None, plaintext: bool = False) -> Self:
        """Connect to services by address; nothing is sent yet.

        Args:
            server: See `eightcut_client.endpoints.parse_server`.
            token: Bearer token.
            ca: PEM file of the certificate authority; with it TLS is spoken also on this machine.
            plaintext: Never speak TLS.

        Raises:
            ConfigError: The address makes no sense, or the token would travel unprotected.
        """
        return cls(parse_server(server, token=token, ca=ca, plaintext=plaintext))

    @classmethod
    def embedded(cls, data_dir: Path | None = None, inference: InferenceOptions | None = None) -> Self:
        """Use services of our own on a data folder; each is started when it is first needed.

        Args:
            data_dir: Default: the platform's user data folder for 8-cut.
            inference: How the Inference service runs networks.

        Raises:
            ServicesError: The services are not installed.
        """
        from eightcut_client.embedded import EmbeddedServices

        folder = data_dir or default_data_dir()
        return cls(backend=EmbeddedServices(folder, inference), mode="embedded", data_dir=folder)

    @classmethod
    def resolve(
        cls,
        server: str | None = None,
        token: str | None = None,
        data_dir: Path | None = None,
        config: Config | None = None,
        ca: Path | None = None,
    ) -> Self:
        """Find the services as commands do.

        The first that is there: ``server``; ``data_dir`` (a running `8cut serve` on it, else embedded); the
        variable EIGHTCUT_SERVER; the configuration's server; a running `8cut serve` on the default data
        folder; embedded services on it. The token: ``token``, EIGHTCUT_TOKEN, the configuration's file.

        Args:
            server: As ``--server``.
            token: As ``--token``.
            data_dir: As ``--data-dir``.
            config: Default: what `load_config` reads.
            ca: Certificate authority of remote servers; default EIGHTCUT_CA, then the configuration's.

        Raises:
            ConfigError: The configuration or an address is wrong.
            ServicesError: Embedded services are wanted and not installed.
        """
        settings = config if config is not None else load_config()
        if server is None and data_dir is None:
            server = os.environ.get("EIGHTCUT_SERVER") or settings.server
        if server is not None:
            token = token or os.environ.get("EIGHTCUT_TOKEN") or settings.token()
            named_ca = os.environ.get("EIGHTCUT_CA")
            return cls.remote(server, token=token, ca=ca or (Path(named_ca) if named_ca else settings.ca))
        from eightcut_client.discovery import find_served

        folder = data_dir or settings.data_dir or default_data_dir()
        served = find_served(folder)
        if served is not None:
            return cls(served, mode="served", data_dir=folder)
        return cls.embedded(folder, settings.inference)

    @cached_property
    def profiles(self) -> profile_service_pb2_grpc.ProfileServiceStub:
        """The Store's ProfileService."""
        return profile_service_pb2_grpc.ProfileServiceStub(self.channel("store"))

    @cached_property
    def media(self) -> media_service_pb2_grpc.MediaServiceStub:
        """The Store's MediaService."""
        return media_service_pb2_grpc.MediaServiceStub(self.channel("store"))

    @cached_property
    def clips(self) -> clip_service_pb2_grpc.ClipServiceStub:
        """The Store's ClipService: clips, folders, labels."""
        return clip_service_pb2_grpc.ClipServiceStub(self.channel("store"))

    @cached_property
    def exports(self) -> ExportServiceStub:
        """The Store's ExportService: clips as files, and their numbers."""
        from eightcut.store.v1.export_service_pb2_grpc import ExportServiceStub

        return ExportServiceStub(self.channel("store"))

    @cached_property
    def imports(self) -> ImportServiceStub:
        """The Store's ImportService: libraries of the old desktop program."""
        from eightcut.store.v1.import_service_pb2_grpc import ImportServiceStub

        return ImportServiceStub(self.channel("store"))

    @cached_property
    def hard_negatives(self) -> hard_negative_service_pb2_grpc.HardNegativeServiceStub:
        """The Store's HardNegativeService."""
        return hard_negative_service_pb2_grpc.HardNegativeServiceStub(self.channel("store"))

    @cached_property
    def classifiers(self) -> classifier_service_pb2_grpc.ClassifierServiceStub:
        """The Store's ClassifierService."""
        return classifier_service_pb2_grpc.ClassifierServiceStub(self.channel("store"))

    @cached_property
    def scans(self) -> scan_service_pb2_grpc.ScanServiceStub:
        """The Store's ScanService: scans, regions, score tracks."""
        return scan_service_pb2_grpc.ScanServiceStub(self.channel("store"))

    @cached_property
    def training_runs(self) -> training_run_service_pb2_grpc.TrainingRunServiceStub:
        """The Store's TrainingRunService."""
        return training_run_service_pb2_grpc.TrainingRunServiceStub(self.channel("store"))

    @cached_property
    def inference(self) -> InferenceServiceStub:
        """The InferenceService."""
        from eightcut.inference.v1.inference_service_pb2_grpc import InferenceServiceStub

        return InferenceServiceStub(self.channel("inference"))

    @cached_property
    def trainer(self) -> TrainerServiceStub:
        """The TrainerService."""
        from eightcut.trainer.v1.trainer_service_pb2_grpc import TrainerServiceStub

        return TrainerServiceStub(self.channel("trainer"))

    def start(self, *names: ServiceName, wait: bool = True) -> None:
        """Start embedded services at once instead of one after the other; does nothing for others.

        Args:
            names: Which; none means all three. Those they need are started too.
            wait: Until they are ready; otherwise the first use of each waits.

        Raises:
            ServicesError: One does not start.
        """
        if self._backend is not None:
            self._backend.start(*(names or SERVICE_NAMES), wait=wait)

    def address(self, name: ServiceName) -> str:
        """Return where a service is, starting it if it is embedded.

        Raises:
            ConfigError: The server that was named has no such service.
            ServicesError: It does not start.
        """
        return self._endpoint(name).address

    def server_info(self, name: ServiceName) -> server_info_service_pb2.GetServerInfoResponse:
        """Return who answers there: name, version, start time.

        Raises:
            EightcutError: Nobody does, or the token is wrong.
        """
        stub = server_info_service_pb2_grpc.ServerInfoServiceStub(self.channel(name))
        return stub.GetServerInfo(server_info_service_pb2.GetServerInfoRequest(), timeout=10)

    def health(self, name: ServiceName, *, timeout: float = 5.0) -> HealthStatus:
        """Return whether a service is ready.

        Raises:
            ConfigError: The server that was named has no such service.
            ServicesError: It is embedded and does not start.
        """
        stub = health_pb2_grpc.HealthStub(self.channel(name))
        try:
            answer = stub.Check(health_pb2.HealthCheckRequest(), timeout=timeout)
        except ConfigError:
            raise
        except EightcutError:
            return "unreachable"
        serving = answer.status == health_pb2.HealthCheckResponse.SERVING
        return "serving" if serving else "not serving"

    def channel(self, name: ServiceName) -> grpc.Channel:
        """Return the channel to a service, for stubs of other APIs.

        Raises:
            ConfigError: The server that was named has no such service.
            EightcutError: The connection is closed.
            ServicesError: It is embedded and does not start.
        """
        endpoint = self._endpoint(name)
        with self._lock:
            if self._closed:
                raise EightcutError("The connection is closed.")
            if name not in self._channels:
                self._channels[name] = open_channel(endpoint, before_call=self._before_call())
            return self._channels[name]

    def close(self) -> None:
        """Close the channels and stop embedded services; open calls end as cancelled. Idempotent."""
        with self._lock:
            self._closed = True
            channels, self._channels = self._channels, {}
        try:
            for channel in channels.values():
                channel.close()
        finally:
            if self._backend is not None:
                self._backend.close()

    def __enter__(self) -> Self:
        """Return self."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()

    def _endpoint(self, name: ServiceName) -> Endpoint:
        if self._backend is not None:
            return self._backend.endpoint(name)
        if name not in self._endpoints:
            raise ConfigError(f"The server address names no {service_title(name)} ({name}=ADDR).")
        return self._endpoints[name]

    def _before_call(self) -> Callable[[], None] | None:
        return None if self._backend is None else self._backend.revive

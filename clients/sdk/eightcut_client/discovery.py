"""How commands find a `8cut serve` on their data folder: the file services.json in it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from eightcut_client.channels import open_channel
from eightcut_client.config import read_token
from eightcut_client.endpoints import SERVICE_NAMES, Endpoint, ServiceName, parse_server
from eightcut_client.errors import EightcutError

_FILE = "services.json"
_HEALTH_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class ServedServices:
    """What services.json says.

    Attributes:
        addresses: Of the services.
        pid: Of the `8cut serve`.
        token_file: File with the token, None without one.
        tls: They speak TLS.
        ca: Certificate authority to trust, None for the system's.
    """

    addresses: Mapping[ServiceName, str]
    pid: int
    token_file: Path | None = None
    tls: bool = False
    ca: Path | None = None

    def endpoints(self) -> dict[ServiceName, Endpoint]:
        """Return them as a connection needs them.

        Raises:
            ConfigError: The token cannot be read.
        """
        token = None if self.token_file is None else read_token(self.token_file)
        server = ",".join(f"{name}={address}" for name, address in self.addresses.items())
        found = parse_server(server, plaintext=True)
        return {name: Endpoint(name, endpoint.address, token, self.ca, self.tls) for name, endpoint in found.items()}


def write_services_file(data_dir: Path, served: ServedServices) -> None:
    """Write the file, whole or not at all, readable by its owner only."""
    values = {
        "addresses": dict(served.addresses),
        "pid": served.pid,
        "token_file": None if served.token_file is None else str(served.token_file),
        "tls": served.tls,
        "ca": None if served.ca is None else str(served.ca),
    }
    unfinished = data_dir / f".{_FILE}.{os.getpid()}"
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(values, file)
    unfinished.replace(data_dir / _FILE)


def remove_services_file(data_dir: Path) -> None:
    """Remove the file if it is ours."""
    served = read_services_file(data_dir)
    if served is not None and served.pid == os.getpid():
        (data_dir / _FILE).unlink(missing_ok=True)


def read_services_file(data_dir: Path) -> ServedServices | None:
    """Return what the file says; None where there is none, or one that makes no sense."""
    try:
        values: Any = json.loads((data_dir / _FILE).read_text(encoding="utf-8"))
        addresses = {name: str(values["addresses"][name]) for name in SERVICE_NAMES}
        token_file, ca = values.get("token_file"), values.get("ca")
        return ServedServices(
            addresses,
            int(values["pid"]),
            Path(token_file) if token_file else None,
            bool(values.get("tls")),
            Path(ca) if ca else None,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def find_served(data_dir: Path) -> dict[ServiceName, Endpoint] | None:
    """Return the endpoints of a `8cut serve` on the data folder, None where none answers."""
    served = read_services_file(data_dir)
    if served is None:
        return None
    try:
        endpoints = served.endpoints()
    except EightcutError:
        return None
    return endpoints if answers(endpoints["store"]) else None


def answers(endpoint: Endpoint) -> bool:
    """Tell whether a service can be reached and serves."""
    try:
        channel = open_channel(endpoint)
    except EightcutError:
        return False
    with channel:
        return _serves(channel)


def _serves(channel: grpc.Channel) -> bool:
    try:
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=_HEALTH_SECONDS)
    except EightcutError:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

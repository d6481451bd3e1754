"""Where the services are, and how a person writes it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias, get_args

from eightcut_client.errors import ConfigError, service_title

ServiceName: TypeAlias = Literal["store", "inference", "trainer"]
"""The services, by their short names."""

SERVICE_NAMES: tuple[ServiceName, ...] = get_args(ServiceName)

_HELP = (
    "write host:port (Store there, Inference and Trainer on the next two ports), unix:FOLDER, or "
    "store=ADDR,inference=ADDR,trainer=ADDR"
)
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750, b64token


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One service as a client reaches it.

    Attributes:
        name: Which service.
        address: ``unix:/path`` or ``host:port``, as gRPC takes it.
        token: Bearer token; None sends none.
        ca: PEM file of the certificate authority that signed the server's certificate; None trusts the
            system's.
        tls: Speak TLS.
    """

    name: ServiceName
    address: str
    token: str | None = field(default=None, repr=False)
    ca: Path | None = None
    tls: bool = False

    def __post_init__(self) -> None:
        """Refuse to give a token away.

        Raises:
            ConfigError: A token would travel over the network in plain text, or is none.
        """
        if self.token is not None and not _TOKEN.fullmatch(self.token):
            raise ConfigError("The token must be letters, digits and -._~+/ without spaces.")
        if self.token is not None and not self.tls and not is_local(self.address):
            raise ConfigError(
                f"Refusing to send the token to the {service_title(self.name)} at {self.address} without TLS."
            )


def is_local(address: str) -> bool:
    """Tell whether an address (``unix:…`` or ``host:port``) cannot leave this machine. Names are not looked up."""
    if address.startswith("unix:"):
        return True
    host = address.rpartition(":")[0].removeprefix("[").removesuffix("]")
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def parse_server(
    server: str, *, token: str | None = None, ca: Path | None = None, plaintext: bool = False
) -> dict[ServiceName, Endpoint]:
    """Read what users give as ``--server``.

    Addresses of this machine are spoken to in plain text unless ``ca`` is given, all others with TLS.

    Args:
        server: ``host:port``, ``unix:FOLDER`` or ``store=ADDR,inference=ADDR,trainer=ADDR`` (at least one).
        token: For all of them.
        ca: For all of them.
        plaintext: Never speak TLS; not together with a token, except on this machine.

    Returns:
        The endpoints by service.

    Raises:
        ConfigError: It is none of these forms, or the token would travel unprotected.
    """
    addresses = _explicit(server) if "=" in server else _all_three(server)

    def endpoint(name: ServiceName, address: str) -> Endpoint:
        tls = not plaintext and not address.startswith("unix:") and (ca is not None or not is_local(address))
        return Endpoint(name, address, token, ca if tls else None, tls)

    return {name: endpoint(name, address) for name, address in addresses.items()}


def _all_three(server: str) -> dict[ServiceName, str]:
    if server.startswith("unix:"):
        folder = server.removeprefix("unix:").removeprefix("//")
        if not folder:
            raise ConfigError(f"{server!r} is no server address: {_HELP}.")
        return {name: f"unix:{Path(folder).absolute() / name}.sock" for name in SERVICE_NAMES}
    host, port = _host_port(server)
    if port == 0 or port > 65533:
        raise ConfigError(f"The port in {server!r} must be 1 to 65533: the next two ports are used as well.")
    return {name: f"{host}:{port + offset}" for offset, name in enumerate(SERVICE_NAMES)}


def _explicit(server: str) -> dict[ServiceName, str]:
    found: dict[ServiceName, str] = {}
    for part in server.split(","):
        name, _, address = part.strip().partition("=")
        if name not in SERVICE_NAMES:
            raise ConfigError(f"{name!r} is no service (store, inference, trainer): {_HELP}.")
        if address.startswith("unix:"):
            path = Path(address.removeprefix("unix:").removeprefix("//"))
            found[name] = f"unix:{path.absolute()}"
        else:
            host, port = _host_port(address)
            found[name] = f"{host}:{port}"
    return found


def _host_port(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    bare = host.removeprefix("[").removesuffix("]")
    bracketed = host.startswith("[") and host.endswith("]")
    if (
        not colon
        or not bare
        or (":" in bare and not bracketed)
        or re.search(r"[\s/@]", host)
        or not (port.isascii() and port.isdigit())
        or not 0 < int(port) <= 65535
    ):
        raise ConfigError(f"{text!r} is no server address: {_HELP}.")
    return host, int(port)

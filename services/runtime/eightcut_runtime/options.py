"""The options that every service has, and the rules between them."""

from __future__ import annotations

import argparse
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import grpc

from eightcut_runtime import logs
from eightcut_runtime.addresses import Address, parse_address
from eightcut_runtime.errors import StartError
from eightcut_runtime.limits import Limits

TOKEN_VARIABLE = "EIGHTCUT_TOKEN"  # noqa: S105  the name of the variable, not a token
"""Environment variable that may hold the token."""

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")  # RFC 6750, b64token
_MIN_REMOTE_TOKEN = 16


@dataclass(frozen=True)
class ServeOptions:
    """How one server is to run.

    Attributes:
        listen: Where.
        token: What clients must show; None asks for nothing.
        tls_cert: PEM file with the certificate and its chain.
        tls_key: PEM file with its key.
        reflection: Whether the server describes its API to tools such as grpcurl.
        grace_seconds: How long calls may go on after the first signal.
        limits: See `Limits`.
        ready_file: Where the line that tells the address is written, ``-`` for stdout; None for nowhere.
        exit_with_parent: Whether to stop when stdin ends.
    """

    listen: Address
    token: str | None = field(default=None, repr=False)
    tls_cert: Path | None = None
    tls_key: Path | None = None
    reflection: bool = False
    grace_seconds: float = 10.0
    limits: Limits = field(default_factory=Limits)
    ready_file: str | None = None
    exit_with_parent: bool = False

    def ensure_safe(self) -> None:
        """Refuses an address that other machines reach unless TLS and a token protect it.

        Raises:
            StartError: It is not protected, or certificate and key do not come together.
        """
        if (self.tls_cert is None) != (self.tls_key is None):
            raise StartError("TLS needs both a certificate (--tls-cert) and its key (--tls-key).")
        if self.listen.is_local():
            return
        if self.tls_cert is None or self.token is None:
            raise StartError(
                f"Refusing to listen on {self.listen}, which other machines can reach, without both TLS "
                f"(--tls-cert and --tls-key) and a token (--token-file or {TOKEN_VARIABLE})."
            )
        if len(self.token) < _MIN_REMOTE_TOKEN:
            raise StartError(
                f"Refusing to listen on {self.listen} with a token of fewer than {_MIN_REMOTE_TOKEN} characters."
            )

    def credentials(self) -> grpc.ServerCredentials | None:
        """Returns what makes the port a TLS port, None without TLS.

        Raises:
            StartError: A file cannot be read.
        """
        if self.tls_cert is None or self.tls_key is None:
            return None
        return grpc.ssl_server_credentials([(_read(self.tls_key), _read(self.tls_cert))])


def add_common_arguments(parser: argparse.ArgumentParser, grace_seconds: float) -> None:
    """Adds the options of every service."""
    add = parser.add_argument
    add("--listen", required=True, type=_address, metavar="ADDR", help="unix:/path, or host:port (port 0: any)")
    add("--tls-cert", type=Path, metavar="PEM", help="certificate chain")
    add("--tls-key", type=Path, metavar="PEM", help="key of the certificate")
    add("--token-file", type=Path, metavar="PATH", help=f"file with the token (default: ${TOKEN_VARIABLE})")
    add("--reflection", action="store_true", help="let tools such as grpcurl read the API")
    add("--grace", type=_seconds, default=grace_seconds, metavar="SECONDS", help="time for open calls at the end")
    add("--ready-file", metavar="PATH", help="write one line of JSON with the address when ready; - is stdout")
    add("--exit-with-parent", action="store_true", help="stop when standard input ends")
    add("--log-level", choices=logs.LEVELS, default="info")
    add("--log-format", choices=logs.FORMATS, default="auto", help="auto: text on a terminal, JSON otherwise")


def options_from(arguments: argparse.Namespace, limits: Limits) -> ServeOptions:
    """Returns the options of a parsed command line.

    Raises:
        StartError: The token cannot be read or is none, or the address is not protected.
    """
    options = ServeOptions(
        listen=arguments.listen,
        token=_token(arguments.token_file),
        tls_cert=arguments.tls_cert,
        tls_key=arguments.tls_key,
        reflection=arguments.reflection,
        grace_seconds=arguments.grace,
        limits=limits,
        ready_file=arguments.ready_file,
        exit_with_parent=arguments.exit_with_parent,
    )
    options.ensure_safe()
    return options


def _address(text: str) -> Address:
    try:
        return parse_address(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 3600:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 3600 seconds")
    return value


def _token(file: Path | None) -> str | None:
    if file is not None:
        token, source = _read(file).decode("utf-8", "replace").strip(), str(file)
    else:
        token, source = os.environ.get(TOKEN_VARIABLE, "").strip(), TOKEN_VARIABLE
        if not token:
            return None
    if not _TOKEN.fullmatch(token):
        raise StartError(f"The token in {source} must be letters, digits and -._~+/ without spaces.")
    return token


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StartError(f"Cannot read {path}: {(error.strerror or 'unreadable').lower()}.") from error

"""Where the other services are, as the Trainer's command line says it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import cast

from eightcut_client.endpoints import Endpoint, ServiceName, parse_server
from eightcut_client.errors import ConfigError
from eightcut_runtime.errors import StartError
from eightcut_runtime.options import TOKEN_VARIABLE


def add_peer_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say where the peers are and how they are spoken to."""
    add = parser.add_argument
    add("--store", required=True, metavar="ADDR", help="the Store: unix:/path or host:port")
    add("--inference", required=True, metavar="ADDR", help="Inference: unix:/path or host:port")
    add("--peer-token-file", type=Path, metavar="PATH", help="file with their token (default: this service's own)")
    add("--peer-ca", type=Path, metavar="PEM", help="certificate authority of their certificates")


def peer(arguments: argparse.Namespace, name: ServiceName) -> Endpoint:
    """Returns a peer's endpoint.

    Raises:
        StartError: Its address or the token is wrong, or a file cannot be read.
    """
    try:
        found = parse_server(f"{name}={getattr(arguments, name)}", token=_token(arguments), ca=arguments.peer_ca)
    except ConfigError as error:
        raise StartError(error.message) from error
    return found[name]


def _token(arguments: argparse.Namespace) -> str | None:
    # --token-file is the runtime's option: not there where a test parses this service's options alone.
    file = arguments.peer_token_file or cast("Path | None", getattr(arguments, "token_file", None))
    if file is None:
        return os.environ.get(TOKEN_VARIABLE, "").strip() or None
    try:
        return str(file.read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise StartError(f"Cannot read the token in {file}.") from error

"""What a service says about itself, and what it is given."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

import grpc

from eightcut_runtime.health import Health
from eightcut_runtime.limits import Limits
from eightcut_runtime.threads import BlockingPool


class AsyncClosable(Protocol):
    """Something with resources to give back at the end."""

    async def aclose(self) -> None:
        """Gives them back; no call is open any more."""


@dataclass(frozen=True)
class Service:
    """What a service's factory gets besides the server.

    Attributes:
        name: The service's short name, such as ``store``.
        version: Of its distribution.
        address: Where it listens, with the real port.
        arguments: The parsed command line with the service's own options.
        health: To say that the service is unhealthy, now (`Health.set_healthy`) or by a probe (`Health.watch`).
        stopping: Set at the first signal. A stream that would go on for ever ends itself when it is.
        threads: For blocking calls; closed after the service's own ``aclose``.
    """

    name: str
    version: str
    address: str
    arguments: argparse.Namespace
    health: Health
    stopping: asyncio.Event
    threads: BlockingPool


Create = Callable[[grpc.aio.Server, Service], Awaitable[AsyncClosable]]
"""Adds the servicers to the server and returns what is to be closed at the end.

May take its time: the server listens already, health says NOT_SERVING, other calls get UNAVAILABLE. May raise
`eightcut_runtime.errors.StartError` with one sentence for the user.
"""


def _no_arguments(parser: argparse.ArgumentParser) -> None:
    """The service has no options of its own."""


@dataclass(frozen=True)
class ServiceSpec:
    """One service.

    Attributes:
        name: Short name, such as ``store``.
        version: Of its distribution.
        create: See `Create`.
        description: One line for ``--help``.
        add_arguments: Adds the service's own options to the parser.
        limits: Of its server.
        threads: Size of `Service.threads`.
        grace_seconds: Default of ``--grace``.
    """

    name: str
    version: str
    create: Create
    description: str = ""
    add_arguments: Callable[[argparse.ArgumentParser], None] = _no_arguments
    limits: Limits = field(default_factory=Limits)
    threads: int = 16
    grace_seconds: float = 10.0

"""For how long a call to a service that is away is tried again."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import grpc
from eightcut_client.errors import from_rpc_error

T = TypeVar("T")
logger = logging.getLogger(__name__)

_TRANSIENT = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})
_FIRST_WAIT_S = 0.1
_LONGEST_WAIT_S = 2.0


def is_transient(error: grpc.aio.AioRpcError) -> bool:
    """Tells whether the same call may succeed soon: the peer is away, starting, or overloaded."""
    return error.code() in _TRANSIENT or from_rpc_error(error).reason == "OVERLOADED"


class Patience:
    """Tries calls again while the service they go to is away.

    Args:
        seconds: For how long without any success; then the last error is raised.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def attempts(self) -> Attempts:
        """Returns the attempts at one thing."""
        return Attempts(self._seconds)

    async def __call__(self, call: Callable[[], Awaitable[T]]) -> T:
        """Returns what ``call()`` returns; it must do no harm when it is called again.

        Raises:
            grpc.aio.AioRpcError: It failed for good, or the patience is at its end.
        """
        attempts = self.attempts()
        while True:
            try:
                return await call()
            except grpc.aio.AioRpcError as error:
                await attempts.failed(error)


class Attempts:
    """Attempts at one thing, with longer and longer waits between them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.succeeded()

    def succeeded(self) -> None:
        """Something was achieved: the patience begins anew."""
        self._end = asyncio.get_running_loop().time() + self._seconds
        self._wait = _FIRST_WAIT_S

    async def failed(self, error: grpc.aio.AioRpcError) -> None:
        """Waits until the next attempt.

        Raises:
            grpc.aio.AioRpcError: There is none: the error is for good, or the patience at its end.
        """
        if not is_transient(error) or asyncio.get_running_loop().time() + self._wait > self._end:
            raise error
        level = logging.WARNING if self._wait == _FIRST_WAIT_S else logging.DEBUG
        logger.log(level, "a call failed and is tried again: %s", error.details())
        await asyncio.sleep(self._wait)
        self._wait = min(2 * self._wait, _LONGEST_WAIT_S)

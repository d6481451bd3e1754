"""The end of a process that has no device left: an error of CUDA that lasts can only be healed by a new process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from eightcut_runtime.health import Health

logger = logging.getLogger(__name__)

EXIT_CODE = 69
"""Of a process that ends itself: EX_UNAVAILABLE of sysexits.h. Whoever started it should start it again."""

# Until then the errors reach the clients and files are closed; health is unhealthy already.
_SECONDS_LEFT = 1.0


class Ending:
    """Ends the process, once.

    Args:
        health: Of the service.
        leave: Called with the exit code.
    """

    def __init__(self, health: Health, leave: Callable[[int], object]) -> None:
        self._health = health
        self._leave = leave
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Says that the server is unhealthy; shortly after, the process ends."""
        if self._task is None:
            self._health.set_healthy(healthy=False)
            self._task = asyncio.create_task(self._end())

    def cancel(self) -> None:
        """The service stops anyway."""
        if self._task is not None:
            self._task.cancel()

    async def _end(self) -> None:
        await asyncio.sleep(_SECONDS_LEFT)
        logger.critical("no device is left: this process ends, so that a new one can begin")
        logging.shutdown()
        # Not sys.exit: threads may hang in the driver of a device that does not answer.
        self._leave(EXIT_CODE)

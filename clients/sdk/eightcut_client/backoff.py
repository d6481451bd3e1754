"""Trying again with growing pauses, until nothing has moved for too long."""

from __future__ import annotations

import time

from eightcut_client.cancellation import Cancellation
from eightcut_client.errors import EightcutError

_FIRST = 0.1
_LONGEST = 2.0


class Backoff:
    """Pauses between tries.

    Args:
        give_up_after: Seconds without progress after which `wait` raises.
        cancel: Ends a pause.
    """

    def __init__(self, give_up_after: float, cancel: Cancellation | None = None) -> None:
        self._give_up_after = give_up_after
        self._cancel = cancel or Cancellation()
        self._pause = _FIRST
        self._last_progress: float | None = None

    def reset(self) -> None:
        """Something moved: the next pause is short again."""
        self._pause = _FIRST
        self._last_progress = None

    def wait(self, error: EightcutError, *, give_up_after: float | None = None) -> None:
        """Pause before the next try after ``error``.

        Args:
            error: What went wrong; its ``retry_after`` is heeded.
            give_up_after: Another limit for this time.

        Raises:
            EightcutError: ``error`` itself, when nothing has moved for too long.
            CancelledError: The cancellation was used.
        """
        now = time.monotonic()
        if self._last_progress is None:
            self._last_progress = now
        limit = self._give_up_after if give_up_after is None else give_up_after
        if now - self._last_progress >= limit:
            raise error
        self._cancel.sleep(max(self._pause, error.retry_after or 0.0))
        self._pause = min(self._pause * 2, _LONGEST)

"""A way to stop long work from another thread."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator

from eightcut_client.errors import CancelledError


class Cancellation:
    """Given to long work; any thread may call `cancel`, also a signal handler. Used once."""

    def __init__(self) -> None:
        self._event = threading.Event()
        self._callbacks: list[Callable[[], object]] = []

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._event.is_set()

    def cancel(self) -> None:
        """Stop the work: it raises `CancelledError` promptly. Idempotent."""
        self._event.set()
        for callback in list(self._callbacks):
            callback()

    def check(self) -> None:
        """Return, or raise.

        Raises:
            CancelledError: `cancel` was called.
        """
        if self._event.is_set():
            raise CancelledError("Cancelled.")

    def sleep(self, seconds: float) -> None:
        """Wait so long.

        Raises:
            CancelledError: `cancel` was called, perhaps meanwhile.
        """
        self._event.wait(seconds)
        self.check()

    @contextlib.contextmanager
    def calling(self, callback: Callable[[], object]) -> Iterator[None]:
        """Inside the block `cancel` also calls ``callback`` (at once if it was called before)."""
        self._callbacks.append(callback)
        try:
            if self.cancelled:
                callback()
            yield
        finally:
            self._callbacks.remove(callback)

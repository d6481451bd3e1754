"""Where garbage is collected."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from PyQt6.QtCore import QObject, QTimer

_EVERY = 250  # Milliseconds.


class Collector(QObject):
    """Runs Python's collector of reference cycles in the UI thread, at Python's own thresholds.

    Left alone it runs in whichever thread allocates, and a worker that deletes an object of Qt can end the process.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect the oldest generation that is due, if one is."""
        due = [count > limit for count, limit in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        if due[0]:
            with _garbage_kept_quiet():
                gc.collect(max(generation for generation in range(3) if all(due[: generation + 1])))

    def close(self) -> None:
        """Let Python do it again."""
        self._timer.stop()
        gc.enable()


@contextmanager
def _garbage_kept_quiet() -> Iterator[None]:
    """Pass over calls of functions that are garbage themselves.

    Python empties a lambda that is garbage before Qt deletes the object whose signal has it as a slot. If that object
    sends the signal while it is deleted, PyQt calls what is left of the lambda, which fails before any code of ours
    runs: there is no traceback. Nothing else is passed over.
    """
    hook = sys.excepthook

    def tell(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if trace is not None:
            hook(kind, error, trace)

    sys.excepthook = tell
    try:
        yield
    finally:
        sys.excepthook = hook

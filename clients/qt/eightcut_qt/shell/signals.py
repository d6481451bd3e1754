"""Ctrl+C in the terminal, and SIGTERM: Qt's loop lets Python hear them."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from types import FrameType

from PyQt6 import sip
from PyQt6.QtCore import QObject, QSocketNotifier


class Signals(QObject):
    """Calls something in the UI thread when the process is asked to end."""

    def __init__(self, end: Callable[[], object], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._end = end
        self._here, self._there = socket.socketpair()
        self._here.setblocking(False)
        self._there.setblocking(False)
        signal.set_wakeup_fd(self._there.fileno(), warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(sip.voidptr(self._here.fileno()), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._drain)
        self._before = {number: signal.signal(number, self._caught) for number in (signal.SIGINT, signal.SIGTERM)}

    def close(self) -> None:
        """Let signals do again what they did before."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._here.close()
        self._there.close()

    def _drain(self) -> None:
        """Take the byte; Python calls the handler as soon as it is back in Python, which is here."""
        try:
            self._here.recv(64)
        except OSError:
            return

    def _caught(self, _number: int, _frame: FrameType | None) -> None:
        self._end()

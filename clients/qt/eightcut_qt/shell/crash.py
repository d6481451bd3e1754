"""What happens to mistakes of ours: they are logged and told, and a crash is told of at the next start."""

from __future__ import annotations

import contextlib
import faulthandler
import logging
import os
import sys
import threading
import time
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import IO

from PyQt6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

_OLD = 7 * 24 * 3600  # Seconds after which an empty log of a run that is no more is removed.
_BYTES = 1_000_000
_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}

_log = logging.getLogger("eightcut_qt")


def start_log(folder: Path) -> Path | None:
    """Log to a file in a folder, and what Qt says as well; returns the file, None when it cannot be written."""
    file = folder / "desktop.log"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handler = RotatingFileHandler(file, maxBytes=_BYTES, backupCount=2, encoding="utf-8")
    except OSError:
        return None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    qInstallMessageHandler(_of_qt)
    return file


def stop_log() -> None:
    """Close the file."""
    qInstallMessageHandler(None)
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, RotatingFileHandler)]:
        root.removeHandler(handler)
        handler.close()


def hook_exceptions(tell: Callable[[BaseException], None]) -> None:
    """Log what nobody caught, in any thread, and tell the person; ``tell`` may be called in any thread."""

    def caught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt) or error is None:
            sys.__excepthook__(kind, error or kind(), trace)
            return
        _log.error("nobody caught this", exc_info=(kind, error, trace))
        if sys.stderr is not None and os.environ.get("EIGHTCUT_DEBUG") == "1":
            sys.__excepthook__(kind, error, trace)
        tell(error)

    def in_thread(what: threading.ExceptHookArgs) -> None:
        caught(what.exc_type, what.exc_value, what.exc_traceback)

    sys.excepthook = caught
    threading.excepthook = in_thread


class CrashLog:
    """Where Python writes its last words; read at the next start."""

    def __init__(self, folder: Path) -> None:
        """Begin one; what the last run left is in `last`.

        Attributes:
            last: The file in which a run before this one left its last words, None when all ended well.
        """
        self.last = _collect(folder)
        self._file = folder / f"crash-{os.getpid()}.log"
        self._stream: IO[str] | None = None
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            self._stream = self._file.open("w", encoding="utf-8")
            faulthandler.enable(self._stream)

    def close(self) -> None:
        """End it: this run ended well."""
        if self._stream is not None:
            faulthandler.disable()
            self._stream.close()
            self._stream = None
            with contextlib.suppress(OSError):
                if self._file.stat().st_size == 0:
                    self._file.unlink()


def _collect(folder: Path) -> Path | None:
    """Move the last words that were left to one file, and return it."""
    kept = folder / "last-crash.log"
    found = None
    for file in sorted(folder.glob("crash-*.log")):
        with contextlib.suppress(OSError):
            about = file.stat()
            if about.st_size:
                file.replace(kept)
                found = kept
            elif time.time() - about.st_mtime > _OLD:
                file.unlink()
    return found


def _of_qt(kind: QtMsgType, context: QMessageLogContext, message: str | None) -> None:
    logging.getLogger(f"qt.{context.category or 'default'}").log(_LEVELS.get(kind, logging.INFO), "%s", message)

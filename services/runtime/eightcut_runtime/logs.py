"""Structured logs: JSON lines for programs, short lines for a terminal, never a secret."""

from __future__ import annotations

import contextvars
import json
import logging
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("auto", "json", "text")

request_id_var: contextvars.ContextVar[str] = contextvars.ContextVar("eightcut_request_id", default="")
"""Id of the call being served, empty outside a call."""

method_var: contextvars.ContextVar[str] = contextvars.ContextVar("eightcut_method", default="")
"""Full name of the method being served, such as ``/eightcut.store.v1.StoreService/GetClip``."""


def fields(**values: object) -> dict[str, Mapping[str, object]]:
    """Returns ``extra=`` for a log call that adds these fields to the line."""
    return {"fields": values}


def configure(service: str, *, level: str = "info", form: str = "auto", secrets: Iterable[str] = ()) -> None:
    """Sends every log record of the process to stderr, once per record.

    Args:
        service: Name written in every line.
        level: One of `LEVELS`.
        form: One of `FORMATS`; ``auto`` is text on a terminal and JSON otherwise.
        secrets: Texts that are replaced by ``[redacted]`` wherever they would appear.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(make_formatter(service, form, sys.stderr, secrets))
    logging.captureWarnings(True)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


def make_formatter(service: str, form: str, stream: TextIO, secrets: Iterable[str] = ()) -> logging.Formatter:
    """Returns the formatter for ``form``, one of `FORMATS`."""
    if form == "json" or (form == "auto" and not stream.isatty()):
        return JsonFormatter(service, secrets)
    return TextFormatter(service, secrets)


class ServiceFormatter(logging.Formatter):
    """What the two formats share: the service's name, the call's fields, and secrets that never appear.

    Args:
        service: Name written in every line.
        secrets: Texts that are replaced by ``[redacted]``.
    """

    def __init__(self, service: str, secrets: Iterable[str]) -> None:
        super().__init__()
        self._service = service
        self._secrets = tuple(secret for secret in secrets if secret)

    def described(self) -> dict[str, Any]:
        """Returns it as plain JSON, for `formatter_from` in a worker process. Holds the secrets: never to be logged."""
        return {"form": type(self).__name__, "service": self._service, "secrets": self._secrets}

    def _redact(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "[redacted]")
        return text

    def _values(self, record: logging.LogRecord) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for name, variable in (("request_id", request_id_var), ("method", method_var)):
            if value := variable.get():
                values[name] = value
        values.update(getattr(record, "fields", {}))
        return values

    def _trace(self, record: logging.LogRecord) -> str:
        return self.formatException(record.exc_info) if record.exc_info else ""


class JsonFormatter(ServiceFormatter):
    """One JSON object a line: time (ISO 8601 UTC), level, service, logger, message, request_id, method and more."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the record as one line of JSON."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
            **self._values(record),
        }
        if trace := self._trace(record):
            line["exception"] = trace
        return self._redact(json.dumps(line, ensure_ascii=False, default=str))


class TextFormatter(ServiceFormatter):
    """A short line for people, with the same fields as ``name=value``."""

    def format(self, record: logging.LogRecord) -> str:
        """Returns the record as text; a traceback follows on lines of its own."""
        time = datetime.fromtimestamp(record.created, UTC).astimezone().strftime("%H:%M:%S.%f")[:-3]
        values = " ".join(f"{name}={value}" for name, value in self._values(record).items())
        head = f"{time} {record.levelname.lower():7} {self._service}: {record.getMessage()}"
        parts = [f"{head} {values}".rstrip(), self._trace(record)]
        return self._redact("\n".join(part for part in parts if part))


def formatter_from(description: Mapping[str, Any]) -> logging.Formatter:
    """Returns the formatter that `ServiceFormatter.described` described."""
    kind = JsonFormatter if description["form"] == JsonFormatter.__name__ else TextFormatter
    return kind(description["service"], description["secrets"])

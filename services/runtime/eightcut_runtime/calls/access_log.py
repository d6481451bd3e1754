"""One log line for every call."""

from __future__ import annotations

import asyncio
import logging
import time

import grpc

from eightcut_runtime.calls.adapter import Proceed
from eightcut_runtime.calls.context import Call
from eightcut_runtime.logs import fields

logger = logging.getLogger("eightcut.access")

_OURS = {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN, grpc.StatusCode.DATA_LOSS}
_QUIET = "/grpc.health.v1.Health/"


async def log_access(call: Call, proceed: Proceed) -> None:
    """Logs code, duration, peer and message counts; never metadata or message contents."""
    start = time.perf_counter()
    code: grpc.StatusCode | None = None
    try:
        await proceed()
    except asyncio.CancelledError:
        code = grpc.StatusCode.CANCELLED
        raise
    finally:
        code = code or call.context.final_code()
        logger.log(
            _level(call, code),
            "%s %s",
            call.method,
            code.name,
            extra=fields(
                code=code.name,
                duration_ms=round((time.perf_counter() - start) * 1000, 3),
                peer=call.context.peer(),
                requests=call.context.requests,
                responses=call.context.responses,
            ),
        )


def _level(call: Call, code: grpc.StatusCode) -> int:
    if code in _OURS:
        return logging.ERROR
    return logging.DEBUG if call.method.startswith(_QUIET) else logging.INFO

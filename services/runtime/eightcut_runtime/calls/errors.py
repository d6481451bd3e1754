"""The one place where an exception becomes a status."""

from __future__ import annotations

import errno
import logging
import sqlite3
from collections.abc import Iterator, Sequence

import grpc
from google.protobuf import any_pb2
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2
from grpc_status import rpc_status

from eightcut_runtime.calls.adapter import Proceed
from eightcut_runtime.calls.context import Call
from eightcut_runtime.errors import DOMAIN, OutOfSpace, ServiceError, Unavailable

logger = logging.getLogger(__name__)

_MAX_MESSAGE = 1000
# Clients refuse trailing metadata above 8 KiB by default; the message is sent twice beside the details.
_MAX_DETAILS_BYTES = 4096
_FULL = {errno.ENOSPC, errno.EDQUOT}


async def map_errors(call: Call, proceed: Proceed) -> None:
    """Ends the call with the status of the exception that its handler raised.

    A `ServiceError` is sent with its text and details; a full disk becomes `OutOfSpace`; an error that another
    8-cut service sent is passed on. Everything else is INTERNAL with the request id, and its traceback goes to
    the log only. What ``context.abort`` has sent already, and cancellation, pass untouched.
    """
    try:
        await proceed()
    except grpc.aio.AbortError:
        raise
    except Exception as exception:
        status = _safe_status(exception, call.request_id)
        if status.code == grpc.StatusCode.INTERNAL.value[0]:
            logger.exception("%s failed", call.method)
        await call.context.abort_with_status(rpc_status.to_status(status))


def _safe_status(exception: Exception, request_id: str) -> status_pb2.Status:
    try:
        return to_status(exception, request_id)
    except Exception:
        # An error with a broken text or detail must not leak through gRPC's own answer to exceptions.
        logger.exception("this error could not be told: %r", exception)
        return _internal(request_id)


def to_status(exception: BaseException, request_id: str) -> status_pb2.Status:
    """Returns the google.rpc.Status that a client may see for ``exception``."""
    error = next((known for link in _chain(exception) if (known := _known(link)) is not None), None)
    if isinstance(error, status_pb2.Status):
        return error
    if error is not None:
        return _status(error.code, error.message, error.details(), request_id)
    return _internal(request_id)


def _internal(request_id: str) -> status_pb2.Status:
    details = [error_details_pb2.ErrorInfo(reason="INTERNAL", domain=DOMAIN)]
    return _status(grpc.StatusCode.INTERNAL, f"internal error, request id {request_id}", details, request_id)


def _known(exception: BaseException) -> ServiceError | status_pb2.Status | None:
    if isinstance(exception, ServiceError):
        return exception
    if isinstance(exception, OSError) and exception.errno in _FULL:
        return OutOfSpace()
    if isinstance(exception, sqlite3.Error) and getattr(exception, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
        return OutOfSpace()
    if isinstance(exception, grpc.aio.AioRpcError):
        return _passed_on(exception)
    return None


def _chain(exception: BaseException) -> Iterator[BaseException]:
    """Yields the exception, what it was raised from, and the members of groups (from task groups)."""
    if isinstance(exception, BaseExceptionGroup):
        for member in exception.exceptions:
            yield from _chain(member)
        return
    link: BaseException | None = exception
    while link is not None:
        yield link
        link = link.__cause__


def _passed_on(error: grpc.aio.AioRpcError) -> ServiceError | status_pb2.Status | None:
    """Returns what another 8-cut service meant for the user; its internals and its absence stay here."""
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            status = status_pb2.Status.FromString(value)
            if _ours(status) and status.code != grpc.StatusCode.INTERNAL.value[0]:
                return status
    if error.code() is grpc.StatusCode.UNAVAILABLE:
        return Unavailable("A service that this one depends on does not answer: try again.", retry_after=1.0)
    return None


def _ours(status: status_pb2.Status) -> bool:
    info = error_details_pb2.ErrorInfo()
    return any(detail.Unpack(info) and info.domain == DOMAIN for detail in status.details)


def _status(code: grpc.StatusCode, message: str, details: Sequence[Message], request_id: str) -> status_pb2.Status:
    if len(message) > _MAX_MESSAGE:
        message = message[: _MAX_MESSAGE - 1] + "…"
    status = status_pb2.Status(code=code.value[0], message=message)
    room = _MAX_DETAILS_BYTES
    for detail in (*details, error_details_pb2.RequestInfo(request_id=request_id)):
        packed = any_pb2.Any()
        packed.Pack(_shortened(detail))
        if packed.ByteSize() <= room:
            room -= packed.ByteSize()
            status.details.append(packed)
    return status


def _shortened(detail: Message) -> Message:
    """Drops the last field violations of a BadRequest that is too large to send."""
    if isinstance(detail, error_details_pb2.BadRequest):
        while len(detail.field_violations) > 1 and detail.ByteSize() > _MAX_DETAILS_BYTES // 2:
            del detail.field_violations[len(detail.field_violations) // 2 :]
    return detail

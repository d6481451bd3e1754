"""What a failed training is told as."""

from __future__ import annotations

import errno
from typing import NamedTuple

import grpc
from eightcut_client.errors import from_rpc_error
from eightcut_runtime.errors import OutOfSpace, ServiceError, WorkerDied

_FULL = (errno.ENOSPC, errno.EDQUOT)
_LONGEST = 2000
_INTERNAL = "The training failed because of an error in the Trainer; its log says more."


class Failure(NamedTuple):
    """Why a run ends as FAILED.

    Attributes:
        reason: A name of ErrorReason without its prefix; empty when a client can do nothing about it.
        message: One sentence for the person.
    """

    reason: str
    message: str


def failure_of(error: BaseException) -> Failure:
    """Returns what to say about an error; nothing internal is in it, and it is no longer than the API allows."""
    failure = _failure_of(error)
    if len(failure.message) > _LONGEST:
        return Failure(failure.reason, failure.message[: _LONGEST - 1] + "…")
    return failure


def _failure_of(error: BaseException) -> Failure:
    if isinstance(error, WorkerDied):
        return Failure("", "The process that trains ended unexpectedly; the machine may have too little memory for it.")
    if isinstance(error, ServiceError):
        return Failure(error.reason, error.message)
    if isinstance(error, OSError) and error.errno in _FULL:
        full = OutOfSpace()
        return Failure(full.reason, full.message)
    if isinstance(error, grpc.aio.AioRpcError):
        told = from_rpc_error(error)
        if told.code is grpc.StatusCode.UNAVAILABLE:
            return Failure(
                "", "A service that the Trainer needs did not answer for too long; start the training again."
            )
        if told.reason:
            return Failure(told.reason, told.message)
    return Failure("", _INTERNAL)

"""The errors a service may raise, each with its gRPC code and its google.rpc details.

A handler raises one of these; `eightcut_runtime.calls.errors` turns it into the call's status. The message
is shown to users: one clear sentence, without paths, addresses or other internals they did not send.
"""

# The classes have the names of gRPC's codes, which say Error as little.
# ruff: noqa: N818

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple

import grpc
from google.protobuf.message import Message
from google.rpc import error_details_pb2

DOMAIN = "8cut"
"""The ``domain`` of every ErrorInfo that an 8-cut service sends."""


class StartError(Exception):
    """A service refuses to start; the text is the one sentence that the user reads (exit code 1)."""


class FieldViolation(NamedTuple):
    """One field of a request that broke a rule.

    Attributes:
        field: Path of the field as it is written in the API, such as ``clip.start``; empty for the message.
        description: What is wrong with it.
        reason: Machine-readable name of the rule, such as ``DOUBLE_FINITE``; may be empty.
    """

    field: str
    description: str
    reason: str = ""


class ServiceError(Exception):
    """Base of every error that reaches a client with its own text.

    Args:
        message: One clear sentence for the user.
        reason: For programs (google.rpc.ErrorInfo.reason): a name of eightcut.common.v1.ErrorReason without its
            prefix, or for a plain status one like its code.
        metadata: More for programs (google.rpc.ErrorInfo.metadata).
        retry_after: Seconds after which trying again makes sense (google.rpc.RetryInfo), None if unknown.
    """

    code: ClassVar[grpc.StatusCode] = grpc.StatusCode.UNKNOWN
    default_reason: ClassVar[str] = "UNKNOWN"

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or self.default_reason
        self.metadata = dict(metadata or {})
        self.retry_after = retry_after

    def to_json(self) -> dict[str, Any]:
        """Returns it as plain JSON, for `error_from_json` in another process."""
        return {"kind": type(self).__name__, "message": self.message, "fields": self.__dict__}

    def details(self) -> list[Message]:
        """Returns the google.rpc detail messages, most useful first."""
        found: list[Message] = [error_details_pb2.ErrorInfo(reason=self.reason, domain=DOMAIN, metadata=self.metadata)]
        if self.retry_after is not None:
            retry = error_details_pb2.RetryInfo()
            retry.retry_delay.FromMilliseconds(round(self.retry_after * 1000))
            found.append(retry)
        return found


def error_from_json(values: Mapping[str, Any]) -> ServiceError:
    """Returns the error that `ServiceError.to_json` described, with all its fields."""
    kinds = {kind.__name__: kind for kind in _descendants(ServiceError)}
    kind = kinds[values["kind"]]
    error = kind.__new__(kind, values["message"])
    error.__dict__.update(values["fields"])
    if isinstance(error, InvalidArgument):
        error.violations = [FieldViolation(*violation) for violation in error.violations]
    return error


def _descendants(kind: type[ServiceError]) -> Iterator[type[ServiceError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _descendants(child)


class InvalidArgument(ServiceError):
    """The request is wrong whatever the state of the service (google.rpc.BadRequest)."""

    code = grpc.StatusCode.INVALID_ARGUMENT
    default_reason = "INVALID_ARGUMENT"

    def __init__(
        self,
        message: str,
        violations: Sequence[FieldViolation] = (),
        *,
        field: str | None = None,
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Takes the violations, or with ``field`` one violation whose description is the message."""
        super().__init__(message, reason=reason, metadata=metadata)
        self.violations = [FieldViolation(field, message)] if field is not None else list(violations)

    def details(self) -> list[Message]:
        """Adds BadRequest with the field violations."""
        found = super().details()
        if self.violations:
            bad = error_details_pb2.BadRequest()
            for violation in self.violations:
                bad.field_violations.add(
                    field=violation.field, description=violation.description, reason=violation.reason
                )
            found.append(bad)
        return found


class OutOfRange(InvalidArgument):
    """The request is well-formed, but reaches beyond what exists now."""

    code = grpc.StatusCode.OUT_OF_RANGE
    default_reason = "OUT_OF_RANGE"


class _AboutResource(ServiceError):
    """An error about one named thing (google.rpc.ResourceInfo)."""

    def __init__(
        self,
        message: str,
        *,
        resource_type: str = "",
        resource_name: str = "",
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, metadata=metadata)
        self.resource_type = resource_type
        self.resource_name = resource_name

    def details(self) -> list[Message]:
        """Adds ResourceInfo when the thing was named."""
        found = super().details()
        if self.resource_type or self.resource_name:
            found.append(
                error_details_pb2.ResourceInfo(
                    resource_type=self.resource_type,
                    resource_name=self.resource_name,
                    description=self.message,
                )
            )
        return found


class NotFound(_AboutResource):
    """The named thing does not exist."""

    code = grpc.StatusCode.NOT_FOUND
    default_reason = "RESOURCE_UNKNOWN"


class AlreadyExists(_AboutResource):
    """The thing to create exists already."""

    code = grpc.StatusCode.ALREADY_EXISTS
    default_reason = "DUPLICATE"


class FailedPrecondition(ServiceError):
    """The state of the service does not allow it yet; the user must do something first.

    Adds google.rpc.PreconditionFailure with one violation of type ``reason``.
    """

    code = grpc.StatusCode.FAILED_PRECONDITION
    default_reason = "FAILED_PRECONDITION"

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        subject: str = "",
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        """Takes the thing that is not in the right state as ``subject``."""
        super().__init__(message, reason=reason, metadata=metadata)
        self.subject = subject

    def details(self) -> list[Message]:
        """Adds PreconditionFailure."""
        failure = error_details_pb2.PreconditionFailure()
        failure.violations.add(type=self.reason, subject=self.subject, description=self.message)
        return [*super().details(), failure]


class ResourceExhausted(ServiceError):
    """A limit or quota is reached (google.rpc.QuotaFailure)."""

    code = grpc.StatusCode.RESOURCE_EXHAUSTED
    default_reason = "OVERLOADED"

    def __init__(
        self,
        message: str,
        *,
        subject: str = "",
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
        retry_after: float | None = None,
    ) -> None:
        """Takes what ran out as ``subject``."""
        super().__init__(message, reason=reason, metadata=metadata, retry_after=retry_after)
        self.subject = subject

    def details(self) -> list[Message]:
        """Adds QuotaFailure."""
        quota = error_details_pb2.QuotaFailure()
        quota.violations.add(subject=self.subject, description=self.message)
        return [*super().details(), quota]


class OutOfSpace(ResourceExhausted):
    """The server's disk (or its user's quota on it) is full; nothing of the call was kept."""

    default_reason = "DISK_FULL"

    def __init__(
        self,
        message: str = "The server's disk is full: free some space and try again.",
        *,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, subject="disk", metadata=metadata)


class Aborted(ServiceError):
    """A conflict with a concurrent change; read again and repeat."""

    code = grpc.StatusCode.ABORTED
    default_reason = "ABORTED"


class EtagMismatch(Aborted):
    """The resource was changed since the client read it."""

    default_reason = "ETAG_MISMATCH"


class Unavailable(ServiceError):
    """Not now; the same call may succeed later."""

    code = grpc.StatusCode.UNAVAILABLE
    default_reason = "UNAVAILABLE"


class DataLoss(ServiceError):
    """Stored or uploaded data is damaged."""

    code = grpc.StatusCode.DATA_LOSS
    default_reason = "CORRUPT"


class Cancelled(ServiceError):
    """The work was cancelled by someone other than this call's client."""

    code = grpc.StatusCode.CANCELLED
    default_reason = "CANCELLED"


class DeadlineExceeded(ServiceError):
    """A time limit of the service passed."""

    code = grpc.StatusCode.DEADLINE_EXCEEDED
    default_reason = "DEADLINE_EXCEEDED"


class Unimplemented(ServiceError):
    """There is no such method, or it cannot do this."""

    code = grpc.StatusCode.UNIMPLEMENTED
    default_reason = "UNIMPLEMENTED"


class Unauthenticated(ServiceError):
    """The call carries no valid token."""

    code = grpc.StatusCode.UNAUTHENTICATED
    default_reason = "UNAUTHENTICATED"


class PermissionDenied(ServiceError):
    """The caller is known and may not do this."""

    code = grpc.StatusCode.PERMISSION_DENIED
    default_reason = "PERMISSION_DENIED"


class WorkerDied(ServiceError):
    """A worker process ended without an answer (killed, out of memory, crashed)."""

    code = grpc.StatusCode.INTERNAL
    default_reason = "INTERNAL"

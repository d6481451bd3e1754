"""What can go wrong between a client and the services: one exception class for each thing clients act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import grpc

_TITLES = {"store": "Store", "inference": "Inference service", "trainer": "Trainer"}


class EightcutError(Exception):
    """Base of everything the library raises except media errors; ``str()`` is one sentence for the person.

    Attributes:
        message: That sentence.
        code: gRPC status code; UNKNOWN where no call was involved.
        reason: google.rpc.ErrorInfo's reason, a name of eightcut.common.v1.ErrorReason without its prefix
            (``MODEL_UNKNOWN``); empty where there is none.
        metadata: ErrorInfo's metadata, such as ``{"model": "LOGMEL"}``.
        details: All google.rpc detail messages that this library knows (ErrorInfo, BadRequest, RetryInfo, …).
        retry_after: Seconds after which the server thinks another try makes sense (RetryInfo); else None.
    """

    default_code: ClassVar[grpc.StatusCode] = grpc.StatusCode.UNKNOWN

    def __init__(
        self,
        message: str,
        code: grpc.StatusCode | None = None,
        reason: str = "",
        metadata: Mapping[str, str] | None = None,
        details: Sequence[Any] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.reason = reason
        self.metadata = dict(metadata or {})
        self.details = tuple(details)

    @property
    def retry_after(self) -> float | None:
        """See the class."""
        for detail in self.details:
            if detail.DESCRIPTOR.full_name == "google.rpc.RetryInfo":
                delay = detail.retry_delay
                return float(delay.seconds + delay.nanos / 1e9)
        return None

    @property
    def violations(self) -> list[tuple[str, str]]:
        """Fields of the request that broke a rule, with what is wrong (google.rpc.BadRequest)."""
        return [
            (violation.field, violation.description)
            for detail in self.details
            if detail.DESCRIPTOR.full_name == "google.rpc.BadRequest"
            for violation in detail.field_violations
        ]


class InvalidError(EightcutError):
    """The request is wrong whatever the state of the service (INVALID_ARGUMENT, OUT_OF_RANGE)."""

    default_code = grpc.StatusCode.INVALID_ARGUMENT


class NotFoundError(EightcutError):
    """The thing does not exist; ``reason`` tells which (NOT_FOUND)."""

    default_code = grpc.StatusCode.NOT_FOUND


class AlreadyExistsError(EightcutError):
    """The same thing is there; ``metadata["id"]`` names it (ALREADY_EXISTS)."""

    default_code = grpc.StatusCode.ALREADY_EXISTS


class PreconditionError(EightcutError):
    """The state of things does not allow it; ``reason`` tells what to do (FAILED_PRECONDITION)."""

    default_code = grpc.StatusCode.FAILED_PRECONDITION


class ConflictError(EightcutError):
    """Another client changed it since it was read (ABORTED): read it again and repeat.

    Attributes:
        etag: The current etag where the server tells it, else empty.
    """

    default_code = grpc.StatusCode.ABORTED

    @property
    def etag(self) -> str:
        """See the class."""
        return self.metadata.get("etag", "")


class ExhaustedError(EightcutError):
    """Something ran out: disk, or room for one more call (RESOURCE_EXHAUSTED)."""

    default_code = grpc.StatusCode.RESOURCE_EXHAUSTED


class UnavailableError(EightcutError):
    """The service cannot be reached, or not now (UNAVAILABLE, DEADLINE_EXCEEDED)."""

    default_code = grpc.StatusCode.UNAVAILABLE


class UnauthenticatedError(EightcutError):
    """The token is missing or wrong (UNAUTHENTICATED, PERMISSION_DENIED)."""

    default_code = grpc.StatusCode.UNAUTHENTICATED


class CancelledError(EightcutError):
    """Somebody cancelled it: our own `Cancellation`, or the server (CANCELLED)."""

    default_code = grpc.StatusCode.CANCELLED


class DataLossError(EightcutError):
    """Stored data is damaged (DATA_LOSS)."""

    default_code = grpc.StatusCode.DATA_LOSS


class ConfigError(EightcutError):
    """The configuration file, an environment variable or an address is wrong."""

    default_code = grpc.StatusCode.INVALID_ARGUMENT


class ServicesError(EightcutError):
    """The embedded services are not installed, do not start, or ended unexpectedly."""

    default_code = grpc.StatusCode.UNAVAILABLE


_CLASSES: dict[grpc.StatusCode, type[EightcutError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidError,
    grpc.StatusCode.OUT_OF_RANGE: InvalidError,
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.ALREADY_EXISTS: AlreadyExistsError,
    grpc.StatusCode.FAILED_PRECONDITION: PreconditionError,
    grpc.StatusCode.ABORTED: ConflictError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ExhaustedError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.DEADLINE_EXCEEDED: UnavailableError,
    grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    grpc.StatusCode.PERMISSION_DENIED: UnauthenticatedError,
    grpc.StatusCode.CANCELLED: CancelledError,
    grpc.StatusCode.DATA_LOSS: DataLossError,
}


def service_title(name: str) -> str:
    """Return what people call a service: ``store`` is the Store."""
    return _TITLES.get(name, name)


def from_rpc_error(error: grpc.RpcError, *, service: str = "", address: str = "") -> EightcutError:
    """Turn what gRPC raised into the library's error.

    Args:
        error: Of a sync or an aio call.
        service: ``store``, ``inference`` or ``trainer``.
        address: Where the call went, for the sentence.

    Returns:
        The subclass for the status code, with the server's own sentence where an 8-cut service sent one, and
        a sentence of ours where the text is gRPC's.
    """
    code = _asked(error, "code") or grpc.StatusCode.UNKNOWN
    text = _asked(error, "details") or ""
    trailing = _trailing(error)
    details = _details(trailing)
    info = next((d for d in details if d.DESCRIPTOR.full_name == "google.rpc.ErrorInfo"), None)
    ours = info is not None and info.domain == "8cut"
    message = text if ours and text else _sentence(code, text, trailing, service, address)
    return _CLASSES.get(code, EightcutError)(
        message,
        code,
        reason=info.reason if info is not None else "",
        metadata=info.metadata if info is not None else None,
        details=details,
    )


def _asked(error: grpc.RpcError, method: str) -> Any:  # noqa: ANN401  whatever the method returns
    """Return what a method of the error says, None where it has none (RpcError itself promises nothing)."""
    found = getattr(error, method, None)
    return None if found is None else found()


def _trailing(error: grpc.RpcError) -> dict[str, str | bytes]:
    return dict(_asked(error, "trailing_metadata") or ())


def _details(trailing: Mapping[str, str | bytes]) -> list[Any]:
    """Return the google.rpc details of the call's status, unpacked."""
    packed_status = trailing.get("grpc-status-details-bin")
    if not isinstance(packed_status, bytes):
        return []
    # Loaded when first needed: these modules are not part of a command that goes well.
    from google.rpc import error_details_pb2, status_pb2

    found = []
    for packed in status_pb2.Status.FromString(packed_status).details:
        kind = getattr(error_details_pb2, packed.TypeName().removeprefix("google.rpc."), None)
        if kind is not None:
            detail = kind()
            packed.Unpack(detail)
            found.append(detail)
    return found


def _sentence(code: grpc.StatusCode, text: str, trailing: Mapping[str, str | bytes], service: str, address: str) -> str:
    title = service_title(service) if service else "server"
    where = f"the {title} at {address}" if address else f"the {title}"
    subject = where[0].upper() + where[1:]
    request = trailing.get("x-request-id", "")
    failed = f"{subject} failed; its log says why{f' (request {request!s})' if request else ''}."
    sentences = {
        grpc.StatusCode.UNAVAILABLE: _unreachable(text, where),
        grpc.StatusCode.DEADLINE_EXCEEDED: f"{subject} did not answer in time.",
        grpc.StatusCode.UNIMPLEMENTED: f"{subject} does not know this call; it may be of another version.",
        grpc.StatusCode.CANCELLED: "The call was cancelled.",
        grpc.StatusCode.INTERNAL: failed,
        grpc.StatusCode.UNKNOWN: failed,
    }
    return sentences.get(code) or text or f"{subject} refused the call ({code.name})."


def _unreachable(text: str, where: str) -> str:
    lowered = text.lower()
    if any(word in lowered for word in ("ssl", "tls", "handshake", "certificate")):
        return (
            f"Cannot reach {where}: the secure connection failed (is its certificate authority given, and does "
            "the server speak TLS?)."
        )
    return f"Cannot reach {where}."

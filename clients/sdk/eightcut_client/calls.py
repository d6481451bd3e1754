"""What happens around every blocking call: the token, the deadline, and errors in the library's own words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, cast

import grpc

from eightcut_client.endpoints import Endpoint
from eightcut_client.errors import EightcutError, from_rpc_error

if TYPE_CHECKING:
    # Names of the type stubs only; they are not in grpc itself.
    from grpc import _CallFuture as CallFuture
    from grpc import _CallIterator as CallIterator

UNARY_TIMEOUT = 120.0
"""Seconds that a call without streams may take unless it says otherwise."""

RequestT = TypeVar("RequestT")
ResponseT = TypeVar("ResponseT")


class _Details(NamedTuple):
    """A call's details as an interceptor hands them on (see grpc.ClientCallDetails, which cannot be made)."""

    method: str
    timeout: float | None
    metadata: tuple[tuple[str, str | bytes], ...]
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: grpc.Compression | None


class CallGuard(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Interceptor of all channels of `eightcut_client.channels.open_channel`."""

    def __init__(self, endpoint: Endpoint, before_call: Callable[[], None] | None = None) -> None:
        self._endpoint = endpoint
        self._before_call = before_call

    def intercept_unary_unary(
        self,
        continuation: Callable[[grpc.ClientCallDetails, RequestT], CallFuture[ResponseT]],
        client_call_details: grpc.ClientCallDetails,
        request: RequestT,
    ) -> CallFuture[ResponseT]:
        """See grpc."""
        call = _begin(continuation, self._prepared(client_call_details, UNARY_TIMEOUT), request)
        return cast("CallFuture[ResponseT]", TranslatedCall[ResponseT](call, self._endpoint))

    def intercept_unary_stream(
        self,
        continuation: Callable[[grpc.ClientCallDetails, RequestT], CallIterator[ResponseT]],
        client_call_details: grpc.ClientCallDetails,
        request: RequestT,
    ) -> CallIterator[ResponseT]:
        """See grpc."""
        call = _begin(continuation, self._prepared(client_call_details), request)
        return cast("CallIterator[ResponseT]", TranslatedCall[ResponseT](call, self._endpoint))

    def intercept_stream_unary(
        self,
        continuation: Callable[[grpc.ClientCallDetails, Iterator[RequestT]], CallFuture[ResponseT]],
        client_call_details: grpc.ClientCallDetails,
        request_iterator: Iterator[RequestT],
    ) -> CallFuture[ResponseT]:
        """See grpc."""
        call = continuation(self._prepared(client_call_details), request_iterator)
        return cast("CallFuture[ResponseT]", TranslatedCall[ResponseT](call, self._endpoint))

    def intercept_stream_stream(
        self,
        continuation: Callable[[grpc.ClientCallDetails, Iterator[RequestT]], CallIterator[ResponseT]],
        client_call_details: grpc.ClientCallDetails,
        request_iterator: Iterator[RequestT],
    ) -> CallIterator[ResponseT]:
        """See grpc."""
        call = continuation(self._prepared(client_call_details), request_iterator)
        return cast("CallIterator[ResponseT]", TranslatedCall[ResponseT](call, self._endpoint))

    def _prepared(self, details: grpc.ClientCallDetails, timeout: float | None = None) -> grpc.ClientCallDetails:
        if self._before_call is not None:
            self._before_call()
        metadata = tuple(details.metadata or ())
        if self._endpoint.token is not None:
            metadata += (("authorization", f"Bearer {self._endpoint.token}"),)
        changed = _Details(
            details.method,
            timeout if details.timeout is None else details.timeout,
            metadata,
            details.credentials,
            getattr(details, "wait_for_ready", None),
            getattr(details, "compression", None),
        )
        return cast("grpc.ClientCallDetails", changed)


CallT = TypeVar("CallT")


def _begin(
    continuation: Callable[[grpc.ClientCallDetails, RequestT], CallT],
    details: grpc.ClientCallDetails,
    request: RequestT,
) -> CallT:
    """Make the call; a channel that another thread has closed is told of as any other failure."""
    try:
        return continuation(details, request)
    except ValueError as error:
        if "closed" not in str(error).lower():
            raise
        raise EightcutError("The connection is closed.") from error


class TranslatedCall(Generic[ResponseT]):
    """A call whose errors are `EightcutError`; everything else is the call's own."""

    def __init__(self, call: object, endpoint: Endpoint) -> None:
        self._call: Any = call
        self._endpoint = endpoint

    def __getattr__(self, name: str) -> object:
        return getattr(self._call, name)

    def result(self, timeout: float | None = None) -> ResponseT:
        """Return the answer of a call with one.

        Raises:
            EightcutError: It failed.
        """
        try:
            return cast("ResponseT", self._call.result(timeout))
        except grpc.RpcError as error:
            raise self._translated(error) from error

    def __iter__(self) -> Iterator[ResponseT]:
        return self

    def __next__(self) -> ResponseT:
        try:
            return cast("ResponseT", next(self._call))
        except grpc.RpcError as error:
            raise self._translated(error) from error

    def _translated(self, error: grpc.RpcError) -> EightcutError:
        return from_rpc_error(error, service=self._endpoint.name, address=self._endpoint.address)

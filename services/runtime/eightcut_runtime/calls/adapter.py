"""Runs the same middleware around handlers of all four kinds."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import grpc

from eightcut_runtime.calls.context import Call, CallContext, Codec, Payload
from eightcut_runtime.errors import Unimplemented

Proceed = Callable[[], Awaitable[None]]
Middleware = Callable[[Call, Proceed], Awaitable[None]]
"""Called with the call and what comes after it; awaits the latter exactly once, or raises."""

_RawContext: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
_Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"


class _Endpoint(NamedTuple):
    method: str
    behavior: Callable[..., Payload]
    codec: Codec
    request_streaming: bool
    response_streaming: bool


class CallInterceptor(grpc.aio.ServerInterceptor):
    """The one interceptor of every server.

    Messages are decoded and encoded here and not by gRPC, whose own answer to one that cannot be decoded or
    encoded is UNKNOWN with the exception's text.

    Args:
        middleware: From the outermost to the innermost.
        check: Called with every decoded request; raises `eightcut_runtime.errors.InvalidArgument`.
    """

    def __init__(self, middleware: Sequence[Middleware], check: Callable[[Payload], None]) -> None:
        self._middleware = tuple(middleware)
        self._check = check
        self._wrapped: dict[str, tuple[_Handler, _Handler]] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[_Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> _Handler:
        """Returns the handler with the middleware around it."""
        method = handler_call_details.method
        handler = await continuation(handler_call_details)
        if handler is None:
            # A stream handler: it answers without waiting for a request, whatever kind the client has in mind.
            return self._wrap(method, grpc.stream_stream_rpc_method_handler(_no_such_method))
        known = self._wrapped.get(method)
        if known is None or known[0] is not handler:
            known = self._wrapped[method] = (handler, self._wrap(method, handler))
        return known[1]

    def _wrap(self, method: str, handler: _Handler) -> _Handler:
        behavior = handler.stream_stream or handler.stream_unary or handler.unary_stream or handler.unary_unary
        assert behavior is not None
        codec = Codec(handler.request_deserializer, handler.response_serializer, self._check)
        serve = partial(
            self._serve,
            _Endpoint(method, behavior, codec, handler.request_streaming, handler.response_streaming),
        )

        # gRPC asks `inspect.iscoroutinefunction`, which a partial answers through its function.
        if handler.request_streaming and handler.response_streaming:
            return grpc.stream_stream_rpc_method_handler(serve)
        if handler.request_streaming:
            return grpc.stream_unary_rpc_method_handler(serve)
        if handler.response_streaming:
            return grpc.unary_stream_rpc_method_handler(serve)
        return grpc.unary_unary_rpc_method_handler(serve)

    async def _serve(self, endpoint: _Endpoint, request: Payload, raw: _RawContext) -> bytes | None:
        context = CallContext(raw, endpoint.codec)
        call = Call(endpoint.method, context)
        response: bytes | None = None

        async def handle() -> None:
            nonlocal response
            response = await _handle(endpoint, request, context)

        proceed: Proceed = handle
        for middleware in reversed(self._middleware):
            proceed = partial(middleware, call, proceed)
        await proceed()
        return response


async def _handle(endpoint: _Endpoint, raw: Payload, context: CallContext) -> bytes | None:
    if endpoint.request_streaming:
        async with aclosing(context.checked(raw)) as requests:
            return await _respond(endpoint, requests, context)
    context.requests += 1
    return await _respond(endpoint, endpoint.codec.decode(raw), context)


async def _respond(endpoint: _Endpoint, request: Payload, context: CallContext) -> bytes | None:
    outcome = endpoint.behavior(request, context)
    if not endpoint.response_streaming:
        response = await outcome
        context.ensure_abort_was_awaited()
        if response is None and context.final_code() is not grpc.StatusCode.OK:
            return b""
        encoded = endpoint.codec.encode(response)
        context.responses += 1
        return encoded
    if hasattr(outcome, "__aiter__"):
        await _write_all(outcome, context)
    else:
        await outcome
    context.ensure_abort_was_awaited()
    return None


async def _write_all(responses: AsyncIterator[Payload], context: CallContext) -> None:
    try:
        async for response in responses:
            await context.write(response)
    finally:
        # A generator that is left half-way runs its `finally` blocks now, in this task, and not some day.
        close = getattr(responses, "aclose", None)
        if close is not None:
            await close()


async def _no_such_method(_requests: AsyncIterator[bytes], _context: CallContext) -> None:
    raise Unimplemented("This service has no such method; client and server may be of different versions.")

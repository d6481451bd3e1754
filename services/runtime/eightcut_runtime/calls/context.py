"""One call in progress, and the context that its handler sees."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Never, TypeAlias

import grpc

from eightcut_runtime.errors import InvalidArgument

if TYPE_CHECKING:
    from grpc.aio import _DoneCallback  # exists in the stubs only

_CODES = {code.value[0]: code for code in grpc.StatusCode}

MetadataPairs: TypeAlias = grpc.aio.Metadata | Sequence[tuple[str, str | bytes]]
Payload: TypeAlias = Any
"""A request or a response after decoding; its type is the method's, which is not known here."""


@dataclass(frozen=True, slots=True)
class Codec:
    """How one method's messages become bytes and back, with the check that every request passes.

    Attributes:
        parse: Bytes to request; None leaves bytes.
        serialize: Response to bytes; None takes bytes.
        check: Raises `InvalidArgument` for a request that breaks a rule of the API.
    """

    parse: Callable[[bytes], Payload] | None
    serialize: Callable[[Payload], bytes] | None
    check: Callable[[Payload], None]

    def decode(self, raw: bytes) -> Payload:
        """Returns the checked request.

        Raises:
            InvalidArgument: The bytes are no such message, or a field breaks a rule.
        """
        request: Payload = raw
        if self.parse is not None:
            try:
                request = self.parse(raw)
            except Exception as error:
                raise InvalidArgument("The request cannot be decoded as this method's message.") from error
        self.check(request)
        return request

    def encode(self, response: Payload) -> bytes:
        """Returns the response's bytes.

        Raises:
            TypeError: The handler answered with something else than the method's response.
        """
        encoded: object = self.serialize(response) if self.serialize is not None else response
        if not isinstance(encoded, bytes):
            raise TypeError(f"the handler answered with {type(response).__name__}, which is not its response type")
        return encoded


class CallContext(grpc.aio.ServicerContext[Any, Any]):
    """The context a handler sees: gRPC's own, with these differences.

    Requests that are read are checked; trailing metadata set by the handler is added to the runtime's (the
    request id) instead of replacing it; and an ``abort`` that is not awaited, which gRPC answers with OK,
    fails the call.
    """

    def __init__(self, inner: grpc.aio.ServicerContext[Any, Any], codec: Codec) -> None:
        self._inner = inner
        self._codec = codec
        self._trailing: list[tuple[str, str | bytes]] = []
        self._pending_abort: Coroutine[Any, Any, Never] | None = None
        self._aborted_with: grpc.StatusCode | None = None
        self.requests = 0
        self.responses = 0

    def abort(
        self, code: grpc.StatusCode, details: str = "", trailing_metadata: MetadataPairs = ()
    ) -> Coroutine[Any, Any, Never]:
        """Ends the call with this status by raising; must be awaited."""
        self._pending_abort = self._abort(code, details, trailing_metadata)
        return self._pending_abort

    async def _abort(self, code: grpc.StatusCode, details: str, trailing: MetadataPairs) -> Never:
        self._pending_abort = None
        self._aborted_with = code
        await self._inner.abort(code, details, (*self._trailing, *trailing))

    def ensure_abort_was_awaited(self) -> None:
        """Fails a call whose handler returned after an ``abort`` that it forgot to await.

        Raises:
            RuntimeError: There is such an abort.
        """
        if self._pending_abort is not None:
            self._pending_abort.close()
            self._pending_abort = None
            raise RuntimeError("the handler called context.abort without awaiting it")

    async def abort_with_status(self, status: grpc.Status) -> Never:
        """Ends the call with this status by raising; must be awaited."""
        await self.abort(status.code, status.details, tuple(status.trailing_metadata or ()))

    async def read(self) -> Payload:
        """Returns the next checked request, or ``grpc.aio.EOF``.

        Raises:
            InvalidArgument: The request breaks a rule of the API.
        """
        raw = await self._inner.read()
        if raw is grpc.aio.EOF:
            return raw
        self.requests += 1
        return self._codec.decode(raw)

    async def write(self, message: Payload) -> None:
        """Sends one response; waits while the client's window is full."""
        await self._inner.write(self._codec.encode(message))
        self.responses += 1

    async def checked(self, requests: AsyncIterator[bytes]) -> AsyncGenerator[Payload, None]:
        """Yields the checked requests of a stream of raw ones."""
        async for raw in requests:
            self.requests += 1
            yield self._codec.decode(raw)

    def set_trailing_metadata(self, trailing_metadata: MetadataPairs) -> None:
        """Adds to what the client receives at the end of the call."""
        self._trailing.extend(trailing_metadata)
        self._inner.set_trailing_metadata(tuple(self._trailing))

    def final_code(self) -> grpc.StatusCode:
        """Returns the status the handler has chosen so far, OK if none."""
        if self._aborted_with is not None:
            return self._aborted_with
        code = self._inner.code()
        return code if isinstance(code, grpc.StatusCode) else _CODES[code or 0]

    async def send_initial_metadata(self, initial_metadata: MetadataPairs) -> None:
        """See grpc.aio.ServicerContext."""
        await self._inner.send_initial_metadata(tuple(initial_metadata))

    def invocation_metadata(self) -> grpc.aio.Metadata | None:
        """See grpc.aio.ServicerContext."""
        return self._inner.invocation_metadata()

    def set_code(self, code: grpc.StatusCode) -> None:
        """See grpc.aio.ServicerContext."""
        self._inner.set_code(code)

    def set_details(self, details: str) -> None:
        """See grpc.aio.ServicerContext."""
        self._inner.set_details(details)

    def set_compression(self, compression: grpc.Compression) -> None:
        """See grpc.aio.ServicerContext."""
        self._inner.set_compression(compression)

    def disable_next_message_compression(self) -> None:
        """See grpc.aio.ServicerContext."""
        self._inner.disable_next_message_compression()

    def peer(self) -> str:
        """See grpc.aio.ServicerContext."""
        return self._inner.peer()

    def peer_identities(self) -> Iterable[bytes] | None:
        """See grpc.aio.ServicerContext."""
        return self._inner.peer_identities()

    def peer_identity_key(self) -> str | None:
        """See grpc.aio.ServicerContext."""
        return self._inner.peer_identity_key()

    def auth_context(self) -> Mapping[str, Iterable[bytes]]:
        """See grpc.aio.ServicerContext."""
        return self._inner.auth_context()

    def time_remaining(self) -> float:
        """See grpc.aio.ServicerContext."""
        return self._inner.time_remaining()

    def trailing_metadata(self) -> grpc.aio.Metadata:
        """See grpc.aio.ServicerContext."""
        return self._inner.trailing_metadata()

    def code(self) -> grpc.StatusCode:
        """See grpc.aio.ServicerContext."""
        return self._inner.code()

    def details(self) -> str:
        """See grpc.aio.ServicerContext."""
        return self._inner.details()

    def add_done_callback(self, callback: _DoneCallback[Any, Any]) -> None:
        """See grpc.aio.ServicerContext."""
        self._inner.add_done_callback(callback)

    def cancelled(self) -> bool:
        """See grpc.aio.ServicerContext."""
        return self._inner.cancelled()

    def done(self) -> bool:
        """See grpc.aio.ServicerContext."""
        return self._inner.done()


@dataclass(slots=True)
class Call:
    """One call as the middleware sees it.

    Attributes:
        method: Full name with a leading slash.
        context: The handler's context.
        request_id: Set by `eightcut_runtime.calls.identity`.
    """

    method: str
    context: CallContext
    request_id: str = ""

    def header(self, name: str) -> str:
        """Returns the first value of a request header, empty if it is absent or binary."""
        for key, value in self.context.invocation_metadata() or ():
            if key == name and isinstance(value, str):
                return value
        return ""

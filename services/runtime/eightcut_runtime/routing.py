"""Lets a server listen, and answer health checks, before its servicers exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import grpc

from eightcut_runtime.errors import Unavailable


class Routes(grpc.GenericRpcHandler):
    """The methods of a server; may grow while the server runs, which gRPC's own list may not.

    Args:
        name: Of the service, for the sentence that callers get before it is ready.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._methods: dict[str, grpc.RpcMethodHandler[Any, Any]] = {}
        self._others: list[grpc.GenericRpcHandler] = []
        self.services: list[str] = []
        self.ready = False

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[Any, Any] | None:
        """Returns the method's handler, None if there is no such method."""
        found = self._methods.get(handler_call_details.method)
        if found is None:
            for other in self._others:
                found = other.service(handler_call_details)
                if found is not None:
                    break
        if found is None and not self.ready:
            return grpc.stream_stream_rpc_method_handler(self._starting)
        return found

    def add_methods(self, service: str, methods: Mapping[str, grpc.RpcMethodHandler[Any, Any]]) -> None:
        """Adds the methods of one service, by short name."""
        self._know(service)
        self._methods.update({f"/{service}/{name}": handler for name, handler in methods.items()})

    def add_generic(self, handler: grpc.GenericRpcHandler) -> None:
        """Adds a handler that finds its methods itself."""
        if isinstance(handler, grpc.ServiceRpcHandler):
            self._know(handler.service_name())
        self._others.append(handler)

    def _know(self, service: str) -> None:
        if service not in self.services:
            self.services.append(service)

    async def _starting(self, _requests: object, _context: object) -> None:
        raise Unavailable(f"The {self._name} service is starting.", retry_after=0.5)


class RoutedServer(grpc.aio.Server):
    """What a service's factory gets as its server: handlers go to the routes, the rest to the real server."""

    def __init__(self, server: grpc.aio.Server, routes: Routes) -> None:
        self._server = server
        self._routes = routes

    def add_generic_rpc_handlers(self, generic_rpc_handlers: Iterable[grpc.GenericRpcHandler]) -> None:
        """See grpc.aio.Server."""
        for handler in generic_rpc_handlers:
            self._routes.add_generic(handler)

    def add_registered_method_handlers(
        self, service_name: str, method_handlers: Mapping[str, grpc.RpcMethodHandler[Any, Any]]
    ) -> None:
        """Generated code calls this beside `add_generic_rpc_handlers`, with the same methods."""
        self._routes.add_methods(service_name, method_handlers)

    def add_insecure_port(self, address: str) -> int:
        """See grpc.aio.Server."""
        return self._server.add_insecure_port(address)

    def add_secure_port(self, address: str, server_credentials: grpc.ServerCredentials) -> int:
        """See grpc.aio.Server."""
        return self._server.add_secure_port(address, server_credentials)

    async def start(self) -> None:
        """See grpc.aio.Server."""
        await self._server.start()

    async def stop(self, grace: float | None) -> None:
        """See grpc.aio.Server."""
        await self._server.stop(grace)

    async def wait_for_termination(self, timeout: float | None = None) -> bool:
        """See grpc.aio.Server."""
        return await self._server.wait_for_termination(timeout)

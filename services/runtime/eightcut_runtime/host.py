"""One running server, from the bound address to the closed resources."""

from __future__ import annotations

import argparse
import asyncio
import logging
from contextlib import AsyncExitStack

import grpc
from eightcut.common.v1 import server_info_service_pb2_grpc
from grpc_reflection.v1alpha import reflection

from eightcut_runtime.addresses import SocketFile, TcpAddress, UnixAddress
from eightcut_runtime.calls import CallInterceptor, Middleware
from eightcut_runtime.calls.access_log import log_access
from eightcut_runtime.calls.authentication import Authentication
from eightcut_runtime.calls.errors import map_errors
from eightcut_runtime.calls.identity import identify
from eightcut_runtime.calls.validation import check_request
from eightcut_runtime.errors import StartError
from eightcut_runtime.health import Health, add_health
from eightcut_runtime.logs import fields
from eightcut_runtime.options import ServeOptions
from eightcut_runtime.routing import RoutedServer, Routes
from eightcut_runtime.server_info import ServerInfo
from eightcut_runtime.service import AsyncClosable, Service, ServiceSpec
from eightcut_runtime.threads import BlockingPool

logger = logging.getLogger(__name__)

_CLOSE_SECONDS = 10.0


class ServiceHost:
    """Starts and stops one service on the running event loop; used once.

    Args:
        spec: The service.
        options: How to serve it.
        arguments: The service's own options.
    """

    def __init__(self, spec: ServiceSpec, options: ServeOptions, arguments: argparse.Namespace) -> None:
        self._spec = spec
        self._options = options
        self._arguments = arguments
        self._stack = AsyncExitStack()
        self._routes = Routes(spec.name)
        self._health = Health()
        self._stopping = asyncio.Event()
        self._server = self._make_server()
        self.address = ""

    async def start(self) -> None:
        """Binds, answers health checks, makes the service, and then serves it.

        Raises:
            StartError: One sentence why not. What was taken is given back.
        """
        try:
            self._options.ensure_safe()
            await self._listen()
            await self._create()
        except BaseException:
            await self._close()
            raise

    async def stop(self, grace: float | None) -> None:
        """Drains and closes: health says NOT_SERVING, open calls get ``grace`` seconds, then resources go.

        May be called again with a smaller grace, which then holds.
        """
        first = not self._stopping.is_set()
        self._stopping.set()
        if first:
            logger.info("stopping", extra=fields(grace_seconds=grace))
            await self._health.stop()
        await self._server.stop(grace)
        if first:
            await self._close()
            logger.info("stopped")

    async def _listen(self) -> None:
        listen = self._options.listen
        credentials = self._options.credentials()
        server = self._server
        server.add_generic_rpc_handlers((self._routes,))
        routed = RoutedServer(server, self._routes)
        add_health(self._health, routed)
        info = ServerInfo(self._spec.name, self._spec.version)
        server_info_service_pb2_grpc.add_ServerInfoServiceServicer_to_server(info, routed)
        if isinstance(listen, UnixAddress):
            socket_file = self._stack.enter_context(SocketFile(listen.path))
            self._bind(socket_file.binding_target, credentials)
            socket_file.publish()
            self.address = str(listen)
        else:
            listen.ensure_free()
            port = self._bind(str(listen), credentials)
            self.address = str(TcpAddress(listen.host, port))
        # Entered after the socket, so that the server is gone before its path is.
        self._stack.push_async_callback(server.stop, None)
        await server.start()

    def _bind(self, target: str, credentials: grpc.ServerCredentials | None) -> int:
        try:
            if credentials is None:
                return self._server.add_insecure_port(target)
            return self._server.add_secure_port(target, credentials)
        except RuntimeError as error:
            hint = "" if credentials is None else " (are certificate and key valid PEM files that belong together?)"
            raise StartError(f"Cannot listen on {self._options.listen}{hint}.") from error

    async def _create(self) -> None:
        threads = BlockingPool(self._spec.threads, self._spec.name)
        self._stack.push_async_callback(threads.aclose)
        service = Service(
            name=self._spec.name,
            version=self._spec.version,
            address=self.address,
            arguments=self._arguments,
            health=self._health,
            stopping=self._stopping,
            threads=threads,
        )
        made = await self._spec.create(RoutedServer(self._server, self._routes), service)
        self._stack.push_async_callback(self._close_service, made)
        for name in self._routes.services:
            self._health.add_service(name)
        if self._options.reflection:
            names = (*self._routes.services, reflection.SERVICE_NAME)
            reflection.enable_server_reflection(names, RoutedServer(self._server, self._routes))
        self._routes.ready = True
        self._health.set_ready()
        logger.info("ready", extra=fields(address=self.address, version=self._spec.version))

    async def _close_service(self, made: AsyncClosable) -> None:
        try:
            await asyncio.wait_for(made.aclose(), _CLOSE_SECONDS)
        except TimeoutError:
            logger.warning("the service did not close within %g s", _CLOSE_SECONDS)
        except Exception:
            logger.exception("the service failed while it closed")

    async def _close(self) -> None:
        self._stopping.set()
        await self._health.stop()
        await self._stack.aclose()

    def _make_server(self) -> grpc.aio.Server:
        middleware: list[Middleware] = [identify, log_access, map_errors]
        if self._options.token is not None:
            middleware.append(Authentication(self._options.token))
        limits = self._options.limits
        return grpc.aio.server(
            interceptors=[CallInterceptor(middleware, check_request)],
            options=limits.channel_arguments(),
            maximum_concurrent_rpcs=limits.concurrent_rpcs,
        )

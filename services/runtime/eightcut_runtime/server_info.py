"""Tells clients who answers at an address."""

from __future__ import annotations

import grpc
from eightcut.common.v1 import server_info_service_pb2, server_info_service_pb2_grpc

API_VERSION = "v1"


class ServerInfo(server_info_service_pb2_grpc.ServerInfoServiceServicer):
    """Name, version and start time of this process's service."""

    def __init__(self, name: str, version: str) -> None:
        self._answer = server_info_service_pb2.GetServerInfoResponse(
            name=name, version=version, api_version=API_VERSION
        )
        self._answer.start_time.GetCurrentTime()

    async def GetServerInfo(
        self,
        _request: server_info_service_pb2.GetServerInfoRequest,
        _context: grpc.aio.ServicerContext[
            server_info_service_pb2.GetServerInfoRequest, server_info_service_pb2.GetServerInfoResponse
        ],
    ) -> server_info_service_pb2.GetServerInfoResponse:
        """Returns them."""
        return self._answer

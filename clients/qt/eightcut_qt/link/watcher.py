"""Asks one service again and again whether it serves, in a thread of its own: a slow one delays no other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import grpc
from eightcut.common.v1.server_info_service_pb2 import GetServerInfoRequest
from eightcut.common.v1.server_info_service_pb2_grpc import ServerInfoServiceStub
from eightcut_client.cancellation import Cancellation
from eightcut_client.connection import Connection
from eightcut_client.endpoints import ServiceName
from eightcut_client.errors import (
    EightcutError,
    ServicesError,
    UnauthenticatedError,
    UnavailableError,
    service_title,
)
from grpc_health.v1 import health_pb2, health_pb2_grpc

from eightcut_qt.link.states import ServiceState, Status

API = "v1"
"""What we speak."""

EVERY = 2.0
"""Seconds between two questions."""
ANSWER = 4.0
"""Seconds that an answer may take."""

_AGAIN = 1.0  # Seconds after which a service that is away is asked again.
_LONGEST = 30.0  # Seconds between two attempts to start a service that does not start.
_PROVE = 5  # Every so many questions the token is shown as well: it may have expired.


class Watcher:
    """Watches one service of a connection. All methods are for one thread."""

    def __init__(self, connection: Connection, name: ServiceName, tell: Callable[[ServiceState], None]) -> None:
        """Prepare.

        Args:
            connection: The services.
            name: Which one.
            tell: Told of every change, in the watching thread.
        """
        self._connection = connection
        self._name: ServiceName = name
        self._tell = tell
        self._last: ServiceState | None = None
        self._asked = 0
        self._failed_starts = 0
        self._wake = threading.Event()
        self._stream: Any = None

    def run(self, cancel: Cancellation) -> None:
        """Watch until cancelled.

        Raises:
            CancelledError: Now it is.
        """
        with cancel.calling(self._wake.set):
            try:
                while True:
                    self._wake.clear()
                    state = self.look(cancel)
                    cancel.check()
                    if state != self._last:
                        self._last = state
                        self._tell(state)
                    self._notice_end(state)
                    self._wake.wait(self._pause(state))
                    cancel.check()
            finally:
                self._hang_up()

    def look(self, cancel: Cancellation) -> ServiceState:
        """Ask once; an own service is started first."""
        title = service_title(self._name)
        try:
            channel = self._connection.channel(self._name)
            health = health_pb2_grpc.HealthStub(channel)
            answer = _answer(health.Check.future(health_pb2.HealthCheckRequest(), timeout=ANSWER), cancel)
            if answer.status != health_pb2.HealthCheckResponse.SERVING:
                self._asked = 0
                return ServiceState(Status.NOT_SERVING, sentence=f"The {title} is not ready yet.")
            version = self._prove(channel, cancel)
        except UnauthenticatedError:
            return ServiceState(
                Status.REFUSED,
                sentence=f"The {title} refuses the token: it is missing, wrong or expired. Give it the right one.",
            )
        except EightcutError as error:
            cancel.check()
            self._asked = 0
            if isinstance(error, ServicesError):
                self._failed_starts += 1
            if error.code is grpc.StatusCode.UNIMPLEMENTED:
                return self._other_api("an older")
            return ServiceState(Status.UNREACHABLE, sentence=str(error))
        except ValueError:  # gRPC's, of a channel that was closed just now.
            cancel.check()
            return ServiceState(Status.UNREACHABLE, sentence="The connection is closed.")
        self._failed_starts = 0
        return version

    def _prove(self, channel: grpc.Channel, cancel: Cancellation) -> ServiceState:
        """Show the token and see who answers, unless that was done just now."""
        self._asked += 1
        if self._asked % _PROVE != 1 and self._last is not None and self._last.status is Status.SERVING:
            return self._last
        call = ServerInfoServiceStub(channel).GetServerInfo.future(GetServerInfoRequest(), timeout=ANSWER)
        info = _answer(call, cancel)
        if info.api_version != API:
            older = info.api_version < API
            return self._other_api("an older" if older else "a newer", info.version)
        return ServiceState(Status.SERVING, info.version, f"The {service_title(self._name)} answers ({info.version}).")

    def _other_api(self, which: str, version: str = "") -> ServiceState:
        number = f" ({version})" if version else ""
        newer = "the services" if which == "an older" else "this program"
        sentence = f"The {service_title(self._name)} is of {which} version{number} of 8-cut: install {newer} anew."
        return ServiceState(Status.OTHER_API, version, sentence)

    def _pause(self, state: ServiceState) -> float:
        if self._failed_starts:
            return float(min(EVERY * 2 ** (self._failed_starts - 1), _LONGEST))
        return EVERY if state.status is Status.SERVING else _AGAIN

    def _notice_end(self, state: ServiceState) -> None:
        """Keep a stream open, whose end tells at once that a service died."""
        if state.status is not Status.SERVING:
            self._hang_up()
        elif self._stream is None or self._stream.done():
            try:
                health = health_pb2_grpc.HealthStub(self._connection.channel(self._name))
                self._stream = health.Watch(health_pb2.HealthCheckRequest())
            except (EightcutError, ValueError):  # The next question tells what is wrong.
                return
            self._stream.add_done_callback(lambda _call: self._wake.set())

    def _hang_up(self) -> None:
        if self._stream is not None:
            self._stream.cancel()
            self._stream = None


def check_once(connection: Connection, name: ServiceName, cancel: Cancellation) -> ServiceState:
    """Ask a service once, for the test of a connection.

    Raises:
        CancelledError: ``cancel`` was called.
    """
    return Watcher(connection, name, lambda _state: None).look(cancel)


def _answer(call: Any, cancel: Cancellation) -> Any:  # noqa: ANN401  gRPC's own
    """Wait for a call; cancelling ends it."""
    with cancel.calling(call.cancel):
        try:
            return call.result()
        except grpc.FutureCancelledError as error:
            cancel.check()
            raise UnavailableError("The connection is closed.") from error

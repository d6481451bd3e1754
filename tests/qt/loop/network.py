"""A network that can be cut, frozen and slow, between a window and the services."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_CHUNK = 16 * 1024


class Wire:
    """Passes on what a client and one service say to each other, over TCP.

    Attributes:
        address: Where the client connects to.
        passed: Bytes that went to the service so far.
        speed: Bytes a second that go to the service at most; None: as many as it takes.
    """

    def __init__(self, target: str) -> None:
        self.passed = 0
        self.speed: float | None = None
        self._target = target
        self._flows = threading.Event()
        self._flows.set()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._port = self._listener.getsockname()[1]
        self.address = f"127.0.0.1:{self._port}"
        self._listen()

    def cut(self) -> None:
        """Ends all connections and takes no new ones."""
        self._flows.set()
        with self._lock:
            ended, self._open = [self._listener, *self._open], set()
        for end in ended:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def freeze(self) -> None:
        """Passes nothing on, and ends nothing."""
        self._flows.clear()

    def restore(self) -> None:
        """Works again."""
        self._flows.set()
        if self._listener.fileno() < 0:
            self._listener = socket.create_server(("127.0.0.1", self._port))
            self._listen()

    def _listen(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            service = _connect(self._target)
            with self._lock:
                self._open |= {client, service}
            for source, target, up in ((client, service, True), (service, client, False)):
                threading.Thread(target=self._pass, args=(source, target, up), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, up: bool) -> None:
        try:
            while data := source.recv(_CHUNK):
                self._flows.wait()
                target.sendall(data)
                if up:
                    self.passed += len(data)
                    if self.speed is not None:
                        time.sleep(len(data) / self.speed)
        except OSError:
            pass  # Cut.
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        with self._lock:
            gone = {end for end in (source, target) if end in self._open}
            self._open -= gone
        for end in gone:
            end.close()


class Network:
    """The wires to the three services."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self.wires = {name: Wire(address) for name, address in addresses.items()}

    @property
    def server(self) -> str:
        """The services' addresses, as a person would give them."""
        return ",".join(f"{name}={wire.address}" for name, wire in self.wires.items())

    def cut(self) -> None:
        """See `Wire.cut`."""
        for wire in self.wires.values():
            wire.cut()

    def freeze(self) -> None:
        """See `Wire.freeze`."""
        for wire in self.wires.values():
            wire.freeze()

    def restore(self) -> None:
        """See `Wire.restore`."""
        for wire in self.wires.values():
            wire.restore()


@contextmanager
def network(addresses: Mapping[str, str]) -> Iterator[Network]:
    """Wires to these addresses, cut at the end."""
    made = Network(addresses)
    try:
        yield made
    finally:
        made.cut()


def _connect(address: str) -> socket.socket:
    if address.startswith("unix:"):
        service = socket.socket(socket.AF_UNIX)
        service.connect(address.removeprefix("unix:"))
        return service
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)))

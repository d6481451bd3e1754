"""Limits that only a raw connection can try."""

import socket
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from eightcut_runtime import Limits
from eightcut_runtime.testing import serve_in_thread

from tests.runtime.sample_service import SPEC

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS, PING, GOAWAY = 4, 6, 7
ACK = 1
ENHANCE_YOUR_CALM = 11


def frame(kind: int, payload: bytes = b"", flags: int = 0) -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + bytes(4) + payload


def connect(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=30)


def frames(connection: socket.socket) -> Iterator[tuple[int, int, bytes]]:
    """Yields kind, flags and payload until the server closes the connection."""
    with connection.makefile("rb") as stream:
        while len(head := stream.read(9)) == 9:
            yield head[3], head[4], stream.read(int.from_bytes(head[:3], "big"))


def ping_often(address: str, count: int) -> int | None:
    """Pings without data; returns the GOAWAY's error code, None if all were answered."""
    with closing(connect(address)) as connection:
        connection.sendall(PREFACE + frame(SETTINGS))
        answered = 0
        connection.sendall(frame(PING, bytes(8)))
        for kind, flags, payload in frames(connection):
            if kind == GOAWAY:
                return int.from_bytes(payload[4:8], "big")
            if kind == PING and flags & ACK:
                answered += 1
                if answered == count:
                    return None
                connection.sendall(frame(PING, bytes(8)))
    raise AssertionError("the server closed the connection without a word")


def test_pings_within_the_limit_are_answered_and_others_are_not() -> None:
    """Shows that ``grpc.http2.min_ping_interval_without_data_ms`` is the option that governs pings."""
    with serve_in_thread(replace(SPEC, limits=Limits(client_ping_seconds=0.0))) as running:
        assert ping_often(running.address, 20) is None
    with serve_in_thread(replace(SPEC, limits=Limits(client_ping_seconds=600.0))) as running:
        assert ping_often(running.address, 20) == ENHANCE_YOUR_CALM


def test_a_connection_that_never_says_hello_is_closed() -> None:
    with (
        serve_in_thread(replace(SPEC, limits=Limits(handshake_seconds=0.3))) as running,
        closing(connect(running.address)) as connection,
    ):
        while connection.recv(4096):
            continue


def test_an_idle_connection_is_asked_to_go() -> None:
    with (
        serve_in_thread(replace(SPEC, limits=Limits(idle_seconds=0.3))) as running,
        closing(connect(running.address)) as connection,
    ):
        connection.sendall(PREFACE + frame(SETTINGS))
        assert GOAWAY in {kind for kind, _, _ in frames(connection)}


def test_a_silent_client_is_noticed() -> None:
    limits = Limits(keepalive_seconds=0.2, keepalive_timeout_seconds=0.2)
    with serve_in_thread(replace(SPEC, limits=limits)) as running, closing(connect(running.address)) as connection:
        connection.sendall(PREFACE + frame(SETTINGS))
        kinds = [kind for kind, _, _ in frames(connection)]
    assert PING in kinds


def test_every_argument_is_known_to_grpc() -> None:
    """A misspelt channel argument is ignored without a word: look the names up in the library itself."""
    from pathlib import Path

    from grpc._cython import cygrpc

    library = Path(cygrpc.__file__).read_bytes()
    for name, value in Limits().channel_arguments():
        assert name.encode() + b"\0" in library, name
        assert 0 <= value < 2**31


@pytest.mark.parametrize("seconds", [None, 1e12])
def test_never_fits_into_grpcs_integers(seconds: float | None) -> None:
    arguments = dict(Limits(idle_seconds=seconds).channel_arguments())
    assert arguments["grpc.max_connection_idle_ms"] == 2**31 - 1

"""What a server accepts and how long it waits, as data."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024

# gRPC takes milliseconds as a signed 32-bit integer and reads its largest value as "never".
_NEVER_MS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one server. Every field becomes a channel argument of gRPC's core, or a server argument.

    Attributes:
        concurrent_streams: Calls open at once on one connection; a client queues what is beyond.
        concurrent_rpcs: Calls open at once on the whole server; beyond it a call gets RESOURCE_EXHAUSTED.
        message_bytes: Largest message in either direction, after decompression. Longer things are streamed.
        metadata_bytes: Largest sum of a call's metadata (HPACK size: names + values + 32 per entry).
        handshake_seconds: A connection whose TLS and HTTP/2 handshake takes longer is closed.
        keepalive_seconds: A quiet connection is pinged this often, so that a vanished client is noticed.
        keepalive_timeout_seconds: A ping unanswered for so long closes the connection and cancels its calls.
        client_ping_seconds: Clients may ping this often while no data flows; one that pings more often is
            disconnected with ENHANCE_YOUR_CALM after ``client_ping_strikes`` too early pings. Ours ping every 3.5 s.
        client_ping_strikes: See above.
        idle_seconds: A connection without calls is closed after this time (clients reconnect unseen);
            None: never.
        connection_age_seconds: A connection is asked to go away after this time, calls in it may finish;
            None: never, because scans and watches are long-lived streams.
        connection_age_grace_seconds: How long calls may go on after that; None: without end.
    """

    concurrent_streams: int = 1024
    concurrent_rpcs: int = 4096
    message_bytes: int = MIB
    metadata_bytes: int = 16 * 1024
    handshake_seconds: float = 10.0
    keepalive_seconds: float = 60.0
    keepalive_timeout_seconds: float = 20.0
    client_ping_seconds: float = 1.5
    client_ping_strikes: int = 2
    idle_seconds: float | None = 600.0
    connection_age_seconds: float | None = None
    connection_age_grace_seconds: float | None = None

    def channel_arguments(self) -> list[tuple[str, int]]:
        """Returns the limits as options for ``grpc.aio.server``."""
        return [
            # Without this a second server silently shares a busy TCP port instead of failing.
            ("grpc.so_reuseport", 0),
            ("grpc.max_concurrent_streams", self.concurrent_streams),
            ("grpc.max_receive_message_length", self.message_bytes),
            ("grpc.max_send_message_length", self.message_bytes),
            # Above the first size calls may be rejected, above the second they are: one limit here.
            ("grpc.max_metadata_size", self.metadata_bytes),
            ("grpc.absolute_max_metadata_size", self.metadata_bytes),
            ("grpc.server_handshake_timeout_ms", _milliseconds(self.handshake_seconds)),
            ("grpc.keepalive_time_ms", _milliseconds(self.keepalive_seconds)),
            ("grpc.keepalive_timeout_ms", _milliseconds(self.keepalive_timeout_seconds)),
            # Measured (grpcio 1.85): the keepalive timeout alone leaves a silent client connected; this one acts.
            ("grpc.http2.ping_timeout_ms", _milliseconds(self.keepalive_timeout_seconds)),
            ("grpc.keepalive_permit_without_calls", 1),
            ("grpc.http2.min_ping_interval_without_data_ms", _milliseconds(self.client_ping_seconds)),
            ("grpc.http2.max_ping_strikes", self.client_ping_strikes),
            # See eightcut_client.channels: a window that grows by itself fills a slow link with 4 MiB in which every
            # ping waits; without it at most a message and 64 KiB of each stream are on their way.
            ("grpc.http2.bdp_probe", 0),
            ("grpc.max_connection_idle_ms", _milliseconds(self.idle_seconds)),
            ("grpc.max_connection_age_ms", _milliseconds(self.connection_age_seconds)),
            ("grpc.max_connection_age_grace_ms", _milliseconds(self.connection_age_grace_seconds)),
        ]


def _milliseconds(seconds: float | None) -> int:
    return _NEVER_MS if seconds is None else min(round(seconds * 1000), _NEVER_MS)

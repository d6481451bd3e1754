"""gRPC channels as 8-cut uses them: options that agree with the servers' limits, credentials, retries.

A service that calls another one uses `open_aio_channel`; clients use `Connection`, which uses `open_channel`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import grpc

from eightcut_client.aio_calls import aio_token_interceptors
from eightcut_client.calls import CallGuard
from eightcut_client.endpoints import Endpoint, is_local
from eightcut_client.errors import ConfigError

MESSAGE_BYTES = 1024 * 1024
"""Largest message in either direction; the servers have the same limit."""

QUIET_MS = 3_500
"""After so long without a sign of a server that owes an answer it is pinged; servers allow a ping every 1.5 s."""

PING_TIMEOUT_MS = 6_000
"""A ping unanswered for so long ends the connection and all calls in it with UNAVAILABLE.

Measured (grpcio 1.85): of a frozen server (SIGSTOP) streams and calls know after 9.5 s; calls that are sent again by
themselves try a new connection first and know after 16 s. The answer to a ping waits behind what is on its way already:
one upload in messages of 256 KiB (at most 332 KiB on their way) outlasts a link of 64 KB/s with buffers without end, a
slower one breaks it, and it is resumed.
"""

_RETRIED: dict[str, tuple[str, ...]] = {
    "eightcut.common.v1.ServerInfoService": ("GetServerInfo",),
    "eightcut.store.v1.ProfileService": ("GetProfile", "ListProfiles"),
    "eightcut.store.v1.MediaService": (
        "RegisterMedia",
        "GetMedia",
        "BatchGetMedia",
        "ListMedia",
        "SetMediaHidden",
        "ListHiddenMedia",
    ),
    "eightcut.store.v1.ClipService": ("GetClip", "ListClips", "ListFolders", "ListLabels"),
    "eightcut.store.v1.HardNegativeService": ("ListHardNegatives",),
    "eightcut.store.v1.ClassifierService": ("ListClassifiers", "GetClassifier", "ActivateClassifier"),
    "eightcut.store.v1.ScanService": ("GetScan", "ListScans", "ListRegions", "DiffScans"),
    "eightcut.store.v1.TrainingRunService": ("GetTrainingRun", "ListTrainingRuns", "ListTrainingEvents"),
    "eightcut.inference.v1.InferenceService": ("ListEmbedders", "GetDeviceStatus", "GetTrack", "BatchGetTracks"),
    "eightcut.trainer.v1.TrainerService": ("PreviewTraining", "GetTraining", "ListTrainings"),
}
"""Idempotent unary methods, by name: only these may be sent twice. A stream never is: a broken one is resumed."""


def service_config() -> str:
    """Return gRPC's service config with the retry policy of the idempotent methods, as JSON."""
    names = [{"service": service, "method": method} for service, methods in _RETRIED.items() for method in methods]
    policy = {
        "maxAttempts": 4,
        "initialBackoff": "0.2s",
        "maxBackoff": "2s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    return json.dumps({"methodConfig": [{"name": names, "retryPolicy": policy}]})


def channel_options(address: str) -> list[tuple[str, Any]]:
    """Return the channel arguments for an address."""
    options: list[tuple[str, Any]] = [
        ("grpc.max_send_message_length", MESSAGE_BYTES),
        ("grpc.max_receive_message_length", MESSAGE_BYTES),
        # While a call is open and nothing has come for the first time, a ping; unanswered for the second, UNAVAILABLE.
        ("grpc.keepalive_time_ms", QUIET_MS),
        ("grpc.keepalive_timeout_ms", PING_TIMEOUT_MS),
        # The one that acts (measured): with it at 60 s a peer that keeps its connection open but answers nothing is
        # given up after 64 s, whatever the keepalive timeout says.
        ("grpc.http2.ping_timeout_ms", PING_TIMEOUT_MS),
        # No window that grows by itself: on a link of 64 KB/s it came to 4 MiB, in which the answer to a ping waited
        # for a minute. Without it a message and 64 KiB of each stream are on their way at most. Servers do the same.
        ("grpc.http2.bdp_probe", 0),
        ("grpc.keepalive_permit_without_calls", 0),
        ("grpc.http2.max_pings_without_data", 0),
        # A service that is started again is back in a second or two: no minutes of backoff.
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 5_000),
        ("grpc.max_reconnect_backoff_ms", 2_000),
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.enable_retries", 1),
        ("grpc.service_config", service_config()),
    ]
    if is_local(address):
        options.append(("grpc.enable_http_proxy", 0))
    return options


def open_channel(endpoint: Endpoint, *, before_call: Callable[[], None] | None = None) -> grpc.Channel:
    """Return a channel for blocking calls; it connects with the first one.

    Its calls raise `EightcutError` instead of `grpc.RpcError`, have a deadline of two minutes unless they
    stream or say otherwise, and carry the token.

    Args:
        endpoint: Where to.
        before_call: Called before every call, in the caller's thread; what it raises is the call's error.

    Raises:
        ConfigError: The certificate authority's file cannot be read.
    """
    options = channel_options(endpoint.address)
    if endpoint.tls:
        channel = grpc.secure_channel(endpoint.address, _tls(endpoint), options)
    else:
        channel = grpc.insecure_channel(endpoint.address, options)
    return grpc.intercept_channel(channel, CallGuard(endpoint, before_call))


def open_aio_channel(endpoint: Endpoint) -> grpc.aio.Channel:
    """Return a channel for an event loop; it connects with the first call, and carries the token.

    Its calls raise gRPC's own errors (see `eightcut_client.errors.from_rpc_error`).

    Raises:
        ConfigError: The certificate authority's file cannot be read.
    """
    options = channel_options(endpoint.address)
    interceptors = aio_token_interceptors(endpoint.token) if endpoint.token is not None else []
    if endpoint.tls:
        return grpc.aio.secure_channel(endpoint.address, _tls(endpoint), options, interceptors=interceptors)
    return grpc.aio.insecure_channel(endpoint.address, options, interceptors=interceptors)


def _tls(endpoint: Endpoint) -> grpc.ChannelCredentials:
    if endpoint.ca is None:
        return grpc.ssl_channel_credentials()
    try:
        roots = endpoint.ca.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"The certificate authority {endpoint.ca} cannot be read: {(error.strerror or 'unreadable').lower()}."
        ) from error
    return grpc.ssl_channel_credentials(root_certificates=roots)

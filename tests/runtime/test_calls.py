"""Request ids, logs, tokens, limits."""

import json
import logging
import re
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from eightcut.common.v1 import server_info_service_pb2, server_info_service_pb2_grpc
from eightcut_runtime import Limits
from eightcut_runtime.addresses import parse_address
from eightcut_runtime.logs import JsonFormatter, fields
from eightcut_runtime.options import ServeOptions
from eightcut_runtime.testing import RunningService, serve_in_thread
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.runtime.sample_service import SERVICE, SPEC
from tests.support.certificates import Certificate

TOKEN = "a-token-of-good-length"
LOOPBACK = parse_address("127.0.0.1:0")


def unary(channel: grpc.Channel, word: bytes = b"x", metadata: Sequence[tuple[str, str]] = ()) -> tuple[bytes, dict]:
    response, call = channel.unary_unary("/test.Sample/Unary").with_call(word, timeout=10, metadata=metadata)
    return response, dict(call.trailing_metadata())


def code_of(function: Callable[..., object], *args: object, **kwargs: object) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as caught:
        function(*args, **kwargs)
    return caught.value.code()


def test_a_sane_request_id_comes_back_and_is_in_every_log_line(
    channel: grpc.Channel, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    lines: list[dict] = []
    formatter = JsonFormatter("sample", ["hunter2"])
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(json.loads(formatter.format(record)))
    logging.getLogger().addHandler(handler)
    try:
        _, trailing = unary(channel, b"log", [("x-request-id", "my-id.42")])
    finally:
        logging.getLogger().removeHandler(handler)
    assert trailing["x-request-id"] == "my-id.42"
    by_logger = {line["logger"]: line for line in lines}
    assert by_logger["sample"]["message"] == "in a thread"
    assert by_logger["sample"]["request_id"] == "my-id.42"
    access = by_logger["eightcut.access"]
    assert access["request_id"] == "my-id.42"
    assert access["method"] == "/test.Sample/Unary"
    assert access["code"] == "OK"
    assert access["duration_ms"] >= 0
    assert access["peer"].startswith("ipv4:127.0.0.1:")


@pytest.mark.parametrize("offered", ["", "a b", "x" * 65, "a;b", "a/b"])
def test_a_strange_request_id_is_replaced(channel: grpc.Channel, offered: str) -> None:
    _, trailing = unary(channel, metadata=[("x-request-id", offered)])
    assert re.fullmatch("[0-9a-f]{32}", trailing["x-request-id"])


def test_json_lines_hide_secrets_and_keep_tracebacks() -> None:
    formatter = JsonFormatter("store", ["s3cret"])
    try:
        int("with s3cret inside")
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "token %s", ("s3cret",), sys.exc_info())
    record.__dict__.update(fields(answer=42))
    text = formatter.format(record)
    line = json.loads(text)
    assert "\n" not in text
    assert "s3cret" not in text
    assert line["message"] == "token [redacted]"
    assert line["answer"] == 42
    assert "ValueError" in line["exception"]
    assert line["level"] == "error"
    assert line["service"] == "store"


def test_with_a_token_every_call_needs_it_but_health_check() -> None:
    with serve_in_thread(SPEC, options=ServeOptions(LOOPBACK, token=TOKEN)) as running, running.channel() as channel:
        for metadata in (
            [],
            [("authorization", "Bearer wrong")],
            [("authorization", TOKEN)],
            [("authorization", f"Basic {TOKEN}")],
            [("authorization", f"Bearer {TOKEN}x")],
            [("authorization", "Bearer ")],
        ):
            assert code_of(unary, channel, metadata=metadata) is grpc.StatusCode.UNAUTHENTICATED
        assert unary(channel, metadata=[("authorization", f"Bearer {TOKEN}")])[0] == b"<x>"
        for kind in ("Down", "Both", "Up", "Nothing"):
            stream = channel.stream_stream(f"/test.Sample/{kind}")(iter([b"x"]), timeout=10)
            assert code_of(list, stream) is grpc.StatusCode.UNAUTHENTICATED
        stub = health_pb2_grpc.HealthStub(channel)
        request = health_pb2.HealthCheckRequest()
        assert stub.Check(request, timeout=10).status == health_pb2.HealthCheckResponse.SERVING
        assert code_of(list, stub.Watch(request, timeout=10)) is grpc.StatusCode.UNAUTHENTICATED


def test_the_token_is_in_no_repr() -> None:
    assert TOKEN not in repr(ServeOptions(LOOPBACK, token=TOKEN))


def test_tls(tmp_path: Path, certificate: Certificate) -> None:
    options = ServeOptions(LOOPBACK, token=TOKEN, tls_cert=certificate.cert, tls_key=certificate.key)
    with serve_in_thread(SPEC, options=options) as running:
        trusted = grpc.ssl_channel_credentials(certificate.cert.read_bytes())
        override = [("grpc.ssl_target_name_override", "localhost")]
        with grpc.secure_channel(running.address, trusted, override) as channel:
            assert unary(channel, metadata=[("authorization", f"Bearer {TOKEN}")])[0] == b"<x>"
            assert code_of(unary, channel) is grpc.StatusCode.UNAUTHENTICATED
        with running.channel() as plain:
            assert code_of(unary, plain) is grpc.StatusCode.UNAVAILABLE


def test_a_message_beyond_the_limit_is_refused_and_the_connection_lives(channel: grpc.Channel) -> None:
    limit = Limits().message_bytes
    assert len(unary(channel, bytes(limit - 100))[0]) > limit - 100
    assert code_of(unary, channel, bytes(limit + 1)) is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert unary(channel)[0] == b"<x>"


def test_the_limit_holds_after_decompression(sample: RunningService) -> None:
    with grpc.insecure_channel(sample.address, compression=grpc.Compression.Gzip) as channel:
        assert code_of(unary, channel, bytes(8 * 2**20)) is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_metadata_beyond_the_limit_is_refused(channel: grpc.Channel) -> None:
    code = code_of(unary, channel, metadata=[("x-large", "x" * 2 * Limits().metadata_bytes)])
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert unary(channel, metadata=[("x-less", "x" * 8000)])[0] == b"<x>"


def test_too_many_calls_are_refused() -> None:
    limited = replace(SPEC, limits=Limits(concurrent_rpcs=2))
    with serve_in_thread(limited) as running, running.channel() as channel:
        watch = channel.unary_stream("/test.Sample/Down")
        held = [watch(b"until-stopping") for _ in range(2)]
        assert [next(stream) for stream in held] == [b"first"] * 2
        assert code_of(unary, channel) is grpc.StatusCode.RESOURCE_EXHAUSTED
        for stream in held:
            stream.cancel()


def test_two_hundred_open_streams_do_not_stop_a_unary_call(sample: RunningService) -> None:
    with sample.channel() as channel:
        watch = channel.unary_stream("/test.Sample/Down")
        held = [watch(b"until-stopping") for _ in range(200)]
        assert [next(stream) for stream in held] == [b"first"] * 200
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(lambda _: unary(channel)[0], range(50))) == [b"<x>"] * 50
        for stream in held:
            stream.cancel()


def test_health_of_one_service(sample: RunningService) -> None:
    with serve_in_thread(SPEC) as running, running.channel() as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        states = stub.Watch(health_pb2.HealthCheckRequest(service=SERVICE), timeout=10)
        assert next(states).status == health_pb2.HealthCheckResponse.SERVING
        unary(channel, b"unhealthy")
        assert next(states).status == health_pb2.HealthCheckResponse.NOT_SERVING
        whole = stub.Check(health_pb2.HealthCheckRequest(), timeout=10)
        assert whole.status == health_pb2.HealthCheckResponse.SERVING
        listed = stub.List(health_pb2.HealthListRequest(), timeout=10).statuses
        assert listed[SERVICE].status == health_pb2.HealthCheckResponse.NOT_SERVING
        unknown = health_pb2.HealthCheckRequest(service="nobody")
        assert code_of(stub.Check, unknown, timeout=10) is grpc.StatusCode.NOT_FOUND


@pytest.mark.parametrize("on", [True, False])
def test_reflection_is_off_unless_asked_for(on: bool) -> None:
    from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

    options = ServeOptions(LOOPBACK, reflection=on)
    with serve_in_thread(SPEC, options=options) as running, running.channel() as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        if on:
            assert {SERVICE, "grpc.health.v1.Health"} <= set(database.get_services())
        else:
            assert code_of(database.get_services) is grpc.StatusCode.UNIMPLEMENTED


def test_a_client_that_goes_away_ends_the_handler(sample: RunningService) -> None:
    over = threading.Event()
    handler = logging.Handler()
    handler.emit = lambda record: over.set() if record.getMessage() == "the stream is over" else None
    logger = logging.getLogger("sample")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with sample.channel() as channel:
            stream = channel.unary_stream("/test.Sample/Down")(b"slow 1000000")
            assert next(stream) == b"first"
        assert over.wait(30)
    finally:
        logger.removeHandler(handler)


def test_every_service_tells_who_it_is(channel: grpc.Channel) -> None:
    stub = server_info_service_pb2_grpc.ServerInfoServiceStub(channel)
    answer = stub.GetServerInfo(server_info_service_pb2.GetServerInfoRequest(), timeout=10)
    assert (answer.name, answer.version, answer.api_version) == ("sample", "1.2.3", "v1")
    assert answer.start_time.seconds > 0

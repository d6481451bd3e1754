"""Exceptions become statuses with details, in all four kinds of method, and nothing leaks."""

import json
import re
from collections.abc import Callable, Iterator

import grpc
import pytest
from eightcut.common.v1 import error_pb2
from eightcut_runtime.errors import InvalidArgument, NotFound, ResourceExhausted, ServiceError, error_from_json
from google.rpc import error_details_pb2 as details_pb2
from google.rpc import status_pb2
from grpc_status import rpc_status

from tests.runtime.sample_service import SECRET

Caller = Callable[[grpc.Channel, bytes], object]
Failing = Callable[[bytes], grpc.RpcError]

CALLS: dict[str, Caller] = {
    "unary": lambda channel, word: channel.unary_unary("/test.Sample/Unary")(word, timeout=10),
    "down": lambda channel, word: list(channel.unary_stream("/test.Sample/Down")(word, timeout=10)),
    "up": lambda channel, word: channel.stream_unary("/test.Sample/Up")(iter([b"a", word]), timeout=10),
    "both": lambda channel, word: list(channel.stream_stream("/test.Sample/Both")(iter([b"a", word]), timeout=10)),
}


@pytest.fixture(params=CALLS)
def call(request: pytest.FixtureRequest, channel: grpc.Channel) -> Iterator[Failing]:
    def failing(word: bytes) -> grpc.RpcError:
        with pytest.raises(grpc.RpcError) as caught:
            CALLS[request.param](channel, word)
        return caught.value

    return failing


def status_of(error: grpc.RpcError) -> status_pb2.Status:
    status = rpc_status.from_call(error)
    assert status is not None
    return status


def detail(status: status_pb2.Status, kind: type) -> object:
    found = kind()
    assert any(item.Unpack(found) for item in status.details), status
    return found


def test_the_four_kinds_work(channel: grpc.Channel) -> None:
    assert CALLS["unary"](channel, b"x") == b"<x>"
    assert CALLS["down"](channel, b"x") == [b"first"]
    assert CALLS["up"](channel, b"x") == b"2"
    assert CALLS["both"](channel, b"x") == [b"<a>", b"<x>"]


def test_not_found_names_the_resource(call: Failing) -> None:
    error = call(b"not-found")
    assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, "There is no clip 7.")
    status = status_of(error)
    info = detail(status, details_pb2.ErrorInfo)
    assert (info.domain, info.reason) == ("8cut", "RESOURCE_UNKNOWN")
    resource = detail(status, details_pb2.ResourceInfo)
    assert (resource.resource_type, resource.resource_name) == ("clip", "7")


def test_invalid_argument_names_the_field(call: Failing) -> None:
    error = call(b"invalid")
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    bad = detail(status_of(error), details_pb2.BadRequest)
    assert [v.field for v in bad.field_violations] == ["clip.start"]


def test_failed_precondition_carries_reason_and_metadata(call: Failing) -> None:
    error = call(b"precondition")
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    info = detail(status_of(error), details_pb2.ErrorInfo)
    assert info.reason == "NO_CLIPS"
    assert dict(info.metadata) == {"count": "0"}
    failure = detail(status_of(error), details_pb2.PreconditionFailure)
    assert failure.violations[0].type == "NO_CLIPS"


def test_quota_says_what_and_when(call: Failing) -> None:
    error = call(b"quota")
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert detail(status_of(error), details_pb2.QuotaFailure).violations[0].subject == "scans"
    assert detail(status_of(error), details_pb2.RetryInfo).retry_delay.ToMilliseconds() == 1500


@pytest.mark.parametrize(
    ("word", "code", "reason"),
    [
        (b"etag", grpc.StatusCode.ABORTED, "ETAG_MISMATCH"),
        (b"unavailable", grpc.StatusCode.UNAVAILABLE, "UNAVAILABLE"),
        (b"full", grpc.StatusCode.RESOURCE_EXHAUSTED, "DISK_FULL"),
        (b"group", grpc.StatusCode.NOT_FOUND, "RESOURCE_UNKNOWN"),
    ],
)
def test_code_and_reason(call: Failing, word: bytes, code: grpc.StatusCode, reason: str) -> None:
    error = call(word)
    assert error.code() is code
    assert detail(status_of(error), details_pb2.ErrorInfo).reason == reason
    assert SECRET not in str(error)


def test_internal_text_does_not_leak_but_is_logged(call: Failing, caplog: pytest.LogCaptureFixture) -> None:
    error = call(b"crash")
    assert error.code() is grpc.StatusCode.INTERNAL
    match = re.fullmatch(r"internal error, request id ([0-9a-f]{32})", error.details())
    assert match
    assert "hunter2" not in f"{error!r} {error.trailing_metadata()}"
    assert "ValueError" not in str(error)
    assert SECRET in caplog.text
    assert dict(error.trailing_metadata())["x-request-id"] == match[1]
    assert detail(status_of(error), details_pb2.RequestInfo).request_id == match[1]


def test_an_error_too_large_for_metadata_is_shortened(call: Failing) -> None:
    error = call(b"large")
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert len(error.details()) <= 1000
    assert detail(status_of(error), details_pb2.BadRequest).field_violations[0].field == "field0"


def test_an_error_that_cannot_be_told_does_not_leak(call: Failing) -> None:
    error = call(b"surrogate")
    assert error.code() is grpc.StatusCode.INTERNAL
    assert error.details().startswith("internal error, request id ")


def test_an_abort_by_hand_passes(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        CALLS["unary"](channel, b"abort")
    assert caught.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert caught.value.details() == "said by hand"
    assert "x-request-id" in dict(caught.value.trailing_metadata())


@pytest.mark.parametrize("word", [b"forgotten-abort", b"wrong-type"])
def test_a_broken_handler_is_internal(channel: grpc.Channel, word: bytes) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        CALLS["unary"](channel, word)
    assert caught.value.code() is grpc.StatusCode.INTERNAL


def test_unknown_method(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary("/test.Sample/Nothing")(b"", timeout=10)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "no such method" in caught.value.details()


def kinds(base: type[ServiceError]) -> Iterator[type[ServiceError]]:
    for kind in base.__subclasses__():
        yield kind
        yield from kinds(kind)


def test_reasons_are_those_of_the_api() -> None:
    known = {name.removeprefix("ERROR_REASON_") for name in error_pb2.ErrorReason.keys()}  # noqa: SIM118  no dict
    reasons = {kind.default_reason: kind.code.name for kind in kinds(ServiceError)}
    assert "DISK_FULL" in reasons
    assert {reason for reason, code in reasons.items() if reason != code} <= known


@pytest.mark.parametrize(
    "error",
    [
        NotFound("gone", resource_type="clip", resource_name="1"),
        ResourceExhausted("full", subject="disk", retry_after=3.0),
        InvalidArgument("bad", field="a.b"),
    ],
)
def test_errors_survive_the_way_back_from_a_worker(error: ServiceError) -> None:
    again = error_from_json(json.loads(json.dumps(error.to_json())))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.details() == error.details()

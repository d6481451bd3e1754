"""The rules in the .proto files are enforced on every request, in every kind of method."""

import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import grpc
import pytest
from eightcut_runtime import InvalidArgument, Service, ServiceSpec
from eightcut_runtime.calls.validation import check_request
from eightcut_runtime.testing import serve_in_thread
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.message import Message
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from protovalidate._gen.buf.validate import validate_pb

Context = grpc.aio.ServicerContext
Requests = AsyncIterator[Message]

PROTO = """
syntax = "proto3";
package eightcut.test.v1;
import "buf/validate/validate.proto";

message Place {
  double start = 1 [(buf.validate.field).double = {gte: 0, finite: true}];
}

message Request {
  double threshold = 1 [(buf.validate.field).double = {gte: 0, lte: 1, finite: true}];
  string name = 2 [(buf.validate.field).string.max_len = 10];
  repeated Place places = 3 [(buf.validate.field).repeated.max_items = 3];
  map<string, string> labels = 4 [(buf.validate.field).map.values.string.max_len = 4];
  bytes chunk = 5 [(buf.validate.field).bytes.max_len = 524288];
  option (buf.validate.message).cel = {
    id: "named_places"
    message: "places need a name"
    expression: "this.places.size() == 0 || this.name != ''"
  };
}
"""


@pytest.fixture(scope="module")
def message(tmp_path_factory: pytest.TempPathFactory) -> type[Message]:
    """The Request class, compiled by protoc against the rules that protovalidate carries."""
    folder = tmp_path_factory.mktemp("proto")
    files = descriptor_pb2.FileDescriptorSet()
    for module in ("descriptor_pb2", "duration_pb2", "field_mask_pb2", "timestamp_pb2"):
        imported = __import__(f"google.protobuf.{module}", fromlist=["DESCRIPTOR"])
        imported.DESCRIPTOR.CopyToProto(files.file.add())
    files.file.append(descriptor_pb2.FileDescriptorProto.FromString(validate_pb.desc().proto.to_binary()))
    (folder / "rules.binpb").write_bytes(files.SerializeToString())
    (folder / "test.proto").write_text(PROTO)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "grpc_tools.protoc",
            f"--descriptor_set_in={folder / 'rules.binpb'}",
            f"-I{folder}",
            "--include_imports",
            f"--descriptor_set_out={folder / 'out.binpb'}",
            "test.proto",
        ],
        check=True,
        timeout=60,
    )
    out = descriptor_pb2.FileDescriptorSet.FromString(Path(folder / "out.binpb").read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in out.file:
        pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("eightcut.test.v1.Request"))


def violations_of(request: Message) -> tuple[str, list[tuple[str, str]]]:
    with pytest.raises(InvalidArgument) as caught:
        check_request(request)
    return str(caught.value), [(v.field, v.reason) for v in caught.value.violations]


def test_a_good_request_passes(message: type[Message]) -> None:
    check_request(message(threshold=0.5, name="dog", places=[{"start": 1.5}], labels={"a": "b"}))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_is_refused(message: type[Message], value: float) -> None:
    sentence, violations = violations_of(message(threshold=value))
    assert sentence.startswith("threshold: ")
    assert ("threshold", "DOUBLE_FINITE") in violations


def test_nested_and_keyed_fields_are_named(message: type[Message]) -> None:
    request = message(name="x", places=[{"start": 1.0}, {"start": -1.0}], labels={"sound": "too long"})
    sentence, violations = violations_of(request)
    assert [field for field, _ in violations] == ["places[1].start", 'labels["sound"]']
    assert sentence.startswith("places[1].start: ")
    assert sentence.endswith(" (and 1 more problem)")


def test_a_rule_of_the_message_speaks_for_itself(message: type[Message]) -> None:
    sentence, _ = violations_of(message(places=[{"start": 1.0}]))
    assert sentence == "places need a name."


def test_what_is_no_message_passes() -> None:
    check_request(b"bytes")


@pytest.fixture(scope="module")
def channel(message: type[Message]) -> Iterator[grpc.Channel]:
    class Nothing:
        async def aclose(self) -> None:
            """Nothing was opened."""

    async def unary(request: Message, context: Context) -> Message:
        return request

    async def down(request: Message, context: Context) -> Requests:
        yield request

    async def up(requests: Requests, context: Context) -> Message:
        return [request async for request in requests][-1]

    async def both(requests: Requests, context: Context) -> Requests:
        async for request in requests:
            yield request

    async def reading(requests: Requests, context: Context) -> None:
        while (request := await context.read()) is not grpc.aio.EOF:
            await context.write(request)

    async def create(server: grpc.aio.Server, service: Service) -> Nothing:
        codec = (message.FromString, message.SerializeToString)
        methods = {
            "unary": grpc.unary_unary_rpc_method_handler(unary, *codec),
            "down": grpc.unary_stream_rpc_method_handler(down, *codec),
            "up": grpc.stream_unary_rpc_method_handler(up, *codec),
            "both": grpc.stream_stream_rpc_method_handler(both, *codec),
            "reading": grpc.stream_stream_rpc_method_handler(reading, *codec),
        }
        server.add_registered_method_handlers("test.Rules", methods)
        return Nothing()

    with serve_in_thread(ServiceSpec("rules", "1", create)) as running, running.channel() as channel:
        yield channel


def ask(channel: grpc.Channel, kind: str, *raw: bytes) -> list[bytes]:
    if kind in ("unary", "down"):
        call = channel.unary_stream(f"/test.Rules/{kind}")(raw[-1], timeout=10)
    else:
        call = channel.stream_stream(f"/test.Rules/{kind}")(iter(raw), timeout=10)
    return list(call)


KINDS = ["unary", "down", "up", "both", "reading"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_message_of_every_kind_is_checked(channel: grpc.Channel, message: type[Message], kind: str) -> None:
    good = message(threshold=0.5).SerializeToString()
    assert ask(channel, kind, good)[-1] == good
    with pytest.raises(grpc.RpcError) as caught:
        ask(channel, kind, good, message(threshold=2).SerializeToString())
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details().startswith("threshold: ")
    status = rpc_status.from_call(caught.value)
    bad = error_details_pb2.BadRequest()
    assert any(detail.Unpack(bad) for detail in status.details)
    assert [violation.field for violation in bad.field_violations] == ["threshold"]


@pytest.mark.parametrize("kind", KINDS)
def test_bytes_that_are_no_message_are_refused_without_a_leak(channel: grpc.Channel, kind: str) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        ask(channel, kind, b"\xff\xff\xff\xff")
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details() == "The request cannot be decoded as this method's message."

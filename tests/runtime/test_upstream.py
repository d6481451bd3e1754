"""A service that calls another one: what its caller sees of the other's errors."""

from collections.abc import Callable, Iterator

import grpc
import pytest
from eightcut_runtime import Service, ServiceSpec
from eightcut_runtime.testing import RunningService, serve_in_thread
from google.rpc import error_details_pb2
from grpc_status import rpc_status

Failing = Callable[[bytes], grpc.RpcError]


@pytest.fixture
def behind() -> list[str]:
    """The address of the service behind; a test may change it."""
    return []


@pytest.fixture
def call(sample: RunningService, behind: list[str]) -> Iterator[Failing]:
    behind.append(sample.address)

    class Front:
        async def ask(self, request: bytes, _context: grpc.aio.ServicerContext) -> bytes:
            async with grpc.aio.insecure_channel(behind[0]) as channel:
                return await channel.unary_unary("/test.Sample/Unary")(request)

        async def aclose(self) -> None:
            """Each call closes its channel."""

    async def create(server: grpc.aio.Server, _service: Service) -> Front:
        front = Front()
        server.add_registered_method_handlers("test.Front", {"Ask": grpc.unary_unary_rpc_method_handler(front.ask)})
        return front

    with serve_in_thread(ServiceSpec("front", "1", create)) as running, running.channel() as channel:

        def failing(word: bytes) -> grpc.RpcError:
            with pytest.raises(grpc.RpcError) as caught:
                channel.unary_unary("/test.Front/Ask")(word, timeout=20)
            return caught.value

        yield failing


def test_what_the_other_service_meant_for_the_user_is_passed_on(call: Failing) -> None:
    error = call(b"not-found")
    assert (error.code(), error.details()) == (grpc.StatusCode.NOT_FOUND, "There is no clip 7.")
    resource = error_details_pb2.ResourceInfo()
    assert any(detail.Unpack(resource) for detail in rpc_status.from_call(error).details)
    assert resource.resource_name == "7"


@pytest.mark.parametrize("word", [b"crash", b"abort"])
def test_what_it_did_not_mean_for_the_user_is_not(call: Failing, word: bytes) -> None:
    error = call(word)
    assert error.code() is grpc.StatusCode.INTERNAL
    request_id = dict(error.trailing_metadata())["x-request-id"]
    assert error.details() == f"internal error, request id {request_id}"


def test_a_service_that_is_away_is_unavailable_without_its_address(call: Failing, behind: list[str]) -> None:
    behind[0] = "unix:/nonexistent/private/path"
    error = call(b"x")
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert error.details() == "A service that this one depends on does not answer: try again."
    assert "private" not in str(error)

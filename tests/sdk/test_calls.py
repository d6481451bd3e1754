"""Calls of the library's channels: errors in its own words, tokens, retries, both kinds of channels."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from eightcut.common.v1 import server_info_service_pb2 as info_pb2
from eightcut.common.v1 import server_info_service_pb2_grpc as info_grpc
from eightcut.store.v1 import media_service_pb2, media_service_pb2_grpc, profile_service_pb2
from eightcut.trainer.v1 import trainer_service_pb2
from eightcut_client import Connection, InvalidError, NotFoundError, UnauthenticatedError, UnavailableError
from eightcut_client.channels import _RETRIED, channel_options, open_aio_channel, open_channel, service_config
from eightcut_client.endpoints import Endpoint
from eightcut_client.errors import ConfigError, EightcutError, from_rpc_error
from eightcut_runtime import EtagMismatch, Limits
from eightcut_runtime.addresses import parse_address
from eightcut_runtime.options import ServeOptions
from eightcut_runtime.testing import RunningService, serve_in_thread
from google.protobuf import descriptor_pool

from tests.sdk.stand_in import Behaviour, stand_in

TOKEN = "a-token-of-many-characters"


@pytest.fixture
def guarded(behaviour: Behaviour, received: Path) -> Iterator[RunningService]:
    """A server that wants a token."""
    options = ServeOptions(listen=parse_address("127.0.0.1:0"), token=TOKEN)
    with serve_in_thread(stand_in(behaviour, received), options=options) as running:
        yield running


def everything_at(address: str) -> str:
    return f"store={address},inference={address},trainer={address}"


def test_an_error_of_a_service_keeps_sentence_reason_and_metadata(conn: Connection) -> None:
    with pytest.raises(NotFoundError) as caught:
        conn.media.GetMedia(media_service_pb2.GetMediaRequest(digest="0" * 64))
    assert str(caught.value) == "This media is not known."
    assert caught.value.code is grpc.StatusCode.NOT_FOUND
    assert (caught.value.reason, caught.value.metadata) == ("MEDIA_UNKNOWN", {"media": "0" * 64})


def test_a_broken_rule_names_its_field(conn: Connection) -> None:
    with pytest.raises(InvalidError) as caught:
        conn.media.GetMedia(media_service_pb2.GetMediaRequest(digest="x"))
    assert [field for field, _ in caught.value.violations] == ["digest"]


def test_an_error_of_a_stream_is_the_librarys_too(conn: Connection) -> None:
    with pytest.raises(InvalidError):
        list(conn.trainer.WatchTraining(trainer_service_pb2.WatchTrainingRequest(run_id="none")))


def test_a_server_that_is_not_there_is_named(tmp_path: Path) -> None:
    with Connection.remote(f"unix:{tmp_path}") as conn:
        with pytest.raises(UnavailableError, match=rf"^Cannot reach the Trainer at unix:{tmp_path}/trainer\.sock\.$"):
            conn.server_info("trainer")
        assert conn.health("trainer") == "unreachable"


def test_a_method_that_is_not_there_hints_at_versions(conn: Connection) -> None:
    with pytest.raises(EightcutError, match="of different versions"):
        conn.profiles.ListProfiles(profile_service_pb2.ListProfilesRequest())


def test_a_call_that_takes_too_long_says_so(conn: Connection, behaviour: Behaviour) -> None:
    behaviour.started.append("slow")
    call = conn.trainer.WatchTraining(trainer_service_pb2.WatchTrainingRequest(run_id="7", after_seq=6), timeout=0.2)
    with pytest.raises(UnavailableError, match="did not answer in time"):
        list(call)


def test_the_token_is_sent_and_a_wrong_one_is_said(guarded: RunningService) -> None:
    with Connection.remote(everything_at(guarded.address), token=TOKEN) as conn:
        assert conn.server_info("store").version == "0.1.0"
        assert list(conn.trainer.WatchTraining(trainer_service_pb2.WatchTrainingRequest(run_id="7", after_seq=5)))
    for token in (None, "another"):
        with Connection.remote(everything_at(guarded.address), token=token) as conn:
            with pytest.raises(UnauthenticatedError, match="valid token"):
                conn.server_info("store")
            assert conn.health("store") == "serving"


async def test_a_services_own_channel_sends_the_token(guarded: RunningService) -> None:
    async with open_aio_channel(Endpoint("store", guarded.address, TOKEN)) as channel:
        stub = info_grpc.ServerInfoServiceStub(channel)
        assert (await stub.GetServerInfo(info_pb2.GetServerInfoRequest())).version == "0.1.0"
        media = media_service_pb2_grpc.MediaServiceStub(channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await media.GetMedia(media_service_pb2.GetMediaRequest(digest="0" * 64))
    error = from_rpc_error(caught.value, service="store", address=guarded.address)
    assert isinstance(error, NotFoundError)
    assert error.reason == "MEDIA_UNKNOWN"


def test_a_conflict_carries_the_current_etag() -> None:
    class Call(grpc.RpcError):
        def code(self) -> grpc.StatusCode:
            return grpc.StatusCode.ABORTED

        def details(self) -> str:
            return "It was changed."

        def trailing_metadata(self) -> tuple[Any, ...]:
            from google.protobuf import any_pb2
            from google.rpc import status_pb2

            status = status_pb2.Status(code=10, message="It was changed.")
            for detail in EtagMismatch("It was changed.", metadata={"etag": "5"}).details():
                packed = any_pb2.Any()
                packed.Pack(detail)
                status.details.append(packed)
            return (("grpc-status-details-bin", status.SerializeToString()),)

    error = from_rpc_error(Call())
    assert (str(error), error.reason, getattr(error, "etag", None)) == ("It was changed.", "ETAG_MISMATCH", "5")


def test_texts_of_grpc_never_reach_people() -> None:
    class Call(grpc.RpcError):
        def code(self) -> grpc.StatusCode:
            return grpc.StatusCode.INTERNAL

        def details(self) -> str:
            return "Traceback at 0xdeadbeef"

        def trailing_metadata(self) -> tuple[Any, ...]:
            return (("x-request-id", "abc"),)

    sentence = str(from_rpc_error(Call(), service="inference", address="gpu:1"))
    assert sentence == "The Inference service at gpu:1 failed; its log says why (request abc)."


def test_only_unary_methods_that_exist_are_retried() -> None:
    pool = descriptor_pool.Default()
    for module in ("clip", "classifier", "hard_negative", "media", "profile", "scan", "training_run"):
        __import__(f"eightcut.store.v1.{module}_service_pb2")
    __import__("eightcut.inference.v1.inference_service_pb2")
    for service, methods in _RETRIED.items():
        for method in methods:
            found = pool.FindServiceByName(service).methods_by_name[method]
            assert not found.client_streaming
            assert not found.server_streaming
    (config,) = json.loads(service_config())["methodConfig"]
    assert {"service": "eightcut.store.v1.ClipService", "method": "CreateClip"} not in config["name"]
    assert config["retryPolicy"]["retryableStatusCodes"] == ["UNAVAILABLE"]
    assert all("method" in name for name in config["name"])


def test_a_retried_call_finds_a_server_that_comes_back(
    conn: Connection, behaviour: Behaviour, received: Path, tmp_path: Path
) -> None:
    import threading

    address = f"unix:{tmp_path}/late"
    started = threading.Event()
    finished = threading.Event()

    def serve_late() -> None:
        threading.Event().wait(0.3)
        with serve_in_thread(stand_in(behaviour, received), listen=address):
            started.set()
            finished.wait(30)

    thread = threading.Thread(target=serve_late)
    thread.start()
    try:
        with Connection.remote(everything_at(address)) as late:
            assert late.server_info("store").version == "0.1.0"
            assert started.is_set()
    finally:
        finished.set()
        thread.join()


def test_pings_are_within_what_the_servers_allow() -> None:
    options = dict(channel_options("unix:/x"))
    limits = Limits()
    assert options["grpc.keepalive_time_ms"] >= 2 * limits.client_ping_seconds * 1000
    assert options["grpc.max_send_message_length"] == limits.message_bytes
    assert options["grpc.max_receive_message_length"] == limits.message_bytes


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost and its key, made by openssl."""
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    try:
        subprocess.run([*command, "-keyout", str(key), "-out", str(cert)], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    return cert, key


def test_tls_with_a_named_authority(behaviour: Behaviour, received: Path, certificate: tuple[Path, Path]) -> None:
    cert, key = certificate
    options = ServeOptions(listen=parse_address("127.0.0.1:0"), token=TOKEN, tls_cert=cert, tls_key=key)
    with serve_in_thread(stand_in(behaviour, received), options=options) as running:
        with Connection.remote(everything_at(running.address), token=TOKEN, ca=cert) as conn:
            assert conn.server_info("store").version == "0.1.0"
        with (
            Connection.remote(everything_at(running.address)) as conn,
            pytest.raises(UnavailableError, match="^Cannot reach the Store"),
        ):
            conn.server_info("store")


def test_an_authority_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        open_channel(Endpoint("store", "localhost:1", None, tmp_path / "none.pem", tls=True))

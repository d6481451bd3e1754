"""Where a service may listen, and taking a Unix socket."""

import socket
import stat
from pathlib import Path

import grpc
import pytest
from eightcut_runtime import StartError
from eightcut_runtime.addresses import SocketFile, TcpAddress, UnixAddress, parse_address
from eightcut_runtime.options import ServeOptions
from eightcut_runtime.testing import serve_in_thread

from tests.runtime.sample_service import SPEC
from tests.support.certificates import Certificate

LONG_TOKEN = "x" * 16


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def ping(address: str) -> bytes:
    with grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        return channel.unary_unary("/test.Sample/Unary")(b"x", timeout=10)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:50051", TcpAddress("127.0.0.1", 50051)),
        ("localhost:0", TcpAddress("127.0.0.1", 0)),
        ("[::1]:7", TcpAddress("::1", 7)),
        ("unix:/run/a.sock", UnixAddress(Path("/run/a.sock"))),
        ("unix:///run/a.sock", UnixAddress(Path("/run/a.sock"))),
    ],
)
def test_addresses_are_read(text: str, address: TcpAddress | UnixAddress) -> None:
    assert parse_address(text) == address
    assert parse_address(str(address)) == address


@pytest.mark.parametrize("text", ["", "localhost", ":50051", "host:", "host:65536", "host:-1", "::1:7", "unix:", "h:٣"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"address|path"):
        parse_address(text)


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]", "192.0.2.1"])
@pytest.mark.parametrize(
    "protection", [{}, {"token": LONG_TOKEN}, {"tls_cert": Path("c"), "tls_key": Path("k")}], ids=str
)
def test_other_machines_are_refused_without_tls_and_token(host: str, protection: dict) -> None:
    options = ServeOptions(parse_address(f"{host}:0"), **protection)
    with pytest.raises(StartError, match=r"^Refusing to listen on .* without both TLS .* and a token"):
        options.ensure_safe()
    with pytest.raises(StartError), serve_in_thread(SPEC, options=options):
        pass


def test_a_short_token_is_not_enough_for_other_machines() -> None:
    options = ServeOptions(parse_address("0.0.0.0:0"), token="short", tls_cert=Path("c"), tls_key=Path("k"))
    with pytest.raises(StartError, match="fewer than 16"):
        options.ensure_safe()


def test_all_addresses_are_served_with_tls_and_token(certificate: Certificate) -> None:
    options = ServeOptions(
        parse_address("0.0.0.0:0"), token=LONG_TOKEN, tls_cert=certificate.cert, tls_key=certificate.key
    )
    with serve_in_thread(SPEC, options=options) as running:
        port = running.address.rpartition(":")[2]
        trusted = grpc.ssl_channel_credentials(certificate.cert.read_bytes())
        with grpc.secure_channel(f"localhost:{port}", trusted) as channel:
            metadata = [("authorization", f"Bearer {LONG_TOKEN}")]
            assert channel.unary_unary("/test.Sample/Unary")(b"x", timeout=10, metadata=metadata) == b"<x>"


def test_key_and_certificate_come_together() -> None:
    with pytest.raises(StartError, match="both a certificate"):
        ServeOptions(parse_address("127.0.0.1:0"), tls_cert=Path("c")).ensure_safe()


def test_a_bad_certificate_is_one_sentence(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("no certificate")
    options = ServeOptions(parse_address("127.0.0.1:0"), tls_cert=bad, tls_key=bad)
    with pytest.raises(StartError, match="valid PEM"), serve_in_thread(SPEC, options=options):
        pass
    missing = ServeOptions(parse_address("127.0.0.1:0"), tls_cert=tmp_path / "no.pem", tls_key=bad)
    with pytest.raises(StartError, match="Cannot read"), serve_in_thread(SPEC, options=missing):
        pass


def test_a_busy_port_is_one_sentence() -> None:
    with (
        serve_in_thread(SPEC) as first,
        pytest.raises(StartError, match=f"^Cannot listen on {first.address}: address already in use.$"),
        serve_in_thread(SPEC, listen=first.address),
    ):
        pass


def test_an_unknown_host_is_one_sentence() -> None:
    with pytest.raises(StartError, match="host name is unknown"), serve_in_thread(SPEC, listen="nobody.invalid:1"):
        pass


def test_a_unix_socket_is_private_and_removed_at_the_end(socket_path: Path) -> None:
    folder = socket_path.parent / "made"
    path = folder / "s.sock"
    with serve_in_thread(SPEC, listen=f"unix:{path}") as running:
        assert running.address == f"unix:{path}"
        assert ping(running.address) == b"<x>"
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert names(folder) == ["s.sock", "s.sock.lock"]
    assert names(folder) == []


def test_a_stale_socket_is_replaced(socket_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(socket_path))
    assert socket_path.exists()
    with serve_in_thread(SPEC, listen=f"unix:{socket_path}") as running:
        assert ping(running.address) == b"<x>"


def test_a_served_socket_is_not_taken(socket_path: Path) -> None:
    with serve_in_thread(SPEC, listen=f"unix:{socket_path}") as running:
        with pytest.raises(StartError, match="already in use"), serve_in_thread(SPEC, listen=running.address):
            pass
        assert ping(running.address) == b"<x>"


def test_a_socket_of_another_program_is_not_taken(socket_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(socket_path))
        other.listen()
        with pytest.raises(StartError, match="already in use"), SocketFile(socket_path):
            pass
    assert names(socket_path.parent) == ["s.sock"]


def test_a_file_that_is_no_socket_is_kept(socket_path: Path) -> None:
    socket_path.write_text("precious")
    with pytest.raises(StartError, match="no socket"), SocketFile(socket_path):
        pass
    assert socket_path.read_text() == "precious"


def test_too_long_a_path_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="too long"), SocketFile(tmp_path / ("x" * 110)):
        pass


def test_a_folder_that_cannot_be_made_is_one_sentence(socket_path: Path) -> None:
    socket_path.write_text("")
    with pytest.raises(StartError, match=r"^Cannot listen on unix:"), SocketFile(socket_path / "s"):
        pass
